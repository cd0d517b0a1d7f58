"""What must not hang or break: a kernel that is started anew, two notebooks at once, an engine that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.browser import NOTEBOOK

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.learner.work import Work
    from tests.browser.browser import Desk

pytestmark = pytest.mark.engine

FIRST, SECOND = "00_welcome/00_welcome.ipynb", "05_lifecycle/05_lifecycle.ipynb"
THREADS = (
    "import threading\nprint(sorted(one.name for one in threading.enumerate() if one.name.startswith('docker101')))"
)


def test_a_restarted_kernel_is_said_and_the_cell_mends_it(open_desk: Callable[..., Desk]) -> None:
    """The old panel says that it is not up to date any more; run again, its cell is live as before."""
    desk = open_desk(SECOND)
    desk.run("%lesson")
    desk.run("%check")
    desk.command("kernelmenu:restart")
    desk.page.click(".jp-Dialog .jp-mod-accept")
    desk.page.get_by_text("the kernel has not answered yet", exact=False).first.wait_for()
    desk.wait_until_idle()
    desk.run("%lesson")
    desk.run("%check")
    desk.page.get_by_text("Live: tasks tick by themselves as you work.").wait_for()
    assert desk.page.get_by_text("the kernel has not answered yet", exact=False).is_visible() is False


def test_two_notebooks_tick_at_once(open_desk: Callable[..., Desk], learner: Work) -> None:
    """A container that is made in the terminal reaches the panels of both open lessons."""
    desk = open_desk(SECOND)
    desk.run("%lesson")
    desk.run("%check")
    desk.open(FIRST)
    desk.run("%lesson")
    desk.run("%check")
    desk.type("docker run -d --name both docker101/clock:1")
    desk.page.locator(".docker101-home").get_by_text("1 running", exact=False).wait_for()
    for lesson in (FIRST, SECOND):
        desk.open(lesson)
        rows = desk.page.locator(f"{NOTEBOOK} .docker101-check .said", has_text="Running: both.")
        rows.first.wait_for()


def test_a_view_that_is_shown_again_has_no_second_thread(open_desk: Callable[..., Desk]) -> None:
    """The same cells, run three times, leave one thread for each thing that is shown, and print nothing elsewhere."""
    desk = open_desk(FIRST)
    for _ in range(3):
        desk.run("%course")
        desk.run("%check")
    cell = desk.cell("docker version --format")
    cell.locator(".cm-content").click()
    desk.page.keyboard.press("Control+A")
    desk.page.keyboard.insert_text(THREADS)
    desk.page.keyboard.press("Control+Enter")
    printed = desk.cell("threading").locator(".jp-OutputArea-output")
    printed.get_by_text("docker101", exact=False).wait_for()
    assert eval(printed.inner_text()) == [  # noqa: S307  (what the cell above printed)
        "docker101-follower",
        "docker101-home",
        "docker101-renewer",
        "docker101-watch-00_welcome",
    ]


def test_a_press_waits_for_the_running_cell_and_says_so(open_desk: Callable[..., Desk]) -> None:
    """While a cell runs, a button's press is taken and answered later; the panel says what it waits for."""
    desk = open_desk(FIRST)
    desk.run("%lesson")
    desk.run("%check")
    cell = desk.cell("docker version --format")
    cell.locator(".cm-content").click()
    desk.page.keyboard.press("Control+A")
    desk.page.keyboard.insert_text("import time\ntime.sleep(4)")
    desk.page.keyboard.press("Control+Enter")
    desk.page.get_by_role("button", name="Live: on").click()
    desk.page.get_by_text("Waiting for the cell that is running.").wait_for()
    desk.page.get_by_role("button", name="Live: off").wait_for()
    assert not desk.page.get_by_text("Waiting for the cell that is running.").is_visible()
