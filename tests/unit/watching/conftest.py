"""Fixtures of the tests of watching: a lab, a learner's folder, an engine that is none, and a watch of it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker import watch as watching
from checker.attempt import Attempt
from checker.engine.engine import Engine
from checker.engine.history.follower import News
from checker.engine.views.reader import Reader
from checker.learner import work as work_module
from checker.learner.work import Work
from checker.watch import LabStatus, Watch
from tests.unit.fake_client import FakeClient, FakeFollower
from tests.unit.made_labs import made_lab
from tests.unit.watching.watched import ALL, WATCHED, done, ran

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checker.lab.load import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a lab of four checks, of which one builds."""
    wrong = {"wrong/no_name/expected.toml": 'check = "shop"\nsays = ["x"]\nwhy = "y"\n'}
    return made_lab(tmp_path, {"checks.py": WATCHED, **wrong})


@pytest.fixture
def work(tmp_path: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Return a learner's folder with the lab's files, in a course that was started."""
    monkeypatch.setattr(work_module, "NOTEBOOKS", tmp_path / "notebooks")
    mine = Work(tmp_path / "work")
    mine.update(lab)
    Engine("unix:///fake", "private", "a test").save(mine.root)
    return mine


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """Return the client of an engine that holds nothing."""
    made = FakeClient()
    monkeypatch.setattr(watching, "open_client", lambda _: made)
    monkeypatch.setattr(Reader, "settle_s", 0.0)
    return made


@pytest.fixture
def follower() -> FakeFollower:
    """Return what tells of the engine's events."""
    return FakeFollower()


@pytest.fixture
def told() -> list[LabStatus]:
    """Return the list of what was told."""
    return []


@pytest.fixture
def watch(work: Work, lab: Lab, client: FakeClient, follower: FakeFollower, told: list[LabStatus]) -> Iterator[Watch]:
    """Return a watch that was not started."""
    made = Watch(Attempt.here(lab, work), follower, told.append)  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def all_done(watch: Watch, work: Work, lab: Lab, client: FakeClient) -> Watch:
    """Return the watch of a lab that is done, and has been looked at once."""
    done(work, lab, client)
    watch._files = watch._signature()
    watch.loop.turn([News()])
    assert ran(lab) == ALL
    client.asked.clear()
    return watch
