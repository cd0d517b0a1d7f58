"""Fixtures of the unit tests: a machine with nothing else to do, and a notebook that shows what it was given."""

from __future__ import annotations

import pytest

from checker import patience
from checker.jupyter.notebook import display


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time limits be as they are written, however busy the machine is that runs the tests."""
    monkeypatch.setattr(patience, "load_per_core", lambda: 0.0)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Return what was put into the notebook as text and HTML."""
    found: list[dict[str, str]] = []
    monkeypatch.setattr(display, "_show", found.append)
    return found
