"""One finding of the doctor: what was looked at, what was seen, and the one step that mends it."""

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

    ``seen`` is what is there, in plain words; ``mend`` is one command or one step, and empty when nothing is wrong.
    """

    title: str
    state: FindingState
    seen: str
    mend: str = ""


def ok(title: str, seen: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(title, FindingState.OK, seen)


def warn(title: str, seen: str, mend: str) -> Finding:
    """Return a finding that does not stop the course."""
    return Finding(title, FindingState.WARN, seen, mend)


def bad(title: str, seen: str, mend: str) -> Finding:
    """Return a finding that stops the course, or a part of it."""
    return Finding(title, FindingState.BAD, seen, mend)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return the exit code that the worst finding calls for: 3 without an engine, 1 for anything else bad, else 0."""
    broken = [finding for finding in findings if finding.state is FindingState.BAD]
    if any(finding.title == ENGINE_TITLE for finding in broken):
        return EXIT_NO_ENGINE
    return EXIT_CHECKS_FAILED if broken else EXIT_OK
