"""Fixtures of the browser tests: a learner's folder on the engine under test, and JupyterLab in Chromium on it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from checker.engine.engine import CURRENT, PRIVATE, Engine
from checker.engine.images.provide import ensure_images
from checker.engine.own.private import status
from checker.jupyter.jupyterlab_settings import FIRST
from checker.lab.load import load_labs
from checker.learner.work import Work
from tests.browser import browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.browser import Desk


@pytest.fixture(scope="session")
def engine(engine_host: str) -> Engine:
    """Return the engine under test with every lab's images; without a browser, skip with a reason, or fail in CI."""
    if browser.browser() is None:
        reason = "no Chromium: install the package chromium (checker test does, where it may)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    ensure_images([name for lab in load_labs() for name in lab.images], engine_host)
    ours = engine_host == status().host
    return Engine(engine_host, PRIVATE if ours else CURRENT, "the engine under test")


@pytest.fixture
def learner(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Return a learner's folder as ``checker start`` makes it; outputs are live ones, as for a learner."""
    monkeypatch.delenv("DOCKER101_STATIC", raising=False)
    monkeypatch.setenv("DOCKER101_WORK", str(tmp_path / "work"))
    work = Work(tmp_path / "work")
    with browser.laid_out(work, engine):
        yield work


@pytest.fixture
def open_desk(engine: Engine, learner: Work) -> Iterator[Callable[..., Desk]]:
    """Return what opens JupyterLab in a browser, with the notebook that is given."""
    with ExitStack() as stack:
        yield lambda first=FIRST: stack.enter_context(browser.desk(learner, engine, first=first))
