"""The life of containers: which state each is in, which it came from, and which commands lead on from there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from checker.engine import NotThere, container_name
from checker.jupyter.diagrams import lifecycle_map
from checker.jupyter.diagrams.names import names_in
from checker.jupyter.notebook import Drawing, show_drawing, show_html, static
from checker.pages import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from checker.engine import Data, Reader
    from checker.jupyter.notebook import LiveDrawings, NotebookState

MOST = 12
"""Names that a map has room for."""


class LifecyclePlace(StrEnum):
    """Where on the map a container is: a state of the engine's, or before and after all of them."""

    NOT_MADE = "not made yet"
    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    EXITED = "exited"
    GONE = "gone"


ELSEWHERE = {"dead": "dead, its removal failed", "removing": "being removed"}
"""States that are too rare for a place of their own; such a container is shown with those that have ended."""


@dataclass(frozen=True)
class LifecycleWay:
    """A way from one state to another, and the commands that lead there."""

    by: str
    origin: LifecyclePlace
    target: LifecyclePlace


WAYS = (
    LifecycleWay("create", LifecyclePlace.NOT_MADE, LifecyclePlace.CREATED),
    LifecycleWay("run (create, then start)", LifecyclePlace.NOT_MADE, LifecyclePlace.RUNNING),
    LifecycleWay("start", LifecyclePlace.CREATED, LifecyclePlace.RUNNING),
    LifecycleWay("pause", LifecyclePlace.RUNNING, LifecyclePlace.PAUSED),
    LifecycleWay("unpause", LifecyclePlace.PAUSED, LifecyclePlace.RUNNING),
    LifecycleWay("stop, kill, or its process ends", LifecyclePlace.RUNNING, LifecyclePlace.EXITED),
    LifecycleWay("stop, kill", LifecyclePlace.PAUSED, LifecyclePlace.EXITED),
    LifecycleWay("start, restart", LifecyclePlace.EXITED, LifecyclePlace.RUNNING),
    LifecycleWay(
        "its process ends, and a restart policy asks for another try", LifecyclePlace.RUNNING, LifecyclePlace.RESTARTING
    ),
    LifecycleWay("the next try", LifecyclePlace.RESTARTING, LifecyclePlace.RUNNING),
    LifecycleWay("rm, prune", LifecyclePlace.CREATED, LifecyclePlace.GONE),
    LifecycleWay("rm, prune", LifecyclePlace.EXITED, LifecyclePlace.GONE),
)


@dataclass(frozen=True)
class Life:
    """One container of the map, or one that is still to come.

    Arguments:
        name: its name now; that of a removed one is its last.
        place: where it is.
        words: what is said of it there.
        first_name: the name under which it was met.
        id: the engine's; empty while it is not made.

    """

    name: str
    place: LifecyclePlace = LifecyclePlace.NOT_MADE
    words: str = LifecyclePlace.NOT_MADE
    first_name: str = ""
    id: str = ""

    @property
    def title(self) -> str:
        """Its name, and the one that it had before."""
        return f"{self.name}, was {self.first_name}" if self.first_name not in ("", self.name) else self.name


@dataclass(frozen=True)
class Move:
    """What a container did between two looks."""

    life: Life
    origin: LifecyclePlace

    def __str__(self) -> str:
        way = next((f" ({way.by})" for way in WAYS if (way.origin, way.target) == (self.origin, self.life.place)), "")
        return f"{self.life.title}: from {self.origin} to {self.life.words}{way}."


def show(course: NotebookState, easel: Callable[[], LiveDrawings], line: str) -> None:
    """Show the map of a container's states with the containers that ``%lifecycle [NAME …]`` names.

    Arguments:
        course: what the notebook knows of the course.
        easel: returns the notebook's live drawings.
        line: what comes after ``%lifecycle``: names of containers, or nothing for all of the course.

    Raises:
        UsageProblem: when there are too many names.
        NoEngine: when the engine does not answer.

    """
    names = names_in(course, line, "%lifecycle NAME NAME", most=MOST) if line.strip() else []
    show_drawing(course.client(), easel, " ".join(["lifecycle", *names]), Lifecycle(names, course.engine().owns).draw)
    if not static():
        show_html(BESIDE_TEXT, render("jupyter/beside"))


class Lifecycle:
    """Follows containers by their ids, from one look to the next, so that one that is renamed or removed is known.

    Arguments:
        names: the containers to follow, also those that are still to come; without any, all of the course's.
        owns: says of a container, as the engine lists it, whether it is the course's.

    """

    def __init__(self, names: Sequence[str], owns: Callable[[Data], bool]) -> None:
        self._names, self._owns = tuple(dict.fromkeys(names)), owns
        self._lives = tuple(Life(name) for name in self._names)
        self._moves: tuple[Move, ...] = ()
        self._looked = False

    def draw(self, reader: Reader) -> Drawing:
        """Return the map of the containers as they are now."""
        before, self._lives = self._lives, followed(self._lives, list(self._met(reader)), open_to_all=not self._names)
        if self._looked:
            self._moves = moves(before, self._lives) or self._moves
        self._looked = True
        return drawn(self._lives, self._moves)

    def _met(self, reader: Reader) -> Iterable[Life]:
        """Return the containers that are followed or might be, the oldest first.

        The engine's list may lag after its events, inspect does not.
        """
        known = {life.id for life in self._lives}
        for listed in sorted(reader.containers(), key=lambda one: (one.get("Created") or 0, container_name(one))):
            wanted = container_name(listed) in self._names if self._names else self._owns(listed)
            if wanted or listed["Id"] in known:
                try:
                    yield life_of(reader.container(listed["Id"]))
                except NotThere:
                    continue


def life_of(inspected: Data) -> Life:
    """Return what inspect tells of a container."""
    name, state = container_name(inspected), inspected.get("State") or {}
    status = str(state.get("Status", ""))
    if status not in set(LifecyclePlace):
        return Life(name, LifecyclePlace.EXITED, ELSEWHERE.get(status, status), name, inspected["Id"])
    words = f"exited, {state.get('ExitCode')}" if status == LifecyclePlace.EXITED else status
    return Life(name, LifecyclePlace(status), words, name, inspected["Id"])


def followed(lives: Sequence[Life], met: Sequence[Life], *, open_to_all: bool) -> tuple[Life, ...]:
    """Return the lives after a look at the engine; each keeps its place in the row, new ones come last.

    Arguments:
        lives: as they were.
        met: the containers that are there now.
        open_to_all: whether a container under a new name is followed as well.

    """
    there = {life.id: life for life in met}
    after = [_again(life, there) for life in lives]
    names = {life.name for life in lives} | {life.first_name for life in lives}
    for new in met:
        if new.id in {life.id for life in after}:
            continue
        free = next((at for at, life in enumerate(after) if life.name == new.name and life.id not in there), None)
        if free is not None:
            after[free] = new
        elif open_to_all or new.name in names:
            after.append(new)
    return tuple(after)


def _again(life: Life, there: dict[str, Life]) -> Life:
    if not life.id:
        return life
    now = there.get(life.id)
    return (
        replace(now, first_name=life.first_name)
        if now
        else replace(life, place=LifecyclePlace.GONE, words=LifecyclePlace.GONE)
    )


def is_taken(life: Life, lives: Sequence[Life]) -> bool:
    """Return whether the name of a container that does not exist yet is now the name of another, renamed one.

    Arguments:
        life: the container that was named, perhaps not created yet.
        lives: all containers of the drawing.

    """
    return not life.id and any(other.id and other.name == life.name for other in lives)


def moves(before: Sequence[Life], after: Sequence[Life]) -> tuple[Move, ...]:
    """Return which containers changed their state; a new container under the name of a removed one begins from nothing.

    Arguments:
        before: the containers before, each at its place in the row.
        after: the same row now.

    """
    found = []
    for at, life in enumerate(after):
        was = before[at] if at < len(before) else None
        origin = was.place if was and was.id in ("", life.id) else LifecyclePlace.NOT_MADE
        if origin != life.place:
            found.append(Move(life, origin))
    return tuple(found)


# --- words and HTML


def drawn(lives: Sequence[Life], moved: Sequence[Move] = ()) -> Drawing:
    """Return the map with its containers, and with what happened last.

    Arguments:
        lives: the containers to draw.
        moved: what changed last; default: nothing.

    """
    shown = [life for life in lives if not is_taken(life, lives)]
    last = " ".join(map(str, moved))
    return Drawing(_text(shown, last), _html(lives, moved, last))


def _text(shown: Sequence[Life], last: str) -> str:
    width = max((len(life.title) for life in shown), default=0)
    lines = [f"  {life.title:<{width}}  {life.words}" for life in shown] or ["  none of the course's"]
    broad = max(len(way.by) for way in WAYS)
    ways = [f"  {way.by:<{broad}}  {way.origin} -> {way.target}" for way in WAYS]
    said = ["Last:", f"  {last}"] if last else []
    return "\n".join(["Containers:", *lines, *said, "What leads from one state to another:", *ways])


def _html(lives: Sequence[Life], moved: Sequence[Move], last: str) -> str:
    shown = [life for life in lives if not is_taken(life, lives)]
    chips = [
        lifecycle_map.Chip(
            key=f"life-{at}",
            place=life.place,
            name=life.name,
            text=f"{life.title}: {life.words}" if life.place == LifecyclePlace.EXITED else life.title,
            title=f"{life.title}: {life.words}",
            hidden=is_taken(life, lives),
        )
        for at, life in enumerate(lives)
    ]
    return render(
        "jupyter/lifecycle",
        map=lifecycle_map.picture(chips, frozenset((move.origin, move.life.place) for move in moved)),
        last=last,
        rows=[(life.title, life.words) for life in shown] or [("none of the course's", "")],
        ways=[(way.by, f"{way.origin} → {way.target}") for way in WAYS],
    )


# --- a view of its own

BESIDE_TEXT = "To keep the map in view, right-click on it and choose “Create New View for Cell Output”."
"""What the button beside the map does, for where there is none.

On the button JupyterLab itself acts: it shows the output of the cell once more, in a tab of its own. It is an output
beside the map, not a part of it: JupyterLab acts without asking on a button in HTML of a cell that was run here, and
would ask about one in a widget while other cells of the notebook have not been run. Around it JupyterLab's own keys
rest: Space would scroll the notebook.
"""
