"""The engine's own memory of what happened: its last 256 events of every kind, gone when the engine restarts.

Observed on Engine 20.10.24: ``/events?since=0&until=NOW`` answers from that memory at once; ``until`` is compared with
the engine's clock, to the nanosecond where it is given so.
"""

from __future__ import annotations

import email.utils
import functools
import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from checker.engine import http
from checker.engine.journal import Event, Gap, happened_ns, parsed
from checker.errors import EngineProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZE = 256
"""How many events an engine keeps (moby: daemon/events, ``eventsLimit``)."""

_SECOND_NS = 1_000_000_000
_VM_MARGIN_S = 0.0 if sys.platform == "linux" else 0.2
"""How far the clock of an engine in a virtual machine may run ahead of ours unnoticed."""


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


class Asks(Protocol):
    """Something that answers one GET: path and query in, status, headers (names in lower case) and text out."""

    def __call__(self, path: str) -> tuple[int, Mapping[str, str], str]:
        """Ask."""


def asking(engine: Any) -> Asks:  # noqa: ANN401  (docker-py has no types of its own)
    """Return how to ask an engine: a host as in DOCKER_HOST, or an open docker-py client."""
    host = engine if isinstance(engine, str) else str(getattr(engine, "host", "") or "")
    if isinstance(engine, str) or host.startswith(("unix://", "npipe://")):
        return functools.partial(_ask_host, host)
    return functools.partial(_ask_client, engine)  # TLS or SSH, which only docker-py speaks


def read_buffer(ask: Asks) -> Buffer:
    """Return what the engine remembers now.

    Raises:
        NoEngine: when it does not answer.
        EngineProblem: when it answers with an error.

    """
    until = time.time() + _VM_MARGIN_S
    headers, text = _up_to(ask, until)
    ahead_s = _clock(headers) - until
    if ahead_s > 0:  # the engine's clock is ahead: ask again, with its own time (which it tells in whole seconds)
        _, text = _up_to(ask, until + ahead_s + 1)
    return _buffer([json.loads(line) for line in text.splitlines() if line.strip()])


def missed(watched_ns: int, buffer: Buffer, now_ns: int) -> Gap | None:
    """Return the time between what was watched and what the engine remembers; None when the two overlap.

    Arguments:
        watched_ns: the time of the last event that was seen; 0 when nobody has watched yet.
        buffer: the engine's memory.
        now_ns: the end of the gap when it remembers nothing.

    """
    if not watched_ns or (buffer.oldest_ns and buffer.oldest_ns <= watched_ns):
        return None
    return Gap(watched_ns, max(buffer.oldest_ns or now_ns, watched_ns))


def _up_to(ask: Asks, until_s: float) -> tuple[Mapping[str, str], str]:
    """Return headers and text of the engine's answer about everything up to ``until_s``."""
    status, headers, text = ask(f"/events?since=0&until={until_s:.9f}")
    if status != 200:
        raise EngineProblem(f"The engine did not tell its events (status {status}: {text}).", "Run: checker doctor")
    return headers, text


def _ask_host(host: str, path: str) -> tuple[int, Mapping[str, str], str]:
    status, headers, body = http.get(host, path)
    return status, headers, body if isinstance(body, str) else json.dumps(body)


def _ask_client(client: Any, path: str) -> tuple[int, Mapping[str, str], str]:  # noqa: ANN401
    from checker.engine.client import translated

    with translated():
        answer = client.get(client.base_url + path, timeout=client.timeout)
    return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.text


def _clock(headers: Mapping[str, str]) -> float:
    """Return the engine's time, in whole seconds; 0 when it does not say."""
    try:
        return email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        return 0.0


def _buffer(raw: list[dict[str, Any]]) -> Buffer:
    times = [happened_ns(item) for item in raw]
    events = tuple(event for event in map(parsed, raw) if event)
    return Buffer(events, min(times, default=0), max(times, default=0), len(raw) >= SIZE)
