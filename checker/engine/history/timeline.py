"""One container's timeline, and the verdicts on it: each says what was seen where it is not what a task asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, Self

from checker.engine.history.lives import (
    KILL,
    Ending,
    Kind,
    PauseOutcome,
    names_of,
    pauses_of,
    runs_of,
    signal_name,
    signal_number,
)
from checker.engine.names import image_name
from checker.lab import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.engine.history.journal import Event

_SHORT_S = 1.0
"""A grace time below this says nothing about the program: few could end so fast."""


@dataclass(frozen=True)
class Prune:
    """One ``container prune`` (or the part of a ``system prune``): when it ended, and the ids that it removed."""

    time_ns: int
    removed: frozenset[str]


class TimelineHistory(Protocol):
    """What a timeline asks the history that it is a part of; see ``checker.engine.history.history.History``."""

    def lives(self, name: str) -> list[Timeline]:
        """Return the timelines of all containers that ever had the name ``name``."""

    def prunes(self) -> Sequence[Prune]:
        """Return every prune of containers."""

    def same_image(self, one: str, other: str) -> bool:
        """Return whether two names mean the same image now.

        Arguments:
            one: the name of an image, or an empty text.
            other: the name of an image.

        """

    def must_know_all_of(self, timeline: Timeline) -> None:
        """Raise CannotTell when things may have happened to this container that nobody saw."""


@dataclass(frozen=True)
class Timeline:
    """What happened to one container, the oldest event first.

    The verdict methods return the timeline itself, so that they can be chained. What they ask for may have happened at
    any time of the container's life. They raise ``Failure`` when it has not, and ``CannotTell`` when it may have, at a
    time when nobody watched.
    """

    id: str
    events: tuple[Event, ...]
    history: TimelineHistory = field(repr=False, compare=False)

    # --- what was seen

    @property
    def name(self) -> str:
        """The name that it has now, or had last."""
        return self.names[-1] if self.names else self.id[:12]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every name that it had, the first one first."""
        return tuple(name for _, name in names_of(self.events))

    def bore_ns(self, name: str) -> int:
        """Return until when it had the name ``name``, as far as was seen; 0 for never."""
        since = [*names_of(self.events), (self.events[-1].time_ns + 1, "")]
        until = [end for (_, one), (end, _) in pairwise(since) if one == name]
        return max(until, default=0)

    @property
    def image(self) -> str:
        """The image as it was named when the container was created."""
        return next((event.image for event in self.events if event.image), "")

    @cached_property
    def endings(self) -> list[Ending]:
        """How each run ended, in order; a run that goes on has no ending."""
        return [run.ending for run in runs_of(self.events) if run.ending]

    @cached_property
    def pauses(self) -> tuple[PauseOutcome, ...]:
        """What became of each pause, in order."""
        return pauses_of(runs_of(self.events))

    @property
    def starts(self) -> int:
        """How often it was started."""
        return self._count("start")

    @property
    def restarts(self) -> int:
        """How often it was started again after it had run: by a restart, or by a start after its end."""
        return max(self.starts - 1, 0)

    @property
    def removed(self) -> bool:
        """Whether it was removed."""
        return self._count("destroy") > 0

    @property
    def pruned(self) -> bool:
        """Whether a prune removed it.

        Raises:
            CannotTell: when one may have, while nobody watched.

        """
        if any(self.id in prune.removed for prune in self.history.prunes()):
            return True
        self.history.must_know_all_of(self)
        return False

    @property
    def running(self) -> bool:
        """Whether its main process lives, paused or not."""
        runs = runs_of(self.events)
        return bool(runs) and runs[-1].ending is None and not self.removed

    @property
    def foreground(self) -> bool:
        """Whether its last start was in the foreground: attached to whoever typed it, who has not detached since."""
        actions = [event.action for event in self.events]
        starts = [place for place, action in enumerate(actions) if action == "start"]
        return bool(starts) and "attach" in actions[: starts[-1]][-1:] and "detach" not in actions[starts[-1] :]

    @property
    def signals(self) -> tuple[int, ...]:
        """The numbers of all signals that the engine sent to it, in order."""
        sent = (event.attributes.get("signal", "") for event in self.events if event.action == "kill")
        return tuple(signal_number(text) for text in sent)

    # --- verdicts

    def ran_image(self, ref: str) -> Self:
        """Demand that it was made from the image ``ref``, under this name or another one of the same image."""
        if image_name(self.image) == image_name(ref) or self.history.same_image(self.image, ref):
            return self
        if not self.image:
            self.history.must_know_all_of(self)
        raise Failure(
            f"{self.name} was made from the image {self.image}.",
            f"It should be made from {ref}.",
            actual=self.image,
        )

    def was_paused_and_resumed(self) -> Self:
        """Demand that it was paused, and then went on as the same process: unpaused, not stopped or restarted."""
        if PauseOutcome.RESUMED in self.pauses:
            return self
        expected = "It should be frozen, and then go on as the same process."
        if self.pauses:
            raise self._failure(_PAUSE[self.pauses[-1]].format(name=self.name), expected)
        if self.restarts:
            how = "restarted" if self._count("restart") else "stopped and started again"
            raise self._failure(f"{self.name} was not paused; it was {how}, which makes a new process.", expected)
        raise self._failure(f"{self.name} has never been paused{self._instead()}", expected)

    def was_stopped_gracefully(self) -> Self:
        """Demand that it was asked to end, by stop (or by the signal TERM alone), and ended by itself in time."""
        if any(_graceful(ending) for ending in self.endings):
            return self
        expected = "It should be asked to end, and end by itself before its grace time is over."
        raise self._failure(self._how_it_ended(), expected, actual=self._last_code())

    def ended_by_itself(self, code: int = 0) -> Self:
        """Demand that its main process ended on its own, with this exit code."""
        if any(ending.kind is Kind.OWN and ending.exit_code == code for ending in self.endings):
            return self
        expected = f"It should run to its own end, with exit code {code}."
        raise self._failure(self._how_it_ended(), expected, actual=self._last_code())

    def was_left_alone(self) -> Self:
        """Demand that nobody stopped or killed it the last time that it ran; it may have ended by itself."""
        if self.running or not self.endings or self.endings[-1].kind is Kind.OWN:
            return self
        name = "" if self.removed else " It is still there, and keeps its name from any new container."
        raise self._failure(f"{self._how_it_ended()}{name}", "It should go on running.", actual=self._last_code())

    def was_started_in_background(self) -> Self:
        """Demand that its last start gave the prompt back, and attached nobody to what it prints."""
        if not self.foreground:
            return self
        seen = f"{self.name} was started in the foreground: what it prints goes to the terminal that started it."
        raise self._failure(seen, "It should run in the background.")

    def is_kept(self) -> Self:
        """Demand that it was not removed."""
        if not self.removed:
            return self
        told = self._how_it_ended() if self.endings else f"{self.name} was removed."
        gone = "" if not self.endings or self.endings[-1].at_one_stroke else " It was removed."
        seen = f"{told}{gone} Nothing of it is left to look at."
        failure = self._failure(seen, "It should still be there.")
        if self.endings and self.endings[-1].kind is Kind.OWN:
            failure.look = "With --rm a container goes as soon as it has ended, with its exit code and its log."
        raise failure

    def was_killed(self, signal: int = KILL) -> Self:
        """Demand that a signal of ``kill`` ended it, with no stop.

        Arguments:
            signal: the signal's number; default 9 (KILL).

        """
        if any(ending.kind is Kind.KILLED and ending.signals[-1] == signal for ending in self.endings):
            return self
        expected = f"It should be ended by {signal_name(signal)} from kill, " + (
            "at once and with no grace time." if signal == KILL else "and by no other signal."
        )
        raise self._failure(self._how_it_ended(), expected, actual=self._last_code())

    def was_renamed(self, from_: str, to: str) -> Self:
        """Demand that this container, under the same id, was called ``from_`` first and ``to`` later.

        Arguments:
            from_: the container's earlier name.
            to: its later name.

        Raises:
            Failure: when it had another name, or the names in another order.

        """
        names = self.names
        if from_ in names and to in names[names.index(from_) + 1 :]:
            return self
        expected = f"One and the same container should be {from_} first and {to} later: same id, same files."
        if from_ in names:
            now = f"has the name {self.name} now" if self.name != from_ else f"still has the name {from_}"
            raise self._failure(f"The container that was made as {from_} {now}.", expected, actual=self.name)
        others = [life for life in self.history.lives(from_) if life.id != self.id]
        if not others:
            raise self._failure(f"{self.name} was made under that name; no container was ever named {from_}.", expected)
        other = "was removed" if others[-1].removed else "is another one, and is still there"
        raise self._failure(f"{self.name} is a new container, made under that name; {from_} {other}.", expected)

    def was_restarted(self) -> Self:
        """Demand that it was started again after it had run: by restart, or by start after its end. The id stays."""
        if self.restarts:
            return self
        expected = "The same container should be started again after it has run: same id, same files."
        before = [life for life in self.history.lives(self.name) if life.id != self.id and life.removed]
        if before:
            raise self._failure(
                f"{self.name} is a new container: the one before was removed, and its files with it.", expected
            )
        if self.pauses and self.running:
            raise self._failure(f"{self.name} was paused, not restarted: its process is still the first one.", expected)
        if self.endings:
            raise self._failure(f"{self._how_it_ended()} It was not restarted after that.", expected)
        raise self._failure(f"{self.name} has not been restarted{self._instead()}", expected)

    def never_restarted(self) -> Self:
        """Demand that it was started once at most. Without a full record this cannot be told."""
        if self.restarts:
            seen = f"{self.name} was started {self.starts} times: its process is not the first one any more."
            raise Failure(seen, "It should still be the process that it was first started with.")
        self.history.must_know_all_of(self)
        return self

    def was_removed(self, force: bool = False) -> Self:
        """Demand that it was removed.

        Arguments:
            force: False: after it had ended. True: while it ran, which kills it. To the engine, a kill with a rm typed
                right after it is the same as rm -f; a task for that is ``was_killed()`` and ``removed``. Where it was
                removed some seconds after the kill, both may have been, and both verdicts pass.

        """
        if not self.removed:
            raise self._failure(f"{self.name} is still there: it {self._state()}.", "It should be removed.")
        ending = self.endings[-1] if self.endings else None
        if force and not (ending and ending.maybe_at_one_stroke):
            raise self._failure(f"{self.name} had ended before it was removed.", "It should be removed while it runs.")
        if ending and ending.at_one_stroke and not force:
            raise self._failure(self._how_it_ended(), "It should have ended first, and be removed then.")
        return self

    def was_pruned(self) -> Self:
        """Demand that a prune removed it."""
        if self.pruned:
            return self
        expected = "A prune should clear it away."
        if not self.history.prunes():
            what = "was removed by itself" if self.removed else f"is still there ({self._state()})"
            raise self._failure(f"There has been no prune; {self.name} {what}.", expected)
        what = "was not removed by a prune" if self.removed else f"is still there: it {self._state()}"
        raise self._failure(f"{self.name} {what}.", expected)

    def was_spared(self) -> Self:
        """Demand that a prune ran while it had ended, or was not started yet, and that it is still there."""
        expected = "The prune should leave it where it is."
        if self.removed:
            how = "a prune took it" if self.pruned else "it was removed"
            raise self._failure(f"{self.name} is gone: {how}.", expected)
        if not any(prune.time_ns > self.events[0].time_ns for prune in self.history.prunes()):
            raise self._failure(f"There has been no prune since {self.name} was made.", expected)
        return self

    # --- words for what was seen

    def _how_it_ended(self) -> str:
        """Say how it ended last, or that it has not; a plain end says more than the first half of a restart."""
        if not self.endings:
            sent = f"It was sent {signal_name(self.signals[-1])}, and goes on." if self.signals else ""
            untouched = "; nobody has stopped or killed it" if self.running and not sent else ""
            return f"{self.name} {self._state()}{untouched}. {sent}".strip()
        ending = next((one for one in reversed(self.endings) if not one.restarted), self.endings[-1])
        return f"{self.name} {_told(ending)}"

    def _state(self) -> str:
        """Say in which state it is, as far as was seen."""
        if self.removed:
            return "was removed" if self.starts else "was removed, and had never been started"
        if not self.starts:
            return "was created and never started"
        if not self.running:
            return f"has exited with code {self.endings[-1].exit_code}"
        return "is paused" if self.pauses and self.pauses[-1] is PauseOutcome.STILL else "is running"

    def _instead(self) -> str:
        """End a sentence about what did not happen with what did."""
        if self.endings:
            return f". It {_told(self.endings[-1])}"
        return f": it {self._state()}."

    def _last_code(self) -> str | None:
        return f"exit code {self.endings[-1].exit_code}" if self.endings else None

    def _count(self, action: str) -> int:
        return sum(event.action == action for event in self.events)

    def _failure(self, seen: str, expected: str, actual: str | None = None) -> Failure:
        """Return the failure; raise CannotTell when the thing asked for may have happened unseen."""
        self.history.must_know_all_of(self)
        return Failure(seen, expected, actual=actual)


_PAUSE = {
    PauseOutcome.STILL: "{name} was paused, and it is paused still: nothing in it goes on.",
    PauseOutcome.SIGNALLED: "{name} was paused, and a signal from kill woke it.",
    PauseOutcome.COMMIT: "{name} was only paused for the moment of a commit.",
    PauseOutcome.RESTARTED: "{name} was paused and then woken by a restart: its old process ended, a new one began.",
    PauseOutcome.STOPPED: "{name} was paused and then stopped: its process ended instead of going on.",
    PauseOutcome.KILLED: "{name} was paused and then killed: its process ended instead of going on.",
    PauseOutcome.REMOVED: "{name} was paused and then removed by force (rm -f): its process ended instead of going on.",
}


def _graceful(ending: Ending) -> bool:
    """Whether the program was asked to end and ended by itself; ``kill -s TERM`` asks just as stop does."""
    return ending.kind is Kind.GRACEFUL or (ending.kind is Kind.KILLED and ending.signals[-1] == 15)


def _told(ending: Ending) -> str:
    """Say how a run ended; begins with the verb, and ends with a full stop."""
    code = ending.exit_code
    if ending.at_one_stroke:
        return f"was removed by force (rm -f) while it ran: killed, with no time to end by itself (exit code {code})."
    if ending.kind is Kind.OWN:
        return f"ended by itself with exit code {code}; it was neither stopped nor killed."
    if ending.kind is Kind.GRACEFUL:
        through = "by a restart" if ending.restarted else "with stop"
        return f"was stopped {through}, and ended by itself within its grace time (exit code {code})."
    if ending.kind is Kind.FORCED:
        first = signal_name(ending.signals[-2]) if len(ending.signals) > 1 else "its stop signal"
        short = "too short for most programs" if ending.grace_s < _SHORT_S else "which passed in vain"
        return (
            f"was stopped by force: after {first} it had {ending.grace_s:.0f} s, {short}, "
            f"and then the engine killed it (exit code {code})."
        )
    name = signal_name(ending.signals[-1])
    at_once = ": at once, with no time to end by itself" if ending.signals[-1] == KILL else ""
    if ending.maybe_at_one_stroke:
        return f"was ended by {name}, from kill or from rm -f{at_once}, and removed (exit code {code})."
    return f"was ended by {name} from kill{at_once} (exit code {code})."
