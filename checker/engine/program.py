"""Run the docker command line program: find the real one, stream what it says, end it at its time limit."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from checker.commands import split
from checker.errors import NoEngine
from checker.machine import run_program
from checker.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TIMEOUT_S = 120.0
"""How long one command may take on a quiet machine, in seconds, unless the caller says otherwise."""

OUTPUT_LIMIT_BYTES = 1_000_000
"""How much output is kept; a command that says more is ended, because it would say it for ever."""

LOOK_S = 0.5
"""How often it is looked, in seconds, whether a command has ended whose output something else keeps open."""

INTERRUPT_GRACE_S = 1.0
"""How long an interrupted command has to end by itself, in seconds."""

_KNOWN_FOLDERS = (
    "/usr/local/bin",
    "/usr/bin",
    "/opt/homebrew/bin",
    "~/.docker/bin",
    "~/.rd/bin",
    r"C:\Program Files\Docker\Docker\resources\bin",
)
"""Where the program is on machines whose PATH does not name it."""


@dataclass(frozen=True)
class Done:
    """What a command did. ``output`` is stdout and stderr as one text; ``note`` says why it was ended, if it was."""

    exit_code: int
    output: str
    timed_out: bool = False
    note: str = ""


def find_docker(path: str | None = None) -> Path:
    """Return the real docker program, never the course's own shim.

    Arguments:
        path: the folders to look in, as PATH writes them; default PATH itself and where Docker Desktop puts it.

    Raises:
        NoEngine: when there is none.

    """
    listed = os.environ.get("PATH", os.defpath) if path is None else path
    folders = listed.split(os.pathsep) + ([] if path is not None else [os.path.expanduser(f) for f in _KNOWN_FOLDERS])  # noqa: PTH111
    for folder in folders:
        found = shutil.which("docker", path=folder) if folder else None
        if found and not is_shim(Path(found)):
            return Path(found)
    raise NoEngine(
        "The docker program is not on this machine's PATH.",
        "See what is missing, and how to get it, with: checker doctor",
    )


def is_shim(path: Path) -> bool:
    """Return whether a ``docker`` is the course's own."""
    try:
        with path.open("rb") as file:
            return b"DOCKER101_GUARD" in file.read(1000)
    except OSError:
        return False


def run_docker(  # noqa: PLR0913  (one function runs every command; each of these is one of its circumstances)
    argv: Sequence[str],
    host: str,
    stdin: Path | None = None,
    timeout_s: float = TIMEOUT_S,
    on_output: Callable[[str], object] | None = None,
    *,
    cwd: Path | None = None,
    docker: Path | None = None,
) -> Done:
    """Run one docker command and return what it did.

    Arguments:
        argv: the command's words, "docker" first.
        host: the DOCKER_HOST of the engine.
        stdin: a file to feed it; default nothing, which ends at once.
        timeout_s: when the command is ended, in seconds; on a busy machine later (``checker.patience``).
        on_output: called with each line as it comes, its line end included.
        cwd: the folder that paths of the command start from.
        docker: the program; default the one that ``find_docker`` finds.

    Raises:
        NoEngine: when there is no docker program.

    """
    program = docker or find_docker()
    with contextlib.ExitStack() as stack:
        source: IO[bytes] | int = stack.enter_context(stdin.open("rb")) if stdin else subprocess.DEVNULL
        process = subprocess.Popen(
            [str(program), *argv[1:]],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=docker_environment(host, argv, program),
            cwd=cwd,
            start_new_session=True,  # a process group of its own, so that it ends with all that it started
            creationflags=_NEW_GROUP,
        )
        return _Running(process, on_output).wait(timeout_s)


def docker_environment(
    host: str, argv: Sequence[str] = (), docker: Path | None = None, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment in which the docker program talks to the course's engine and to no other.

    Arguments:
        host: the engine, as in DOCKER_HOST.
        argv: the command that will run, with ``docker`` as its first word; default: none in particular.
        docker: the path of the docker program, which decides about BuildKit; default: it is not considered.
        base: the environment to start from; default: this process's.

    """
    env = dict(os.environ if base is None else base)
    for name in ("DOCKER_CONTEXT", "DOCKER_BUILDKIT", "DOCKER_TLS_VERIFY"):  # the course's engine speaks no TLS
        env.pop(name, None)
    env |= {"DOCKER_HOST": host, "DOCKER_CLI_HINTS": "false", "BUILDKIT_PROGRESS": "plain"}
    if docker and argv and split(argv).name == "build" and _has_buildkit_built_in(docker):
        env["DOCKER_BUILDKIT"] = "1"
    return env


@cache
def _has_buildkit_built_in(docker: Path) -> bool:
    """Return whether this CLI builds with BuildKit when told to, without a plugin: those before 23 do.

    Newer ones use the plugin buildx by themselves where it is there; telling them to where it is not is an error.
    """
    said = run_program([str(docker), "--version"], 10).output
    found = re.search(r"version (\d+)\.(\d+)", said)
    return found is not None and (18, 9) <= (int(found[1]), int(found[2])) < (23, 0)


_NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Windows' word for a process group of its own; elsewhere nothing."""


class _Running:
    """A command that runs: reads its output in a thread, and ends it when it must end."""

    def __init__(self, process: subprocess.Popen[bytes], on_output: Callable[[str], object] | None) -> None:
        self.process, self.on_output = process, on_output
        self.lines: list[str] = []
        self.size_bytes = 0
        self.too_much = False
        self.problem: BaseException | None = None
        self.reader = threading.Thread(target=self._read, daemon=True)

    def wait(self, timeout_s: float) -> Done:
        """Wait for the end; end it at the limit, or when the person interrupts."""
        patience = Patience(timeout_s)
        try:
            self.reader.start()
            timed_out = not self._ends_within(patience)
            if timed_out:
                self._kill()
        except KeyboardInterrupt:
            self._interrupt()
            raise
        finally:
            self.reader.join(INTERRUPT_GRACE_S)
        if self.problem:
            raise self.problem
        code = self.process.wait()
        return Done(
            code if code >= 0 else 128 - code, "".join(self.lines), timed_out, self._note(timed_out, patience.limit_s)
        )

    def _ends_within(self, patience: Patience) -> bool:
        """Return whether the command ends before its limit.

        The end of the thread that reads wakes this one at once; ``Popen.wait`` with a limit looks every 50 ms.
        """
        while (left_s := patience.left_s()) and self.reader.is_alive() and self.process.poll() is None:
            self.reader.join(min(left_s, LOOK_S))
        while left_s := patience.left_s():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(left_s)
                return True
        return False

    def _note(self, timed_out: bool, timeout_s: float) -> str:
        if timed_out:
            return (
                f"The command was ended after its limit of {timeout_s:g} s. A container that it started may still be "
                "there: look with docker ps"
            )
        if self.too_much:
            return (
                f"The command was ended after {OUTPUT_LIMIT_BYTES // 1000} kB of output. A container that it started "
                "may still be there: look with docker ps"
            )
        return ""

    def _read(self) -> None:
        """Hand on line by line, until the end or until it is too much."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        rest = ""
        stream = self.process.stdout
        assert stream is not None  # noqa: S101  (it was opened as a pipe)
        while chunk := os.read(stream.fileno(), 65536):
            self.size_bytes += len(chunk)
            *lines, rest = (rest + decoder.decode(chunk)).split("\n")
            for line in lines:
                self._say(line.removesuffix("\r") + "\n")
            if self.size_bytes > OUTPUT_LIMIT_BYTES and not self.too_much:
                self.too_much = True
                self._kill()
        stream.close()
        if rest:
            self._say(rest)
        self.process.wait()  # with no limit the system wakes this thread; ``wait`` joins it, and keeps the limit

    def _say(self, line: str) -> None:
        if self.too_much or self.problem:
            return
        self.lines.append(line)
        try:
            if self.on_output:
                self.on_output(line)
        except Exception as error:  # noqa: BLE001  (raised again where the command was started)
            self.problem = error
            self._kill()

    def _interrupt(self) -> None:
        """Pass on Ctrl-C, so that docker may pass it on to the container, and then make sure."""
        with contextlib.suppress(OSError, ValueError):
            self.process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(INTERRUPT_GRACE_S)
        self._kill()

    def _kill(self) -> None:
        """End the command and all that it started; on SIGTERM the docker program may sit for minutes."""
        if sys.platform == "win32":
            run_program(["taskkill", "/T", "/F", "/PID", str(self.process.pid)], 10)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
