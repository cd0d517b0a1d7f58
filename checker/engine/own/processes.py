"""Processes as Linux lists them under /proc: who they are, whether they live, and how to end one."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from checker.machine import until

PROC = Path("/proc")


def everyone() -> list[int]:
    """Return the ids of all processes."""
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def named(name: str) -> list[int]:
    """Return the ids of the living processes whose command is ``name``."""
    return [pid for pid in everyone() if command(pid) == name and born(pid)]


def command(pid: int) -> str:
    """Return the short name of a process (its first 15 letters); empty when there is no such process."""
    return _read(pid, "comm").decode(errors="replace").strip()


def arguments(pid: int) -> list[str]:
    """Return the command line of a process; empty when there is no such process."""
    return _read(pid, "cmdline").decode(errors="replace").split("\0")[:-1]


def born(pid: int) -> str:
    """Return when a process started, in the kernel's own count: with the id it names one process for good.

    Empty when there is no such process, or it has ended and was not collected yet (a zombie).
    """
    after_name = _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()
    if len(after_name) < 20 or after_name[0] in "ZX":
        return ""
    return after_name[19]  # proc(5): field 22, counted from the state, which is field 3


def network(pid: int | str = "self") -> str:
    """Return the network namespace of a process; empty when it cannot be seen."""
    try:
        return (PROC / str(pid) / "ns" / "net").readlink().name
    except OSError:
        return ""


def cgroup(pid: int) -> str:
    """Return the control groups that a process belongs to, as the kernel lists them; empty when there is none."""
    return _read(pid, "cgroup").decode(errors="replace")


def end(pid: int, grace_s: float) -> bool:
    """Ask a process to end, and kill it after ``grace_s`` seconds; return whether it ended when asked.

    Arguments:
        pid: the id of the process.
        grace_s: the seconds that it has to end by itself.

    """
    birth = born(pid)
    if terminate(pid, grace_s):
        return True
    kill(pid)
    _gone(pid, birth, 5)
    return False


def terminate(pid: int, grace_s: float) -> bool:
    """Ask a process to end; return whether it did so within ``grace_s`` seconds.

    Arguments:
        pid: the id of the process.
        grace_s: the seconds that it has to end.

    """
    birth = born(pid)
    with contextlib.suppress(ProcessLookupError):
        if birth:
            os.kill(pid, signal.SIGTERM)
    return _gone(pid, birth, grace_s)


def kill(pid: int) -> None:
    """Kill a process; one that is gone is no problem."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _gone(pid: int, birth: str, limit_s: float) -> bool:
    return until(lambda: not birth or born(pid) != birth, limit_s, 0.02)


def _read(pid: int, name: str) -> bytes:
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
