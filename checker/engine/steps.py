"""The steps that fetch and build images: running a program with a time limit, and what is said when it fails."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from checker.errors import EngineProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

LAST_LINES = 12
_DISK_FULL = ("no space left on device", "disk quota exceeded")


def run(argv: list[str], limit_s: float, what: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a program of this machine and return what it printed.

    Arguments:
        argv: the program and its arguments; no shell is involved.
        limit_s: the time limit in seconds.
        what: the step, to name it in messages: "Building docker101/web:1".
        environment: variables to set beside those of this process.

    Raises:
        EngineProblem: when it fails or takes longer than ``limit_s``; quotes its last lines.

    """
    try:
        done = subprocess.run(
            argv,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired as error:
        output = (error.output or b"").decode("utf-8", "replace")
        raise failed(f"{what} was given up after {limit_s:g} s", output) from None
    except OSError as error:
        raise failed(f"{what} failed", str(error)) from error
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise failed(f"{what} failed (exit code {done.returncode})", output)
    return output


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
    if disk_full(output):
        return EngineProblem(
            f"{what}: the disk is full.\n{_quoted(lines[-2:])}",
            "Free some space (docker system df shows what Docker uses), then run this again.",
        )
    shown = f"{what}. Its last lines:\n{_quoted(lines[-LAST_LINES:])}" if lines else f"{what}, and said nothing."
    return EngineProblem(shown, next_step or "Run this again; if it stays, look at it with: checker doctor")


def _quoted(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
