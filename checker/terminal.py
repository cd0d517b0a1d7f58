"""What a person sees while the course works: a bar with the time that is left, and tables; elsewhere, plain lines.

The one module that knows rich. It is loaded when something is drawn: on a terminal that can redraw a line, and in a
Python that has rich, which the one that makes the course's environment lacks. Everywhere else (a pipe, a file, CI, the
output of a cell, ``TERM=dumb``) the same is said in lines. ``NO_COLOR`` is respected (https://no-color.org).
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from checker.output import above_bar, coloured, redraws, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console
    from rich.progress import Progress as RichProgress

BYTES = "bytes"
"""The unit of which megabytes are shown."""

STEP_S = 2.0
"""Seconds between two lines of progress where there is no bar."""

_BAR_COLUMNS = 28

_bars: list[RichProgress] = []
"""The bars on the screen now: none or one, in which each step has a line of its own."""


class TableRow(NamedTuple):
    """A row of a table; ``colour`` is that of its first cell, as rich names it."""

    cells: tuple[str, ...]
    colour: str = ""


class StepProgress:
    """How much of a step is done; whoever does it says so."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._done = 0

    def add(self, count: int) -> None:
        """Count what was done; 0 is a sign of life."""
        self._done += count
        self._tell(self._done)


def draws() -> bool:
    """Return whether bars and tables are drawn: on a terminal, in a Python that has rich."""
    return redraws() and importlib.util.find_spec("rich") is not None


@contextlib.contextmanager
def progress(say: Callable[[str], None], total: int, unit: str, *, step_s: float = STEP_S) -> Iterator[StepProgress]:
    """Show how far a step is while it runs, and say how long it took when that was more than a second.

    Arguments:
        say: takes the lines; a bar is drawn where it is this module's own.
        total: how much there is to do; 0 when that is not known.
        unit: what is counted, in the plural.
        step_s: seconds between two lines where there is no bar.

    """
    started = time.monotonic()
    with bar(say, total, unit) if _draws_for(say) else _lines(say, total, unit, step_s) as shown:
        yield shown
    seconds = time.monotonic() - started
    if seconds > 1:
        say(f"  done in {seconds:.0f} s")


@contextlib.contextmanager
def bar(say: Callable[[str], None], total: int, unit: str) -> Iterator[StepProgress]:
    """Draw a bar while a step runs that says itself, in lines, what it does; nothing where no bar can be drawn.

    Arguments:
        say: what the step says its lines with; a bar is drawn where it is this module's own.
        total: how much there is to do; 0 when that is not known.
        unit: what is counted, in the plural.

    """
    if not _draws_for(say):
        yield StepProgress(lambda _: None)
        return
    with _screen() as screen:
        line = screen.add_task("", total=total or None, amount=amount(0, total, unit))
        try:
            yield StepProgress(lambda done: screen.update(line, completed=done, amount=amount(done, total, unit)))
        finally:
            screen.remove_task(line)


def table(headings: Sequence[str], rows: Sequence[TableRow]) -> None:
    """Draw a table as wide as the terminal; only where ``draws()``.

    Arguments:
        headings: one per column.
        rows: the cells of each row, and its colour.

    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, header_style="bold" if coloured() else "", pad_edge=False, show_edge=False)
    for heading in headings:
        drawn.add_column(heading, overflow="fold", no_wrap=heading != headings[-1])
    for row in rows:
        drawn.add_row(Text(row.cells[0], style=row.colour), *map(Text, row.cells[1:]))
    _console().print(drawn)


def amount(done: int, total: int, unit: str) -> str:
    """Return how much is done, in words: "3 of 8 images", "12 MB of 80 MB"; without a total, how much so far.

    Arguments:
        done: how much is done, in bytes or pieces.
        total: how much there is to do; 0 when that is not known.
        unit: what is counted, in the plural; ``BYTES`` for bytes.

    """
    if unit == BYTES:
        return f"{megabytes(done)} of {megabytes(total)}" if total else megabytes(done)
    if total:
        return f"{done} of {total} {unit}"
    return f"{done} {unit} so far" if done else ""


def megabytes(size_bytes: int) -> str:
    """Return a size for people."""
    return f"{max(size_bytes / 1e6, 0.1):.1f} MB" if size_bytes < 1e7 else f"{size_bytes / 1e6:.0f} MB"


def _draws_for(told: Callable[[str], None]) -> bool:
    return told is say and draws()


@contextlib.contextmanager
def _lines(say: Callable[[str], None], total: int, unit: str, step_s: float) -> Iterator[StepProgress]:
    """Say from time to time how much is done, and for how long it has been going on."""
    started = shown = time.monotonic()

    def tell(done: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown > step_s:
            shown = now
            say("  … " + ", ".join(filter(None, [amount(done, total, unit), f"{now - started:.0f} s"])))

    yield StepProgress(tell)


@contextlib.contextmanager
def _screen() -> Iterator[RichProgress]:
    """Yield the bar on the screen: the one that is there, or a new one that is gone when its step has ended."""
    if _bars:
        yield _bars[-1]
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Drawn

    columns = (BarColumn(_BAR_COLUMNS), TextColumn("{task.fields[amount]}", markup=False), TimeRemainingColumn())
    with Drawn(*columns, TextColumn("left"), console=_console(), transient=True) as screen:
        _bars.append(screen)
        above_bar.append(partial(screen.console.print, markup=False, highlight=False, emoji=False, soft_wrap=True))
        try:
            yield screen
        finally:
            above_bar.pop()
            _bars.remove(screen)


def _console() -> Console:
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False)
