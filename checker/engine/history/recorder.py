"""The recorder: one thread that writes into the journal what the engine does, while the course is open.

The engine remembers its last 256 events; the recorder catches up from them whenever it connects, so that it misses
nothing while the engine, or the recorder, is away for a short time. What it could not see it writes down as a gap.
Observed on Engine 20.10.24: an engine that is shut down ends its containers first (kill, die, stop), tells that to
whoever listens, closes the connection last, and remembers nothing when it is started again.
"""

from __future__ import annotations

import contextlib
import enum
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from checker.engine.history.buffer import EventSource, missed, moment, read_buffer
from checker.engine.history.journal import Event, Journal, happened_ns, parsed
from checker.engine.transport import http
from checker.errors import CourseError
from checker.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from checker.engine.history.buffer import Buffer

RETRY_S = 1.0
"""Seconds between two tries to reach the engine, or to become the one that records."""

_NOTE_AFTER = 64
"""How many events that are not kept may pass before the journal notes until when the engine was watched."""


class Doing(enum.StrEnum):
    """What a recorder does at the moment."""

    STARTING = "starting"
    RECORDING = "recording"
    PASSIVE = "passive"
    WAITING = "waiting"
    STOPPED = "stopped"


@dataclass(frozen=True)
class RecorderState:
    """What a recorder does, and why, in words for people."""

    doing: Doing
    detail: str = ""


def lock_of(journal_path: Path) -> FileLock:
    """Return the lock that the one recorder of a journal holds."""
    return FileLock(journal_path.with_name(f"{journal_path.name}.lock"))


def is_recorded(journal_path: Path) -> bool:
    """Say whether any process records into this journal now."""
    return lock_of(journal_path).is_held()


class Recorder:
    """Records while it is open; a second one for the same journal is passive, and takes over when the first one ends.

    Arguments:
        host: the engine, as in DOCKER_HOST.
        journal_path: the journal's file.
        retry_s: seconds between two tries to connect or to take over.

    """

    def __init__(self, host: str, journal_path: Path, retry_s: float = RETRY_S) -> None:
        self._host, self._path, self._retry_s = host, journal_path, retry_s
        self._journal, self._lock = Journal(journal_path), lock_of(journal_path)
        self._writing = threading.Lock()
        self._seen: set[tuple[int, str, str]] = set()
        self._pending: list[Event] = []
        self._watched_ns = self._noted_ns = 0
        self._unnoted = 0
        self._closing = threading.Event()
        self._settled = threading.Event()
        self._stream: http.Stream | None = None
        self._thread: threading.Thread | None = None
        self._state = RecorderState(Doing.STARTING)

    @property
    def state(self) -> RecorderState:
        """What it does at the moment."""
        return self._state

    def start(self) -> Self:
        """Begin to record; return once it records, or it is known why it does not."""
        self._thread = threading.Thread(target=self._work, name="docker101-recorder", daemon=True)
        self._thread.start()
        self._settled.wait(http.TIMEOUT_S)
        return self

    def close(self) -> None:
        """Stop recording and give the journal free."""
        self._closing.set()
        if self._stream:
            self._stream.close()
        if self._thread:
            self._thread.join(2 * http.TIMEOUT_S)
        self._lock.release()
        self._say(Doing.STOPPED)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def flush(self, until_ns: int | None = None) -> bool:
        """Bring the journal up to what the engine remembers now, without waiting for the thread.

        Arguments:
            until_ns: leave out what happened later (engine time, nanoseconds).

        Returns:
            whether the journal holds all of it; False when the engine does not answer, another recorder has the
            journal, or it cannot be written.

        """
        if self._state.doing is not Doing.RECORDING:
            return False
        try:
            remembered = read_buffer(EventSource(self._host)).events
            self._keep(event for event in remembered if until_ns is None or event.time_ns <= until_ns)
        except CourseError:
            return False
        return not self._pending

    # --- the thread

    def _work(self) -> None:
        """Record until closed. Nothing that happens in here may reach a screen."""
        while not self._closing.is_set():
            try:
                if self._become_active():
                    self._watch()
            except CourseError as error:
                self._say(Doing.WAITING, error.message)
            except Exception as error:  # noqa: BLE001  (a thread that dies unseen would be worse than one that tries again)
                self._say(Doing.WAITING, f"{type(error).__name__}: {error}")
            self._settled.set()
            self._closing.wait(self._retry_s)

    def _become_active(self) -> bool:
        """Take the journal, unless another recorder has it; read where that one or an earlier run ended."""
        if self._lock.mine:
            return True
        if not self._lock.acquire():
            owner = self._lock.owner()
            self._say(
                Doing.PASSIVE, f"Process {owner} records already." if owner else "Another process records already."
            )
            return False
        self._journal.compact()
        before = self._journal.read()
        self._seen = {event.key for event in before.events}
        self._watched_ns = self._noted_ns = before.watched_ns
        self._say(Doing.WAITING, "Connecting to the engine.")
        return True

    def _watch(self) -> None:
        """Catch up, then follow the engine's events until it goes away or this recorder is closed."""
        buffer = read_buffer(EventSource(self._host))
        with http.stream(self._host, f"/events?since={moment(buffer.newest_ns)}") as stream:
            self._stream = stream
            if self._closing.is_set():
                return
            self._catch_up(buffer)
            self._say(Doing.RECORDING)
            self._settled.set()
            self._follow(stream)
        if not self._closing.is_set():
            self._say(Doing.WAITING, "The engine closed the connection.")

    def _catch_up(self, buffer: Buffer) -> None:
        """Write what the engine remembers, and the gap before it, if there is one."""
        restarted = self._followed_to_its_end and not buffer.full
        gap = None if restarted else missed(self._watched_ns, buffer, time.time_ns())
        if gap:
            self._journal.append(gap=gap)
        self._followed_to_its_end = False
        self._watched_ns = max(self._watched_ns, buffer.newest_ns)
        self._keep(buffer.events)

    _followed_to_its_end = False
    """Whether this recorder followed the engine until it went away: then an empty memory of the engine is no gap."""

    def _follow(self, stream: http.Stream) -> None:
        """Take what the engine tells until the connection ends."""
        try:
            for raw in stream:
                self._take(raw)
        finally:
            self._followed_to_its_end = True

    def _take(self, raw: Mapping[str, Any]) -> None:
        """Write one event, or, now and then for an event that is not kept, until when the engine was watched."""
        event = parsed(raw)
        self._watched_ns = max(self._watched_ns, happened_ns(raw))
        self._unnoted += 1
        with contextlib.suppress(CourseError):  # kept in memory; tried again with the next event
            if event:
                self._keep([event])
            elif self._unnoted >= _NOTE_AFTER:
                self._keep([])

    def _keep(self, events: Iterable[Event]) -> None:
        """Write the events that are new; what cannot be written now stays pending.

        Raises:
            CourseError: when the journal cannot be written.

        """
        with self._writing:
            fresh = [event for event in events if event.key not in self._seen]
            self._seen.update(event.key for event in fresh)
            self._pending += fresh
            noted = max([self._noted_ns, *(event.time_ns for event in self._pending)])
            watched = self._watched_ns if self._watched_ns > noted and self._unnoted >= _NOTE_AFTER else 0
            self._journal.append(self._pending, watched_ns=watched)
            if self._pending or watched:
                self._noted_ns, self._unnoted = max(noted, watched), 0
            self._pending = []

    def _say(self, doing: Doing, detail: str = "") -> None:
        self._state = RecorderState(doing, detail)
