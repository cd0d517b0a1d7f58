"""Measure what the course must be quick at, and print tables: ``python -m tests.bench``.

No test asserts on time: what matters are the ratios, against a floor that is measured in the same run. The first run on
a machine gets the images that it needs. Where this is Linux and root, engines are started in a network namespace of
their own, beside whatever runs here; elsewhere the learner's own engine is asked, and what needs one of our own is left
out, with the reason.
"""

from __future__ import annotations

import argparse
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.engine import CURRENT, PRIVATE, Engine
from checker.engine.start import discover
from checker.engine.start.discover import FoundEngine
from checker.engine.system import this_system
from tests.bench import checks, starting
from tests.namespace import network_namespace, no_namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.measure import Table

SUBJECTS = ("status", "engine", "checks", "start", "ticks")


def main() -> None:
    """Parse the command line and print each table as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("subject", nargs="*", help=f"what to measure: {', '.join(SUBJECTS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=20, help="how often each thing is done (default: 20)")
    parser.add_argument("--host", help="the engine to ask, as in DOCKER_HOST (default: one of our own where possible)")
    options = parser.parse_args()
    wanted = options.subject or SUBJECTS
    unknown = [name for name in wanted if name not in SUBJECTS]
    if unknown:
        parser.error(f"there is no subject {unknown[0]}; there are: {', '.join(SUBJECTS)}")
    for table in _tables(wanted, options.rounds, options.host):
        print(f"{table}\n", flush=True)


def _tables(wanted: list[str] | tuple[str, ...], rounds: int, host: str | None) -> Iterator[Table]:
    if "status" in wanted:
        yield starting.status(rounds)
    if not {"engine", "checks", "start", "ticks"} & {*wanted}:
        return
    reason = no_namespace()
    if reason:
        print(f"Engine from nothing, and start: not measured, {reason}.\n")
        if "checks" in wanted:
            yield from checks.tables(_there(host), rounds)
        return
    with network_namespace() as namespace:
        if "engine" in wanted:
            yield starting.engine(namespace, max(rounds // 4, 3))
        with starting.kept_open(namespace) as own:
            if "checks" in wanted:
                asked = Engine(host, CURRENT, "--host") if host else Engine(own, PRIVATE, "")
                yield from checks.tables(asked, rounds)
            if {"start", "ticks"} & {*wanted}:
                starting.bring_images(own)
            if "ticks" in wanted:
                yield from _ticks(own, rounds)
        if "start" in wanted:
            yield from starting.start(namespace, max(rounds // 4, 3))


def _ticks(host: str, rounds: int) -> Iterator[Table]:
    try:
        from tests.bench import ticking
    except ImportError as error:
        print(f"Ticks in the browser: not measured, {error.name} is not installed (python3 -m checker test does).\n")
        return
    if ticking.browser.browser() is None:
        print("Ticks in the browser: not measured, there is no Chromium.\n")
        return
    yield ticking.ticks(host, rounds)


def _there(host: str | None) -> Engine:
    """Return the engine that is there: checks are measured on it, and what they made is removed."""
    if host:
        return Engine(host, CURRENT, "--host")
    found = discover.find(os.environ, Path.home(), this_system(), say=lambda _: None)
    if not isinstance(found, FoundEngine):
        raise SystemExit("No Docker engine answers; start one, or name one with --host.")
    return Engine(found.candidate.host, CURRENT, found.candidate.source, found.candidate.context)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
