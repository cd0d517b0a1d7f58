"""How much of ``checker/`` the tests run: lines and branches, in all processes that they start.

What is measured says ``[tool.coverage]`` in pyproject.toml. coverage.py takes the cheapest way that this Python has:
its tracer in C, and from Python 3.14 on ``sys.monitoring`` (https://coverage.readthedocs.io/en/latest/config.html).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.cli.commands import say
from checker.errors import EXIT_CHECKS_FAILED, EXIT_OK
from checker.files import ROOT, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TARGET_PERCENT = 90.0
"""What the tests are to reach."""

FLOOR_PERCENT = 80.0
"""Below it the report says so. It does not fail the suite before a whole run has shown what can be asked."""

LEAST = 10
"""How many of the least covered files are named."""


class Covered(NamedTuple):
    """How much of a file, or of all, was run, in percent of its lines and branches."""

    name: str
    percent: float


def measured(command: Sequence[str], data: Path) -> tuple[list[str], dict[str, str]]:
    """Return a command, which begins with ``python -m``, so that it is measured, and what its environment needs.

    Arguments:
        command: the command.
        data: the file that its data goes to; each process writes one of its own beside it.

    """
    python, flag, *rest = command
    return [python, flag, "coverage", "run", "-m", *rest], {"COVERAGE_FILE": str(data)}


def report(data: Path, environment: Mapping[str, str]) -> int:
    """Print how much was covered, and the files that are least; return the exit code.

    Arguments:
        data: as for ``measured``.
        environment: the environment of the command that was measured.

    """
    coverage = [sys.executable, "-m", "coverage"]
    env = {**environment, "COVERAGE_FILE": str(data)}
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "coverage.json"
        for command in (["combine", "--quiet", str(data.parent)], ["json", "--quiet", "-o", str(path)]):
            done = subprocess.run([*coverage, *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            if done.returncode:
                say(f"Coverage could not be read: {(done.stdout + done.stderr).strip()}")
                return EXIT_CHECKS_FAILED
        total, files = read(json.loads(read_text(path)))
    say(as_text(total, files))
    return EXIT_OK if total.percent >= FLOOR_PERCENT else EXIT_CHECKS_FAILED


def read(data: Mapping[str, dict[str, dict[str, dict[str, float]]]]) -> tuple[Covered, list[Covered]]:
    """Return the total and the files, the least covered one first, from what ``coverage json`` wrote."""
    totals: dict[str, float] = data["totals"]  # type: ignore[assignment]
    files = [Covered(name, float(one["summary"]["percent_covered"])) for name, one in data["files"].items()]
    return Covered("checker/", float(totals["percent_covered"])), sorted(files, key=lambda one: (one.percent, one.name))


def as_text(total: Covered, files: Sequence[Covered]) -> str:
    """Return the files that are least covered, and the total, whose last words say whether it will do.

    Arguments:
        total: the coverage of the whole package.
        files: the coverage of each file, lowest first.

    """
    below = f", below the floor of {FLOOR_PERCENT:g} %" if total.percent < FLOOR_PERCENT else ""
    lines = [f"{one.percent:6.1f} %  {one.name}" for one in files[:LEAST]]
    target = f"the target is {TARGET_PERCENT:g} %"
    return "\n".join([*lines, f"{total.percent:6.1f} %  {total.name} in all, lines and branches ({target}){below}"])
