"""An image as the stack of its layers, each step of its history a row; two images side by side show what they share."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING

from checker.engine import NotThere, Step, short, steps_of_layers
from checker.errors import UsageProblem
from checker.jupyter.diagrams.names import names_in
from checker.jupyter.notebook import Drawing, show_drawing
from checker.pages import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from checker.engine import Reader
    from checker.jupyter.notebook import LiveDrawings, NotebookState

SHOWN_CHARACTERS = 100
NO_LAYER, NOT_IN_IT, UNKNOWN = "no layer", "not in this image", "a step that the image does not name"
SAME, KEPT, REBUILT, ON_TOP, AGAIN = (
    "the same",
    "kept from the cache",
    "built again",
    "on top",
    "built again, with the same files",
)
_SHARED = (SAME, KEPT)
NOWHERE = -1


@dataclass(frozen=True)
class Row:
    """One step in one image; ``digest`` names the layer that it made, ``number`` counts the layers from the lowest."""

    words: str
    size_bytes: int = 0
    digest: str = ""
    number: int = 0


@dataclass(frozen=True)
class Stack:
    """One image.

    ``rows`` are its steps, the oldest first; the first ``base_rows`` of them came with the image ``base``. ``made`` is
    when it was made, as the engine writes it.
    """

    name: str
    id: str
    made: str
    rows: tuple[Row, ...]
    base: str = ""
    base_rows: int = 0

    @property
    def layers(self) -> tuple[str, ...]:
        """The digests of its layers, the lowest first."""
        return tuple(row.digest for row in self.rows if row.digest)

    @property
    def base_layers(self) -> int:
        """How many of its layers came with its base image."""
        return sum(bool(row.digest) for row in self.rows[: self.base_rows])


@dataclass(frozen=True)
class LayerLine:
    """One step in all images that are shown: its row in each of them, None where an image lacks it, and the marks."""

    words: str
    rows: tuple[Row | None, ...]
    marks: tuple[str, ...]
    in_base: bool


def show(course: NotebookState, easel: Callable[[], LiveDrawings], line: str) -> None:
    """Show the layers of the images that are named in ``line``, and keep the picture up to date.

    Arguments:
        course: what the notebook knows of the course.
        easel: returns the notebook's live drawings.
        line: what comes after ``%layers``.

    Raises:
        UsageProblem: when no image is named there, or more than two.

    """
    names = names_in(course, line, "%layers busybox:1.37, or two images to compare them", most=2)
    try:
        bases = course.lab().images
    except UsageProblem:  # no lesson is open
        bases = ()
    show_drawing(course.client(), easel, f"layers {' '.join(names)}", Layers(names, bases).draw)


class Layers:
    """Draws the layers of one image, or of two side by side. An image that has been removed is shown as it was.

    Arguments:
        names: one image, or two.
        bases: names of images that may be the base image of these; which one is, their layers tell.

    """

    def __init__(self, names: Sequence[str], bases: Sequence[str] = ()) -> None:
        self._names, self._bases = names, bases
        self._seen: dict[str, Stack] = {}

    def draw(self, reader: Reader) -> Drawing:
        """Return the drawing as it is now."""
        said = [self._look(reader, name) for name in self._names]
        stacks = [self._seen[name] for name in self._names if name in self._seen]
        if len(stacks) == 2 and stacks[0].id == stacks[1].id:
            said.append(f"{stacks[0].name} and {stacks[1].name} are two names of one image.")
            stacks = stacks[:1]
        told = [one for one in said if one]
        return Drawing(as_text(stacks, told), as_html(stacks, told))

    def _look(self, reader: Reader, name: str) -> str:
        """Note how an image is; return what there is to say of one that is not there."""
        found = read_stack(reader, name, [*self._names, *self._bases])
        if found:
            self._seen[name] = found
            return ""
        if name in self._seen:
            return f"{name} is not there any more. This is how it was."
        return f"There is no image named {name} yet."


# --- from the engine's answers to records


def read_stack(reader: Reader, name: str, bases: Sequence[str] = ()) -> Stack | None:
    """Return an image as a stack, or None when there is none of that name.

    Arguments:
        reader: reads from the engine.
        name: the image's name, with or without a tag.
        bases: names of images that may be its base; default: none is known.

    """
    try:
        data = reader.image(name)
        steps = _steps(reader, name)
    except NotThere:
        return None
    layers = [str(one) for one in (data.get("RootFS") or {}).get("Layers") or ()]
    base, base_steps = _base_of(reader, name, layers, steps, bases)
    rows = tuple(_rows([step for step, _ in steps], layers))
    unnamed = len(rows) - len(steps)
    return Stack(
        name, str(data.get("Id", "")), str(data.get("Created", "")), rows, base, base_steps + unnamed if base else 0
    )


def _steps(reader: Reader, name: str) -> list[tuple[Step, object]]:
    """Return an image's steps, the oldest first, each with the moment at which it was done."""
    return [
        (Step(str(one.get("CreatedBy") or ""), int(one.get("Size") or 0)), one.get("Created"))
        for one in reader.image_history(name)
    ]


def _base_of(
    reader: Reader, name: str, layers: list[str], steps: list[tuple[Step, object]], bases: Sequence[str]
) -> tuple[str, int]:
    """Return which of ``bases`` an image was built on, and how many of its steps came with it.

    An image begins with the layers and with the whole history of the one that its FROM names, moments included.
    """
    best, length = "", 0
    for base in bases:
        try:
            lower = [] if base == name else (reader.image(base).get("RootFS") or {}).get("Layers") or []
            below = _steps(reader, base) if lower and lower == layers[: len(lower)] else []
        except NotThere:
            continue
        if length < len(below) < len(steps) and below == steps[: len(below)]:
            best, length = base, len(below)
    return best, length


def _rows(steps: list[Step], layers: list[str]) -> Iterator[Row]:
    """Yield the rows of an image, the oldest first; layers that no step accounts for are the lowest."""
    makers = steps_of_layers(steps, len(layers))
    made_by = {id(step): number for number, step in enumerate(makers, 1) if step.text}
    for number, (step, digest) in enumerate(zip(makers, layers, strict=True), 1):
        if not step.text:
            yield Row(UNKNOWN, step.size_bytes, digest, number)
    for step in steps:
        number = made_by.get(id(step), 0)
        yield Row(instruction(step), step.size_bytes, layers[number - 1] if number else "", number)


def instruction(step: Step) -> str:
    """Return a step as one would write it into a Dockerfile, whichever builder noted it down."""
    words = step.words
    if words.startswith("EXPOSE"):  # BuildKit notes map[80/tcp:{}]
        return "EXPOSE " + " ".join(re.findall(r"\d+(?:-\d+)?(?:/udp|/sctp)?", words.removeprefix("EXPOSE")))
    if words.startswith(("CMD [", "ENTRYPOINT [", "SHELL [", "VOLUME [")):
        words = re.sub(r'(?<!\\)" "', '", "', words)
    return short(words, SHOWN_CHARACTERS)


# --- which step is next to which


@dataclass(frozen=True)
class Pair:
    """What two images have in common.

    ``shared`` layers they have in common, counted from the lowest: a layer builds on those below it. ``rebuilt`` is the
    place of the newer one where both are builds of one recipe, ``upper`` that of the one which was built on the other.
    """

    shared: int
    rebuilt: int | None = None
    upper: int | None = None


def pair_of(one: Stack, other: Stack) -> Pair:
    """Return what two images have in common, and which of them builds on the other.

    Arguments:
        one: the image on the left.
        other: the image on the right.

    """
    layers = zip(one.layers, other.layers, strict=False)
    fewer = min(len(one.layers), len(other.layers))
    shared = next((at for at, (left, right) in enumerate(layers) if left != right), fewer)
    if one.base == other.name or other.base == one.name:
        return Pair(shared, upper=0 if one.base == other.name else 1)
    newer = 1 if _moment(other.made) >= _moment(one.made) else 0
    return Pair(shared, rebuilt=newer if shared and _of_one_recipe(one, other) else None)


def _of_one_recipe(one: Stack, other: Stack) -> bool:
    """Return whether two images look like builds of one recipe: half of what came on top of their base is alike."""
    left, right = ([row.words for row in stack.rows[stack.base_rows :]] for stack in (one, other))
    return SequenceMatcher(None, left, right, autojunk=False).ratio() >= 0.5


def _moment(made: str) -> str:
    """Return a moment so that later ones sort after earlier ones: engines leave out a fraction's last zeros.

    Engines write it in UTC (Engine API, ImageInspect: Created).
    """
    whole, _, fraction = made.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<9}"


def lines_of(stacks: Sequence[Stack]) -> list[LayerLine]:
    """Return the rows of one stack, or of two beside each other, the oldest first."""
    if len(stacks) == 1:
        only = stacks[0]
        return [LayerLine(row.words, (row,), ("",), at < only.base_rows) for at, row in enumerate(only.rows)]
    one, other = stacks
    pair, based = pair_of(one, other), min((stack.base_rows for stack in stacks if stack.base), default=0)
    places = _beside(one, other, alike=pair.rebuilt is not None)
    return [_line(stacks, at, pair, in_base=at[0] == at[1] < based) for at in places]


def _beside(one: Stack, other: Stack, *, alike: bool) -> Iterator[tuple[int, int]]:
    """Yield which row of one stack is next to which of the other, by the words of the steps; -1 next to none.

    The steps in which both begin are next to each other; of two that are ``alike``, so are the ones further up.
    """
    left, right = [row.words for row in one.rows], [row.words for row in other.rows]
    pairs = enumerate(zip(left, right, strict=False))
    start = next((at for at, (a, b) in pairs if a != b), min(len(left), len(right)))
    yield from ((at, at) for at in range(start))
    matched = SequenceMatcher(None if alike else lambda _: True, left[start:], right[start:], autojunk=False)
    for tag, i1, i2, j1, j2 in matched.get_opcodes():
        if tag == "equal":
            yield from zip(range(start + i1, start + i2), range(start + j1, start + j2), strict=True)
        else:
            yield from ((at, NOWHERE) for at in range(start + i1, start + i2))
            yield from ((NOWHERE, at) for at in range(start + j1, start + j2))


def _line(stacks: Sequence[Stack], at: tuple[int, int], pair: Pair, *, in_base: bool) -> LayerLine:
    rows = tuple(None if place == NOWHERE else stack.rows[place] for stack, place in zip(stacks, at, strict=True))
    kept = SAME if in_base or not all(stack.base for stack in stacks) else KEPT
    marks = tuple(_mark(place, row, rows[1 - place], pair, kept) for place, row in enumerate(rows))
    return LayerLine(next(row.words for row in rows if row), rows, marks, in_base)


def _mark(place: int, row: Row | None, other: Row | None, pair: Pair, kept: str) -> str:
    """Say whether a layer is shared with the other image; of two builds, it is said of the newer one."""
    if row is None or not row.digest:
        return ""
    if row.number <= pair.shared:
        return kept if place == pair.rebuilt else SAME
    if place == pair.upper:
        return ON_TOP
    if place != pair.rebuilt:
        return ""
    return AGAIN if other and other.digest == row.digest else REBUILT


# --- words


def size(size_bytes: int) -> str:
    """Return a size as docker itself writes it: three digits, and units of a thousand."""
    value, units = float(size_bytes), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while value >= 1000 and unit != "TB":
        value, unit = value / 1000, next(units)
    return f"{value:.3g}{unit}" if value < 1000 else f"{value:.0f}{unit}"


def summary(stacks: Sequence[Stack]) -> str:
    """Say in a sentence or two what the rows come to."""
    if len(stacks) == 1:
        return _of_one(stacks[0])
    pair = pair_of(*stacks)
    if not pair.shared:
        return f"{stacks[0].name} and {stacks[1].name} share no layer."
    first = pair.upper if pair.upper is not None else pair.rebuilt or 0
    upper, lower = stacks[first], stacks[1 - first]
    lowest = "lowest layer" if pair.shared == 1 else f"lowest {pair.shared} layers"
    rest = [row for row in upper.rows if row.number > pair.shared]
    added = size(sum(row.size_bytes for row in rest))
    if pair.upper is not None:
        is_that = "is that" if pair.shared == 1 else "are those"
        return f"The {lowest} of {upper.name} {is_that} of {lower.name}; on top of it: {len(rest)} more, {added}."
    told = f"{upper.name} has its {lowest} in common with {lower.name}"
    was = "was" if len(rest) == 1 else "were"
    rebuilt = f"{len(rest)} {was} built again, {added}" if rest else "none was built again"
    return f"{told}; {rebuilt}." if pair.rebuilt is not None else f"{told}."


def _of_one(stack: Stack) -> str:
    layers = "1 layer" if len(stack.layers) == 1 else f"{len(stack.layers)} layers"
    told = f"{stack.name}: {len(stack.rows)} steps made {layers}, {size(sum(row.size_bytes for row in stack.rows))}."
    return f"{told} From {stack.base}: {stack.base_layers} of them." if stack.base else told


def _heading(stacks: Sequence[Stack]) -> str:
    names = " and ".join(dict.fromkeys(stack.base for stack in stacks if stack.base))
    return f"From the base image, {names}"


def _cell(row: Row | None, mark: str) -> str:
    """Say what a step is in one image."""
    if row is None:
        return NOT_IN_IT
    if not row.digest:
        return NO_LAYER
    return f"layer {row.number}, {size(row.size_bytes)}" + (f", {mark}" if mark else "")


def as_text(stacks: Sequence[Stack], said: Sequence[str]) -> str:
    """Return the drawing as plain text.

    Arguments:
        stacks: one or two images, or none.
        said: sentences that come before the drawing.

    """
    told = list(said)
    if stacks:
        told += [summary(stacks), "The newest step is on top."]
        lines, in_base = list(reversed(lines_of(stacks))), False
        for line in lines:
            if line.in_base and not in_base:
                in_base = True
                told.append(f"{_heading(stacks)}:")
            cells = [_cell(row, mark) for row, mark in zip(line.rows, line.marks, strict=True)]
            named = [f"{stack.name}: {cell}" for stack, cell in zip(stacks, cells, strict=True)]
            told.append(f"  {line.words} | " + (cells[0] if len(set(cells)) == 1 else "; ".join(named)))
    return "\n".join(told)


# --- the picture


def as_html(stacks: Sequence[Stack], said: Sequence[str]) -> str:
    """Return the drawing as a table: a row for each step, a column for each image.

    Arguments:
        stacks: one or two images, or none.
        said: sentences that come before the drawing.

    """
    if not stacks:
        return render("jupyter/layers", said=said, stacks=())
    lines = list(reversed(lines_of(stacks)))
    largest = max((row.size_bytes for stack in stacks for row in stack.rows), default=0)
    own = [
        _Group((line,), str(len(lines) - at), _blocks(line, largest))
        for at, line in enumerate(lines)
        if not line.in_base
    ]
    return render(
        "jupyter/layers",
        said=said,
        stacks=stacks,
        summary=summary(stacks),
        own=own,
        heading=_heading(stacks),
        base=list(_folded([line for line in lines if line.in_base], largest)),
    )


@dataclass(frozen=True)
class _Group:
    """A row of the table: one step, or several that are folded up because none of them made a layer."""

    lines: tuple[LayerLine, ...]
    key: str
    blocks: tuple[_Block, ...]

    @property
    def instructions(self) -> tuple[str, ...]:
        """The instructions that are folded up."""
        return tuple(dict.fromkeys(line.words.partition(" ")[0] for line in self.lines))


@dataclass(frozen=True)
class _Block:
    """What a step is in one image: ``kind`` is how it looks, ``percent`` its bar; without a ``row`` ``words`` alone."""

    kind: str
    words: str = ""
    row: Row | None = None
    mark: str = ""
    percent: float = 0

    @property
    def size(self) -> str:
        """The size of its layer, as docker writes it."""
        return size(self.row.size_bytes) if self.row else ""


def _folded(lines: Sequence[LayerLine], largest: int) -> Iterator[_Group]:
    """Yield the rows of a base image: its layers, and what else is in its history folded up between them."""
    for is_layer, group in groupby(lines, lambda line: any(row and row.digest for row in line.rows)):
        some = tuple(group)
        for few in [(line,) for line in some] if is_layer else [some]:
            yield _Group(few, f"base {few[0].words}", _blocks(few[0], largest))


def _blocks(line: LayerLine, largest: int) -> tuple[_Block, ...]:
    return tuple(_block(row, mark, largest) for row, mark in zip(line.rows, line.marks, strict=True))


def _block(row: Row | None, mark: str, largest: int) -> _Block:
    if row is None:
        return _Block("out", NOT_IN_IT)
    if not row.digest:
        return _Block("none", NO_LAYER)
    kind = "shared" if mark in _SHARED else "rebuilt" if mark in (REBUILT, AGAIN) else "layer"
    return _Block(kind, row=row, mark=mark, percent=_share(row.size_bytes, largest))


def _share(size_bytes: int, largest: int) -> float:
    """Return a bar's length in percent, by the logarithm: three bytes are seen beside a hundred megabytes."""
    return 2 + 98 * math.log10(1 + size_bytes) / math.log10(1 + largest) if largest > 0 else 2
