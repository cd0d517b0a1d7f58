"""The steps that fetch and build images: running a program with a time limit, and what is said when it fails."""

from __future__ import annotations

import queue
import subprocess
import threading
from typing import IO, TYPE_CHECKING, NamedTuple

from checker.engine.program import docker_environment, find_docker
from checker.errors import EngineProblem
from checker.machine import TooSlow, run_program

if TYPE_CHECKING:
    from collections.abc import Mapping

LAST_LINES = 12
_DISK_FULL = ("no space left on device", "disk quota exceeded")


def run(argv: list[str], limit_s: float, what: str, variables: Mapping[str, str] | None = None) -> str:
    """Run a program of this machine and return what it printed.

    Arguments:
        argv: the program and its arguments; no shell is involved.
        limit_s: the time limit in seconds.
        what: the step, to name it in messages: "Building docker101/web:1".
        variables: the environment that it gets; default those of this process.

    Raises:
        EngineProblem: when it fails or takes longer than ``limit_s``; quotes its last lines.

    """
    try:
        done = run_program(argv, limit_s, variables=variables)
    except TooSlow as slow:
        raise failed(f"{what} was given up after {limit_s:g} s", slow.output) from None
    except OSError as error:
        raise failed(f"{what} failed", str(error)) from error
    if done.exit_code != 0:
        raise failed(f"{what} failed (exit code {done.exit_code})", done.output)
    return done.output


class Followed(NamedTuple):
    """How a program ended that was listened to; ``silent_s`` is above 0 when it was killed after so long a silence."""

    exit_code: int
    output: str
    silent_s: float = 0.0


def follow(argv: list[str], host: str, first_s: float, next_s: float) -> Followed:
    """Run a docker command on the engine at ``host`` as long as it goes on saying something.

    Killing the command makes the engine give up what it asked for (a pull) as well.

    Arguments:
        argv: the command's words, "docker" first.
        host: the engine, as in DOCKER_HOST.
        first_s, next_s: seconds that it may be silent before its first line, and after it.

    Raises:
        NoEngine: when there is no docker program.

    """
    lines: queue.Queue[str | None] = queue.Queue()
    output: list[str] = []
    limit_s = first_s
    program = find_docker()
    with subprocess.Popen(
        [str(program), *argv[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=docker_environment(host, argv, program),
    ) as process:
        threading.Thread(target=_read_into, args=(lines, process.stdout), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=limit_s)
            except queue.Empty:
                process.kill()
                return Followed(process.wait(), "".join(output), limit_s)
            if line is None:
                return Followed(process.wait(), "".join(output))
            output.append(line)
            limit_s = next_s


def _read_into(lines: queue.Queue[str | None], stream: IO[str] | None) -> None:
    for line in stream or ():
        lines.put(line)
    lines.put(None)


class DiskFull(EngineProblem):
    """There is no space left, so that trying in another way would not help."""


def disk_full(output: str) -> bool:
    """Whether what a program printed says that there is no space left."""
    return any(sign in output.lower() for sign in _DISK_FULL)


def failed(what: str, output: str, next_step: str = "") -> EngineProblem:
    """Return the error for a step that failed.

    Arguments:
        what: the step and how it ended, without a full stop: "Building docker101/web:1 failed (exit code 1)".
        output: what it printed; its last lines are quoted.
        next_step: what to do; where the disk is full, that is said instead.

    """
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    full = [line for line in lines if disk_full(line)]
    if full:
        return DiskFull(
            f"{what}: the disk is full.\n{_quoted(full[-2:])}",
            "Free some space (docker system df shows what Docker uses), then run this again.",
        )
    shown = f"{what}. Its last lines:\n{_quoted(lines[-LAST_LINES:])}" if lines else f"{what}, and said nothing."
    return EngineProblem(shown, next_step or "Run this again; if it fails again, run: checker doctor")


def _quoted(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
