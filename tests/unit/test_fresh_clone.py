"""The first five minutes: every command in a clone that was never set up, with a Python that has nothing installed."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from checker.cli.commands import parser
from checker.errors import EXIT_CHECKS_FAILED, EXIT_NO_ENGINE, EXIT_OK, EXIT_USAGE
from checker.files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLONED = ("checker", "labs", "notebooks", "pyproject.toml", "requirements.txt", "README.md", "LICENSE")

NEEDS_SET_UP = (EXIT_USAGE, "The course is not set up yet.\nSet it up with: python3 -m checker start\n")
NO_VENV = (EXIT_USAGE, "This Python has no venv module, which the course needs for its own environment.\n")

COMMANDS = {
    "start": ([], NO_VENV),
    "test": ([], NO_VENV),
    "check": (["05"], NEEDS_SET_UP),
    "watch": (["05"], NEEDS_SET_UP),
    "setup": (["04"], NEEDS_SET_UP),
    "status": ([], (EXIT_OK, "Next: 00_welcome\n")),
    "reset": ([], NEEDS_SET_UP),
    "solution": (["05"], NEEDS_SET_UP),
    "certificate": ([], NEEDS_SET_UP),
    "cheatsheet": ([], NEEDS_SET_UP),
    "doctor": ([], (None, "The course is not set up yet: its own environment is missing.")),
    "doctor --brief": ([], (None, "Course files")),
    "doctor --report": (["report.txt"], (None, "Written: report.txt.")),
    "stop": ([], (EXIT_OK, "there is nothing to remove there.\n")),
    "stop --all": ([], (EXIT_OK, "What is left of the course is this folder;")),
    "bundle": (["class.tar"], NEEDS_SET_UP),
    "lab new": (["08_volumes"], NEEDS_SET_UP),
    "lab build": ([], NEEDS_SET_UP),
    "lab verify": ([], NEEDS_SET_UP),
}
"""Each command, what it is given, and the exit code and sentence that come of it; None: what the machine makes of it.

To set the course up takes a network, so here ``start`` and ``test`` meet a Python as Debian splits it, without venv.
"""

DOCUMENTED = {EXIT_OK, EXIT_CHECKS_FAILED, EXIT_USAGE, EXIT_NO_ENGINE}
"""The exit codes of ``checker --help`` but one: 4 says that the course itself broke."""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python in which nothing is installed, not even pip."""
    place = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "python")], check=True)
    (place / "split").mkdir()
    (place / "split" / "ensurepip.py").write_text("raise ImportError\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the course, without an environment and without a learner's folder."""
    place = tmp_path_factory.mktemp("clone")
    for name in CLONED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(ROOT / name, place / name)
    return place


def run(command: list[str], clone: Path, bare: Path) -> subprocess.CompletedProcess[str]:
    """Run the course's command line there; with an engine's home of its own, and no program but Python's own."""
    program = bare / "python" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DOCKER", "PYTHON", "COVERAGE"))},
        "PATH": str(bare / "no-programs"),
        "HOME": str(bare / "home"),
        "DOCKER_HOST": f"unix://{bare / 'no.sock'}",
        "DOCKER101_ENGINE_HOME": str(bare / "engine"),
        "PYTHONPATH": str(bare / "split"),
        "COLUMNS": "120",
    }
    return subprocess.run(
        [str(program), "-m", "checker", *command],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_ends_with_a_sentence(command: str, clone: Path, bare: Path) -> None:
    """A documented exit code, a sentence that says what to do, and never a traceback or a word that we broke."""
    arguments, (exit_code, says) = COMMANDS[command]
    done = run([*command.split(), *arguments], clone, bare)
    told = done.stdout + done.stderr
    assert says in told
    assert done.returncode in (DOCUMENTED if exit_code is None else {exit_code})
    assert not re.search(r"Traceback|The course itself broke|ModuleNotFoundError", told)


def test_every_command_of_the_parser_is_tried() -> None:
    """A new command is tried in a fresh clone like all others."""
    assert set(_commands(parser())) <= set(COMMANDS)


def test_what_was_tried_set_nothing_up(clone: Path, bare: Path) -> None:
    """Looking around in a fresh clone leaves no half-made environment behind."""
    run(["start"], clone, bare)
    assert not (clone / ".venv").exists()


def _commands(of: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    """Yield the commands that a parser knows, those of its parsers below in full."""
    below = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    for name, inner in below[0].choices.items() if below else ():
        found = list(_commands(inner, f"{before}{name} "))
        yield from found or [f"{before}{name}"]
