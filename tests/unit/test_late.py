"""A container that has ended, and whose die the engine tells only a moment later, as Engine 26.1 does."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from checker.engine.history.buffer import EventSource
from checker.engine.history.journal import Contents
from checker.engine.history.late import ending, read_to_the_end
from tests.unit.made_events import life

STOPPED = "create start kill:15 stop"


class Telling(EventSource):
    """An engine that tells of the last event of ``text`` only when its events are asked for the ``late``-th time."""

    def __init__(self, text: str, late: int, *, running: bool = False, ended_s_ago: float = 0.1) -> None:
        super().__init__("unix:///nowhere.sock")
        self.events, self.late = life(text), late
        self.state = {"Running": running, "FinishedAt": _written(time.time() - ended_s_ago)}
        self.inspected = self.told = 0

    def now_s(self) -> float:
        """Return the time of this machine."""
        return time.time()

    def ask(self, path: str) -> tuple[int, str]:
        """Answer as ``/events`` does, and as the inspection of a container does."""
        if path.startswith("/containers/"):
            self.inspected += 1
            return 200, json.dumps({"State": self.state})
        self.told += 1
        shown = self.events if self.told >= self.late else self.events[:-1]
        return 200, "\n".join(json.dumps(_raw(event)) for event in shown)


def _written(moment_s: float) -> str:
    return datetime.fromtimestamp(moment_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _raw(event: object) -> dict[str, object]:
    actor = {"ID": event.id, "Attributes": {"name": event.name, **event.attributes}}  # type: ignore[attr-defined]
    return {"Type": event.type, "Action": event.action, "Actor": actor, "timeNano": event.time_ns}  # type: ignore[attr-defined]


def actions(engine: Telling) -> list[str]:
    """Return what is read from it."""
    return [event.action for event in read_to_the_end(engine, Contents()).events]


@pytest.mark.parametrize(
    "text",
    [f"{STOPPED} die:0", "create start kill:9 die:137", "create attach start die:3"],
    ids=["stop", "kill", "own"],
)
def test_a_die_that_comes_late_is_waited_for(text: str) -> None:
    """The engine shows that the container has ended, and tells of it when it is asked for the third time."""
    engine = Telling(text, 3)
    assert actions(engine)[-1] == "die"
    assert engine.told == 3


def test_a_signal_that_ends_nothing_is_not_waited_for() -> None:
    """A container that ignores TERM runs on: one look at it is enough."""
    engine = Telling("create start kill:15 die:0", 3, running=True)
    assert actions(engine) == ["create", "start", "kill"]
    assert (engine.told, engine.inspected) == (1, 1)


def test_an_end_that_nobody_saw_is_not_waited_for() -> None:
    """What ended long ago, while nobody watched, is told no more."""
    engine = Telling(f"{STOPPED} die:0", 3, ended_s_ago=60)
    assert actions(engine)[-1] == "stop"
    assert engine.told == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create start", []),
        ("create start kill:15 die:0 stop", []),
        ("create start kill:15 stop die:0", []),
        ("create start kill:15 die:0 stop start", []),
        ("create attach start", ["nap"]),
        ("create attach start die:0 start", []),
        ("create start kill:15 stop", ["nap"]),
        ("kill:15 stop", ["nap"]),
        ("create start kill:9 destroy", []),
    ],
)
def test_only_what_may_be_ending_is_looked_at(text: str, expected: list[str]) -> None:
    """A container that runs in the background, has died, or is gone costs no question."""
    assert ending(life(text)) == expected
