"""The map of a container's states as a picture: boxes, arrows with commands, and containers as chips inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 600
"""Of the picture; it is scaled to the page, and at this width a unit is a pixel."""

LETTER, ENDS, CHIP, ROW, PAD, TITLE, STRIP_TITLE = 6.9, 12, 20, 25, 8, 22, 98
"""Sizes: a letter of a chip, its ends, its height, from row to row, a box's padding, its title, a strip's title."""

LEAST_ROWS = 2
"""Rows for which a box always has room, so that the picture seldom changes its shape."""


@dataclass(frozen=True)
class Chip:
    """A container in the picture.

    ``key`` stays the same for its life; ``place`` names a box; ``name`` is what a strip shows, ``text`` what a box
    does; both are cut where there is no room for them, ``title`` never; ``hidden`` keeps its place in the page, and
    shows nothing.
    """

    key: str
    place: str
    name: str
    text: str
    title: str
    hidden: bool = False

    def letters(self, box: MapBox) -> str:
        """Return its words in a box, as far as they fit."""
        text, most = self.name if box.is_strip else self.text, int((box.room - ENDS) / LETTER)
        return text if len(text) <= most else text[: most - 1] + "…"


class MapBox(NamedTuple):
    """A state's place in the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.y + self.height

    @property
    def is_strip(self) -> bool:
        """Whether it spans the picture, with its title beside its chips."""
        return self.width == WIDTH

    @property
    def room(self) -> float:
        """How wide a row of chips may be."""
        return self.width - (STRIP_TITLE if self.is_strip else 2 * PAD)


COLUMNS = {
    "not made yet": (0, WIDTH),
    "created": (0, 146),
    "running": (212, 168),
    "paused": (446, 154),
    "restarting": (46, 100),
    "exited": (170, 430),
    "gone": (0, WIDTH),
}
"""Left side and width of each box."""

LINES = (("not made yet",), ("created", "running", "paused"), ("restarting", "exited"), ("gone",))
GAPS = (38, 62, 38)
"""The boxes that are next to each other, from above, and the room between two such lines, for arrows."""


class MapState(NamedTuple):
    """A state as it is drawn: its box, and where its title begins."""

    name: str
    box: MapBox
    title: tuple[float, float]


class ShownChip(NamedTuple):
    """A chip as it is drawn: ``at`` is its place, None while it is hidden; ``letters`` are what fits into it."""

    chip: Chip
    at: MapBox | None
    letters: str


class Arrow(NamedTuple):
    """An arrow: the transitions that it shows, its line, its tips (where, and which way they point), its words.

    One that was ``taken`` last is drawn bold.
    """

    ways: tuple[tuple[str, str], ...]
    path: str
    tips: tuple[tuple[float, float, str], ...]
    words: tuple[tuple[float, float, str], ...]
    anchor: str = "start"
    taken: bool = False


class MapPicture(NamedTuple):
    """The whole picture; ``inset`` is where the words of a chip begin."""

    width: float
    height: float
    states: tuple[MapState, ...]
    arrows: tuple[Arrow, ...]
    chips: tuple[ShownChip, ...]
    inset: float = ENDS / 2


def picture(chips: Sequence[Chip], taken: frozenset[tuple[str, str]] = frozenset()) -> MapPicture:
    """Return where everything is in the picture, in its units.

    Arguments:
        chips: the containers, always in the same order.
        taken: the ways that were taken last, by the names of the states.

    """
    boxes = _boxes(chips)
    return MapPicture(
        WIDTH + 2,
        boxes["gone"].bottom + 2,
        tuple(MapState(name, box, (box.x + PAD, box.y + (19 if box.is_strip else 16))) for name, box in boxes.items()),
        tuple(arrow._replace(taken=bool(taken & set(arrow.ways))) for arrow in _arrows(boxes)),
        _shown_chips(chips, boxes),
    )


# --- boxes and chips


def _boxes(chips: Sequence[Chip]) -> dict[str, MapBox]:
    """Return where each state is drawn: a line of boxes is as high as the fullest of them needs."""
    boxes, y = {}, 0.0
    for line, gap in zip(LINES, (*GAPS, 0), strict=True):
        rows = max(_rows(chips, name) for name in line)
        for name in line:
            x, width = COLUMNS[name]
            height = ROW * rows + (6 if width == WIDTH else TITLE + 4)
            boxes[name] = MapBox(x, y, width, height)
        y += height + gap
    return boxes


def _rows(chips: Sequence[Chip], name: str) -> int:
    """Return how many rows of chips a box has: a strip as many as all chips need, because it may be full."""
    x, width = COLUMNS[name]
    strip = width == WIDTH
    inside = [chip for chip in chips if strip or (chip.place == name and not chip.hidden)]
    places = _flow(inside, MapBox(x, 0, width, 0))
    rows = 1 + int(max((place.y for place in places.values()), default=0) // ROW)
    return rows if strip else max(rows, LEAST_ROWS)


def _flow(chips: Sequence[Chip], box: MapBox) -> dict[str, MapBox]:
    """Return the place of each chip, counted from the box's first row: beside each other, as many as fit."""
    left = STRIP_TITLE if box.is_strip else PAD
    places, x, y = {}, 0.0, 0.0
    for chip in chips:
        width = len(chip.letters(box)) * LETTER + ENDS
        if x and x + width > box.room:
            x, y = 0.0, y + ROW
        places[chip.key] = MapBox(box.x + left + x, y, width, CHIP)
        x += width + 5
    return places


def _shown_chips(chips: Sequence[Chip], boxes: Mapping[str, MapBox]) -> tuple[ShownChip, ...]:
    places: dict[str, MapBox] = {}
    for name, box in boxes.items():
        first = box.y + (5 if box.is_strip else TITLE + 2)
        inside = [chip for chip in chips if chip.place == name and not chip.hidden]
        places |= {key: place._replace(y=place.y + first) for key, place in _flow(inside, box).items()}
    return tuple(ShownChip(chip, places.get(chip.key), chip.letters(boxes[chip.place])) for chip in chips)


# --- arrows


def _arrows(boxes: Mapping[str, MapBox]) -> tuple[Arrow, ...]:
    none, created, running, paused = (boxes[name] for name in ("not made yet", "created", "running", "paused"))
    restarting, exited, gone = (boxes[name] for name in ("restarting", "exited", "gone"))
    side, above, between, under = running.y + running.height / 2, running.y - 15, exited.y - 31, gone.y - 14
    ended = (between - 3, "stop, kill, or its"), (between + 11, "process ends")
    return (
        _down("not made yet", "created", 72, none.bottom, created.y, (above, "create")),
        _down("not made yet", "running", 290, none.bottom, running.y, (above, "run (create, then start)")),
        _across(("created", "running"), created.right, running.x, side, (side - 6, "start")),
        _across(("running", "paused"), running.right, paused.x, side - 12, (side - 18, "pause")),
        _across(("paused", "running"), paused.x, running.right, side + 10, (side + 23, "unpause")),
        _down("running", "exited", 326, running.bottom, exited.y, *ended),
        _down("paused", "exited", 520, paused.bottom, exited.y, (between + 4, "stop, kill")),
        _down("exited", "running", 234, exited.y, running.bottom, (between + 4, "start, restart")),
        _bent(running, restarting),
        _down("created", "gone", 22, created.bottom, gone.y, (under, "rm, prune")),
        _down("exited", "gone", 385, exited.bottom, gone.y, (under, "rm, prune")),
    )


def _down(origin: str, target: str, x: float, start: float, end: float, *words: tuple[float, str]) -> Arrow:
    """Return an arrow down, or up, with its words on its right."""
    tip = (x, end, "down" if end > start else "up")
    return Arrow(((origin, target),), f"M{x:g},{start:g}V{end:g}", (tip,), tuple((x + 7, y, text) for y, text in words))


def _across(way: tuple[str, str], start: float, end: float, y: float, words: tuple[float, str]) -> Arrow:
    """Return an arrow to the right, or to the left, with its words above or below its middle."""
    tip = (end, y, "right" if end > start else "left")
    return Arrow((way,), f"M{start:g},{y:g}H{end:g}", (tip,), (((start + end) / 2, *words),), "middle")


def _bent(running: MapBox, restarting: MapBox) -> Arrow:
    """Return the arrow for both ways between running and restarting."""
    x, y, end_x = running.x, running.bottom - 12, restarting.x + 56
    path = f"M{x:g},{y:g}C{x - 40:g},{y + 7:g} {end_x:g},{y + 26:g} {end_x:g},{restarting.y:g}"
    ways = (("running", "restarting"), ("restarting", "running"))
    words = ((end_x + 10, restarting.y - 10, "restart policy"),)
    return Arrow(ways, path, ((x, y, "right"), (end_x, restarting.y, "down")), words)
