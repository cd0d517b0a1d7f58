"""What one notebook shows live: each thing once, and all of it anew when the course has another engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker.errors import NoEngine
from checker.jupyter import live_outputs as showing
from checker.jupyter import question as questions
from checker.jupyter.live_outputs import LiveOutputs
from tests.unit.fake_client import FakeClient
from tests.unit.made_course import open_course, started

if TYPE_CHECKING:
    from pathlib import Path

    from checker.jupyter.notebook.state import NotebookState


class Made:
    """Stands for a panel, an easel, a course panel or a follower: how it was made, and whether it was closed."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts
        self.closed = False
        self.watch = self

    def close(self) -> None:
        """Take note of it."""
        self.closed = True


@pytest.fixture
def course(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> NotebookState:
    """Return a course with the sample lesson open, that uses an engine."""
    for name in ("Follower", "Panel", "LiveDrawings", "Home"):
        monkeypatch.setattr(showing, name, type(name, (Made,), {}))
    monkeypatch.setattr(showing, "open_client", lambda _: FakeClient())
    found = open_course(tmp_path, monkeypatch)
    started(found)
    return found


@pytest.fixture
def shown(course: NotebookState) -> LiveOutputs:
    """Return what the notebook shows."""
    return LiveOutputs(course)


def everything(course: NotebookState, shown: LiveOutputs) -> dict[str, Any]:
    """Ask for all there is."""
    lab = course.lab()
    return {
        "follower": shown.follower(),
        "panel": shown.panel(lab),
        "easel": shown.easel(),
        "home": shown.home([lab]),
        "form": shown.form(lab, questions.asked(course, lab, "code")),
    }


def test_each_thing_is_there_once(course: NotebookState, shown: LiveOutputs) -> None:
    """However often its cell runs, it is the same panel, form, drawing board and course panel."""
    first, again = everything(course, shown), everything(course, shown)
    assert [first[name] is again[name] for name in first] == [True] * 5


def test_all_listen_to_one_follower(course: NotebookState, shown: LiveOutputs) -> None:
    """One connection a notebook, to the course's engine."""
    made = everything(course, shown)
    assert made["follower"].parts == ("unix:///fake",)
    attempt, follower = made["panel"].parts
    assert (attempt.work, attempt.lab.id, follower) == (course.work, course.lab().id, made["follower"])
    assert made["easel"].parts[0] is made["follower"]
    assert made["home"].parts == (course.work, course.engine(), [course.lab()], made["follower"])


def test_labs_and_questions_have_their_own(course: NotebookState, shown: LiveOutputs) -> None:
    """Another question has another form; one that was not shown takes no comparison."""
    lab = course.lab()
    forms = {name: shown.form(lab, questions.asked(course, lab, name)) for name in ("code", "listed")}
    shown.compared(lab, " code ", "You predicted 0.")
    shown.compared(lab, "mute", "Nobody sees this.")
    assert "You predicted 0." in forms["code"].view.html
    assert "You predicted 0." not in forms["listed"].view.html


@pytest.mark.parametrize("first", ["follower", "panel", "easel", "home"])
def test_another_engine_makes_everything_anew(first: str, course: NotebookState, shown: LiveOutputs) -> None:
    """Whoever notices first: what listened to the old engine is closed, and made again for the new one."""
    old = everything(course, shown)
    started(course, "unix:///other")
    lab = course.lab()
    ask: dict[str, Any] = {
        "follower": shown.follower, "panel": lambda: shown.panel(lab), "easel": shown.easel,
        "home": lambda: shown.home([lab]),
    }  # fmt: skip
    ask[first]()
    assert [old[name].closed for name in ("panel", "easel", "home")] == [True] * 3
    new = everything(course, shown)
    assert [old[name] is new[name] for name in new] == [False, False, False, False, True]
    assert new["follower"].parts == ("unix:///other",)
    assert [new[name].closed for name in ("panel", "easel", "home")] == [False] * 3


def test_closing_ends_everything(course: NotebookState, shown: LiveOutputs) -> None:
    """Also when there is nothing to end; what is asked for afterwards is made anew."""
    shown.close()
    old = everything(course, shown)
    shown.close()
    shown.close()
    assert [old[name].closed for name in ("panel", "easel", "home")] == [True] * 3
    assert everything(course, shown)["panel"] is not old["panel"]


def test_course_that_was_not_started(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an engine there is nothing to follow; a form needs none."""
    course = open_course(tmp_path, monkeypatch)
    lab, shown = course.lab(), LiveOutputs(course)
    for ask in (shown.follower, shown.easel, lambda: shown.panel(lab), lambda: shown.home([lab])):
        with pytest.raises(NoEngine, match="has not been started here yet"):
            ask()
    assert shown.form(lab, questions.asked(course, lab, "code")).view.html
