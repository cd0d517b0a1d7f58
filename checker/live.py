"""The one live loop: a thread that hears what the engine does, forgets what that changes, and lets somebody act on it.

A watch, the drawings and the course panel use it. Each has its own loop, and all of them share one follower.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine import Inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checker.engine import CachingReader, Follower, News

END_LIMIT_S = 5.0
"""Seconds that ``stop`` waits for the thread, which may be in the middle of a question to the engine."""

LAG_S = 0.3
"""Seconds after an event until the list of containers is asked for once more: see ``Turn.lags``."""


@dataclass(frozen=True)
class Turn:
    """What one turn of the loop brought.

    ``words`` were put in by ``LiveLoop.put``; ``news`` is what the follower told; ``lost`` is why the engine is not
    heard at the moment, else empty; ``lags`` is true one turn after events: Engine 20.10 tells of a container's end a
    moment before it lists the container as ended, so the list has been forgotten once more.
    """

    words: tuple[str, ...] = ()
    news: tuple[News, ...] = ()
    lost: str = ""
    lags: bool = False

    @property
    def quiet(self) -> bool:
        """Whether nothing came: only the time to wait was over."""
        return not (self.words or self.news or self.lags)


class LiveLoop:
    """A thread that takes turns from ``start`` to ``stop``; it can be started again.

    Arguments:
        name: of the thread, for people who look for it.
        follower: tells of the engine's events.
        reader: remembers what the engine said until an event changes it.
        act: called with each turn; returns after how many seconds the next one is due without news (None: not at all).
            It must not raise.

    ``lock`` is held during a turn: whoever uses the reader from another thread takes it.
    """

    def __init__(
        self, name: str, follower: Follower, reader: CachingReader, act: Callable[[Turn], float | None]
    ) -> None:
        self._name, self._follower, self._reader, self._act = name, follower, reader, act
        self.lock = threading.RLock()
        self._inbox = Inbox()
        self._leave: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None
        self._lost = ""
        self._had_events = False

    @property
    def running(self) -> bool:
        """Whether it was started, and not stopped since."""
        return self._thread is not None

    def start(self) -> None:
        """Begin; does nothing when it runs."""
        if self._thread is None:
            inbox = self._inbox = Inbox()  # a thread that is still busy must not take what is for the next one
            self._thread = threading.Thread(target=self._run, args=(inbox,), name=self._name, daemon=True)
            self._thread.start()
            self._leave = self._follower.listen(inbox.put)

    def stop(self) -> None:
        """End; a turn that is under way is finished first, for at most ``END_LIMIT_S`` seconds."""
        if self._thread is not None and self._leave is not None:
            self._leave()
            self._inbox.put(_STOP)
            self._thread.join(END_LIMIT_S)
            self._thread = None

    def put(self, word: str) -> None:
        """Let the next turn, which begins at once, have this word."""
        self._inbox.put(word)

    def _run(self, inbox: Inbox) -> None:
        wait_s: float | None = 0.0
        while _STOP not in (batch := inbox.take(wait_s)):
            wait_s = self.turn(batch)

    def turn(self, batch: Sequence[News | str]) -> float | None:
        """Take one turn; return after how many seconds the next one is due without news.

        Arguments:
            batch: what has come since the last turn: news, and words of ``put``.

        """
        words = tuple(item for item in batch if isinstance(item, str))
        news = tuple(item for item in batch if not isinstance(item, str))
        with self.lock:
            for item in news:
                if not item.lost:
                    self._reader.forget(item.event)
                if item.event is None:
                    self._lost = item.lost
            lags, self._had_events = self._had_events, any(item.event for item in news)
            if lags:
                self._reader.forget_list()
            wait_s = self._act(Turn(words, news, self._lost, lags))
        if self._had_events:
            return LAG_S if wait_s is None else min(LAG_S, wait_s)
        return wait_s


_STOP = "\0stop"
