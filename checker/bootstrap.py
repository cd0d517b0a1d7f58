"""Make ``.venv``, install what the course needs there, and go on inside it. Standard library only."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import platform
import queue
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from checker.errors import CourseError, UsageProblem
from checker.files import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from checker.bundle import Bundle

VENV = ROOT / ".venv"
STAMP = VENV / "docker101.stamp"
REQUIREMENTS = ROOT / "requirements.txt"
PYPROJECT = ROOT / "pyproject.toml"
WINDOWS = os.name == "nt"
_FROM_NETWORK_AGAIN = (
    "Check the network and the disk's space, then run the same command again; pip keeps what it has fetched."
)
_FROM_BUNDLE_AGAIN = (
    "Check the disk's space. If a package is not found or not supported, the bundle's wheels do not fit this Python: "
    "use a bundle that was made on a machine like this one, or start once with a network and without --bundle."
)
TICK_S = 0.5
STEP_S = 5.0
"""Seconds between two lines of progress where there is no terminal to redraw a line on."""


def inside() -> bool:
    """Return whether this process runs in the course's virtual environment."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def python() -> Path:
    """Return the virtual environment's interpreter, whether it exists or not."""
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def ready(*, tests: bool) -> bool:
    """Return whether the virtual environment holds just what the course (and its tests) need now."""
    return python().exists() and set(_wanted(tests=tests).splitlines()) <= set(_stamp().splitlines())


def packages_here() -> bool:
    """Return whether this Python has what the course needs although it is not the course's own environment."""
    return all(importlib.util.find_spec(name) for name in ("docker", "jupyterlab", "nbval"))


def ensure(
    argv: Sequence[str], *, tests: bool, yes: bool, say: Callable[[str], None], bundle: Bundle | None = None
) -> int | None:
    """Make the virtual environment where it is missing or out of date; run ``argv`` inside it.

    Where there is a bundle, packages come from it, and from nowhere else.

    Arguments:
        argv: the arguments of ``python -m checker``, without the program.
        tests: whether the packages that only the tests need are installed as well.
        yes: whether a system package that is missing is installed without asking.
        say: takes each line of progress.
        bundle: where the packages come from; default: pip's own index.

    Returns:
        The exit code of the command that ran inside, or None when this process is inside already.

    Raises:
        CourseError: when it cannot be made; says what to install.

    """
    if not ready(tests=tests):
        try:
            if bundle:
                from checker.bundle import requirements_digest

                bundle.require_edition(requirements_digest(REQUIREMENTS, PYPROJECT), tests=tests)
                bundle.check_all(say)
            _make(tests=tests, yes=yes, say=say, bundle=bundle)
        except OSError as error:
            raise _cannot_make(error) from error
    if inside():
        return None
    return hand_over(argv)


def hand_over(argv: Sequence[str]) -> int:
    """Run ``checker`` with ``argv`` inside the virtual environment and return its exit code."""
    command = [str(python()), "-m", "checker", *argv]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if not WINDOWS:
        os.execve(command[0], command, environment)  # noqa: S606  (the same program, in its own environment)
    child = subprocess.Popen(command, env=environment)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the child got it too, and stops what it started


def _wanted(*, tests: bool) -> str:
    """Return the lines that the stamp must hold: what was installed, from which lists, for which folder."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + PYPROJECT.read_bytes()).hexdigest()
    lines = [f"course {digest} {ROOT}", f"python {platform.python_version()}"]
    if tests:
        lines.append(f"tests {digest}")
    return "\n".join(lines)


def _stamp() -> str:
    try:
        return STAMP.read_text(encoding="utf-8")
    except OSError:
        return ""


def _make(*, tests: bool, yes: bool, say: Callable[[str], None], bundle: Bundle | None) -> None:
    """Make the environment and install into it; the stamp comes last, so that an interrupted run starts again."""
    stamp = _stamp().splitlines()
    fresh = not inside() and (not python().exists() or _wanted(tests=False).splitlines()[1] not in stamp)
    if fresh:
        say(f"Making a Python environment in {VENV.name}/ (about 400 MB, inside this folder; nothing else is touched).")
        _need_venv_module(yes=yes, say=say)
        if VENV.exists():
            shutil.rmtree(VENV)
        run_step([sys.executable, "-m", "venv", str(VENV)], "the Python environment", say)
    STAMP.unlink(missing_ok=True)
    with _packages(bundle, say) as (source, env):
        pip = [str(python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *source]
        if _wanted(tests=False).splitlines()[0] not in stamp or fresh:
            say(f"Installing the packages of {REQUIREMENTS.name} (JupyterLab and what it needs).")
            run_step([*pip, "-r", str(REQUIREMENTS)], "the course's packages", say, env)
        target = f"{ROOT}[test]" if tests else str(ROOT)
        if tests:
            say("Installing what only the tests need (ruff, mypy, playwright).")
        editable = ["--no-build-isolation", "--config-settings", "editable_mode=compat", "--editable", target]
        run_step([*pip, *([] if tests else ["--no-deps"]), *editable], "the checker itself", say, env)
    STAMP.write_text(_wanted(tests=tests) + "\n", encoding="utf-8")


@contextlib.contextmanager
def _packages(bundle: Bundle | None, say: Callable[[str], None]) -> Iterator[tuple[list[str], dict[str, str] | None]]:
    """Yield pip's options that say where packages come from, and its environment (None: this one)."""
    if bundle is None:
        yield [], None
        return
    say(f"Taking packages from {bundle.path.name}; no network is needed.")
    with bundle.unpacked_wheels(VENV / "docker101-wheels") as source:
        yield source


def _cannot_make(error: OSError) -> CourseError:
    where = error.filename or VENV
    return CourseError(
        f"The Python environment in {VENV.name}/ could not be made: {error.strerror or error} ({where}).",
        "End the course where it is open, make sure that this folder can be written and the disk has room, "
        "then run the same command again.",
    )


def _need_venv_module(*, yes: bool, say: Callable[[str], None]) -> None:
    """Debian and Ubuntu split ``venv`` off; install it as root, or say what to install."""
    probe = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    if probe.returncode == 0:
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    command = ["apt-get", "install", "--yes", "--no-install-recommends", package]
    root = not WINDOWS and os.geteuid() == 0
    if not shutil.which("apt-get") or not root:
        raise UsageProblem(
            "This Python has no venv module, which the course needs for its own environment.",
            f"Install it, then start again. On Debian or Ubuntu: sudo apt-get install {package}",
        )
    say(f"This Python has no venv module. The course will install Debian's package {package}.")
    if not yes and sys.stdin.isatty() and input("Install it now? [Y/n] ").strip().lower() not in ("", "y", "yes"):
        raise UsageProblem("Nothing was installed.", f"When you want to go on: {' '.join(command)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_step(["apt-get", "update"], "the list of packages", say, environment)
    run_step(command, package, say, environment)


def run_step(
    command: list[str],
    what: str,
    say: Callable[[str], None],
    env: dict[str, str] | None = None,
    *,
    does: str = "Installing",
) -> None:
    """Run a command that may take long, with signs of life; raise with its last lines when it fails.

    Arguments:
        command: the program and its arguments.
        what: what the command gets, for messages: "the packages".
        say: takes each line of progress.
        env: the environment of the program; default: this process's.
        does: how its progress is put, in one word.

    Raises:
        CourseError: when it fails; quotes its last lines.

    """
    from checker.terminal import progress

    lines: list[str] = []
    pinned = REQUIREMENTS.read_text(encoding="utf-8").count("==") if str(REQUIREMENTS) in command else 0
    with progress(say, pinned, "packages", step_s=STEP_S) as done:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env) as process:
            for line in _lines_or_none(process.stdout):
                lines += [line] if line is not None else []
                done.add((line or "").startswith(("Collecting", "Get:")))
        if process.returncode != 0:
            from checker.bundle import OFFLINE

            raise CourseError(
                f"{does} {what} failed:\n" + "\n".join(f"  {line}" for line in _telling(lines)),
                _FROM_BUNDLE_AGAIN if OFFLINE[0] in command else _FROM_NETWORK_AGAIN,
            )


def _lines_or_none(stream: IO[bytes] | None) -> Iterator[str | None]:
    """Yield each line as it comes, and None from time to time: pip says nothing while it unpacks."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for raw in stream or ():
            lines.put(raw.decode("utf-8", errors="replace").rstrip())
        lines.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while reader.is_alive() or not lines.empty():
        try:
            line = lines.get(timeout=TICK_S)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line


def _telling(lines: list[str]) -> list[str]:
    """Return the lines that pip and apt mark as errors; without any, the last ones."""
    errors = [line for line in lines if line.startswith(("ERROR", "error", "E:"))]
    return errors[-4:] or lines[-8:]
