"""The map of a container's states as a picture: boxes, arrows with commands, and containers as chips inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from checker.jupyter.notebook import escape

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
"""The boxes that stand beside each other, from above, and the room between two such lines, for arrows."""


def svg(chips: Sequence[Chip], taken: frozenset[tuple[str, str]] = frozenset()) -> str:
    """Return the picture.

    Arguments:
        chips: the containers, always in the same order.
        taken: the ways that were taken last, by the names of the states: they are drawn bold.

    """
    boxes = _boxes(chips)
    height = boxes["gone"].bottom + 2
    states = "".join(_box(name, box) for name, box in boxes.items())
    arrows = "".join(_arrow(arrow, taken) for arrow in _arrows(boxes))
    label = "The states of a container and the ways between them; the two tables after it say the same."
    return (
        f'<svg viewBox="-1 -1 {WIDTH + 2} {height:g}" preserveAspectRatio="xMinYMin" '
        f'role="img" aria-label="{label}">'
        f"{states}{arrows}{_chips(chips, boxes)}</svg>"
    )


# --- boxes and chips


def _boxes(chips: Sequence[Chip]) -> dict[str, MapBox]:
    """Return where each state stands: a line of boxes is as high as the fullest of them needs."""
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
    """Return how many rows of chips a box has: a strip as many as all chips need, for it is full one day."""
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


def _box(name: str, box: MapBox) -> str:
    title_y = box.y + (19 if box.is_strip else 16)
    kind = name.replace(" ", "-")
    return (
        f'<g class="state {kind}"><rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="5"/><text x="{box.x + PAD:g}" y="{title_y:g}">{name}</text></g>'
    )


def _chips(chips: Sequence[Chip], boxes: Mapping[str, MapBox]) -> str:
    places: dict[str, MapBox] = {}
    for name, box in boxes.items():
        first = box.y + (5 if box.is_strip else TITLE + 2)
        inside = [chip for chip in chips if chip.place == name and not chip.hidden]
        places |= {key: place._replace(y=place.y + first) for key, place in _flow(inside, box).items()}
    return "".join(_chip(chip, places.get(chip.key), boxes[chip.place]) for chip in chips)


def _chip(chip: Chip, place: MapBox | None, box: MapBox) -> str:
    if place is None:
        return f'<g class="chip" data-key="{chip.key}" visibility="hidden"></g>'
    return (
        f'<g class="chip {chip.place.replace(" ", "-")}" data-key="{chip.key}" '
        f'style="transform:translate({place.x:.1f}px,{place.y:.1f}px)"><title>{escape(chip.title)}</title>'
        f'<rect width="{place.width:.1f}" height="{CHIP}" rx="10" style="width:{place.width:.1f}px"/>'
        f'<text x="{ENDS / 2:g}" y="14">{escape(chip.letters(box))}</text></g>'
    )


# --- arrows


class Arrow(NamedTuple):
    """An arrow: the ways that it stands for, its line, its tips (where, and which way they point), its words."""

    ways: tuple[tuple[str, str], ...]
    path: str
    tips: tuple[tuple[float, float, str], ...]
    words: tuple[tuple[float, float, str], ...]
    anchor: str = "start"


TIPS = {"right": "-8,-4 0,0 -8,4", "left": "8,-4 0,0 8,4", "down": "-4,-8 0,0 4,-8", "up": "-4,8 0,0 4,8"}
"""The corners of an arrow's tip. A marker would be shorter, and is lost in a copy of a hidden picture."""


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


def _arrow(arrow: Arrow, taken: frozenset[tuple[str, str]]) -> str:
    kind = "way taken" if taken & set(arrow.ways) else "way"
    tips = "".join(f'<polygon points="{TIPS[side]}" transform="translate({x:g},{y:g})"/>' for x, y, side in arrow.tips)
    words = "".join(f'<text x="{x:g}" y="{y:g}" text-anchor="{arrow.anchor}">{t}</text>' for x, y, t in arrow.words)
    return f'<g class="{kind}"><path d="{arrow.path}"/>{tips}{words}</g>'


STYLE = """<style>
.docker101-life{margin:.3em 0;width:100%;max-width:58em;position:relative;color:var(--jp-ui-font-color1,#424242);
background:var(--jp-layout-color0,#fff);font-family:var(--jp-ui-font-family,sans-serif);
font-size:var(--jp-ui-font-size1,13px)}
.docker101-life svg{display:block;width:100%;height:auto;overflow:visible}
.docker101-life svg text{font-size:11.5px;fill:var(--jp-ui-font-color1,#424242);stroke:none}
.docker101-life .state rect{fill:var(--jp-layout-color2,#eee);stroke:var(--jp-ui-font-color2,#757575)}
.docker101-life .state text{font-weight:600;fill:var(--jp-ui-font-color0,#1f1f1f)}
.docker101-life :is(.state.not-made-yet,.state.gone,.state.restarting) rect{stroke-dasharray:4 3;
fill:var(--jp-layout-color0,#fff)}
.docker101-life .way path{fill:none;stroke:var(--jp-ui-font-color1,#424242);stroke-width:1.2}
.docker101-life .way polygon{fill:var(--jp-ui-font-color1,#424242)}
.docker101-life .way.taken path{stroke:var(--jp-ui-font-color0,#1f1f1f);stroke-width:3}
.docker101-life .way.taken polygon{fill:var(--jp-ui-font-color0,#1f1f1f)}
.docker101-life .way.taken text{font-weight:700;fill:var(--jp-ui-font-color0,#1f1f1f)}
.docker101-life .chip rect{fill:var(--jp-layout-color0,#fff);stroke:var(--jp-ui-font-color0,#1f1f1f);
stroke-width:1.5}
.docker101-life .chip text{font:11.5px var(--jp-code-font-family,monospace);fill:var(--jp-ui-font-color0,#1f1f1f)}
.docker101-life .chip.running rect{stroke:var(--jp-brand-color1,#1976d2);stroke-width:2.5}
.docker101-life .chip.paused rect{stroke-dasharray:6 3}
.docker101-life .chip.not-made-yet rect{stroke-dasharray:1.5 2.5;stroke-width:1}
.docker101-life .chip.gone text{text-decoration:line-through}
.docker101-life .last{margin:.4em 0 0;min-height:1.4em}
.docker101-life .said{position:absolute;top:0;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
.jp-LinkedOutputView:has(.docker101-life){container-type:size}
.jp-LinkedOutputView .docker101-life{width:auto;max-width:none;margin:.4em .6em 0}
.jp-LinkedOutputView .docker101-life svg{max-height:max(16em,100cqh - 3.2em)}
@media (prefers-reduced-motion:no-preference){.docker101-life .chip{transition:transform .7s ease-in-out}
.docker101-life .chip rect{transition:width .7s ease-in-out}}
</style>""".replace("\n", "")
