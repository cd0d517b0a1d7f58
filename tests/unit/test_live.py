"""The live loop: what a turn brings, what it forgets, when the next one is due."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from checker import live
from checker.engine.history.follower import News
from checker.live import LiveLoop, Turn
from tests.engine.made import until
from tests.unit.fake_client import FakeFollower, event

if TYPE_CHECKING:
    from collections.abc import Mapping

DIES = event("die", "web")


class Memory:
    """Stands for a reader that remembers: notes what it is told to forget."""

    def __init__(self) -> None:
        self.forgot: list[Any] = []

    def forget(self, happened: Mapping[str, Any] | None = None) -> None:
        """Take note."""
        self.forgot.append(happened and happened["Action"])

    def forget_list(self) -> None:
        """Take note."""
        self.forgot.append("list")


class Acting:
    """Acts on turns: notes them, and says when the next one is due."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.due_s: float | None = None

    def __call__(self, turn: Turn) -> float | None:
        """Take note."""
        self.turns.append(turn)
        return self.due_s


@pytest.fixture
def memory() -> Memory:
    """Return what remembers."""
    return Memory()


@pytest.fixture
def acting() -> Acting:
    """Return what acts."""
    return Acting()


@pytest.fixture
def follower() -> FakeFollower:
    """Return what tells of the engine's events."""
    return FakeFollower()


@pytest.fixture
def loop(memory: Memory, acting: Acting, follower: FakeFollower) -> LiveLoop:
    """Return a loop that was not started."""
    return LiveLoop("docker101-test", follower, memory, acting)  # type: ignore[arg-type]


def test_an_event_is_forgotten_before_it_is_acted_on(loop: LiveLoop, memory: Memory, acting: Acting) -> None:
    """Words and news come apart; a lost connection is no reason to forget what is known, its return is."""
    loop.turn(["check", News(DIES), News(lost="It is gone.")])
    assert memory.forgot == ["die"]
    assert (acting.turns[-1].words, len(acting.turns[-1].news)) == (("check",), 2)
    assert acting.turns[-1].lost == "It is gone."
    loop.turn([News()])
    assert (memory.forgot[1:], acting.turns[-1].lost) == ([None, "list"], "")


def test_the_list_is_asked_for_once_more_after_events(loop: LiveLoop, memory: Memory, acting: Acting) -> None:
    """One turn after events the list of containers is forgotten again, once, and that turn is due soon."""
    acting.due_s = None
    assert [loop.turn([News(DIES)]), loop.turn([]), loop.turn([])] == [live.LAG_S, None, None]
    assert [(turn.lags, turn.quiet) for turn in acting.turns] == [(False, False), (True, False), (False, True)]
    assert memory.forgot == ["die", "list"]
    acting.due_s = 0.01
    assert loop.turn([News(DIES)]) == 0.01


def test_the_thread_takes_turns_until_it_is_stopped(loop: LiveLoop, acting: Acting, follower: FakeFollower) -> None:
    """It listens while it runs, acts at once on a word, and can be started again."""
    for _ in range(2):
        loop.start()
        loop.start()
        assert (loop.running, len(follower.listening)) == (True, 1)
        acting.turns.clear()
        loop.put("look")
        until(lambda: ("look",) in [turn.words for turn in acting.turns])
        follower.tell(DIES)
        until(lambda: any(turn.news for turn in acting.turns))
        loop.stop()
        loop.stop()
        names = [thread.name for thread in threading.enumerate()]
        assert (loop.running, follower.listening, "docker101-test" in names) == (False, [], False)
