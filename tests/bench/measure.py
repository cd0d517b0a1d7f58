"""Measuring several ways to do one thing in the same run, and a table of what came of it."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class Row:
    """One way to do it: how long it took each time, in milliseconds."""

    name: str
    samples_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        """The time that half of the samples stay below."""
        return statistics.median(self.samples_ms)


@dataclass(frozen=True)
class Aim:
    """What a row should reach: at most so many times another row, at least so much faster, or a limit in ms."""

    row: str
    text: str
    factor: float = 0.0
    of: str = ""
    at_most_ms: float = 0.0

    def reached(self, rows: Mapping[str, Row]) -> bool:
        """Return whether the medians reach it."""
        own = rows[self.row].median_ms
        return own <= (self.at_most_ms or self.factor * rows[self.of].median_ms)


@dataclass(frozen=True)
class Table:
    """What was measured under one title; the first row is the floor that the others are compared with."""

    title: str
    rows: tuple[Row, ...]
    aims: tuple[Aim, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        width = max(len(row.name) for row in self.rows)
        lines = [self.title, f"  {'':<{width}}  {'min':>9} {'median':>9} {'max':>9}   ratio to the floor"]
        floor = self.rows[0]
        for row in self.rows:
            times = " ".join(f"{value:>9.1f}" for value in (min(row.samples_ms), row.median_ms, max(row.samples_ms)))
            least = min(row.samples_ms) / min(floor.samples_ms)
            ratio = "floor" if row is floor else f"{row.median_ms / floor.median_ms:.2f} (of the minima: {least:.2f})"
            lines.append(f"  {row.name:<{width}}  {times}   {ratio}")
        by_name = {row.name: row for row in self.rows}
        lines += [f"  {'reached' if aim.reached(by_name) else 'MISSED '}  {aim.text}" for aim in self.aims]
        return "\n".join([*lines, *([f"  {self.note}"] if self.note else [])])


def measured(ways: Mapping[str, Callable[[], object]], rounds: int) -> tuple[Row, ...]:
    """Do each thing once to warm up and then ``rounds`` times, taking turns, so that a busy moment hits all of them."""
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, do in ways.items():
            started = time.perf_counter()
            do()
            if number:
                samples[name].append((time.perf_counter() - started) * 1000)
    return rows_of(samples)


def rows_of(samples: Mapping[str, Sequence[float]]) -> tuple[Row, ...]:
    """Return what was measured elsewhere, in milliseconds, as rows."""
    return tuple(Row(name, tuple(values)) for name, values in samples.items())
