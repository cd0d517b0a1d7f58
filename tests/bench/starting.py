"""How long it takes to start: the command line, an engine, the whole course."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from checker import bootstrap
from checker.engine.images.provide import ensure_images
from checker.files import ROOT
from checker.session import course_images
from tests.bench.measure import Aim, Table, measured, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.measure import Row
    from tests.namespace import Namespace

STATUS_MS = 150
LIMIT_S = 1800


def status(rounds: int) -> Table:
    """Measure ``checker status`` beside an interpreter that does nothing."""
    with tempfile.TemporaryDirectory(prefix="docker101-") as scratch:
        environment = {**os.environ, "DOCKER101_WORK": scratch}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling anew each time is not what a learner waits for

        def run(*arguments: str) -> None:
            subprocess.run(
                [sys.executable, *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
            )

        rows = measured(
            {"python -c pass": lambda: run("-c", "pass"), "checker status": lambda: run("-m", "checker", "status")},
            rounds,
        )
    aim = Aim("checker status", f"at most {STATUS_MS} ms, without docker-py", at_most_ms=STATUS_MS)
    return Table("The status, from typing to prompt (ms)", rows, (aim,))


def engine(namespace: Namespace, rounds: int) -> Table:
    """Measure an engine from nothing to answering."""
    return Table("An engine, from nothing to answering (ms)", _inside(namespace, f"engines({rounds})"))


def start(namespace: Namespace, rounds: int) -> Iterator[Table]:
    """Measure ``checker start`` where everything is installed and the images are there; no engine runs before it."""
    if not bootstrap.ready(tests=False):
        print("checker start: not measured, .venv is not up to date. Set it up with: python3 -m checker test\n")
        return
    yield Table(
        "The course, from typing until its address answers (ms)",
        _inside(namespace, f"starts({rounds})"),
        note="The course starts an engine, looks for its images, and brings the learner's folder up to date before.",
    )


@contextlib.contextmanager
def kept_open(namespace: Namespace) -> Iterator[str]:
    """Keep a private engine open in the namespace; yield its address, which leads there from everywhere."""
    code = "import sys; from checker.engine.own import private; print(private.start(lambda _: None), flush=True)"
    process = namespace.popen(f"{code}; sys.stdin.read(); private.leave(lambda _: None)")
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.communicate(timeout=60)


def bring_images(host: str) -> None:
    """Bring all the course's images to an engine."""
    ensure_images(course_images(), host, say=print)


def _inside(namespace: Namespace, call: str) -> tuple[Row, ...]:
    process = namespace.popen(f"from tests.bench import inside; inside.{call}")
    out, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, said
    return rows_of(json.loads(out))
