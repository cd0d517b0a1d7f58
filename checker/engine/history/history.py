"""The history: what happened to each container, from the journal and the engine's own memory together.

Facts, all observed on Engine 20.10.24 with the CLIs 20.10.24 and 28.2.2 (which cause the same events); Engine 26.1.5
tells the same, except that die may come after stop (see ``checker.engine.history.late``):

====================================  ==================================================================
graceful stop                         kill 15 → die 0 → stop (with ``--init`` and no handler: die 143)
forced stop; ``-t 0`` is always one   kill 15 → kill 9 → die 137 → stop
stop with ``--stop-signal INT``       kill 2 → die → stop
kill                                  kill 9 → die 137, no stop
kill -s TERM                          kill 15 → die (0, 143, or none at all when it is ignored), no stop
kill -s USR1                          kill 10, and nothing more when it does not end
own exit                              die with its code, no kill; also after ``exec … kill 1``
pause, unpause                        pause → unpause
stop of a paused one                  kill 15 → unpause → (kill 9 →) die → stop
kill of a paused one                  kill 9 → die 137, no unpause
kill -s TERM of a paused one          kill 15 → unpause → die: any signal but KILL wakes it
restart of a running one              kill 15 → (kill 9 →) die → stop → start → restart
restart of a paused one               kill 15 → unpause → die → stop → start → restart
restart of a stopped, created one     start → restart, no stop of its own: stop, then restart, looks like one restart
rename                                rename with ``oldName`` ("/old"); ``name`` is the new one
rm                                    destroy
rm -f of a running, paused one        kill 9 → die 137 → destroy, 60 ms apart; kill and then rm at once: 70 ms
container prune                       destroy each → prune (no id, ``reclaimed`` in bytes; from API 1.41 on)
run --rm                              create → (attach →) start → die → destroy
create                                create; a run whose command is not found stays there, no start, no die
start of a running one, of a paused   nothing (304, and an error)
commit of a running one               pause → commit → unpause
exec                                  exec_create: CMD → exec_start: CMD → exec_die
restart policy                        die → start, no restart
shutdown of the engine                kill 15 → (kill 9 →) die → stop each; after it starts again, start of those with a
                                      restart policy, and nothing else is remembered
====================================  ==================================================================

What was seen proves that it happened. That something did *not* happen is only known of a container whose create was
seen, with no gap since; otherwise the question cannot be answered, and the error says when nobody watched.
"""

from __future__ import annotations

import json
import time
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from checker.engine.history.buffer import EventSource, missed, seconds_of
from checker.engine.history.image_lives import ImageLife, lives_in, pulled_in
from checker.engine.history.journal import Event, Gap, Journal, after_cuts, merged
from checker.engine.history.late import read_to_the_end
from checker.engine.history.recorder import is_recorded
from checker.engine.history.timeline import Prune, Timeline
from checker.engine.names import image_name
from checker.lab import CannotTell, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

_SECOND_NS = 1_000_000_000
_PRUNE_STEP_NS = 10 * _SECOND_NS
"""One prune removes its containers one after the other, each within this time after the one before."""


class History:
    """What happened on one engine.

    Arguments:
        events: from every source, in any order.
        gaps: the times in which nobody watched.
        since_ns: the beginning of what is known; what happened before a reset counts as not known.
        created_ns: returns when the container that has this name (or id) now was created; None when there is none.
        image_id: returns the id of an image; empty when there is none of this name.

    """

    def __init__(
        self,
        events: Iterable[Event],
        gaps: Sequence[Gap] = (),
        since_ns: int = 0,
        created_ns: Callable[[str], int | None] = lambda _: None,
        image_id: Callable[[str], str] = lambda _: "",
    ) -> None:
        self.events = merged(events)
        self._gaps, self._created_ns, self._image_id = tuple(gaps), created_ns, image_id
        self._since_ns = since_ns or (self.events[0].time_ns if self.events else 0)
        by_id: dict[str, list[Event]] = {}
        for event in self.events:
            if event.type == "container" and event.id:
                by_id.setdefault(event.id, []).append(event)
        self._timelines = tuple(Timeline(its_id, tuple(its), self) for its_id, its in by_id.items())

    def of(self, name: str) -> Timeline:
        """Return the timeline of the container that has the name ``name`` now, or had it last.

        Raises:
            Failure: when none ever bore it.
            CannotTell: when one may have, while nobody watched.

        """
        lives = self.lives(name)
        if lives:
            return max(lives, key=lambda life: (life.name == name and not life.removed, life.bore_ns(name)))
        self._must_know(name)
        names = {name for life in self._timelines for name in life.names}
        close = get_close_matches(name, sorted(names), n=3, cutoff=0.75)
        seen = f"There has been no container named {name}."
        raise Failure(f"{seen} There was one named {close[0]}." if close else seen)

    def lives(self, name: str) -> list[Timeline]:
        """Return the timelines of all containers that ever had the name ``name``, the oldest first."""
        return [life for life in self._timelines if name in life.names]

    def prunes(self) -> list[Prune]:
        """Return every prune of containers, the oldest first."""
        found, batch = [], list[Event]()
        for event in self.events:
            if event.type != "container":
                continue
            if event.action == "prune":
                found.append(Prune(event.time_ns, _one_by_one(batch, event.time_ns)))
            batch = [*batch, event] if event.action == "destroy" else []
        return found

    def images(self, ref: str) -> list[ImageLife]:
        """Return what happened to each image that was given the name ``ref``, in the order in which they last got it.

        A build and a tag give names that are seen; a pull gives one that is not.
        """
        return lives_in(self, self.events, ref)

    def image(self, ref: str) -> ImageLife:
        """Return what happened to the image that was given the name ``ref`` last, by a build or by a tag.

        Raises:
            Failure: when none ever was.
            CannotTell: when one may have been, while nobody watched.

        """
        lives = self.images(ref)
        if lives:
            return lives[-1]
        self.must_know_since(self._since_ns, ref)
        raise Failure(
            f"No image was given the name {image_name(ref)}.", look="docker images lists the names that there are now."
        )

    def pulled(self) -> list[str]:
        """Return the names of all images that were pulled, with their tags."""
        return pulled_in(self.events)

    def must_know_since(self, time_ns: int, what: str) -> None:
        """Raise an error when the engine was not watched at some time since ``time_ns``.

        Arguments:
            time_ns: nanoseconds of the engine's clock.
            what: what the question is about, for the message.

        Raises:
            CannotTell: when there is such a gap: something may have happened unseen.

        """
        gap = next((gap for gap in self._gaps if gap.to_ns > time_ns), None)
        if gap:
            raise _not_watched(what, gap)

    def same_image(self, one: str, other: str) -> bool:
        """Return whether two names mean the same image now.

        Arguments:
            one: the name of an image, or an empty text.
            other: the name of an image.

        """
        known = self._image_id(one) if one else ""
        return bool(known) and known == self._image_id(other)

    def unwatched(self, timeline: Timeline) -> Gap | None:
        """Return a time in which things may have happened to this container unseen; None when there is none."""
        first, last = timeline.events[0], timeline.events[-1]
        if first.action != "create":
            return Gap(self._created_ns(timeline.id) or 0, first.time_ns)
        for gap in self._gaps:
            if gap.to_ns > first.time_ns and not (last.action == "destroy" and gap.from_ns >= last.time_ns):
                return gap
        return None

    def must_know_all_of(self, timeline: Timeline) -> None:
        """Raise CannotTell when things may have happened to this container that nobody saw."""
        gap = self.unwatched(timeline)
        if gap:
            raise _not_watched(timeline.name, gap)

    def _must_know(self, name: str) -> None:
        """Raise CannotTell when a container named so may have been there unseen."""
        created = self._created_ns(name)
        if created is not None:
            raise _not_watched(name, Gap(created, max(self._since_ns, created)))
        if self._gaps:
            raise _not_watched(name, self._gaps[-1])


def read_history(engine: Any, journal_path: Path) -> History:
    """Return what is known now: the journal, and what the engine itself remembers.

    Arguments:
        engine: a host as in DOCKER_HOST, or an open docker-py client.
        journal_path: what the recorder wrote; there need be no such file.

    Raises:
        NoEngine: when the engine does not answer.
        EngineProblem: when it answers with an error.

    """
    asked = EventSource(engine)
    journal = Journal(journal_path).read()
    buffer = read_to_the_end(asked, journal)
    gap = missed(journal.watched_ns, buffer, int(asked.now_s() * _SECOND_NS))
    if gap and not buffer.full and is_recorded(journal_path):
        gap = None  # the engine was restarted under the eyes of a recorder that is still there
    cut = max((cut.at_ns for cut in journal.cuts if cut.whole), default=0)
    gaps = [Gap(max(one.from_ns, cut), one.to_ns) for one in (*journal.gaps, gap) if one and one.to_ns > cut]
    begun = min((time_ns for time_ns in (buffer.oldest_ns, *(e.time_ns for e in journal.events)) if time_ns), default=0)
    events = after_cuts(merged(journal.events, buffer.events), journal.cuts)
    return History(
        events, gaps, max(begun, cut), lambda ref: _created_ns(asked, ref), lambda ref: _image_id(asked, ref)
    )


def forget_history(engine: Any, journal_path: Path, names: Iterable[str] = (), from_ns: int = 0) -> None:
    """Cut the history at this moment of the engine's own clock.

    Arguments:
        engine: a host as in DOCKER_HOST, or an open docker-py client.
        journal_path: what the recorder wrote.
        names: forget the containers of these names alone; default: everything.
        from_ns: forget only what happened since this moment, in nanoseconds of the engine's clock; see
            ``engine_now_ns``. Default: since the beginning.

    Raises:
        CourseError: when the engine does not answer, or the journal cannot be written.

    """
    Journal(journal_path).cut(engine_now_ns(engine), names, from_ns)


def engine_now_ns(engine: Any) -> int:
    """Return the time on the engine's own clock, in nanoseconds since 1970.

    Arguments:
        engine: a host as in DOCKER_HOST, or an open docker-py client.

    Raises:
        NoEngine: when the engine does not answer.

    """
    return int(EventSource(engine).now_s() * _SECOND_NS)


def _not_watched(name: str, gap: Gap) -> CannotTell:
    """Return the error that says from when to when nobody watched."""
    since = f"from {_clock(gap.from_ns)} " if gap.from_ns else ""
    return CannotTell(
        f"Nobody watched the engine {since}until {_clock(gap.to_ns)}, so what happened to {name} then is not known. "
        "This is not your mistake. Keep the course open (checker start) while you work, remove the container, and do "
        "this task once more."
    )


def _clock(time_ns: int) -> str:
    """Return a time as the learner's clock shows it; with the day when it was not today."""
    moment = time.localtime(time_ns / _SECOND_NS)
    today = time.localtime()[:3] == moment[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S", moment)


def _one_by_one(batch: Sequence[Event], end_ns: int) -> frozenset[str]:
    """Return the ids of those that were removed in one go, up to ``end_ns``."""
    ids = set()
    for event in reversed(batch):
        if end_ns - event.time_ns > _PRUNE_STEP_NS:
            break
        ids.add(event.id)
        end_ns = event.time_ns
    return frozenset(ids)


def _created_ns(engine: EventSource, ref: str) -> int | None:
    """Return when the container of this name or id was created; None when there is none."""
    found = _inspected(engine, f"/containers/{ref}/json")
    try:
        return int(seconds_of(str(found.get("Created", ""))) * _SECOND_NS) if found else None
    except ValueError:
        return 0


def _image_id(engine: EventSource, ref: str) -> str:
    """Return the id of the image of this name; empty when there is none."""
    return str(_inspected(engine, f"/images/{ref}/json").get("Id", ""))


def _inspected(engine: EventSource, path: str) -> dict[str, Any]:
    """Return what the engine says of one thing; nothing when it is not there."""
    status, text = engine.ask(path)
    found = json.loads(text) if status == 200 else {}
    return found if isinstance(found, dict) else {}
