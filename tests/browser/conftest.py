"""Fixtures of the browser tests: a learner's folder on the engine under test, and JupyterLab in Chromium on it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from checker.engine.engine import CURRENT, PRIVATE, Engine
from checker.engine.images.provide import ensure_images
from checker.engine.own.private import status
from checker.jupyter.jupyterlab_settings import FIRST, lay_out
from checker.jupyter.server import furnish, serve
from checker.lab.load import load_labs
from checker.learner.work import Work
from tests.browser import browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from checker.jupyter.server import Serving
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


@dataclass(frozen=True)
class Served:
    """A JupyterLab that all browser tests share, the folder that it serves, and the browser that they share."""

    work: Work
    server: Serving
    program: Browser


@pytest.fixture(scope="package")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return JupyterLab and Chromium as they run; outputs are live ones, as for a learner."""
    work = Work(tmp_path_factory.mktemp("served") / "work")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DOCKER101_STATIC", raising=False)
        patch.setenv("DOCKER101_WORK", str(work.root))
        engine.save(work.root)
        with serve(work.root, engine, browser=False, say=print) as server, browser.chromium() as program:
            yield Served(work, server, program)


@pytest.fixture
def learner(engine: Engine, served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Return a learner's folder as ``checker start`` makes it, on a server that has forgotten the learner before."""
    monkeypatch.delenv("DOCKER101_STATIC", raising=False)
    monkeypatch.setenv("DOCKER101_WORK", str(served.work.root))
    browser.forget(served.server, served.work)
    with browser.laid_out(served.work, engine):
        lay_out(served.work.root, engine)
        yield served.work


@pytest.fixture
def open_desk(served: Served, learner: Work) -> Iterator[Callable[..., Desk]]:
    """Return what opens the course in a window of its own, with the notebook that is given."""
    with ExitStack() as stack:

        def opened(first: str = FIRST) -> Desk:
            furnish(served.server, first)
            return stack.enter_context(browser.window(served.program, served.server))

        yield opened
