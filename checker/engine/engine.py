"""The engine that the course uses, as a record that the commands of one learner share."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from checker.errors import NoEngine
from checker.files import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CURRENT = "current"
PRIVATE = "private"
STRATEGIES = (CURRENT, PRIVATE)

LABEL = "org.docker101"
"""The label of everything that the course creates; its value is "1"."""

LABELLED = f"{LABEL}=1"


@dataclass(frozen=True)
class Engine:
    """One engine.

    ``host`` is what ``DOCKER_HOST`` must say to reach it; ``strategy`` is ``current`` (an engine that was there) or
    ``private`` (one that the course started, and that holds nothing but the course's own things); ``source`` says in
    words how it was found; ``context`` is the docker context that names it, else empty.
    """

    host: str
    strategy: str
    source: str
    context: str = ""

    def owns(self, item: Mapping[str, Any]) -> bool:
        """Return whether a container or image, from a list or an inspect, a volume or a network is the course's.

        On a private engine everything is; elsewhere what has the course's label.
        """
        return self.strategy == PRIVATE or bears_label(item)

    def save(self, work: Path) -> None:
        """Keep it in the learner's folder ``work``.

        Raises:
            CourseError: when the folder cannot be written.

        """
        write_text(_path(work), json.dumps(asdict(self), indent=1) + "\n")


def bears_label(item: Mapping[str, Any]) -> bool:
    """Return whether something has the course's label; ``Engine.owns`` says whether it is the course's."""
    return LABEL in (item.get("Labels") or (item.get("Config") or {}).get("Labels") or {})


def remembered_engine(work: Path) -> Engine | None:
    """Return the engine that the learner's folder remembers; None when there is none, or its file is damaged."""
    try:
        data = json.loads(_path(work).read_text(encoding="utf-8"))
        return Engine(**{name: str(data[name]) for name in ("host", "strategy", "source", "context")})
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
