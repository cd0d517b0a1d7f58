"""What this machine does: programs with a time limit, processes, ports, and waiting for something to be so."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    T = TypeVar("T")

TASKLIST_LIMIT_S = 10.0


class Ran(NamedTuple):
    """How a program ended, and what it printed: stdout and stderr as one text."""

    exit_code: int
    output: str


class TooSlow(Exception):
    """A program was killed at its time limit; ``output`` is what it had printed."""

    def __init__(self, limit_s: float, output: str) -> None:
        super().__init__(f"it did not end within {limit_s:g} s")
        self.output = output


def run_program(
    argv: Sequence[str], limit_s: float, *, variables: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """Run a program without a shell and without input, and return what it did.

    Arguments:
        argv: the program and its arguments.
        limit_s: when it is killed, in seconds.
        variables: the environment that it gets; default that of this process.
        cwd: the folder that it runs in; default that of this process.

    Raises:
        TooSlow: when it takes longer.
        OSError: when it cannot be started.

    """
    try:
        done = subprocess.run(
            argv,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
            env=variables,
            cwd=cwd,
        )
    except subprocess.TimeoutExpired as error:
        raise TooSlow(limit_s, (error.output or b"").decode("utf-8", "replace")) from None
    return Ran(done.returncode, done.stdout.decode("utf-8", "replace"))


def until(ask: Callable[[], T], limit_s: float, step_s: float) -> T:
    """Ask until the answer is true, and return the last answer.

    Arguments:
        ask: is asked at least once, and once more when the limit has passed.
        limit_s: how long to go on asking, in seconds.
        step_s: the pause between two questions, in seconds.

    """
    deadline = time.monotonic() + limit_s
    while True:
        is_last = time.monotonic() >= deadline
        answer = ask()
        if answer or is_last:
            return answer
        time.sleep(step_s)


def is_alive(pid: int) -> bool:
    """Return whether a process of this number runs."""
    if pid <= 0:
        return False
    if sys.platform == "win32":  # os.kill would end it
        try:
            listed = run_program(["tasklist", "/NH", "/FI", f"PID eq {pid}"], TASKLIST_LIMIT_S)
        except (OSError, TooSlow):
            return False
        return str(pid) in listed.output.split()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def port_is_free(port: int) -> bool:
    """Return whether a port of this machine can be taken, on all addresses and on loopback alone."""
    for address in ("0.0.0.0", "127.0.0.1"):  # noqa: S104  (as a published port does; closed again at once)
        with socket.socket() as probe:
            if sys.platform != "win32":  # without it a port counts as taken for a minute after its last connection
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
                probe.listen(1)
            except OSError as error:
                return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True


def any_free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
