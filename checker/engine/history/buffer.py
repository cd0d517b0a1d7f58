"""The engine's own memory of what happened: its last 256 events of every kind, gone when the engine restarts.

Observed on Engine 20.10.24: ``/events?since=0&until=NOW`` answers from that memory at once; ``until`` is compared with
the engine's clock, to the nanosecond where it is given so.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from checker.engine.history.journal import Event, Gap, happened_ns, parsed
from checker.engine.transport import http
from checker.errors import EngineProblem

SIZE = 256
"""How many events an engine keeps (moby: daemon/events, ``eventsLimit``)."""

_CLOCK_FOR_S = 30.0
"""Seconds for which the difference of two clocks is believed: one of a virtual machine jumps when a laptop sleeps."""

_ALIKE_S = 0.05
"""Clocks that differ by less are one clock; the rest is how long the question took."""


_OUT_OF_ORDER_NS = 1_000_000_000
"""Events of the same moment may be kept in another order than that of their times; a second is far more than that."""


@dataclass(frozen=True)
class Buffer:
    """What an engine remembers: the events worth keeping, and how far back its memory reaches.

    ``oldest_ns`` and ``newest_ns`` are of any event, also of one that is not kept; 0 when it remembers none. ``full``:
    what happened before ``oldest_ns`` was pushed out; otherwise this is all since the engine was started.
    """

    events: tuple[Event, ...] = ()
    oldest_ns: int = 0
    newest_ns: int = 0
    full: bool = False


class EventSource:
    """How to ask an engine.

    Arguments:
        engine: a host as in DOCKER_HOST, or an open docker-py client.

    """

    _ahead: ClassVar[dict[str, tuple[float, float]]] = {}

    def __init__(self, engine: Any) -> None:
        self.host = engine if isinstance(engine, str) else str(getattr(engine, "host", "") or engine.base_url)

    def ask(self, path: str) -> tuple[int, str]:
        """Return status and text of the answer to one GET.

        Raises:
            NoEngine: when it does not answer in time.

        """
        status, _, body = http.get(self.host, path)
        return status, body if isinstance(body, str) else json.dumps(body)

    def now_s(self) -> float:
        """Return the engine's time in seconds; its clock is another one where it runs in a virtual machine."""
        ahead_s, measured = self._ahead.get(self.host, (0.0, -_CLOCK_FOR_S))
        if time.monotonic() - measured >= _CLOCK_FOR_S:
            ahead_s = self._measured()
            self._ahead[self.host] = ahead_s, time.monotonic()
        return time.time() + ahead_s

    def _measured(self) -> float:
        """Return how many seconds the engine's clock is ahead of ours (``/info``: SystemTime)."""
        before = time.time()
        try:
            info = json.loads(self.ask("/info")[1])
            theirs = seconds_of(str(info.get("SystemTime", "")))
        except (ValueError, AttributeError):
            return 0.0
        ahead_s = theirs - time.time() if theirs > time.time() else min(theirs - before, 0.0)
        return ahead_s if abs(ahead_s) > _ALIKE_S else 0.0


def seconds_of(text: str) -> float:
    """Return a time as the engine writes it ("2026-11-24T04:30:00.123456789Z") in seconds since 1970.

    Raises:
        ValueError: when it is none.

    """
    whole, _, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return datetime.fromisoformat(whole + rest[len(digits) :]).timestamp() + float(f"0.{digits or 0}")


def read_buffer(engine: EventSource, known_ns: int = 0) -> Buffer:
    """Return what the engine remembers now.

    Arguments:
        engine: who is asked.
        known_ns: the time of an event that was kept, with all before it: where the engine still remembers that moment,
            only what came after it is told, which is quicker. 0: everything is told.

    Raises:
        NoEngine: when it does not answer.
        EngineProblem: when it answers with an error.

    """
    if known_ns > _OUT_OF_ORDER_NS:
        since_known = _told_since(engine, known_ns - _OUT_OF_ORDER_NS)
        if 0 < since_known.oldest_ns <= known_ns:
            return since_known
    return _told_since(engine, 0)


def _told_since(engine: EventSource, since_ns: int) -> Buffer:
    """Return what the engine remembers from ``since_ns`` on."""
    status, text = engine.ask(f"/events?since={moment(since_ns)}&until={engine.now_s():.9f}")
    if status != 200:
        raise EngineProblem(f"The engine did not report its events (status {status}: {text}).", "Run: checker doctor")
    raw = json.loads(f"[{','.join(line for line in text.splitlines() if line.strip())}]")
    times = [happened_ns(item) for item in raw]
    events = tuple(event for event in map(parsed, raw) if event)
    return Buffer(events, min(times, default=0), max(times, default=0), len(raw) >= SIZE)


def moment(time_ns: int) -> str:
    """Return a time as ``/events`` takes it: seconds with nine decimals; "0" for the beginning."""
    return f"{time_ns // 1_000_000_000}.{time_ns % 1_000_000_000:09d}" if time_ns else "0"


def missed(watched_ns: int, buffer: Buffer, now_ns: int) -> Gap | None:
    """Return the time between what was watched and what the engine remembers; None when the two overlap.

    Arguments:
        watched_ns: the time of the last event that was seen; 0 when nothing was watched yet.
        buffer: the engine's memory.
        now_ns: the end of the gap when it remembers nothing.

    """
    if not watched_ns or (buffer.oldest_ns and buffer.oldest_ns <= watched_ns):
        return None
    return Gap(watched_ns, max(buffer.oldest_ns or now_ns, watched_ns))
