"""``checker test``: set everything up, then every check that a maintainer relies on, pytest's closing line last."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from checker.cli.commands import say
from checker.engine import PRIVATE, find_program, install, labelled_things, listed, open_client, private, this_system
from checker.errors import EXIT_CHECKS_FAILED, EXIT_OK, UsageProblem
from checker.files import ROOT
from checker.learner import Work
from checker.session import clean_engine, course_images, open_course, update_copies

if TYPE_CHECKING:
    import argparse

    from checker.session import OpenCourse

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

CELL_LIMIT_S = 120
"""How long one cell of a notebook may take, in seconds (nbval's own limit is 2000)."""

NBVAL = (
    "--nbval",
    "--nbval-current-env",
    f"--nbval-cell-timeout={CELL_LIMIT_S}",
    "--nbval-sanitize-with=tests/notebooks/sanitize.cfg",
)


def test(options: argparse.Namespace) -> int:
    """Run ruff, mypy and all of pytest on an engine, in a learner's folder that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="docker101-") as scratch:
        os.environ["DOCKER101_WORK"] = str(Path(scratch) / "work")
        work = Work()
        with open_course(work, engine=options.engine, yes=options.yes, say=say, bundle=options.bundle) as course:
            begin_clean(course, work)
            say(f"Engine: {course.engine.source} ({course.engine.strategy}).")
            _bring_browser(options)
            update_copies(work, course.labs, say)
            return _run_all(course, options.pytest)


def _bring_browser(options: argparse.Namespace) -> None:
    """Install Chromium, where none is here and this may be done; elsewhere the browser tests say that they need one."""
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
    """Raise where something bears the course's label: nobody can tell a learner's work from an earlier test's."""
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


def _run_all(course: OpenCourse, pytest_arguments: list[str]) -> int:
    """Run each tool, the next one also after a failure, so that one run shows everything."""
    environment = {**os.environ, "DOCKER101_TEST_HOST": course.engine.host, "DOCKER101_STATIC": "1"}
    python = sys.executable
    steps = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy"],
        "pytest": [python, "-m", "pytest", *(pytest_arguments or ["tests", "notebooks", *NBVAL])],
    }
    codes = {}
    for name, command in steps.items():
        say(f"\n--- {name}")
        codes[name] = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    failed = [name for name, code in codes.items() if code]
    if failed and codes["pytest"] == 0:
        say(f"\nFailed: {', '.join(failed)} (see above)")
    return EXIT_CHECKS_FAILED if failed else EXIT_OK
