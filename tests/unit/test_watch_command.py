"""``checker watch``: what a terminal shows, what a pipe gets, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from checker import bootstrap
from checker.cli import learner
from checker.cli.commands import run
from checker.engine.engine import Engine
from checker.engine.history import follower
from checker.errors import UsageProblem
from checker.lab import load as labs_module
from checker.lab.vocabulary import Status
from checker.learner.work import Work
from checker.watch import LabStatus
from tests.unit.made_labs import LAB_ID, make_labs, result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from checker.attempt import Attempt

PASSED = result("shop")
FAILED = result("published", Status.FAILED, max_score=1, message="No port.")
ALL = (PASSED, result("published", max_score=1, score=1))
WATCHING = "Watching: tasks tick by themselves as you work. Ctrl-C ends this."


class FakeWatch:
    """Stands for the watch: tells what a test put there, and then the learner presses Ctrl-C."""

    will_tell: Sequence[LabStatus] = ()
    closed: list[str]

    def __init__(self, attempt: Attempt, follower: Any, tell: Callable[[LabStatus], object]) -> None:
        self.closed.append(f"open {attempt.lab.id} on {follower}")
        self._tell = tell
        self.status = LabStatus()

    def start(self) -> None:
        """Tell everything."""
        for status in self.will_tell:
            self.status = status
            self._tell(status)
        raise KeyboardInterrupt

    def close(self) -> None:
        """Take note of it."""
        self.closed.append("closed")


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[FakeWatch]:
    """Return a watch that is none, for a course that was started, in this very Python."""
    labs = make_labs(tmp_path)
    for name in ("lab_ids", "load_lab", "find_lab"):
        function = getattr(labs_module, name)
        monkeypatch.setattr(learner, name, lambda *args, do=function: do(*args, labs))
    monkeypatch.setattr(bootstrap, "packages_here", lambda: True)
    monkeypatch.setenv("DOCKER101_WORK", str(tmp_path / "work"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    Engine("unix:///fake", "private", "a test").save(Work().root)
    made = type("Watched", (FakeWatch,), {"closed": []})
    monkeypatch.setattr("checker.watch.Watch", made)
    monkeypatch.setattr(follower, "Follower", lambda host: host)
    return made


def test_pipe_gets_a_line_for_each_change(watched: type[FakeWatch], capsys: pytest.CaptureFixture[str]) -> None:
    """First that it watches, then each task when its state is another one; no screen is cleared."""
    problem = UsageProblem("Not set up.", "Run: checker setup 08")
    watched.will_tell = [
        LabStatus((PASSED,)),
        LabStatus((PASSED, FAILED)),
        LabStatus((PASSED, FAILED), problems=(problem,)),
        LabStatus((PASSED, FAILED), problems=(problem,), checking=True),
        LabStatus((PASSED, FAILED), lost="It is gone."),
        LabStatus((PASSED, FAILED)),
        LabStatus((*ALL, result("secret", visibility="hidden"))),
    ]
    assert run(["watch", "08"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        WATCHING,
        "✓ 2/2  The shop is open.",
        "✗ 0/1  The published is open.",
        "Not up to date: It is gone. Trying again.",
        WATCHING,
        "✓ 1/1  The published is open.",
        "",
    ]
    assert err == "checker: Not set up.\nRun: checker setup 08\n"


def test_terminal_is_drawn_anew(
    watched: type[FakeWatch], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time the screen is cleared, and shows the whole report, in colour, with problems and the state below."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    problem = UsageProblem("Not set up.", "Run: checker setup 08")
    watched.will_tell = [
        LabStatus((PASSED,)),
        LabStatus((PASSED, FAILED), problems=(problem,)),
        LabStatus(ALL, lost="It is gone."),
    ]
    assert run(["watch", "08"]) == 0
    before, *screens = capsys.readouterr().out.split("\x1b[H\x1b[2J")
    assert before == ""
    first, partly, failed, lost = screens
    assert first == partly == f"The shop: not checked yet.\n\n{WATCHING}\n"
    assert failed.startswith(
        "The shop: 1 of 2 tasks passed, 2 of 3 points.\n\n\x1b[32m✓   2/2  The shop is open.\x1b[0m"
    )
    assert failed.endswith(f"Not set up.\nRun: checker setup 08\n{WATCHING}\n")
    assert "All done." in lost
    assert lost.endswith("Not up to date: It is gone. Trying again.\n\n")


def test_terminal_without_colours(
    watched: type[FakeWatch], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR leaves out colours, not the screen."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    watched.will_tell = [LabStatus((PASSED, FAILED))]
    run(["watch", "08"])
    shown = capsys.readouterr().out.rpartition("\x1b[H\x1b[2J")[2]
    assert "✓   2/2  The shop is open." in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("results", "code"),
    [
        (ALL, 0),
        ((PASSED, FAILED), 1),
        ((PASSED, result("published", Status.ERROR)), 1),
        ((PASSED,), 1),
        ((), 1),
    ],
    ids=["all passed", "one failed", "one not judged", "not all known", "nothing known"],
)
def test_exit_code_is_that_of_a_check(results: Any, code: int, watched: type[FakeWatch]) -> None:
    """As it stands when the learner ends it; what nobody has looked at has not passed."""
    watched.will_tell = [LabStatus(results)]
    assert run(["watch", "08"]) == code
    assert watched.closed == [f"open {LAB_ID} on unix:///fake", "closed"]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal to one of its own threads")
def test_ctrl_c_ends_the_wait(watched: type[FakeWatch], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it watches it waits for Ctrl-C alone, which is no traceback; everything is closed."""
    main = threading.main_thread().ident
    assert main

    def start(self: FakeWatch) -> None:
        threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGINT)).start()

    monkeypatch.setattr(watched, "start", start)
    assert run(["watch", "08"]) == 1
    assert watched.closed[-1] == "closed"


def test_lab_of_this_folder_is_meant(watched: type[FakeWatch], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name it is the lab whose folder this is, as for a check."""
    folder = Work().root / LAB_ID
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    run(["watch"])
    assert watched.closed[0] == f"open {LAB_ID} on unix:///fake"


def test_course_that_was_not_started(watched: type[FakeWatch], capsys: pytest.CaptureFixture[str]) -> None:
    """Without an engine there is nothing to watch: exit code 3, and the command that starts the course."""
    (Work().root / ".course" / "engine.json").unlink()
    assert run(["watch", "08"]) == 3
    assert capsys.readouterr().err.endswith("python3 -m checker start\n")
    assert watched.closed == []
