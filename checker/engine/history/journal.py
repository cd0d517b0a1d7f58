"""The journal: what the engine did to containers and images, one JSON line per event, kept in the learner's folder.

Three kinds of lines beside events: ``gap`` (from when to when nobody watched), ``watched`` (until when somebody did,
where the last event is not worth a line of its own) and ``cut`` (what a reset forgets). A line that cannot be read is
skipped: it is the torn last line of a writer that was killed, and the next writer gets that event again from the
engine's own memory, or writes down the gap. Times are the engine's, in nanoseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from checker.engine.names import plain_name
from checker.files import cannot_write, write_text
from checker.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

KEPT = {
    "container": frozenset(
        {
            "create",
            "start",
            "die",
            "kill",
            "stop",
            "restart",
            "pause",
            "unpause",
            "rename",
            "destroy",
            "oom",
            "commit",
            "attach",
            "detach",
            "update",
            "prune",
        }
    ),
    "image": frozenset({"pull", "tag", "untag", "delete", "load", "import", "prune"}),
}
"""The events that tell a history; not kept are looks from outside (top, archive-path) and what ``exec`` and health
checks cause."""

_ATTRIBUTES = ("signal", "exitCode", "oldName", "reclaimed", "org.docker101")

LIMIT_BYTES = 2_000_000
"""Above this size the journal forgets the containers that were removed the longest ago, down to half of it."""


@dataclass(frozen=True)
class Event:
    """One thing that happened. ``id`` is the container's or image's; ``name`` is without the leading slash."""

    time_ns: int
    id: str
    type: str
    action: str
    name: str = ""
    image: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> tuple[int, str, str]:
        """What tells this event from every other one."""
        return self.time_ns, self.id, self.action


@dataclass(frozen=True)
class Gap:
    """A time in which things may have happened that nobody saw, in nanoseconds of the engine's clock."""

    from_ns: int
    to_ns: int


@dataclass(frozen=True)
class Contents:
    """What a journal holds: events in the order of their time, gaps, and until when it was watched (0: never)."""

    events: tuple[Event, ...] = ()
    gaps: tuple[Gap, ...] = ()
    watched_ns: int = 0
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True)
class Cut:
    """What is forgotten: what happened after ``from_ns`` up to ``at_ns``; with ``names``, to these containers alone."""

    at_ns: int
    names: tuple[str, ...] = ()
    from_ns: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing of before ``at_ns`` is left: history begins there."""
        return not self.names and not self.from_ns

    def spares(self, event: Event) -> bool:
        """Whether an event is outside of the time that is forgotten."""
        return not self.from_ns < event.time_ns <= self.at_ns


def parsed(raw: Mapping[str, Any]) -> Event | None:
    """Return an event of the Engine API's ``/events`` as a record; None when it tells nothing of a history."""
    kind, action = str(raw.get("Type", "")), str(raw.get("Action", ""))
    if action not in KEPT.get(kind, ()):
        return None
    actor = raw.get("Actor") or {}
    given = actor.get("Attributes") or {}
    return Event(
        time_ns=happened_ns(raw),
        id=str(actor.get("ID", "")),
        type=kind,
        action=action,
        name=plain_name(given.get("name")),
        image=str(given.get("image", "")),
        attributes={name: str(given[name]) for name in _ATTRIBUTES if name in given},
    )


def happened_ns(raw: Mapping[str, Any]) -> int:
    """Return when an event of ``/events`` happened."""
    return int(raw.get("timeNano") or int(raw.get("time") or 0) * 1_000_000_000)


def merged(*parts: Iterable[Event]) -> tuple[Event, ...]:
    """Return events from several sources in the order of their time, each one once."""
    by_key = {event.key: event for part in parts for event in part}
    return tuple(sorted(by_key.values(), key=lambda event: event.time_ns))


def after_cuts(events: Iterable[Event], cuts: Iterable[Cut]) -> tuple[Event, ...]:
    """Return the events without those that a reset forgot.

    Arguments:
        events: events in any order.
        cuts: what each reset forgot.

    """
    left = tuple(events)
    for cut in cuts:
        gone = {event.id for event in left if not cut.spares(event) and _names(event) & set(cut.names)}
        left = tuple(event for event in left if (event.id not in gone if cut.names else cut.spares(event)))
    return left


def _names(event: Event) -> set[str]:
    """Return the names that an event says its container had."""
    return {event.name, plain_name(event.attributes.get("oldName"))} - {""} if event.type == "container" else set()


class Journal:
    """The journal in the file ``path``; made when something is first written into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = FileLock(path.with_name(f"{path.name}.writing"))

    def read(self) -> Contents:
        """Return what the journal holds; nothing when there is no such file."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return Contents()
        return _contents(_lines(data))

    def append(self, events: Iterable[Event] = (), *, gap: Gap | None = None, watched_ns: int = 0) -> None:
        """Write events (in the order given), and what is known about who watched.

        Arguments:
            events: written in the order given; default: none.
            gap: a time in which nobody watched; default: there was none.
            watched_ns: the time until which somebody watched, in nanoseconds of the engine's clock; 0: nothing is
                noted.

        Raises:
            CourseError: when the disk is full, or the file may not be written. A part may have been written then: it
                is a torn line, and harmless.

        """
        lines: list[dict[str, Any]] = []
        if gap:
            lines.append({"gap": {"from": gap.from_ns, "to": gap.to_ns}})
        lines += [_line(event) for event in events]
        if watched_ns:
            lines.append({"watched": watched_ns})
        if lines:
            self._write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())

    def cut(self, at_ns: int | None = None, names: Iterable[str] = (), from_ns: int = 0) -> None:
        """Forget everything up to now, or only what happened to containers of these names, or since a moment.

        Arguments:
            at_ns: another moment than now, in nanoseconds of the engine's clock.
            names: every name that the containers to forget ever had; default: everything is forgotten.
            from_ns: the moment since which things are forgotten, in nanoseconds; default: the beginning.

        Raises:
            CourseError: when the file may not be written; then nothing was forgotten.

        """
        with self._mutex:
            now = self.read()
            moment = max(time.time_ns(), now.watched_ns) if at_ns is None else at_ns
            self._rewrite(now, (*now.cuts, Cut(moment, tuple(names), from_ns)))

    def compact(self, limit_bytes: int = LIMIT_BYTES) -> None:
        """Bring a journal above ``limit_bytes`` to half of that: forget containers that were removed, oldest first."""
        with self._mutex:
            if not self.path.is_file() or self.path.stat().st_size <= limit_bytes:
                return
            now = self.read()
            excess = self.path.stat().st_size - limit_bytes // 2
            forget: set[str] = set()
            for event in now.events:
                if event.action != "destroy" or excess <= 0:
                    continue
                forget.add(event.id)
                excess -= sum(len(json.dumps(_line(other))) + 1 for other in now.events if other.id == event.id)
            kept = tuple(event for event in now.events if event.id not in forget)
            self._rewrite(Contents(kept, now.gaps, now.watched_ns), now.cuts)

    def _rewrite(self, now: Contents, cuts: tuple[Cut, ...]) -> None:
        """Rewrite the journal without what the cuts forget; of cuts, the newest of each kind is enough."""
        whole = max((cut.at_ns for cut in cuts if cut.whole), default=0)
        cuts = tuple(cut for cut in cuts if cut.at_ns > whole or (cut.at_ns == whole and cut.whole))
        lines: list[dict[str, Any]] = [
            {"cut": {"at": cut.at_ns, "names": list(cut.names), "from": cut.from_ns}} for cut in dict.fromkeys(cuts)
        ]
        lines += [{"gap": {"from": gap.from_ns, "to": gap.to_ns}} for gap in now.gaps if gap.to_ns > whole]
        lines += [_line(event) for event in after_cuts(now.events, cuts)]
        if now.watched_ns:
            lines.append({"watched": now.watched_ns})
        write_text(self.path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))

    def _write(self, data: bytes) -> None:
        """Append whole lines, on a line of their own, also after a torn line."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._mutex, self.path.open("a+b") as file:
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    data = (b"" if file.read(1) == b"\n" else b"\n") + data
                file.write(data)
        except OSError as error:
            raise cannot_write(self.path, error) from error


def _line(event: Event) -> dict[str, Any]:
    """Return an event in the journal's form."""
    line: dict[str, Any] = {"t": event.time_ns, "type": event.type, "id": event.id, "action": event.action}
    if event.name:
        line["name"] = event.name
    if event.image:
        line["image"] = event.image
    if event.attributes:
        line["attributes"] = dict(event.attributes)
    return line


def _lines(data: bytes) -> Iterable[dict[str, Any]]:
    """Return the lines that can be read; all at once, which is much quicker, unless one of them is damaged."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    items: list[Any] = []
    try:
        items = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        for line in lines:
            with contextlib.suppress(ValueError):
                items.append(json.loads(line))
    return [item for item in items if isinstance(item, dict)]


def _contents(lines: Iterable[dict[str, Any]]) -> Contents:
    """Return what the lines say; one that is no line of ours says nothing."""
    events: list[Event] = []
    gaps: list[Gap] = []
    cuts: list[Cut] = []
    watched = 0
    for line in lines:
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            if "gap" in line:
                gaps.append(Gap(int(line["gap"]["from"]), int(line["gap"]["to"])))
            elif "cut" in line:
                told = line["cut"]
                cuts.append(Cut(int(told["at"]), tuple(told.get("names", ())), int(told.get("from", 0))))
            elif "watched" in line:
                watched = max(watched, int(line["watched"]))
            else:
                events.append(_event(line))
    ordered = merged(events)
    return Contents(
        after_cuts(ordered, cuts), tuple(gaps), max([watched, *(event.time_ns for event in ordered)]), tuple(cuts)
    )


def _event(line: dict[str, Any]) -> Event:
    return Event(
        time_ns=int(line["t"]),
        id=str(line["id"]),
        type=str(line["type"]),
        action=str(line["action"]),
        name=str(line.get("name", "")),
        image=str(line.get("image", "")),
        attributes={str(name): str(value) for name, value in line.get("attributes", {}).items()},
    )
