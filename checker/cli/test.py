"""``checker test``: set everything up, then every check that a maintainer relies on, pytest's closing line last."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.cli import coverage
from checker.cli.commands import say
from checker.cli.workers import two_workers
from checker.engine import PRIVATE, find_program, install, labelled_things, listed, open_client, private, this_system
from checker.errors import EXIT_CHECKS_FAILED, EXIT_OK, UsageProblem
from checker.files import ROOT
from checker.learner import Work
from checker.session import clean_engine, course_images, open_course, update_copies

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from checker.session import OpenCourse

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

WITHOUT_ENGINE = ("tests/unit", "tests/packages")
"""The folders whose tests need no engine."""

CELL_LIMIT_S = 120
"""How long one cell of a notebook may take, in seconds (nbval's own limit is 2000)."""

NBVAL = (
    "--nbval",
    "--nbval-current-env",
    f"--nbval-cell-timeout={CELL_LIMIT_S}",
    "--nbval-sanitize-with=tests/notebooks/sanitize.cfg",
)
SLOWEST = ("--durations=10", "--durations-min=1")
LINT = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),
}
"""What looks at the code without running it: the arguments of ``python -m``."""


class Linted(NamedTuple):
    """What one of the linters found: its exit code, what it printed, and how long it took, in seconds."""

    name: str
    code: int
    output: str
    seconds: float


def test(options: argparse.Namespace) -> int:
    """Run the linters and all of pytest on engines, in a learner's folder that is thrown away.

    With ``--unit``, the linters and what needs no engine; with arguments for pytest, those tests and nothing else.
    """
    with tempfile.TemporaryDirectory(prefix="docker101-") as scratch:
        os.environ["DOCKER101_WORK"] = str(Path(scratch) / "work")
        os.environ["DOCKER101_STATIC"] = "1"
        if options.unit:
            return _unit(options.pytest)
        if options.pytest and not needs_engine(options.pytest):
            return _pytest(options.pytest)
        return _on_engines(options, Path(scratch))


def needs_engine(arguments: Sequence[str]) -> bool:
    """Say whether tests need an engine: unless paths are named, and all are in folders whose tests need none.

    Arguments:
        arguments: of pytest; a path may be followed by ``::`` and a test.

    """
    words = [ROOT / word.partition("::")[0] for word in arguments if not word.startswith("-")]
    paths = [path.resolve() for path in words if path.exists()]
    return not paths or not all(any(path.is_relative_to(ROOT / folder) for folder in WITHOUT_ENGINE) for path in paths)


def _unit(arguments: Sequence[str]) -> int:
    """Run the linters, and then all tests that need no engine."""
    linted = _lint()
    _tell(linted)
    return _verdict(linted, _pytest([*WITHOUT_ENGINE, *SLOWEST, "-n", "auto", *arguments]))


def _on_engines(options: argparse.Namespace, scratch: Path) -> int:
    """Run tests on an engine: those that are named, or all, on two engines where that is possible."""
    work = Work()
    started = time.monotonic()
    with ThreadPoolExecutor(1) as beside, contextlib.ExitStack() as stack:
        linting = None if options.pytest else beside.submit(_lint)
        course = stack.enter_context(
            open_course(work, engine=options.engine, yes=options.yes, say=say, bundle=options.bundle)
        )
        begin_clean(course, work)
        say(f"Engine: {course.engine.source} ({course.engine.strategy}).")
        _bring_browser(options)
        update_copies(work, course.labs, say)
        os.environ["DOCKER101_TEST_HOST"] = course.engine.host
        if linting is None:
            return _pytest(options.pytest)
        workers = stack.enter_context(two_workers(course, scratch, say))
        say(f"Set-up took {time.monotonic() - started:.0f} s.")
        linted = linting.result()
        _tell(linted)
        return _verdict(linted, _measured_pytest(["tests", "notebooks", *NBVAL, *SLOWEST, *workers], scratch))


def _bring_browser(options: argparse.Namespace) -> None:
    """Install Chromium where it is missing and that is allowed; elsewhere the browser tests say that they need it."""
    if browser() or options.pytest:
        return
    system = this_system()
    if system.debian and system.root:
        install.add("chromium", "in which the lessons are tested", system, say)


def browser() -> str | None:
    """Return the path of a Chromium, or of a browser that is one inside, or None."""
    return next((path for name in BROWSERS if (path := find_program(name))), None)


REMOVED_BY = {
    "container": "docker rm -f",
    "network": "docker network rm",
    "volume": "docker volume rm",
    "image": "docker rmi",
}
"""Which command removes things of each kind, in this order."""


def begin_clean(course: OpenCourse, work: Work) -> None:
    """Remove what earlier runs of the course left on the engine: tests, builds and proofs begin with nothing.

    Arguments:
        course: the open course, with its engine.
        work: the folder that remembers what the course brought.

    Raises:
        UsageProblem: when a learner is at work on the private engine, or another engine holds what may be a learner's:
            it would be removed.

    """
    if course.engine.strategy == PRIVATE:
        _refuse_in_use()
    else:
        _refuse_with_things(course.engine.host)
    removed = clean_engine(work)
    if removed:
        say(f"Removed from the engine, left by an earlier run: {', '.join(removed)}.")


def _refuse_in_use() -> None:
    others = [pid for pid in private.status().users if pid != os.getpid()]
    if others:
        raise UsageProblem(
            f"The course is open (process {others[0]}), and its engine holds a learner's containers.",
            "End it with Ctrl-C in its window, or with: checker stop",
        )


def _refuse_with_things(host: str) -> None:
    """Raise when something has the course's label: a learner's work looks like an earlier test's."""
    client = open_client(host)
    try:
        found = labelled_things(client, course_images())
    finally:
        client.close()
    there = {kind: names for kind, names in found.items() if names}
    if there:
        told = ", ".join(f"{kind} {listed(names)}" for kind, names in there.items())
        ways = "; ".join(f"{REMOVED_BY[kind]} {' '.join(names)}" for kind, names in there.items())
        raise UsageProblem(
            f"This engine holds things with the course's label, maybe a learner's; they would be removed: {told}.",
            f"If nobody needs them, remove them yourself: {ways}",
        )


def _lint() -> tuple[Linted, ...]:
    """Run each linter, the next one also after a failure, so that one run shows everything."""
    return tuple(_linters())


def _linters() -> Iterator[Linted]:
    for name, arguments in LINT.items():
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        yield Linted(name, done.returncode, done.stdout, time.monotonic() - started)


def _tell(linted: Sequence[Linted]) -> None:
    for one in linted:
        say(f"\n--- {one.name} ({one.seconds:.0f} s)\n{one.output.rstrip()}")


def _pytest(arguments: Sequence[str]) -> int:
    """Run pytest and return its exit code."""
    say("\n--- pytest")
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


def _measured_pytest(arguments: Sequence[str], scratch: Path) -> int:
    """Run pytest, say how much of the package it ran, and return the exit code, which is that of pytest alone."""
    say("\n--- pytest")
    folder = scratch / "coverage"
    folder.mkdir()
    command, more = coverage.measured([sys.executable, "-m", "pytest", *arguments], folder / "data")
    environment = {**os.environ, **more}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    coverage.report(folder / "data", environment)
    return code


def _verdict(linted: Sequence[Linted], tested: int) -> int:
    """Return the exit code of all; where pytest's closing line reports success and a linter failed, say so last."""
    failed = [one.name for one in linted if one.code]
    if failed and tested == 0:
        say(f"\nFailed: {', '.join(failed)} (see above)")
    return EXIT_CHECKS_FAILED if failed or tested else EXIT_OK
