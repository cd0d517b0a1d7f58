"""A real browser on a course that is really open: what the browser tests and the pictures share."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page, sync_playwright

from checker.jupyter.server import serve
from checker.session import opened, update_copies
from checker.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Chromium's options for a browser that asks nobody anything, also as root."""

OPEN_LIMIT_MS = 60_000
CELL_LIMIT_MS = 90_000


def chromium() -> str | None:
    """Return the path of a Chromium on this machine, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@contextlib.contextmanager
def course_page(work: Work, *, width: int = 1400, height: int = 900) -> Iterator[Page]:
    """Open the course in ``work`` as ``checker start`` does, and a browser on it."""
    with opened(work, strategy=None, yes=True, say=print) as course:
        update_copies(work, course.labs, print)
        with (
            serve(work.root, course.endpoint, browser=False, say=print) as server,
            tempfile.TemporaryDirectory() as profile,
            sync_playwright() as play,
        ):
            context = play.chromium.launch_persistent_context(
                profile, executable_path=chromium(), args=QUIET, viewport={"width": width, "height": height}
            )
            page = context.new_page()
            page.goto(server.url)
            page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell", timeout=OPEN_LIMIT_MS)
            page.wait_for_selector(".jp-Terminal .xterm-screen", timeout=OPEN_LIMIT_MS)
            yield page
            context.close()


def open_notebook(page: Page, path: str) -> None:
    """Open a notebook, by its path below ``work/``, as a click in the file browser does."""
    folder, name = path.split("/")
    page.dblclick(f".jp-DirListing-item:has-text('{folder}')")
    page.dblclick(f".jp-DirListing-item:has-text('{name}')")
    page.wait_for_selector(f".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell:has-text('{folder[:2]}')")
    idle = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator[data-status='idle']"
    page.wait_for_selector(idle, timeout=OPEN_LIMIT_MS)


def run_all(page: Page) -> None:
    """Run all cells of the open notebook and wait until the last one has its number."""
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
    last = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt").last
    last.filter(has_text="[").wait_for(timeout=CELL_LIMIT_MS)
    page.wait_for_function(
        "() => ![...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .jp-InputPrompt')]"
        ".some(prompt => prompt.textContent.includes('*') || prompt.textContent.includes('[ ]'))",
        timeout=CELL_LIMIT_MS,
        polling=250,
    )


def bring_up(page: Page, text: str) -> None:
    """Scroll the open notebook until the first cell that holds ``text`` is at its top."""
    page.evaluate(
        "text => { const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)');"
        "const cell = [...panel.querySelectorAll('.jp-Cell')].find(one => one.textContent.includes(text));"
        "cell.scrollIntoView({block: 'start'}); }",
        text,
    )
    page.wait_for_timeout(500)


def learner() -> Work:
    """Return an empty learner's folder that is thrown away."""
    return Work(Path(tempfile.mkdtemp(prefix="docker101-")) / "work")
