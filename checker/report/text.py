"""The report as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lab import Result, Status
from checker.report.results import MARKS, next_step, summary, to_show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.lab import Lab

COLOURS = {Status.PASSED: "32", Status.FAILED: "31", Status.SKIPPED: "2", Status.ERROR: "33"}


def as_text(lab: Lab, results: Sequence[Result], *, colour: bool = False) -> str:
    """Return the report as lines of plain text, or with ANSI colours for a terminal.

    Arguments:
        lab: the lab that was checked.
        results: of all its checks, hidden ones as well.
        colour: whether ANSI colours are used; default: they are not.

    """
    lines = [f"{lab.title}: {summary(results)}", ""]
    for result in to_show(results):
        lines += _text_of(result, colour=colour)
    step = next_step(results)
    return "\n".join(lines + (["", step] if step else [])).rstrip() + "\n"


def _text_of(result: Result, *, colour: bool) -> list[str]:
    mark = MARKS[result.status]
    points = f"{result.score:g}/{result.max_score:g}"
    word = "" if result.status in (Status.PASSED, Status.FAILED) else f" [{result.status}]"
    head = f"{mark} {points:>5}  {result.description}{word}"
    if colour:
        head = f"\x1b[{COLOURS[result.status]}m{head}\x1b[0m"
    told = [result.message, f"Look: {result.hint}" if result.hint else ""]
    return [head, *(f"         {line}" for text in told for line in text.splitlines())]
