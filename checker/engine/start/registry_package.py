"""The registry program of the private engine: installed from Debian's package where it is missing."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from checker.engine.own import mark, registry
from checker.engine.start import install
from checker.engine.system import find_program
from checker.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine.own import EnginePaths
    from checker.engine.system import System

TRY_AGAIN_S = 24 * 3600
"""How long a failed installation is not tried again: it may have cost a minute of waiting for a network."""


def provide_registry(engine: EnginePaths, system: System, say: Callable[[str], None]) -> None:
    """Install the registry program where it is missing and that is possible, after saying so; where not, say why.

    Arguments:
        engine: the folders of the private engine, which remember an installation that failed.
        system: what kind of machine this is.
        say: called with each line of progress.

    """
    if find_program(registry.PROGRAM):
        return
    problem = "only Debian and Ubuntu have the package, for root to install"
    if system.debian and system.root:
        problem = _install(engine, system, say)
    if problem:
        say(f"The course runs without its own registry: {problem}. docker pull will ask Docker Hub alone.")


def _install(engine: EnginePaths, system: System, say: Callable[[str], None]) -> str:
    """Install the package; return why that failed, or an empty text."""
    place = registry.place_of(engine)
    with contextlib.suppress(OSError):
        if time.time() - place.not_installed.stat().st_mtime < TRY_AGAIN_S:
            by_hand = f"apt-get install {registry.PROGRAM}"
            return f"installing {registry.PROGRAM} failed less than a day ago (try it by hand: {by_hand})"
    try:
        install.add(registry.PROGRAM, "a registry, from which docker pull gets the course's images", system, say)
    except CourseError as error:
        mark(engine)
        with contextlib.suppress(OSError):
            place.data.mkdir(exist_ok=True)
            place.not_installed.touch()
        return error.message.rstrip(".")
    return ""
