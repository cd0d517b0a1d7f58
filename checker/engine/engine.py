"""The engine that the course uses, as a record that the commands of one learner share."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from checker.errors import NoEngine
from checker.files import write_text

if TYPE_CHECKING:
    from pathlib import Path

CURRENT = "current"
PRIVATE = "private"
STRATEGIES = (CURRENT, PRIVATE)


@dataclass(frozen=True)
class Engine:
    """One engine.

    ``host`` is what ``DOCKER_HOST`` must say to reach it; ``strategy`` is ``current`` (an engine that was there) or
    ``private`` (one that the course started); ``source`` says in words how it was found; ``context`` is the docker
    context that names it, else empty; ``isolated`` is true where nothing but the course's own things live on it,
    so that no command needs a guard.
    """

    host: str
    strategy: str
    source: str
    context: str = ""
    isolated: bool = False

    def save(self, work: Path) -> None:
        """Keep it in the learner's folder ``work``.

        Raises:
            CourseError: when the folder cannot be written.

        """
        write_text(_path(work), json.dumps(asdict(self), indent=1) + "\n")


def remembered_engine(work: Path) -> Engine | None:
    """Return the engine that the learner's folder remembers; None when there is none, or its file is damaged."""
    try:
        data = json.loads(_path(work).read_text(encoding="utf-8"))
        texts = {name: str(data[name]) for name in ("host", "strategy", "source", "context")}
        return Engine(**texts, isolated=data["isolated"] is True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def course_engine(work: Path) -> Engine:
    """Return the engine that the course of the learner's folder ``work`` uses.

    Raises:
        NoEngine: when the course has not been started there.

    """
    found = remembered_engine(work)
    if found is None:
        raise NoEngine("The course has not been started here yet.", "Start it with: python3 -m checker start")
    return found


def forget_engine(work: Path) -> None:
    """Remove what ``save`` kept, so that the next command looks for an engine again."""
    _path(work).unlink(missing_ok=True)


def _path(work: Path) -> Path:
    return work / ".course" / "engine.json"
