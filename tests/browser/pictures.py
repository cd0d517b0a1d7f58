"""Make the pictures of README.md and labs/README.md again: ``python -m tests.browser.pictures`` (see CONTRIBUTING.md).

Needs an engine that can be opened as ``checker start`` does, and Chromium. Lessons are run as a learner runs them.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from checker.files import LABS
from checker.lab.load import load_lab
from checker.session import open_course
from tests.browser.browser import NOTEBOOK, desk, laid_out, learner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checker.engine.engine import Engine
    from checker.learner.work import Work
    from tests.browser.browser import Desk

PICTURES = LABS / "pictures"
SHORT_MS = 1500


def make_all(folder: Path = PICTURES) -> None:
    """Make every picture, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.pop("DOCKER101_STATIC", None)
    with open_course(learner(), engine=None, yes=True, say=print) as course:
        for picture in (_home, _requests, _layers, _ports, _lifecycle, _panel):
            work = learner()  # somebody's first visit, each time
            os.environ["DOCKER101_WORK"] = str(work.root)
            with laid_out(work, course.engine):
                picture(work, course.engine, folder)
            print(f"{picture.__name__[1:]}.png")


@contextlib.contextmanager
def _lesson(work: Work, engine: Engine, number: str, height: int = 1000) -> Iterator[Desk]:
    lab = load_lab(number)
    with desk(work, engine, first=f"{lab.id}/{lab.notebook}", height=height) as opened_desk:
        yield opened_desk


def _home(work: Work, engine: Engine, folder: Path) -> None:
    """Show the course panel."""
    with _lesson(work, engine, "00") as at:
        at.run("%lesson")
        at.type(f"docker run --name {load_lab('00').values('')['name']} hello-world")
        at.page.wait_for_timeout(SHORT_MS)
        at.run("%check")
        at.page.wait_for_timeout(SHORT_MS)
        at.run("%lesson")  # again: a cell that is far from the one that ran last is not on the page
        at.page.wait_for_timeout(SHORT_MS)
        at.page.locator(f"{NOTEBOOK} .docker101-home").screenshot(path=folder / "home.png")


def _requests(work: Work, engine: Engine, folder: Path) -> None:
    """Show the requests of one command."""
    with _lesson(work, engine, "01") as at:
        at.run("%lesson")
        at.run_up_to("docker run --name parrot").locator(".docker101-seq").screenshot(path=folder / "requests.png")


def _layers(work: Work, engine: Engine, folder: Path) -> None:
    """Show two builds, and what the cache kept."""
    with _lesson(work, engine, "06") as at:
        at.run_up_to("%layers kitchen:1 kitchen:2").locator(".docker101-layers").screenshot(path=folder / "layers.png")


def _ports(work: Work, engine: Engine, folder: Path) -> None:
    """Show where connections arrive, and where they end."""
    with _lesson(work, engine, "04") as at:
        at.run("%lesson")
        for command in (
            "docker run -d --name shop -p 8800:80 docker101/web:1",
            "docker run -d --name booth -p 80:8801 docker101/web:1",
            "docker run -d --name till docker101/web:1",
        ):
            at.type(command)
            at.page.wait_for_timeout(SHORT_MS)
        cell = at.put("%lesson", "%ports shop booth till")
        at.page.wait_for_timeout(4 * SHORT_MS)
        cell.locator(".docker101-ports").screenshot(path=folder / "ports.png")


def _lifecycle(work: Work, engine: Engine, folder: Path) -> None:
    """Show the whole window: the states with their containers, a prediction, the terminal."""
    with _lesson(work, engine, "05") as at:
        at.run("%lesson")
        at.run("%lifecycle")
        for command in (
            "docker create --name ticker docker101/clock:1",
            "docker run -d --name butler docker101/polite:1",
            "docker pause butler",
            "docker run -d --name mule docker101/stubborn:1",
            "docker kill mule",
            "docker run -d --name snail busybox:1.37 sleep 600",
        ):
            at.type(command)
            at.page.wait_for_timeout(SHORT_MS)
        at.page.locator(f"{NOTEBOOK} .docker101-life").first.screenshot(path=folder / "lifecycle.png")
        form = at.run("%predict butler_stopped").locator("form")
        form.locator("input").fill("137")
        form.locator("button").click()
        at.run("docker run -d --name butler")
        at.run("%outcome butler_stopped")
        at.page.wait_for_timeout(SHORT_MS)
        form.screenshot(path=folder / "predict.png")


def _panel(work: Work, engine: Engine, folder: Path) -> None:
    """Show the window with a lab half done, one task in a wrong way, and its panel alone."""
    values = load_lab("05").values("")
    with _lesson(work, engine, "05", height=1100) as at:
        at.run("%lesson")
        at.run("%check")
        at.bring_up("Then ask for a check")
        for command in (
            f"docker run -d --name {values['painter']} docker101/clock:1",
            f"docker pause {values['painter']}",
            f"docker unpause {values['painter']}",
            f"docker run -d --name {values['guide']} docker101/polite:1",
            f"docker rm -f {values['guide']}",
        ):
            at.type(command)
            at.page.wait_for_timeout(SHORT_MS)
        graceful = at.page.locator(f"{NOTEBOOK} .docker101-check li[data-key='graceful']")
        for hint in ("Where to look", "What to read"):
            graceful.get_by_text(hint).click()
        at.page.screenshot(path=folder / "course.png")
        at.page.locator(f"{NOTEBOOK} .docker101-check").screenshot(path=folder / "panel.png")


if __name__ == "__main__":
    make_all()
