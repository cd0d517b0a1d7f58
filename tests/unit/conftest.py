"""Fixtures of the unit tests that are about notebooks."""

from __future__ import annotations

import pytest

from checker.jupyter.notebook import display


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Return what was put into the notebook as text and HTML."""
    found: list[dict[str, str]] = []
    monkeypatch.setattr(display, "_show", found.append)
    return found
