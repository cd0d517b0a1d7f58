"""Cells whose outputs stay current: %check, %course, %predict and %outcome, as a learner has them."""

from __future__ import annotations

import tomllib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checker.attempt import Attempt, Checked
from checker.engine.engine import Engine
from checker.jupyter.live_outputs import LiveOutputs
from checker.jupyter.magics import CourseMagics
from checker.jupyter.notebook.state import NotebookState
from checker.lab.vocabulary import Result, Status
from tests.lesson import LAB_ID
from tests.unit.made_course import open_course
from tests.unit.made_views import press

if TYPE_CHECKING:
    from pathlib import Path

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def magics(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> CourseMagics:
    """Return the magics with the sample lesson open."""
    found = CourseMagics(None)
    found.course = open_course(tmp_path, monkeypatch)
    return found


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what was put into the notebook as widgets."""
    import IPython.display

    found: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", found.append)
    return found


def box(magics: CourseMagics) -> str:
    """Return the learner's own word of the sample's sheet."""
    return magics.course.work.params(magics.course.lab())["box"]


def answers(magics: CourseMagics) -> dict[str, Any]:
    """Return what stands in answers.toml."""
    path = magics.course.work.folder(magics.course.lab()) / "answers.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


# --- %check


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the labs whose panels have appeared."""
    appeared: list[str] = []
    made = {"panel": lambda _, lab: SimpleNamespace(appear=lambda: appeared.append(lab.id))}
    monkeypatch.setattr(LiveOutputs, "panel", made["panel"])
    return appeared


def test_check_is_a_panel_that_ticks(magics: CourseMagics, panel: list[str], shown: list[dict[str, str]]) -> None:
    """Live, %check shows the lab's panel, of the open lesson or of the one that is named."""
    magics.check("")
    magics.check("01")
    assert (panel, shown) == ([LAB_ID, LAB_ID], [])


def test_check_is_a_report_while_a_notebook_is_built(
    magics: CourseMagics, panel: list[str], shown: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs that are stored must be the same for everybody."""
    monkeypatch.setenv("DOCKER101_STATIC", "1")
    monkeypatch.setattr(NotebookState, "engine", lambda _: Engine("unix:///none", "private", "a test"))
    monkeypatch.setattr(Attempt, "check_and_keep", lambda _: Checked(()))
    magics.check("")
    assert panel == []
    assert [sorted(data) for data in shown] == [["text/html", "text/plain"]]


def test_check_without_a_started_course(magics: CourseMagics, capsys: Capsys) -> None:
    """No engine is no traceback: the message names the command that gives one."""
    magics.check("")
    assert capsys.readouterr().out.endswith("python3 -m checker start\n")


# --- %course


def test_course_panel_is_shown_and_kept_current(
    magics: CourseMagics, displayed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel of all labs; the cell that runs again shows the same one."""
    began: list[str] = []
    home = SimpleNamespace(view="the panel", start=lambda: began.append("start"))
    monkeypatch.setattr(LiveOutputs, "home", lambda _, labs: home if [lab.id for lab in labs] == [LAB_ID] else None)
    magics.course_panel("")
    magics.course_panel("")
    assert (displayed, began) == (["the panel"] * 2, ["start"] * 2)


def test_course_panel_of_one_who_begins(
    magics: CourseMagics, shown: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a notebook is built the panel knows nothing of the one who builds it."""
    monkeypatch.setenv("DOCKER101_STATIC", "1")
    lab = magics.course.lab()
    done = [Result(item.id, item.description, Status.PASSED, item.points, item.points) for item in lab.checks]
    magics.course.work.save_results(lab.id, done)
    magics.course_panel("")
    assert shown[0]["text/plain"] == (
        "The course\n01  Sample: not begun\nNext: 01 Sample, 1 minutes.\nThe engine answers."
    )


def test_course_panel_without_a_started_course(magics: CourseMagics, capsys: Capsys) -> None:
    """No engine is no traceback: the message names the command that gives one."""
    magics.course_panel("")
    assert capsys.readouterr().out.endswith("python3 -m checker start\n")


# --- %predict, %outcome


def test_question_is_a_form(magics: CourseMagics, displayed: list[Any]) -> None:
    """Live, a question has fields; asked again, it is the same form, with what was kept."""
    magics.predict("listed")
    magics.predict(" listed ")
    first, again = displayed
    assert first is again
    press(first, "answer", answer="yes")
    assert answers(magics)["listed"] == "yes"
    assert "Your answer: yes" in repr(again)


def test_form_tells_how_the_prediction_compares(
    magics: CourseMagics, displayed: list[Any], shown: list[dict[str, str]]
) -> None:
    """The cell says it, and so does the form above, where there is one; a later commit compares anew."""
    magics.outcome("code")
    magics.predict("code")
    magics.outcome("code")
    form = displayed[0]
    assert "No prediction yet. The engine says 137" in form.html
    press(form, "answer", answer="137")
    assert "You predicted 137, and the engine confirms it" in form.html
    assert [one["text/plain"] for one in shown] == [
        f"No prediction yet. The engine says 137: {box(magics)} was killed."
    ] * 2
