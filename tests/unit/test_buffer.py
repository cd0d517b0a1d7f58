"""The engine's memory: asked for the whole of it, or for what came after a moment that it still remembers."""

from __future__ import annotations

import json

import pytest

from checker.engine.history.buffer import SIZE, EventSource, moment, read_buffer
from checker.errors import EngineProblem

SECOND_NS = 1_000_000_000


class Remembering(EventSource):
    """An engine that remembers an event at each of these seconds, and notes from which second on it was asked."""

    def __init__(self, *seconds: int, status: int = 200) -> None:
        super().__init__("unix:///nowhere.sock")
        self.seconds, self.status = seconds, status
        self.asked: list[float] = []

    def now_s(self) -> float:
        """Return a time after all of them."""
        return 1000.0

    def ask(self, path: str) -> tuple[int, str]:
        """Answer as ``/events`` does."""
        since = float(path.partition("since=")[2].partition("&")[0])
        self.asked.append(since)
        told = [s for s in self.seconds if s >= since]
        return self.status, "\n".join(json.dumps(_start(second)) for second in told) + "\n"


def _start(second: int) -> dict[str, object]:
    actor = {"ID": f"id{second}", "Attributes": {"name": "nap"}}
    return {"Type": "container", "Action": "start", "Actor": actor, "timeNano": second * SECOND_NS}


def test_everything_is_told() -> None:
    """Without a moment that is known, all events are read, the oldest first."""
    buffer = read_buffer(Remembering(10, 20, 30))
    assert [event.id for event in buffer.events] == ["id10", "id20", "id30"]
    assert (buffer.oldest_ns, buffer.newest_ns, buffer.full) == (10 * SECOND_NS, 30 * SECOND_NS, False)


def test_only_what_is_new_is_told() -> None:
    """Where the engine still remembers the moment up to which all is known, it is not asked for what was before."""
    engine = Remembering(10, 20, 30)
    buffer = read_buffer(engine, 20 * SECOND_NS)
    assert [event.id for event in buffer.events] == ["id20", "id30"]
    assert engine.asked == [19]


@pytest.mark.parametrize(("seconds", "known"), [((30, 40), 20), ((), 20), ((10, 40), 20)])
def test_a_moment_that_is_forgotten_leads_to_everything(seconds: tuple[int, ...], known: int) -> None:
    """Where the engine no longer knows that moment, all it has is read, so that the gap can be told."""
    engine = Remembering(*seconds)
    buffer = read_buffer(engine, known * SECOND_NS)
    assert [event.id for event in buffer.events] == [f"id{second}" for second in seconds]
    assert engine.asked == [known - 1, 0]


def test_a_full_memory_is_known_by_its_size() -> None:
    """An engine that tells as many events as it can keep has forgotten older ones."""
    assert read_buffer(Remembering(*range(1, SIZE + 1))).full


def test_nothing_is_remembered() -> None:
    """An engine that has just started remembers nothing."""
    buffer = read_buffer(Remembering())
    assert (buffer.events, buffer.oldest_ns, buffer.newest_ns, buffer.full) == ((), 0, 0, False)


def test_an_engine_that_refuses_is_a_problem() -> None:
    """An error instead of events is said, with the status."""
    with pytest.raises(EngineProblem, match="did not report its events \\(status 500"):
        read_buffer(Remembering(status=500))


def test_moments_keep_their_nanoseconds() -> None:
    """A time goes to the engine to the nanosecond; no time at all is the beginning."""
    assert (moment(20 * SECOND_NS + 7), moment(0)) == ("20.000000007", "0")
