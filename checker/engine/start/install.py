"""Install the distribution's Docker on Debian or Ubuntu, as root, and say so before."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.system import System, find_program
from checker.errors import CourseError, NoEngine, UsageProblem
from checker.machine import run_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_POLICY = Path("/usr/sbin/policy-rc.d")
_APPARMOR = Path("/sys/module/apparmor/parameters/enabled")
_LOCK_LIMIT_S = 60
_ASK_LIMIT_S = 30
_PROGRESS = ("Get:", "Unpacking ", "Setting up ", "Waiting for cache lock")
_SHORT_WAITS = ("-o", "Acquire::http::Timeout=15", "-o", "Acquire::https::Timeout=15", "-o", "Acquire::Retries=1")
_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}

# What apt-get and dpkg say when they fail, what it means, and what to do about it.
_FAILURES = (
    (
        ("Could not get lock", "Unable to acquire the dpkg frontend lock", "Unable to lock directory"),
        "Another program is installing packages right now.",
        "Wait until it is done (ps -e | grep -E 'apt|dpkg' shows it), then do this again.",
    ),
    (
        ("dpkg was interrupted",),
        "An earlier installation of packages was cut off.",
        "Finish it with: dpkg --configure -a",
    ),
    (
        ("No space left on device", "You don't have enough free space"),
        "The disk is too full for Docker.",
        "Free about 500 MB (df -h shows where), then do this again.",
    ),
    (
        (
            "Temporary failure resolving",
            "Could not resolve",
            "Could not connect",
            "Unable to connect",
            "Failed to fetch",
        ),
        "The packages could not be fetched: this machine does not reach its package archive.",
        "Look at its network (and at http_proxy, where one is needed), then do this again.",
    ),
    (
        ("Unable to locate package", "has no installation candidate"),
        "The package archive that this machine uses does not have Docker.",
        "On Ubuntu add the archive that has it with: add-apt-repository universe",
    ),
)


def missing() -> list[str]:
    """Return the programs that a private engine needs and that are not here."""
    return [program for program in ("dockerd", "docker", "iptables") if find_program(program) is None]


def install(system: System, *, yes: bool, say: Callable[[str], None], ask: Callable[[str], str] | None = None) -> None:
    """Install what ``missing`` names.

    Says what will be installed, asks where there is a terminal to ask at, and shows progress. The packages do
    not get to start a daemon of their own where systemd does not run the machine: the course starts its own.

    Arguments:
        system: a Debian or Ubuntu, as root (others get a NoEngine with the step to take).
        yes: do not ask.
        say: is told what happens.
        ask: puts a question, returns the answer; default: ``input`` where there is a terminal, else nothing is asked.

    Raises:
        NoEngine: when this is no such system.
        UsageProblem: when the answer is no.
        CourseError: when apt-get fails; nothing is left half done that the next try would not finish.

    """
    if not (system.debian and system.root):
        from checker.engine.start.advice import advice

        raise NoEngine("Docker is not installed on this machine.", advice((), system))
    programs = missing()
    if not programs:
        return
    fresh = not _known("docker.io")
    if fresh:
        _fetch_list(say)
    packages = _packages(programs)
    say(f"Missing, and needed for an engine: {', '.join(programs)}.")
    say(f"To be installed with apt-get, from this machine's own archive: {' '.join(packages)}")
    if ask is None and sys.stdin is not None and sys.stdin.isatty():
        ask = input
    if not yes and ask is not None and ask("Install them now? [Y/n] ").strip().lower() not in ("", "y", "yes"):
        raise UsageProblem(
            "Nothing was installed.", f"Install them yourself with: apt-get install {' '.join(packages)}"
        )
    if not fresh:
        _fetch_list(say)  # an old list names versions that the archive has no more
    with contextlib.nullcontext() if system.systemd else _no_daemons():
        _apt(["install", "--yes", "--no-install-recommends", *packages], say)
    still = missing()
    if still:
        raise CourseError(
            f"The packages are installed, but {', '.join(still)} cannot be found.",
            f"Look at what they hold: dpkg -L {' '.join(packages)}",
        )


def add(package: str, what: str, system: System, say: Callable[[str], None]) -> None:
    """Install a package that the course can do without, after saying so; no daemon of its own is started, now or later.

    Arguments:
        package: its name, which is also its service's.
        what: what it is for, in a few words.
        system: a Debian or Ubuntu, as root.
        say: is told what happens.

    Raises:
        CourseError: when apt-get fails.

    """
    say(f"To be installed with apt-get, from this machine's own archive: {package} ({what})")
    if not _known(package):
        _fetch_list(say)
    with _no_daemons():
        _apt(["install", "--yes", "--no-install-recommends", *_SHORT_WAITS, package], say)
    if system.systemd:
        run_program(["systemctl", "disable", "--now", package], _ASK_LIMIT_S)


@contextlib.contextmanager
def _no_daemons() -> Iterator[None]:
    """Keep packages from starting daemons meanwhile (invoke-rc.d(8) asks policy-rc.d), unless one is there.

    The answer holds only as long as this process lives, so that a killed one does not forbid daemons for ever.
    """
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text(f"#!/bin/sh\nkill -0 {os.getpid()} 2>/dev/null && exit 101\nexit 0\n", encoding="utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def _fetch_list(say: Callable[[str], None]) -> None:
    say("Fetching the list of packages …")
    _apt(["update"], say)


def _packages(programs: Sequence[str]) -> list[str]:
    """Return the packages that hold ``programs``; newer releases have the CLI in a package of its own."""
    cli = "docker-cli" if _known("docker-cli") else "docker.io"
    holding = {"dockerd": "docker.io", "docker": cli, "iptables": "iptables"}
    wanted = [holding[program] for program in programs]
    wanted.append("ca-certificates")  # without them no registry can be reached
    if _apparmor():
        wanted.append("apparmor")  # where the kernel has it switched on, no container starts without its parser
    return sorted(set(wanted))


def _known(package: str) -> bool:
    """Whether the archive has a package to install."""
    shown = run_program(["apt-cache", "policy", package], _ASK_LIMIT_S, variables=os.environ | _ENVIRONMENT).output
    return "Candidate:" in shown and "Candidate: (none)" not in shown


def _apparmor() -> bool:
    try:
        return _APPARMOR.read_text(encoding="ascii").strip() == "Y"
    except OSError:
        return False


def _apt(arguments: Sequence[str], say: Callable[[str], None]) -> None:
    command = ["apt-get", "-o", f"DPkg::Lock::Timeout={_LOCK_LIMIT_S}", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=os.environ | _ENVIRONMENT,
    ) as process:
        last = _followed(process.stdout or iter(()), say)
    # "update" ends with 0 even when it reached no archive, and only warns
    if process.returncode or (arguments[0] == "update" and not _known("docker.io")):
        raise _failure(f"apt-get {' '.join(arguments)}", process.returncode, last)


def _followed(lines: Iterator[str], say: Callable[[str], None]) -> list[str]:
    """Pass progress on, and return the last lines."""
    last: deque[str] = deque(maxlen=40)
    for line in lines:
        last.append(line.rstrip())
        if line.startswith(_PROGRESS):
            say(f"  {line.strip()}")
    return list(last)


def _failure(command: str, exit_code: int, lines: Sequence[str]) -> CourseError:
    for marks, message, next_step in _FAILURES:
        told = next((line for line in lines if any(mark in line for mark in marks)), "")
        if told:
            return CourseError(f"{message} apt-get said: {told}", next_step)
    shown = "\n".join(f"  {line}" for line in lines[-6:]) or "  (nothing)"
    return CourseError(
        f"{command} failed with exit code {exit_code}. Its last lines:\n{shown}", f"Try it by hand: {command}"
    )
