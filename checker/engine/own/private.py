"""An engine of the course's own: a dockerd with its own folder and socket, for Linux machines where none runs.

Several commands may use it at the same time. Each one registers (``start``) and signs off (``leave``); the last one
that is alive stops it. A command that was killed signs off by being dead.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine.own import dockerd, processes, registry
from checker.engine.system import LINUX, System
from checker.engine.transport import http
from checker.errors import CourseError, NoEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

START_LIMIT_S = 60.0


@dataclass(frozen=True)
class PrivateStatus:
    """The private engine now: ``pid`` is its process, ``users`` the living processes that use it."""

    running: bool
    host: str
    pid: int | None = None
    users: tuple[int, ...] = ()


def refusal(system: System) -> str | None:
    """Return in one sentence why this machine can have no private engine; None when it can."""
    if system.name != LINUX:
        return "The course can start an engine of its own on Linux only."
    if system.wsl:
        return (
            "The course starts no engine of its own in WSL: all distributions share one network there, and a second "
            "engine would break the first one's."
        )
    if not system.root:
        return "The course can start an engine of its own only as root."
    other = dockerd.foreign(dockerd.paths())
    if other is not None:
        return (
            f"Another Docker daemon runs here already (dockerd, process {other}); a second one in the same network "
            "would delete the first one's bridge."
        )
    return None


def start(
    say: Callable[[str], None],
    *,
    arguments: Sequence[str] = (),
    user: int | None = None,
    limit_s: float = START_LIMIT_S,
) -> str:
    """Start the private engine, or join the one that runs; return its address.

    Ask ``refusal`` first. What a killed earlier run left (process ids, sockets, a daemon that hangs) is cleaned up.

    Arguments:
        say: is told what is done.
        arguments: more arguments for dockerd; they count only where it is not running yet.
        user: the process that uses it; default this one.
        limit_s: how long dockerd may take to answer, in seconds.

    Raises:
        NoEngine: when dockerd is not installed, cannot start, or does not answer.
        CourseError: when the engine's folders cannot be made.

    """
    place = dockerd.paths()
    dockerd.require_short(place)
    with _locked(place):
        if _serves(place, say):
            registry.arguments(place, say)
        else:
            _end(place, say)
            _launch(place, arguments, say, limit_s)
        who = os.getpid() if user is None else user
        _write_users(place, [*(item for item in _users(place) if item[0] != who), (who, processes.born(who))])
    return place.host


def leave(say: Callable[[str], None], *, user: int | None = None) -> bool:
    """Sign off; stop the engine when no other living process uses it. Return whether it was stopped.

    Does nothing for a process that did not register.

    Arguments:
        say: takes each line of progress.
        user: the id of the process that signs off; default: this one.

    """
    place = dockerd.paths()
    who = os.getpid() if user is None else user
    if who not in [item[0] for item in _users(place)]:
        return False
    with _locked(place):
        left = [item for item in _users(place) if item[0] != who]
        _write_users(place, left)
        return not left and _end(place, say)


def stop(say: Callable[[str], None]) -> bool:
    """Stop the private engine whoever uses it; return whether one was running. What it holds stays on the disk."""
    place = dockerd.paths()
    if not place.run.is_dir():
        return False
    with _locked(place):
        _write_users(place, [])
        return _end(place, say)


def remove_data() -> bool:
    """Remove what the private engine keeps on the disk; return whether there was any. Call ``stop`` first.

    Raises:
        CourseError: when the engine runs, or a folder cannot be removed.

    """
    place = dockerd.paths()
    beside = dockerd.second(place)
    if any(dockerd.running(one) is not None for one in (place, beside)):
        raise CourseError("The course's engine still runs; its data stays.", "Stop it with: checker stop")
    try:
        dockerd.remove_folders(beside)
        with contextlib.suppress(OSError):  # it is not there, or holds something that is not the course's
            beside.run.parent.rmdir()
        return dockerd.remove_folders(place)
    except OSError as error:
        raise CourseError(
            f"The engine's data in {place.data} could not be removed: {error.strerror}.",
            f"Do this as root: rm -r {place.data}",
        ) from error


def status() -> PrivateStatus:
    """Return what the private engine does now, without changing anything."""
    place = dockerd.paths()
    pid = dockerd.running(place)
    users = tuple(item[0] for item in _users(place)) if pid is not None else ()
    return PrivateStatus(pid is not None, place.host, pid, users)


def _serves(place: dockerd.EnginePaths, say: Callable[[str], None]) -> bool:
    """Whether the daemon runs and answers, so that there is nothing to start."""
    pid = dockerd.running(place)
    if pid is None:
        return False
    if processes.network(pid) != processes.network():
        raise NoEngine(
            f"The course's engine (process {pid}) runs in another network namespace than this command.",
            "Stop it with: checker stop",
        )
    if http.ping(place.host, 10).ok:
        return True
    say("The course's engine runs but does not answer.")
    return False


def _launch(place: dockerd.EnginePaths, arguments: Sequence[str], say: Callable[[str], None], limit_s: float) -> None:
    """Start the registry and then the daemon, which is told of it; a daemon that does not start leaves none of both."""
    dockerd.mark(place)
    try:
        dockerd.launch(place, [*registry.arguments(place, say), *arguments], say, limit_s)
    except BaseException:
        registry.stop(place)
        raise


def _end(place: dockerd.EnginePaths, say: Callable[[str], None]) -> bool:
    """End the daemon and its registry, the second engine first, and clean up; return whether a daemon was running."""
    beside = dockerd.second(place)
    if beside.run.is_dir():
        _end(beside, say)
    ended = dockerd.end(place, say)
    registry.stop(place)
    return ended


def _users(place: dockerd.EnginePaths) -> list[tuple[int, str]]:
    """Return the registered users that are alive, each with its birth (ids are used again)."""
    try:
        lines = place.users.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    pairs = [line.split() for line in lines]
    return [(int(pair[0]), pair[1]) for pair in pairs if len(pair) == 2 and processes.born(int(pair[0])) == pair[1]]


def _write_users(place: dockerd.EnginePaths, users: list[tuple[int, str]]) -> None:
    place.users.write_text("".join(f"{pid} {birth}\n" for pid, birth in users), encoding="utf-8")


@contextlib.contextmanager
def _locked(place: dockerd.EnginePaths) -> Iterator[None]:
    """Let one command at a time change the engine; a command that is killed lets go."""
    import fcntl

    try:
        place.run.mkdir(parents=True, exist_ok=True, mode=0o711)
        lock = (place.run / "lock").open("w", encoding="utf-8")
    except OSError as error:
        raise CourseError(
            f"The engine's folder {place.run} cannot be written: {error.strerror}.",
            "Do this as root, or set DOCKER101_ENGINE_HOME to a folder that can be written.",
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
