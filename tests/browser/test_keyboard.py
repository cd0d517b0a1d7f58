"""Everything that the course shows can be worked with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.lab.load import load_lab
from tests.browser.browser import NOTEBOOK

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.learner.work import Work
    from tests.browser.browser import Desk

pytestmark = pytest.mark.engine

TABS = 40
"""After so many presses of Tab something must have been reached that stands below the focused cell."""


def focused(desk: Desk) -> str:
    """Return what has the focus, in a few words."""
    words: str = desk.page.evaluate(
        "() => { const one = document.activeElement; const words = one.textContent.trim().slice(0, 40);"
        "return [one.tagName, one.dataset.press ?? '', one.name ?? '', words].join(' '); }"
    )
    return words


def tab_to(desk: Desk, what: str) -> None:
    """Press Tab until what has the focus is described by ``what``."""
    reached = []
    for _ in range(TABS):
        desk.page.keyboard.press("Tab")
        reached.append(focused(desk))
        if what in reached[-1]:
            return
    raise AssertionError(f"{what} was not reached: {reached}")


def run_with_keys(desk: Desk, source: str) -> None:
    """Go to a cell as the arrow keys do, and run it with Ctrl+Enter; the focus stays on the cell."""
    desk.page.locator(f"{NOTEBOOK} .jp-Cell.jp-mod-active").focus()  # the terminal may have had it: it opens last
    desk.page.keyboard.press("Escape")
    cells = desk.page.locator(f"{NOTEBOOK} .jp-Cell")
    wanted = f"{NOTEBOOK} .jp-Cell.jp-mod-active .cm-content:has-text('{source}')"
    for _ in range(cells.count()):
        if desk.page.locator(wanted).count():
            desk.page.keyboard.press("Control+Enter")
            desk.page.wait_for_function(
                "prompt => /[0-9]/.test(document.querySelector(prompt)?.textContent)",
                arg=f"{NOTEBOOK} .jp-Cell.jp-mod-active .jp-InputPrompt",
            )  # a kernel that has not begun is idle, too
            desk.wait_until_idle()
            desk.page.locator(f"{NOTEBOOK} .jp-Cell.jp-mod-active").focus()
            return
        desk.page.keyboard.press("ArrowDown")
    raise AssertionError(f"no cell holds {source}")


def test_a_prediction_is_committed_with_the_keyboard(open_desk: Callable[..., Desk], learner: Work) -> None:
    """Tab reaches the choices, an arrow key chooses, Enter on the button commits."""
    lab = load_lab("00")
    desk = open_desk()
    run_with_keys(desk, "%lesson")
    run_with_keys(desk, "%predict after_hello")
    tab_to(desk, "INPUT  answer")
    desk.page.keyboard.press("Space")
    desk.page.keyboard.press("ArrowDown")
    tab_to(desk, "Commit")
    desk.page.keyboard.press("Enter")
    desk.page.get_by_text("Kept: no.", exact=False).wait_for()
    assert learner.answers(lab)["after_hello"] == "no"


def test_the_panel_is_worked_with_the_keyboard(open_desk: Callable[..., Desk]) -> None:
    """Tab reaches the hints and the buttons; Enter opens a hint, checks, and switches live mode."""
    desk = open_desk("05_lifecycle/05_lifecycle.ipynb")
    run_with_keys(desk, "%lesson")
    run_with_keys(desk, "%check")
    desk.page.get_by_text("Live: tasks tick by themselves as you work.").wait_for()
    tab_to(desk, "SUMMARY   Where to look")
    desk.page.keyboard.press("Enter")
    tab_to(desk, "SUMMARY   What to read")
    desk.page.keyboard.press("Enter")
    tab_to(desk, "BUTTON live")
    desk.page.keyboard.press("Enter")
    desk.page.get_by_text("Live is off: tasks tick when you ask for a check.").wait_for()
    assert "BUTTON live" in focused(desk)


def test_the_course_panel_opens_a_lesson_with_the_keyboard(open_desk: Callable[..., Desk]) -> None:
    """Tab reaches the lesson in the table, and Enter opens it."""
    desk = open_desk()
    run_with_keys(desk, "%lesson")
    tab_to(desk, "01 Architecture")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(".lm-TabBar-tab.lm-mod-current:has-text('01_architecture')")
