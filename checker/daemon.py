"""A program that runs beside the command that started it: launched, waited for until it answers, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

from checker.machine import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

FAILED_GRACE_S = 5.0
"""How long a daemon that does not answer has to end by itself, in seconds."""


class DoesNotAnswer(Exception):
    """A daemon ended, with ``exit_code``, or did not answer in time and was ended: then ``exit_code`` is None."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__("it did not answer" if exit_code is None else f"it ended with exit code {exit_code}")
        self.exit_code = exit_code


class Daemon:
    """A program that is launched with this call, in a process group of its own, which a terminal's Ctrl-C spares.

    Arguments:
        command: the program and its arguments.
        variables: its whole environment.
        log: the file that takes what it prints; what was in it is gone.
        cwd: the folder that it runs in.

    Raises:
        OSError: when it cannot be started, or the log cannot be written.

    """

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], log: Path, cwd: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env=variables,
                **_own_group(),
            )

    def wait_until(self, answers: Callable[[], object], limit_s: float, step_s: float) -> None:
        """Return when the daemon answers; one that does not is ended, also when the wait is interrupted.

        Arguments:
            answers: asks it something, and returns whether it answered.
            limit_s: how long it may take, in seconds.
            step_s: the pause between two questions, in seconds.

        Raises:
            DoesNotAnswer: when it ended, or takes longer.

        """
        has_answered = False

        def is_decided() -> bool:
            nonlocal has_answered
            has_answered = self.process.poll() is None and bool(answers())
            return has_answered or self.process.poll() is not None

        try:
            until(is_decided, limit_s, step_s)
            exit_code = self.process.poll()
        finally:
            if not has_answered:
                self.end(FAILED_GRACE_S)
        if not has_answered:
            raise DoesNotAnswer(exit_code)

    def last_lines(self, most: int) -> list[str]:
        """Return the last lines of its log that tell something: what was fatal, else all but mere information."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        fatal = [line for line in lines if line.startswith(("panic:", "failed to start")) or "level=fatal" in line]
        telling = fatal or [line for line in lines if "level=info" not in line and "level=debug" not in line] or lines
        return telling[-most:]

    def end(self, grace_s: float) -> None:
        """Ask it to end, and kill it with all of its process group after ``grace_s`` seconds."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            if os.name == "nt":
                self.process.kill()
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _own_group() -> dict[str, Any]:
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}
