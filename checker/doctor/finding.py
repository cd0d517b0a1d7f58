"""One finding of the doctor: what was looked at, what was seen, and the one step that fixes it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.errors import EXIT_CHECKS_FAILED, EXIT_NO_ENGINE, EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Iterable

ENGINE_TITLE = "Docker engine"
"""The title of the finding that says whether an engine answers."""


class FindingState(enum.StrEnum):
    """How good or bad a finding is. ``WARN`` means: the course works, but something here can bite later."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What one look at this machine found.

    ``seen`` is what is there, in plain words; ``fix`` is one command or one step, and empty when nothing is wrong.
    """

    title: str
    state: FindingState
    seen: str
    fix: str = ""


def ok(title: str, seen: str) -> Finding:
    """Return a finding that needs nothing.

    Arguments:
        title: what was examined, in a few words.
        seen: what is there, as a sentence.

    """
    return Finding(title, FindingState.OK, seen)


def warn(title: str, seen: str, fix: str) -> Finding:
    """Return a finding that does not stop the course.

    Arguments:
        title: what was examined, in a few words.
        seen: what is there, as a sentence.
        fix: the one step to take, or the command to type.

    """
    return Finding(title, FindingState.WARN, seen, fix)


def bad(title: str, seen: str, fix: str) -> Finding:
    """Return a finding that stops the course, or a part of it.

    Arguments:
        title: what was examined, in a few words.
        seen: what is there, as a sentence.
        fix: the one step to take, or the command to type.

    """
    return Finding(title, FindingState.BAD, seen, fix)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return the exit code that the worst finding calls for: 3 without an engine, 1 for anything else bad, else 0."""
    broken = [finding for finding in findings if finding.state is FindingState.BAD]
    if any(finding.title == ENGINE_TITLE for finding in broken):
        return EXIT_NO_ENGINE
    return EXIT_CHECKS_FAILED if broken else EXIT_OK
