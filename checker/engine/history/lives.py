"""What a sequence of events says about one container: its runs, how each one ended, its pauses, its names.

Nothing here compares a sequence with a list of expected events: events are sorted into runs (from one start to the
next), and a run is judged by what is in it. The facts about it are in ``checker.engine.history.history``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from checker.engine.names import plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.engine.history.journal import Event

KILL = 9
SIGNALS = {
    1: "HUP",
    2: "INT",
    3: "QUIT",
    6: "ABRT",
    9: "KILL",
    10: "USR1",
    12: "USR2",
    15: "TERM",
    18: "CONT",
    19: "STOP",
}
"""Names of signals on Linux, where containers run; the machine that checks may be another system."""

_ASKS_TO_END = frozenset({1, 2, 3, 15})
_CAUSE_S = 10.0
"""A program that ends later than this after such a signal ended for another reason."""

_AT_ONE_STROKE_S = 1.0
"""Killed and removed within this time: by ``rm -f``, or by ``kill`` and ``rm`` in a row, which nothing tells apart."""

_SLOW_STROKE_S = 10.0
"""Within this time it may still have been one ``rm -f``, on a machine that was busy; a person types as quickly."""

_SECOND_NS = 1_000_000_000


class Kind(enum.StrEnum):
    """How a container's main process ended."""

    GRACEFUL = "graceful"
    FORCED = "forced"
    KILLED = "killed"
    OWN = "own"


@dataclass(frozen=True)
class Ending:
    """The end of one run.

    ``signals`` are the numbers of all signals that the engine sent in this run, in order; ``grace_s`` is how long a
    forced one had between its stop signal and KILL; ``restarted``: a restart (or a stop that one followed) ended it;
    ``removed_after_s``: how long after a kill ended it, it was removed; None where that was not so.
    """

    kind: Kind
    signals: tuple[int, ...]
    exit_code: int
    time_ns: int
    grace_s: float = 0.0
    restarted: bool = False
    removed_after_s: float | None = None

    @property
    def at_one_stroke(self) -> bool:
        """Whether it was killed and removed in the same moment."""
        return self.removed_after_s is not None and self.removed_after_s < _AT_ONE_STROKE_S

    @property
    def maybe_at_one_stroke(self) -> bool:
        """Whether one ``rm -f`` may have killed and removed it: in the same moment, or slowly on a busy machine."""
        return self.removed_after_s is not None and self.removed_after_s < _SLOW_STROKE_S


class PauseOutcome(enum.StrEnum):
    """What became of a pause."""

    STILL = "still"
    RESUMED = "resumed"
    SIGNALLED = "signalled"
    COMMIT = "commit"
    RESTARTED = "restarted"
    STOPPED = "stopped"
    KILLED = "killed"
    REMOVED = "removed"


@dataclass(frozen=True)
class _Run:
    """What happened from one start to the next, and how it ended; ``ending`` is None while it goes on."""

    events: tuple[Event, ...]
    ending: Ending | None


def signal_number(text: str) -> int:
    """Return the number of a signal as an event names it: "9", "KILL" or "SIGKILL"; 0 for an unknown one."""
    if text.isdigit():
        return int(text)
    by_name = {name: number for number, name in SIGNALS.items()}
    return by_name.get(text.upper().removeprefix("SIG"), 0)


def signal_name(number: int) -> str:
    """Return how people call a signal."""
    return SIGNALS.get(number, f"signal {number}")


def runs_of(events: Sequence[Event]) -> tuple[_Run, ...]:
    """Sort a container's events into its runs; what came before the first start belongs to none, if that was seen."""
    starts = [place for place, event in enumerate(events) if event.action == "start"]
    if any(event.action in ("die", "pause", "unpause") for event in events[: starts[0] if starts else None]):
        starts.insert(0, 0)
    parts = [tuple(events[a:b]) for a, b in pairwise([*starts, len(events)])]
    destroyed = next((event.time_ns for event in events if event.action == "destroy"), 0)
    found = []
    for part, following in pairwise([*parts, ()]):
        restarted = any(event.action == "restart" for event in following)
        found.append(_Run(part, _ending(part, destroyed, restarted=restarted)))
    return tuple(found)


def _ending(run: Sequence[Event], destroyed_ns: int, *, restarted: bool) -> Ending | None:
    """Judge how a run ended."""
    die = next((event for event in run if event.action == "die"), None)
    if die is None:
        return None
    sent = [
        (signal_number(event.attributes.get("signal", "")), event.time_ns) for event in run if event.action == "kill"
    ]
    signals = tuple(number for number, _ in sent)
    code = int(die.attributes.get("exitCode", "0") or 0)
    stopped = any(event.action == "stop" for event in run)
    kind = _kind(signals, code, stopped=stopped, since_last_s=(die.time_ns - sent[-1][1]) / _SECOND_NS if sent else 0)
    grace = (sent[-1][1] - sent[-2][1]) / _SECOND_NS if kind is Kind.FORCED and len(sent) > 1 else 0.0
    removed = (destroyed_ns - die.time_ns) / _SECOND_NS if kind is Kind.KILLED and KILL in signals else 0.0
    return Ending(kind, signals, code, die.time_ns, grace, restarted, removed if removed > 0 else None)


def _kind(signals: Sequence[int], code: int, *, stopped: bool, since_last_s: float) -> Kind:
    if stopped:
        return Kind.FORCED if KILL in signals else Kind.GRACEFUL
    if not signals:
        return Kind.OWN
    last = signals[-1]
    if KILL in signals or code == 128 + last or (last in _ASKS_TO_END and since_last_s < _CAUSE_S):
        return Kind.KILLED
    return Kind.OWN


def pauses_of(runs: Sequence[_Run]) -> tuple[PauseOutcome, ...]:
    """Return what became of each pause, in order."""
    return tuple(after for run in runs for after in _pauses_in(run))


def _pauses_in(run: _Run) -> list[PauseOutcome]:
    """Follow the pauses of one run. A signal, a stop or a restart resumes too: then its kill comes before unpause."""
    found: list[PauseOutcome] = []
    paused = False
    meanwhile: set[str] = set()
    for event in run.events:
        if event.action == "pause":
            paused, meanwhile = True, set()
        elif event.action == "unpause" and paused:
            paused = False
            found.append(_resumed_by(meanwhile))
        elif event.action in ("kill", "commit"):
            meanwhile.add(event.action)
    if paused:
        found.append(PauseOutcome.STILL)
    if run.ending and found and found[-1] in (PauseOutcome.STILL, PauseOutcome.SIGNALLED):
        found[-1] = _ended_by(run.ending)
    return found


def _resumed_by(meanwhile: set[str]) -> PauseOutcome:
    if "kill" in meanwhile:
        return PauseOutcome.SIGNALLED
    return PauseOutcome.COMMIT if "commit" in meanwhile else PauseOutcome.RESUMED


def _ended_by(ending: Ending) -> PauseOutcome:
    if ending.restarted:
        return PauseOutcome.RESTARTED
    if ending.at_one_stroke:
        return PauseOutcome.REMOVED
    return PauseOutcome.KILLED if ending.kind is Kind.KILLED else PauseOutcome.STOPPED


def names_of(events: Sequence[Event]) -> tuple[tuple[int, str], ...]:
    """Return since when (ns) the container had which name, in order."""
    found: list[tuple[int, str]] = []
    for event in events:
        old = plain_name(event.attributes.get("oldName"))
        if old and not found:
            found.append((0, old))
        if event.name and (not found or found[-1][1] != event.name):
            found.append((event.time_ns, event.name))
    return tuple(found)
