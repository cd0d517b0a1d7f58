"""The rules of axe-core, on everything that the course shows, in every theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from checker.lab import load_labs
from tests.browser.browser import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.lab import Lab
    from tests.browser.browser import Desk

pytestmark = pytest.mark.engine

OURS = "[class*='docker101-']"
"""What the course shows bears classes of its own; the rest of the page is JupyterLab's."""


def told(result: Any) -> list[str]:
    """Return each violation: its rule, and the parts that break it."""
    return [f"{one['id']}: {node['html'][:200]}" for one in result.response["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("lab", load_labs(), ids=lambda lab: lab.id)
def test_no_violations_in_any_theme(lab: Lab, open_desk: Callable[..., Desk]) -> None:
    """A whole lesson, with every form, drawing and panel that it shows, hints open: axe finds nothing."""
    desk = open_desk(f"{lab.id}/{lab.notebook}")
    desk.run_all()
    desk.page.evaluate(f'() => document.querySelectorAll("{OURS} details").forEach(one => one.open = true)')
    found = {}
    for theme in THEMES:
        desk.theme(theme)
        found[theme] = told(Axe().run(desk.page, context={"include": [[OURS]]}))
    assert found == {theme: [] for theme in THEMES}
