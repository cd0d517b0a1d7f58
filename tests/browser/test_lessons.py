"""Each lesson, opened from a fresh start in a real browser and run from its first cell to its last."""

from __future__ import annotations

import configparser
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from checker.build import IGNORED
from checker.files import NOTEBOOKS, ROOT
from checker.lab.load import load_lab, load_labs
from tests.browser.browser import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.lab.load import Lab
    from tests.browser.browser import Desk

LABS = load_labs()
SANITIZED = configparser.RawConfigParser()
SANITIZED.read(ROOT / "tests" / "notebooks" / "sanitize.cfg", encoding="utf-8")
OURS = "[class*='docker101-']"
"""What the course shows bears classes of its own; the rest of the page is JupyterLab's."""

LOOPBACK = {"127.0.0.1"}


def built(lab: Lab) -> list[dict[str, Any]]:
    """Return the code cells of the notebook that CI compares, with their outputs."""
    cells = json.loads((NOTEBOOKS / lab.notebook).read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def printed(cell: dict[str, Any]) -> str | None:
    """Return what a cell prints on every machine; None when it shows something else, or differs."""
    outputs = cell["outputs"]
    if IGNORED in cell["metadata"].get("tags", []) or any(one["output_type"] != "stream" for one in outputs):
        return None
    return words("".join("".join(one["text"]) for one in outputs))


MOMENTS = re.compile(r"(?:Less than a|About a|\d+) (?:second|minute)s? ago")
"""How long ago a container was made, as docker ps tells it."""

IDS = re.compile(r"\b[0-9a-f]{12}\b")
"""Short ids of containers, which no two runs share."""


def words(text: str) -> str:
    """Return a text with one blank between its words, as a browser shows it, and without what nbval leaves out, too."""
    for rule in map(SANITIZED.__getitem__, SANITIZED.sections()):
        text = re.sub(rule["regex"], rule["replace"], text)
    return IDS.sub("ID", MOMENTS.sub("SOME TIME ago", " ".join(text.split())))


@pytest.mark.engine
@pytest.mark.parametrize("lab", LABS, ids=[lab.id for lab in LABS])
def test_a_lesson_runs_as_its_reader_sees_it(lab: Lab, open_desk: Callable[..., Desk]) -> None:
    """No cell fails, each prints what its built notebook holds, each question is a form, each task a row.

    Nothing is cut off at its right, and nothing is asked of another machine. axe-core finds no violation in what the
    course shows, in any theme.
    """
    desk = open_desk(f"{lab.id}/{lab.notebook}")
    desk.run_all()
    seen, cells = desk.seen(), built(lab)
    assert [one["error"] for one in seen if one["error"]] == []
    assert [words(one["source"]) for one in seen] == [words("".join(cell["source"])) for cell in cells]
    for one, cell in zip(seen, cells, strict=True):
        expected = printed(cell)
        if expected is not None and not one["source"].startswith("%outcome"):
            assert words(one["text"]) == expected
    questions = [one for one in seen if one["source"].startswith("%predict")]
    assert desk.page.locator(".docker101-view form").count() == len(questions)
    assert desk.page.locator(".docker101-check ul.tasks > li").count() == len(load_lab(lab.id).checks)
    assert desk.hosts == LOOPBACK
    assert cut_off(desk) == []
    desk.page.evaluate(f'() => document.querySelectorAll("{OURS} details").forEach(one => one.open = true)')
    assert {theme: violations(desk, theme) for theme in THEMES} == {theme: [] for theme in THEMES}


def cut_off(desk: Desk) -> list[str]:
    """Return what does not fit into the width of the page: the first line of each cell and output that is cut off."""
    found: list[str] = desk.page.evaluate(
        """() => [...document.querySelectorAll('.jp-CodeCell .cm-scroller, .jp-CodeCell .jp-OutputArea-output')]
              .filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
              .map(one => one.innerText.split('\\n')[0])"""
    )
    return found


def violations(desk: Desk, theme: str) -> list[str]:
    """Return what breaks a rule of axe-core in a theme: the rule, and the part that breaks it."""
    desk.theme(theme)
    found = Axe().run(desk.page, context={"include": [[OURS]]}).response
    assert found["passes"], "axe looked at nothing"
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.engine
def test_running_all_twice_shows_the_same(open_desk: Callable[..., Desk]) -> None:
    """“Run all” a second time fails nowhere, and no view has a second thread."""
    desk = open_desk()
    desk.run_all()
    once = [one["text"] for one in desk.seen() if one["source"].startswith("%%docker")]
    desk.run_all()
    seen = desk.seen()
    assert [one["error"] for one in seen if one["error"]] == []
    assert [words(one["text"]) for one in seen if one["source"].startswith("%%docker")] == list(map(words, once))
    assert desk.page.locator(".docker101-home").count() == 1
    assert desk.page.locator(".docker101-check").count() == 1
