"""Decide which engine the course uses: one that is there, or one of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.engine import CURRENT, PRIVATE, STRATEGIES, Engine
from checker.engine.own import dockerd, private
from checker.engine.start import discover, install, registry_package
from checker.engine.start.advice import advice, tried
from checker.engine.start.discover import FoundEngine, NotFound
from checker.engine.system import System, this_system
from checker.engine.transport import ReachProblem
from checker.errors import NoEngine, UsageProblem
from checker.machine import until

if TYPE_CHECKING:
    from collections.abc import Callable

_AFTER_INSTALL_S = 15.0


def choose(strategy: str | None = None, *, yes: bool = False, say: Callable[[str], None] = print) -> Engine:
    """Return an engine that answers, starting or installing one where that is possible and asked for.

    A private engine is joined: sign off with ``private.leave`` (the command ends) or ``private.stop``.

    Arguments:
        strategy: ``current`` or ``private``; None takes the course's own engine where it runs already, else the one
            that is there, else (on Linux, as root) one of its own.
        yes: install without asking.
        say: is told what is done.

    Raises:
        UsageProblem: when there is no such strategy, or installing was declined.
        NoEngine: when no engine can be used; says what was tried and the step to take.

    """
    if strategy not in (None, *STRATEGIES):
        raise UsageProblem(f"There is no engine “{strategy}”.", f"There are: {', '.join(STRATEGIES)}.")
    system = this_system()
    if strategy == PRIVATE or (strategy is None and _private_serves(system)):
        return _private(system, yes=yes, say=say)
    found = _find(system, say)
    if isinstance(found, FoundEngine):
        return _current(found)
    reason = private.refusal(system)
    if strategy == CURRENT or reason:
        raise _nothing(found, system, "" if strategy == CURRENT else reason or "")
    for attempt in found.attempts:
        if attempt.problem is not ReachProblem.NO_SOCKET:
            say(f"{attempt.candidate.source}: {attempt.detail}. The course uses an engine of its own.")
    return _private(system, yes=yes, say=say)


def _private_serves(system: System) -> bool:
    return system.root and private.refusal(system) is None and private.status().running


def _find(system: System, say: Callable[[str], None]) -> FoundEngine | NotFound:
    """Look for an engine that is not the course's own (whose address the course's terminal has in DOCKER_HOST)."""
    env = dict(os.environ)
    if env.get("DOCKER_HOST") == private.status().host:
        del env["DOCKER_HOST"]
    return discover.find(env, Path.home(), system, say=say)


def _current(found: FoundEngine) -> Engine:
    return Engine(found.candidate.host, CURRENT, found.candidate.source, found.candidate.context)


def _private(system: System, *, yes: bool, say: Callable[[str], None]) -> Engine:
    reason = private.refusal(system)
    if reason:
        raise NoEngine(reason, f"Use the engine that is there with: checker start --engine {CURRENT}")
    if install.missing():
        install.install(system, yes=yes, say=say)
        if system.systemd:
            started = _started_by_systemd(system, say)
            if started:
                return _current(started)
    registry_package.provide_registry(dockerd.paths(), system, say)
    return Engine(private.start(say), PRIVATE, "the course's own engine")


def _started_by_systemd(system: System, say: Callable[[str], None]) -> FoundEngine | None:
    """Return the engine that systemd starts when its package is installed; give it a moment to answer."""

    def look() -> FoundEngine | bool:
        """Return the engine, or else whether there is none to wait for."""
        found = _find(system, lambda _: None)
        return found if isinstance(found, FoundEngine) else private.refusal(system) is None

    found = until(look, _AFTER_INSTALL_S, 0.2)
    if not isinstance(found, FoundEngine):
        return None
    say("The packages brought a Docker engine that runs with this machine; the course uses that one.")
    return found


def _nothing(found: NotFound, system: System, reason: str) -> NoEngine:
    message = f"No Docker engine that the course can use answers. Tried:\n{tried(found.attempts)}"
    return NoEngine(f"{message}\n{reason}" if reason else message, advice(found.attempts, system))
