"""Ends that the engine has not told of yet: the events of a container that has ended, and its die to come.

On Engine 26.1 a container's network is taken down before its die is told; ``docker stop`` may return, and stop be told,
up to a tenth of a second earlier on a busy machine. On Engine 20.10 die is told first. On both, the inspection of a
container waits until its end has been told (source: ``handleContainerExit`` of moby, which holds the container's lock).
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from checker.engine.history.buffer import Buffer, EventSource, read_buffer, seconds_of
from checker.engine.history.journal import after_cuts, merged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checker.engine.history.journal import Contents, Event

LATE_S = 2.0
"""How long after an end its die may be told, in seconds; an older end was told while nobody watched."""

_LOOK_S = 0.01


def read_to_the_end(engine: EventSource, kept: Contents) -> Buffer:
    """Return what the engine remembers, once it has told of each container that has ended.

    Arguments:
        engine: who is asked.
        kept: what the journal holds; what it cut is not asked about.

    Raises:
        NoEngine: when it does not answer.
        EngineProblem: when it answers with an error.

    """
    deadline = time.monotonic() + LATE_S
    buffer = read_buffer(engine, kept.watched_ns)
    while time.monotonic() < deadline:
        events = after_cuts(merged(kept.events, buffer.events), kept.cuts)
        if not any(_has_just_ended(engine, container) for container in ending(events)):
            break
        time.sleep(_LOOK_S)
        buffer = read_buffer(engine, kept.watched_ns)
    return buffer


def ending(events: Iterable[Event]) -> list[str]:
    """Return the ids of the containers that may have ended, and have not died as far as was told.

    They were sent a signal or stopped, or run in the foreground of a command, which may have returned.
    """
    lives: dict[str, list[Event]] = {}
    for event in events:
        if event.type == "container" and event.id:
            lives.setdefault(event.id, []).append(event)
    return [container for container, life in lives.items() if _may_have_ended(life)]


def _may_have_ended(life: list[Event]) -> bool:
    actions = [event.action for event in life]
    start = max((place for place, action in enumerate(actions) if action == "start"), default=0)
    since, before = actions[start:], actions[:start]
    if "die" in since or "destroy" in since:
        return False
    return "stop" in since or "kill" in since or before[-1:] == ["attach"]


def _has_just_ended(engine: EventSource, container: str) -> bool:
    status, text = engine.ask(f"/containers/{container}/json")
    state = json.loads(text).get("State", {}) if status == 200 else {}
    if not state or state.get("Running"):
        return False
    try:
        return engine.now_s() - seconds_of(str(state.get("FinishedAt", ""))) < LATE_S
    except ValueError:
        return False
