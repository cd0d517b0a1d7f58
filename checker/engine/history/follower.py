"""Follow what the engine does: one thread and one connection, for all who want to know, for as long as somebody does.

A stream that breaks (the engine was restarted, a laptop slept) is opened again; who listens is told of both.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from checker.engine.history.buffer import moment
from checker.engine.history.journal import happened_ns
from checker.engine.transport import http
from checker.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RETRY_S = 0.5
"""Seconds between two tries to reach the engine."""

SILENCE_S = 20.0
"""Seconds of silence after which the stream is opened again."""

OVERLAP_S = 1.0
"""Seconds before a connection from which on events are asked for: an engine answers a moment before it listens."""

QUIET = frozenset({"top", "archive-path", "export", "save", "resize", "exec_create", "exec_start", "exec_detach"})
"""Actions that change nothing that a view shows: looks from outside, which views themselves cause, and the beginnings
of an exec, whose end (exec_die) is told."""


@dataclass(frozen=True)
class News:
    """What a follower hears: an event as ``/events`` tells it, or, where ``event`` is None, about the engine itself.

    ``lost`` is why the engine cannot be heard; empty when it can (again): what was known before may be wrong then.
    """

    event: Mapping[str, Any] | None = field(default=None, hash=False)
    lost: str = ""


class Inbox:
    """What waits for a thread that acts on news: ``put`` comes from any thread, and returns at once."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[News | str] = queue.SimpleQueue()
        self.put = self._waiting.put

    def take(self, limit_s: float | None) -> list[News | str]:
        """Wait for something, at most ``limit_s`` seconds, and return all that there is: a storm is one piece of work.

        Arguments:
            limit_s: None waits as long as it takes.

        """
        batch: list[News | str] = []
        with contextlib.suppress(queue.Empty):
            batch.append(self._waiting.get(timeout=limit_s))
            while True:
                batch.append(self._waiting.get_nowait())
        return batch


class Follower:
    """Tells listeners what happens on one engine.

    Arguments:
        host: the engine, as in DOCKER_HOST.
        retry_s: seconds between two tries to connect.
        silence_s: seconds of silence after which the stream is opened again.

    """

    def __init__(self, host: str, retry_s: float = RETRY_S, silence_s: float = SILENCE_S) -> None:
        self._host, self._retry_s, self._silence_s = host, retry_s, silence_s
        self._lock = threading.Lock()
        self._listeners: list[Callable[[News], object]] = []
        self._state: News | None = None
        self._run: _Run | None = None

    def listen(self, hear: Callable[[News], object]) -> Callable[[], None]:
        """Call ``hear`` with news from now on, first with the connection's state; return what ends it.

        ``hear`` is called from another thread, and must return at once.
        """
        with self._lock:
            self._listeners.append(hear)
            if self._run is None:
                self._run = _Run(self, self._host, self._retry_s, self._silence_s)
            elif self._state:
                hear(self._state)
        return lambda: self._leave(hear)

    def _leave(self, hear: Callable[[News], object]) -> None:
        with self._lock:
            if hear in self._listeners:
                self._listeners.remove(hear)
            if self._listeners or self._run is None:
                return
            run, self._run, self._state = self._run, None, None
        run.end()

    def tell(self, run: _Run, news: News) -> None:
        """Tell all listeners; news of a run that was replaced is dropped.

        Arguments:
            run: the connection that the news came from.
            news: an event, or a change of the connection's state.

        """
        with self._lock:
            if run is not self._run:
                return
            if news.event is None:
                if news == self._state:
                    return
                self._state = news
            for hear in self._listeners:
                hear(news)


class _Run:
    """The threads of a follower while somebody listens: one reads, one renews a stream that is silent for long."""

    def __init__(self, follower: Follower, host: str, retry_s: float, silence_s: float) -> None:
        self._follower, self._host, self._retry_s, self._silence_s = follower, host, retry_s, silence_s
        self._ended = threading.Event()
        self._heard = threading.Event()
        self._stream: http.Stream | None = None
        self._renewed: http.Stream | None = None
        self._newest_ns = 0
        threading.Thread(target=self._work, name="docker101-follower", daemon=True).start()
        threading.Thread(target=self._renew, name="docker101-renewer", daemon=True).start()

    def end(self) -> None:
        """End; the threads go as soon as they notice."""
        self._ended.set()
        self._heard.set()
        if self._stream:
            self._stream.close()

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                self._follow()
                lost = "" if self._stream is self._renewed else "The engine closed the connection."
            except CourseError as error:
                lost = error.message
            except Exception as error:  # noqa: BLE001  (a thread that dies unseen would leave views that look alive)
                lost = f"{type(error).__name__}: {error}"
            if lost:
                self._newest_ns = 0  # an engine that was restarted remembers nothing of before
                self._tell(News(lost=lost))
                self._ended.wait(self._retry_s)

    def _follow(self) -> None:
        self._newest_ns = self._newest_ns or time.time_ns() - int(OVERLAP_S * 1e9)
        with http.stream(self._host, f"/events?since={moment(self._newest_ns + 1)}") as stream:
            self._stream = stream
            if self._ended.is_set():
                return
            self._tell(News())
            for event in stream:
                self._heard.set()
                self._newest_ns = max(self._newest_ns, happened_ns(event))
                if str(event.get("Action", "")).partition(":")[0] not in QUIET:
                    self._tell(News(event))

    def _tell(self, news: News) -> None:
        if not self._ended.is_set():
            self._follower.tell(self, news)

    def _renew(self) -> None:
        """Open the stream again after a long silence: a laptop that slept may have lost it without an error."""
        while not self._ended.is_set():
            stream = self._stream
            if not self._heard.wait(self._silence_s) and stream:
                self._renewed = stream
                stream.close()
            self._heard.clear()
