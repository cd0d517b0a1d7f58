"""On a machine that is busy every verdict is the same as on a quiet one, or says that it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.engine.history.recorder import Recorder
from checker.lab.load import load_lab
from checker.lab.vocabulary import Trust
from checker.learner.work import Work
from checker.verify import cases, verdict_of
from tests.load import busy_machine, misjudged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checker.engine.engine import Engine

pytestmark = pytest.mark.engine

CASES = {case.name: case for case in cases(load_lab("05"))}
TRIED = ("solution", "wrong/graceful_forced", "wrong/graceful_removed_by_force", "wrong/paused_exited_at_once")
"""What is right only if polite hears its signal, what is wrong though it would, and what the first second decides."""


@pytest.fixture(scope="module")
def learner(lab_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """Return a learner's folder whose journal is being written, beside four busy loops."""
    work = Work(tmp_path_factory.mktemp("learner"))
    with Recorder(lab_engine.host, work.journal), busy_machine():
        yield work


@pytest.mark.parametrize("name", TRIED)
def test_a_verdict_under_load_is_right_or_cannot_tell(name: str, lab_engine: Engine, learner: Work) -> None:
    """A solution passes, and a wrong answer fails its one check in its own words."""
    assert misjudged(verdict_of(CASES[name], Trust.LIVE, lab_engine, learner)) == ""
