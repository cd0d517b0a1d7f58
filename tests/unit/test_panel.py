"""The check panel: what it says of each task, what can be pressed, and what a screen reader hears."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checker.errors import CourseError, NoEngine
from checker.jupyter import panel as panels
from checker.jupyter.panel import Panel, as_html, news
from checker.lab.vocabulary import Status
from checker.watch import LabStatus
from tests.unit.made_labs import made_lab, result
from tests.unit.made_views import NASTY, Page, press

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from checker.lab.load import Lab

PASSED = result("shop", description="The shop is open.")
FAILED = result("published", Status.FAILED, max_score=1, message="No port.", hint="Look at `ports`.")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a lab of two tasks."""
    return made_lab(tmp_path)


def page(lab: Lab, *results: Any, watching: bool = True, heard: str = "", **words: Any) -> Page:
    """Return the panel, which is well formed."""
    return Page(as_html(lab, LabStatus(tuple(results), **words), watching=watching, heard=heard))


# --- tasks


def test_before_the_first_check(lab: Lab) -> None:
    """Nothing is claimed of tasks that nobody has looked at."""
    for known in ((), (PASSED,)):
        shown = page(lab, *known)
        assert "Nothing was checked yet." in shown.text
        assert "All done" not in shown.text
        assert shown.all("progress", max="3")


def test_tasks_are_shown_with_state_and_points(lab: Lab) -> None:
    """State is a word and a mark, never colour alone; points and the lab's sum stand beside it."""
    shown = page(lab, PASSED, FAILED)
    assert "1 of 2 tasks passed, 2 of 3 points." in shown.text
    assert shown.all("progress", max="3", value="2", aria_label="Points of The shop")
    assert [item["class"] for item in shown.all("li")] == ["passed", "failed"]
    assert [item["data-key"] for item in shown.all("li")] == ["shop", "published"]
    assert "✓passed: The shop is open. 2 of 2" in shown.text
    assert "not passed yet: The published is open. 0 of 1No port." in shown.text


@pytest.mark.parametrize(
    ("status", "words"),
    [(Status.SKIPPED, "waits for another task: "), (Status.ERROR, "could not be judged: ")],
)
def test_states_that_are_no_mark_of_the_learners(status: Status, words: str, lab: Lab) -> None:
    """What waits and what could not be judged is told apart from what failed."""
    assert words in page(lab, result("shop", status)).text


def test_hidden_task_is_not_shown(lab: Lab) -> None:
    """What a learner may not see is in no page of theirs."""
    assert len(page(lab, PASSED, FAILED, result("secret", visibility="hidden")).all("li")) == 2


# --- hints


def test_hints_come_in_levels(lab: Lab) -> None:
    """Where to look is closed at first, and in it what to read; a button leads to a part of this lesson."""
    lab = replace(lab, checks=(lab.checks[0], replace(lab.checks[1], read="Ports & doors")))
    shown = page(lab, PASSED, FAILED)
    assert shown.all("details", class_="hint") == [{"class": "hint"}] * 2
    assert "Where to lookLook at ports.What to readIn this lesson, the part Ports & doors" in shown.text
    assert shown.all("button", type="button", data_heading="Ports & doors")


def test_part_of_another_lesson_is_named(lab: Lab) -> None:
    """It cannot be scrolled to from here."""
    lab = replace(lab, checks=(lab.checks[0], replace(lab.checks[1], read="05: Kill")))
    shown = page(lab, PASSED, FAILED)
    assert "In lesson 05: the part “Kill”." in shown.text
    assert [item for item in shown.all("button") if "data-heading" in item] == []


@pytest.mark.parametrize("status", [Status.PASSED, Status.SKIPPED, Status.ERROR])
def test_only_a_failed_task_has_hints(status: Status, lab: Lab) -> None:
    """There is nothing to look at where nothing failed, or something else comes first."""
    assert page(lab, result("shop", status, hint="Look.")).all("details") == []


# --- the rest of the panel


@pytest.mark.parametrize(
    ("words", "says", "pressed"),
    [
        ({}, "Live: tasks tick by themselves as you work.", "true"),
        ({"watching": False}, "Live is off: tasks tick when you ask for a check.", "false"),
        ({"lost": "It is gone."}, "Not up to date: It is gone. Trying again.", "true"),
        ({"checking": True, "lost": "It is gone."}, "Checking …", "true"),
    ],
)
def test_state_of_the_panel_itself(words: dict[str, Any], says: str, pressed: str, lab: Lab) -> None:
    """Whether it is current is said in words, and so is what the button does."""
    shown = page(lab, PASSED, FAILED, **words)
    assert says in shown.text
    assert shown.all("button", data_press="live", aria_pressed=pressed)
    assert f"Live: {'on' if pressed == 'true' else 'off'}" in shown.text


@pytest.mark.parametrize("checking", [False, True])
def test_button_says_that_a_check_is_under_way(checking: bool, lab: Lab) -> None:
    """It stays where it is, so that the keyboard's place is not lost."""
    (button,) = page(lab, PASSED, FAILED, checking=checking).all("button", data_press="check")
    assert button.get("aria-disabled") == ("true" if checking else None)
    assert "disabled" not in button


def test_what_else_there_is_to_say(lab: Lab) -> None:
    """Problems with their next step, the way to a solution, and what is left to do for a grade."""
    listed = replace(PASSED, message="Done, but not in your command list yet.")
    shown = page(
        lab, listed, replace(FAILED, status=Status.PASSED), problems=(CourseError("Oh.", "Do."),), solution_is_open=True
    )
    for words in ("Oh.Do.", "checker solution 08", "All passed live. For a grade"):
        assert words in shown.text


def test_what_was_reached_before_is_said(lab: Lab) -> None:
    """Who tidied up sees that nothing is lost; while these are the best results there is nothing to say."""
    assert "Your best check so far, 3 of 3 points, is kept." in page(lab, PASSED, FAILED, reached=3).text
    assert "best check" not in page(lab, PASSED, FAILED, reached=PASSED.score).text


def test_failed_task_is_its_own_next_step(lab: Lab) -> None:
    """The list of tasks shows what comes next; it is not said twice."""
    assert page(lab, PASSED, FAILED).text.count("The published is open.") == 1
    assert "Next:" not in page(lab, PASSED, FAILED).text


def test_names_from_outside_are_text(lab: Lab) -> None:
    """Nothing that the engine, the lab or the learner says becomes markup."""
    lab = replace(lab, title=NASTY, checks=(lab.checks[0], replace(lab.checks[1], read=NASTY)))
    bad = {"description": NASTY, "message": NASTY, "hint": NASTY}
    shown = page(
        lab,
        result(NASTY, **bad),
        result("published", Status.FAILED, **bad),
        lost=NASTY,
        problems=(CourseError(NASTY, NASTY),),
        heard=NASTY,
    )
    assert shown.all("b") == []
    assert shown.all("button", data_heading=NASTY)
    assert shown.all("section", aria_label=f"Check of {NASTY}")
    assert shown.text.count(NASTY) == 11


# --- what is heard


NOW_PASSED = replace(FAILED, status=Status.PASSED, score=1)


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        ((), (PASSED, FAILED), "Passed: The shop is open. 1 of 2 tasks passed, 2 of 3 points."),
        ((PASSED, FAILED), (PASSED, NOW_PASSED), "Passed: The published is open. 2 of 2 tasks passed, 3 of 3 points."),
        (
            (PASSED, NOW_PASSED),
            (PASSED, FAILED),
            "Not passed any more: The published is open. 1 of 2 tasks passed, 2 of 3 points.",
        ),
        ((PASSED, FAILED), (PASSED, replace(FAILED, message="Another one.")), ""),
        ((), (), ""),
    ],
    ids=["first", "passed", "lost", "another message", "nothing"],
)
def test_screen_readers_hear_what_passed(before: Any, now: Any, says: str) -> None:
    """Tasks that passed, and tasks that pass no longer, with the sum; another message is no news."""
    assert news(before, now) == says


# --- the panel in a notebook


class FakeWatch:
    """Stands for the watch: notes what it was asked, and says what a test wants said."""

    def __init__(self, *parts: Any) -> None:
        self.tell: Callable[[LabStatus], object] = parts[-1]
        self.status = LabStatus()
        self.watching = False
        self.asked: list[str] = []
        self.problem: CourseError | None = None

    def check(self) -> LabStatus:
        """Check."""
        self.asked.append("check")
        if self.problem:
            raise self.problem
        self.say(LabStatus((PASSED, FAILED)))
        return self.status

    def ask_to_check(self) -> None:
        """Check later."""
        self.asked.append("ask")

    def start(self) -> None:
        """Watch."""
        self.watching = True

    def stop(self) -> None:
        """Do not."""
        self.watching = False

    def say(self, standing: LabStatus) -> None:
        """Tell a standing."""
        self.status = standing
        self.tell(standing)


@pytest.fixture
def panel(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a panel whose watch is none."""
    monkeypatch.setattr(panels, "Watch", FakeWatch)
    return Panel(SimpleNamespace(lab=lab), None)  # type: ignore[arg-type]


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what the notebook stores of each output, as text."""
    import IPython.display

    found: list[str] = []

    class Handle:
        def update(self, view: Any) -> None:
            found.append(repr(view))

    def display(view: Any, **_: Any) -> Handle:
        found.append(repr(view))
        return Handle()

    monkeypatch.setattr(IPython.display, "display", display)
    return found


def test_panel_appears_checks_and_goes_on(panel: Any, displayed: list[str]) -> None:
    """It is there while the check runs; what the notebook stores is what the check found; then it is live."""
    panel.appear()
    assert (panel.watch.asked, panel.watch.watching) == (["check"], True)
    assert "1 of 2 tasks passed" not in displayed[0]
    assert displayed[-1].startswith("The shop: 1 of 2 tasks passed, 2 of 3 points.")
    assert "Live: on" in panel.view.html


def test_panel_without_an_engine_goes_on_all_the_same(panel: Any, displayed: list[str]) -> None:
    """The problem ends the cell; the panel waits for the engine."""
    panel.watch.problem = NoEngine("No engine.")
    with pytest.raises(NoEngine):
        panel.appear()
    assert panel.watch.watching
    assert len(displayed) == 2


def test_stored_panel_has_no_buttons(panel: Any) -> None:
    """Where nothing can be pressed, there is the report instead."""
    panel.watch.say(LabStatus((PASSED, FAILED)))
    stored = panel.view._repr_mimebundle_()[0]
    assert "docker101-report" in stored["text/html"]
    assert "<button" not in stored["text/html"]
    assert "<button" in panel.view.html


def test_panel_ticks(panel: Any) -> None:
    """What the watch tells is shown, and what passed last stays to be heard."""
    panel.watch.say(LabStatus((PASSED, FAILED)))
    panel.watch.say(LabStatus((PASSED, NOW_PASSED)))
    panel.watch.say(LabStatus((PASSED, NOW_PASSED), lost="It is gone."))
    shown = Page(panel.view.html)
    assert [item["class"] for item in shown.all("li")] == ["passed", "passed"]
    assert shown.text.endswith("Passed: The published is open. 2 of 2 tasks passed, 3 of 3 points.")


def test_presses(panel: Any) -> None:
    """A check while it is live is the watch's own work; live can be switched off and on; nothing else is pressed."""
    press(panel.view, "check")
    press(panel.view, "live")
    assert (panel.watch.asked, panel.watch.watching) == (["check"], True)
    assert "Live: on" in panel.view.html
    press(panel.view, "check")
    press(panel.view, "live")
    press(panel.view, "nothing")
    assert (panel.watch.asked, panel.watch.watching) == (["check", "ask"], False)
    assert "Live: off" in panel.view.html


def test_problem_of_a_press_is_said_in_the_panel(panel: Any) -> None:
    """Without an engine the button says so, with the next step."""
    panel.watch.problem = NoEngine("No engine.", "Run: checker doctor")
    press(panel.view, "check")
    assert Page(panel.view.html).text.endswith("No engine.Run: checker doctor")
