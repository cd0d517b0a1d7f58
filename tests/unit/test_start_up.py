"""What the quick commands load: nothing that takes long. How long they take is measured in tests/bench."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from checker.files import ROOT
from tests.unit.fake_engines import DOCKER, answering_engine

if TYPE_CHECKING:
    from pathlib import Path

SLOW = {"docker", "requests", "urllib3", "rich", "asyncio", "IPython", "jinja2", "jupyter_core", "nbformat"}
SLOW |= {"email", "http"}
"""Packages of which each would cost more than the whole command may; two are the standard library's."""

NOT_FOR_A_CHECK = (
    "checker.session",
    "checker.terminal",
    "checker.bundle",
    *(f"checker.engine.{room}" for room in ("start", "own", "images", "guard", "proxy")),
)
"""What opens the course, brings images, guards or draws: beginnings of modules' names."""

MOST_FOR_A_CHECK = 67

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


@pytest.mark.parametrize("lab", ["05", "06"])
def test_a_check_loads_what_it_needs(lab: str, tmp_path: Path) -> None:
    """A check that asks an engine, which has nothing, loads few modules of the course, and none that opens it.

    Counted is every module and package of ``checker`` that is loaded when the report has been printed.
    """
    answers = {
        "/version": (200, DOCKER),
        "/info": (200, {"SystemTime": "2026-01-01T00:00:00.000000000Z"}),
        "/events": (200, b""),
        "/v1.41/containers/json": (200, []),
        "/v1.41/images/json": (200, []),
    }
    with answering_engine(answers) as host:
        (tmp_path / ".course").mkdir()
        engine = {"host": host, "strategy": "private", "source": "x", "context": ""}
        (tmp_path / ".course" / "engine.json").write_text(json.dumps(engine), encoding="utf-8")
        environment = {**os.environ, "DOCKER101_WORK": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", SHOWN, "check", lab],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert "There is no " in done.stdout
    loaded = {name for name in done.stdout.splitlines()[-1].split() if name.partition(".")[0] == "checker"}
    assert {"checker.facts", "checker.engine.views.engine_view"} <= loaded
    assert (lab == "05") == ("checker.engine.history.history" in loaded)
    assert sorted(name for name in loaded if name.startswith(NOT_FOR_A_CHECK)) == []
    assert len(loaded) <= MOST_FOR_A_CHECK, "\n".join(sorted(loaded))


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
