"""Make the pictures of README.md again: ``python -m tests.browser.pictures`` (needs an engine and Chromium)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from checker.files import LABS
from checker.lab import load_lab
from checker.live import clean_engine
from tests.browser.browser import bring_up, course_page, learner, open_notebook, run_all

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

PICTURES = LABS / "pictures"


def make_all(folder: Path = PICTURES) -> None:
    """Make every picture, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    work = learner()
    os.environ["DOCKER101_WORK"] = str(work.root)
    with course_page(work, width=1400, height=860) as page:
        clean_engine(work)
        _course(page, folder / "course.png")
        _report(page, folder / "report.png")


def _course(page: Page, path: Path) -> None:
    """Show a lesson on the left (prediction, commands, what came of it) and the terminal on the right."""
    open_notebook(page, "05_lifecycle/05_lifecycle.ipynb")
    _commit(page, "butler says goodbye", "137")
    run_all(page)
    _type(page, "docker ps -a")
    bring_up(page, "Stop, gracefully")
    page.screenshot(path=path)


def _report(page: Page, path: Path) -> None:
    """Show what the checker says of a lab, half done, one task in a wrong way."""
    values = load_lab("05").values("")
    for command in (
        f"docker run -d --name {values['sleeper']} docker101/clock:1",
        f"docker pause {values['sleeper']}",
        f"docker unpause {values['sleeper']}",
        f"docker run -d --name {values['lady']} docker101/polite:1",
        f"docker rm -f {values['lady']}",
    ):
        _type(page, command)
    page.set_viewport_size({"width": 1400, "height": 1300})
    _run_cell(page, "%check")
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .docker101-report").last.screenshot(path=path)


def _commit(page: Page, question: str, answer: str) -> None:
    """Run all once so that the forms are there, then commit one prediction."""
    run_all(page)
    form = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell", has_text=question).first
    form.locator("input[type=text], input[type=number]").first.fill(answer)
    form.locator("button", has_text="Commit").first.click()
    page.wait_for_timeout(1000)


def _run_cell(page: Page, source: str) -> None:
    """Run the last cell of the open notebook whose source is ``source``."""
    cell = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .cm-content").get_by_text(
        source, exact=True
    )
    cell.last.click()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(3000)


def _type(page: Page, command: str) -> None:
    """Type a command into the course's terminal."""
    page.click(".jp-Terminal .xterm-screen")
    page.keyboard.type(command + "\n")
    page.wait_for_timeout(800)


if __name__ == "__main__":
    make_all()
