"""One lab, done in the terminal as a learner does it: the panel in the notebook ticks by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.commands import parse
from checker.files import read_text, read_toml
from checker.lab.load import load_lab
from checker.learner.work import ANSWERS, COMMANDS
from checker.placeholders import filled

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from checker.learner.work import Work
    from tests.browser.browser import Desk

pytestmark = pytest.mark.engine

LAB = load_lab("05")
LESSON = f"{LAB.id}/{LAB.notebook}"
TICK_LIMIT_MS = 15_000


def task(desk: Desk, check_id: str) -> Locator:
    """Return a task's row in the panel."""
    return desk.page.locator(f".docker101-check li[data-key='{check_id}']")


def passes(desk: Desk, check_id: str) -> None:
    """Wait until a task is ticked."""
    desk.page.locator(f".docker101-check li.passed[data-key='{check_id}']").wait_for(timeout=TICK_LIMIT_MS)


def test_tasks_tick_while_commands_are_typed(open_desk: Callable[..., Desk], learner: Work) -> None:
    """Nothing is run in the notebook but %check, and predictions are typed into their forms: all seven tasks pass."""
    desk = open_desk(LESSON)
    desk.run("%lesson")
    answers = read_toml(LAB.solutions[0] / ANSWERS)
    for question, answer in answers.items():
        form = desk.run(f"%predict {question}").locator("form")
        form.locator("input").fill(str(answer))
        form.locator("button").click()
        form.get_by_text(f"Kept: {answer}.").wait_for()
    desk.run("%check")
    assert desk.page.locator(".docker101-check li.passed").count() == 0

    params = learner.params(LAB)
    for command in parse(read_text(LAB.solutions[0] / COMMANDS), params).commands:
        desk.type(filled(command.text.strip(), params))
    for item in LAB.checks:
        passes(desk, item.id)
    assert "Done, but not in your command list yet." in task(desk, "paused").inner_text()
    desk.page.get_by_text("7 of 7 tasks passed, 12 of 12 points.").first.wait_for(timeout=TICK_LIMIT_MS)
    assert learner.progress(LAB.id).done


def test_a_wrong_way_is_said_and_a_tick_is_taken_back(open_desk: Callable[..., Desk], learner: Work) -> None:
    """A container that is frozen says so; going on again it passes; removed, it passes no longer."""
    desk, robot = open_desk(LESSON), learner.params(LAB)["painter"]
    desk.run("%lesson")
    desk.run("%check")
    desk.type(f"docker run -d --name {robot} docker101/clock:1 && docker pause {robot}")
    task(desk, "paused").locator(".said", has_text="paused").wait_for(timeout=TICK_LIMIT_MS)
    desk.type(f"docker unpause {robot}")
    passes(desk, "paused")
    desk.type(f"docker rm -f {robot}")
    task(desk, "paused").get_by_text(f"There is no container named {robot}.", exact=False).wait_for(
        timeout=TICK_LIMIT_MS
    )


def test_hints_come_in_levels_and_lead_to_the_lesson(open_desk: Callable[..., Desk]) -> None:
    """First where to look, then what to read; the part that is named comes up when it is pressed."""
    desk = open_desk(LESSON)
    desk.run("%lesson")
    desk.run("%check")
    row = task(desk, "killed")
    assert not row.get_by_text("In this lesson", exact=False).is_visible()
    row.get_by_text("Where to look").click()
    assert row.get_by_text("What to read").is_visible()
    row.get_by_text("What to read").click()
    row.locator("button.link").click()
    heading = desk.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h2", has_text="Kill")
    heading.first.wait_for()
    top = heading.first.bounding_box()
    assert top is not None
    assert 0 <= top["y"] < 300


def test_after_three_failed_checks_the_way_to_the_solution(open_desk: Callable[..., Desk], learner: Work) -> None:
    """Three checks that did not pass, by cell and by button, open the solution, and the panel says how."""
    desk = open_desk(LESSON)
    desk.run("%lesson")
    desk.run("%check")
    for count in (2, 3):
        desk.page.get_by_role("button", name="Check now").click()
        desk.page.wait_for_function(
            "() => document.querySelector('.docker101-check .state').textContent.includes('Live')"
        )
        wait_for_tries(desk, learner, count)
    desk.page.get_by_text("checker solution 05").wait_for()


def wait_for_tries(desk: Desk, learner: Work, count: int) -> None:
    """Wait until so many checks have been counted."""
    for _ in range(100):
        if learner.progress(LAB.id).failed_checks >= count:
            return
        desk.page.wait_for_timeout(100)
    raise AssertionError(f"{learner.progress(LAB.id).failed_checks} checks were counted, not {count}")
