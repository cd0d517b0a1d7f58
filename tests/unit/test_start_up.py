"""What the quick commands load: nothing that takes long. How long they take is measured in tests/bench."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from checker.files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SLOW = {"docker", "requests", "urllib3", "rich", "asyncio", "IPython", "jinja2", "jupyter_core", "nbformat"}
SLOW |= {"email", "http"}
"""Packages of which each would cost more than the whole command may; two are the standard library's."""

SHOWN = "import sys; from checker.cli.commands import run; run(sys.argv[1:]); print('loaded:', *sorted(sys.modules))"


@pytest.mark.parametrize("command", [["status"], ["--help"], ["start", "--help"], ["no-such-command"]])
def test_quick_commands_load_nothing_slow(command: list[str], tmp_path: Path) -> None:
    """The status, help, and a misspelt command load neither docker-py nor anything else that is slow to load."""
    environment = {**os.environ, "DOCKER101_WORK": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SHOWN, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stdout.splitlines()[-1].split()
    assert loaded[0] == "loaded:"
    assert {name.partition(".")[0] for name in loaded} & SLOW == set()
    assert not [name for name in loaded if name.startswith("checker.bundle")]


def test_status_with_an_engine_loads_nothing_slow_either(tmp_path: Path) -> None:
    """To ask whether the engine answers, the standard library's sockets are enough."""
    state = tmp_path / ".course"
    state.mkdir()
    text = '{"host": "unix:///nowhere.sock", "strategy": "private", "source": "x", "context": "", "isolated": true}'
    (state / "engine.json").write_text(text, encoding="utf-8")
    environment = {**os.environ, "DOCKER101_WORK": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SHOWN, "status"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert "does not answer at unix:///nowhere.sock" in done.stdout
    assert {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()} & SLOW == set()


@pytest.mark.parametrize("command", [["doctor", "--brief"], ["check", "no-such-lab"]])
def test_what_is_no_terminal_costs_no_drawing(command: list[str], tmp_path: Path) -> None:
    """A pipe, as a cell's output is one, gets lines, and rich is not loaded for them."""
    environment = {**os.environ, "DOCKER101_WORK": str(tmp_path), "DOCKER101_ENGINE_HOME": str(tmp_path / "engine")}
    done = subprocess.run(
        [sys.executable, "-c", SHOWN, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "checker" in loaded
    assert "rich" not in loaded
