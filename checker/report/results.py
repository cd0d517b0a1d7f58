"""What the results of a check come to, in words and points; what a learner may see of them, and what is next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checker.lab import Result, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.SKIPPED: "·", Status.ERROR: "!"}


def visible(results: Iterable[Result]) -> list[Result]:
    """Return the results that a learner may see."""
    return [result for result in results if result.visibility == "visible"]


def to_show(results: Iterable[Result]) -> list[Result]:
    """Return the results that a learner may see; of several in a row that wait for the same task, one says so."""
    found: list[Result] = []
    waits: str | None = ""
    for result in visible(results):
        found.append(replace(result, message="") if result.needs and result.needs == waits else result)
        waits = result.needs
    return found


def points(results: Sequence[Result]) -> tuple[float, float]:
    """Return the points reached and the points there are, of what a learner may see."""
    seen = visible(results)
    return sum(result.score for result in seen), sum(result.max_score for result in seen)


def summary(results: Sequence[Result]) -> str:
    """Return one line: tasks passed, and points."""
    seen = visible(results)
    passed = sum(result.status is Status.PASSED for result in seen)
    score, full = points(results)
    return f"{passed} of {len(seen)} tasks passed, {score:g} of {full:g} points."


def best_so_far_note(results: Sequence[Result], reached: float) -> str:
    """Say that an earlier check was better, and counts; empty where these are the best results.

    Arguments:
        results: of a check.
        reached: the points of the best check so far.

    """
    score, full = points(results)
    return f"Your best check so far, {reached:g} of {full:g} points, is kept." if reached > score else ""


def next_step(results: Sequence[Result]) -> str:
    """Return what to do now."""
    seen = visible(results)
    failed = next((result for result in seen if result.status is Status.FAILED), None)
    if failed:
        return f"Next: {failed.description}"
    if any(result.status is Status.ERROR for result in seen):
        return "Some tasks could not be judged; you lose nothing by that. See what is wrong with: checker doctor"
    if any(result.message for result in seen):
        return "All passed live. For a grade, put what you did into the command list too, then check again."
    return "All done."
