"""What a beginner is told about containers: their states, how they ended, and who else is there. Pure functions."""

from __future__ import annotations

import difflib
import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from checker.engine.names import container_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    Data = Mapping[str, Any]

SHOWN_NAMES = 8
SHOWN_LINE = 160
OLD_S = 600.0
"""A container that ended longer ago than this many seconds is told to be an old one."""

EXIT_CODES = {
    0: "Code 0 says that its main process ended without an error; a container ends when its main process does.",
    126: "Code 126 says that its command was found and could not be executed.",
    127: "Code 127 says that its command was not found in the image.",
    130: "Code 130 is 128 + 2: it was ended by SIGINT.",
    137: "Code 137 is 128 + 9: its main process was ended by SIGKILL.",
    139: "Code 139 is 128 + 11: its main process crashed (SIGSEGV).",
    143: "Code 143 is 128 + 15: its main process was ended by SIGTERM.",
}
_MADE_UP = re.compile(r"[a-z]+_[a-z]+[0-9]?")
_SAME_PORT = re.compile(r"port is already allocated|address already in use|ports are not available", re.IGNORECASE)


def container_state(item: Data) -> str:
    """Return a container's state, from a list or an inspect: created, running, paused, restarting, exited, dead…."""
    state = item.get("State")
    return str(state.get("Status", "") if isinstance(state, dict) else state or "")


def roll_call(every: Sequence[Data], others: int, untold: Collection[str] = ()) -> str:
    """Say which of the course's containers there are, in which states, and how many others.

    Arguments:
        every: the course's containers.
        others: how many more the engine has.
        untold: names of which only that they are there is said: a question asks for the rest.

    """
    asked_about = [container_name(item) for item in every if container_name(item) in untold]
    ours = [item for item in every if container_name(item) not in untold]
    groups = {
        "Running": [container_name(item) for item in ours if container_state(item) in ("running", "restarting")],
        "Paused": [container_name(item) for item in ours if container_state(item) == "paused"],
        "Stopped": [
            f"{container_name(item)} ({_ending(item)})" for item in ours if container_state(item) in ("exited", "dead")
        ],
        "Created, never started": [container_name(item) for item in ours if container_state(item) == "created"],
    }
    said = [f"{title}: {listed(names)}." for title, names in groups.items() if names]
    if asked_about:
        said.append(f"Also there: {listed(asked_about)}; their states are for you to find out.")
    said = said or ["The course has no container at the moment."]
    if others:
        many = f"{others} other containers on this engine are" if others > 1 else "1 other container on this engine is"
        said.append(f"{many} not the course's.")
    return " ".join(said)


def listed(names: Iterable[str], limit: int = SHOWN_NAMES) -> str:
    """Return names as a list in a sentence; says how many were left out.

    Arguments:
        names: in any order; they are sorted.
        limit: how many are shown at most.

    """
    ordered = sorted(names)
    left = len(ordered) - limit
    return ", ".join(ordered[:limit]) + (f" and {left} more" if left > 0 else "")


def _ending(item: Data) -> str:
    code = re.match(r"Exited \((\d+)\)", str(item.get("Status", "")))
    return f"Exited {code[1]}" if code else container_state(item).capitalize()


def other_name(name: str, ours: Sequence[Data]) -> str:
    """Say which container may be meant by a name that none has; empty when none comes near.

    Arguments:
        name: the name that was looked for.
        ours: the containers of the course, as the engine describes them.

    """
    names = [container_name(item) for item in ours]
    for other in names:
        if other.casefold() == name.casefold():
            return f"There is one named {other}: small and capital letters make a difference."
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    if close:
        return f"Did you mean {close[0]}?"
    random = [other for other in names if made_up(other)]
    if random:
        return f"{listed(random)}: such a name is made up by the engine, for a container that was given none."
    return "Compare the NAMES column of docker ps -a with the task."


def made_up(name: str) -> bool:
    """Return whether a name looks like one of the engine's own making: brave_turing."""
    return bool(_MADE_UP.fullmatch(name))


def since_s(moment: str) -> float | None:
    """Return how many seconds ago a moment was, as the engine writes it; None for its “never”."""
    then_s = moment_s(moment)
    return None if then_s is None else time.time() - then_s


def moment_s(moment: str) -> float | None:
    """Return a moment as the engine writes it in seconds since 1970; None for its “never”."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$", moment)
    if not match or moment.startswith("0001-"):
        return None
    zone = "+00:00" if match[3] == "Z" else match[3]
    return datetime.fromisoformat(f"{match[1]}{(match[2] or '.0')[:7]}{zone}").timestamp()


def span(seconds: float) -> str:
    """Return a span of time in words."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}s"
    return f"{seconds:.0f} s" if seconds >= 1 else "less than a second"


def not_running(data: Data, log: str) -> tuple[str, str]:
    """Say why a container does not run, and where to look.

    Arguments:
        data: what inspect says of it.
        log: the end of its log.

    """
    name, state, details = container_name(data), container_state(data), data.get("State") or {}
    if state == "paused":
        return f"The container {name} is paused: frozen, with its process and its memory kept.", (
            "A paused container is neither running nor stopped; the STATUS column of docker ps says (Paused)."
        )
    if state == "created":
        return _never_started(name, str(details.get("Error") or ""))
    code = int(details.get("ExitCode") or 0)
    if state == "restarting":
        seen = f"The container {name} does not stay up: it ended with code {code} and is being restarted."
        return f"{seen}{last_words(log)}", f"{exit_code(code, details)} docker logs shows what it wrote each time."
    if state in ("exited", "dead"):
        return _ended(name, code, details, log)
    return f"The container {name} is {state or 'in an unknown state'}.", "docker ps -a shows its state."


def taken_port(error: str) -> str:
    """Return the port of the machine that an engine says is taken: "8000", or "?" when it names none; else nothing."""
    if not _SAME_PORT.search(error):
        return ""
    port = re.search(r":(\d+)(?::| failed)", error)
    return port[1] if port else "?"


def _never_started(name: str, error: str) -> tuple[str, str]:
    if taken := taken_port(error):
        which = "the port" if taken == "?" else f"port {taken}"
        return f"The container {name} was created, but could not start: {which} of your machine is taken.", (
            "Who has that port? Look at the PORTS column of docker ps; it may also be a program outside of Docker."
        )
    if "executable file not found" in error or "no such file or directory" in error:
        what = re.search(r'exec: \\?"([^"\\]+)', error)
        command = f"its command “{what[1]}”" if what else "its command"
        return f"The container {name} was created, but could not start: {command} was not found in the image.", (
            "A CMD in shell form is run by /bin/sh; an image that has no shell needs the exec form."
            if what and what[1] == "/bin/sh"
            else "What comes after the image's name is the command that the container runs."
        )
    if error:
        return f"The container {name} was created, but could not start. The engine says: {short(error, 300)}", (
            "docker inspect shows this under State."
        )
    return f"The container {name} was created, and never started.", (
        "Making a container and starting it are two steps; docker ps -a says Created after the first."
    )


def _ended(name: str, code: int, details: Data, log: str) -> tuple[str, str]:
    began, ended = since_s(str(details.get("StartedAt", ""))), since_s(str(details.get("FinishedAt", "")))
    ran = f", {span(max(began - ended, 0))} after its start" if began is not None and ended is not None else ""
    old = ended is not None and ended > OLD_S
    when = f" That was {span(ended)} ago." if old and ended is not None else ""
    look = exit_code(code, details)
    if old:
        look = f"Is this an old container, which has kept the name? {look}"
    return f"The container {name} is not running: it exited with code {code}{ran}.{when}{last_words(log)}", look


def exit_code(code: int, details: Data) -> str:
    """Say what an exit code means.

    Arguments:
        code: the exit code.
        details: the container's ``State``, as ``docker inspect`` shows it.

    """
    if details.get("OOMKilled"):
        return f"Code {code}: it was ended because it used more memory than it may."
    return EXIT_CODES.get(code, f"Code {code} is what its main process itself ended with; docker logs may say why.")


def last_words(log: str, lines: int = 3) -> str:
    """Quote the last lines of a log.

    Arguments:
        log: the container's log.
        lines: how many lines are quoted at most.

    """
    kept = [short(line, SHOWN_LINE) for line in log.splitlines() if line.strip()][-lines:]
    return f" Its log ends with: “{' / '.join(kept)}”." if kept else " Its log is empty."


def short(text: str, limit: int) -> str:
    """Return a text in one line of printable characters, cut at ``limit``.

    Arguments:
        text: any text.
        limit: how many characters are kept.

    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else f"{line[:limit]}…"
