"""The doctor's looks at the real machine: each answers one question of ``Machine``, and changes nothing."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from checker.doctor.machine import Machine, OwnEngine, Sought, Tried
from checker.engine import (
    LINUX,
    ReachProblem,
    System,
    advice,
    discover,
    dockerd,
    find_program,
    http,
    private,
    recorder,
    remembered_engine,
    this_system,
)
from checker.files import ROOT, work_root
from checker.learner import Work
from checker.machine import Ran, TooSlow, is_alive, port_is_free, run_program

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMAND_LIMIT_S = 10.0
"""How long the doctor waits for a command that it runs."""

READ_LIMIT_BYTES = 100_000
"""How much of a file the doctor reads."""


def this_machine(work: Path | None = None) -> Machine:
    """Return the machine that this runs on, with ``work`` (default: the learner's folder) as the folder to look at."""
    work = work or work_root()
    kind = this_system()
    return Machine(
        kind=kind,
        python=sys.version_info[:3],
        executable=Path(sys.executable),
        env=dict(os.environ),
        home=Path.home(),
        root=ROOT,
        work=work,
        which=which_all,
        run=run_command,
        read=read_or_nothing,
        exists=lambda path: Path(path).exists(),
        version_of=lambda package: version_of(package, ROOT / ".venv"),
        free_bytes=free_bytes,
        port_is_free=port_is_free,
        problem_with_writing=problem_with_writing,
        is_alive=is_alive,
        find_engine=lambda: find_engine(work, kind),
        get=http.get,
        own_engine=lambda: own_engine(kind),
        is_recording=lambda: is_recording(work),
        server_owner=lambda: server_owner(work),
    )


def own_engine(kind: System) -> OwnEngine:
    """Return what there is to see of the private engine."""
    if kind.name != LINUX:
        return OwnEngine()
    place = dockerd.paths()
    there = place.pid.exists() or place.socket.exists()
    return OwnEngine(place.log if place.log.exists() else None, there and not private.status().running)


def find_engine(work: Path, kind: System) -> Sought:
    """Look for the engine that the course uses, or would use: first the remembered one, then any other.

    Arguments:
        work: the learner's folder, which remembers the engine of the course.
        kind: the operating system of this machine.

    Returns:
        Its address and where that came from; without an engine, what was tried, and advice.

    """
    remembered = remembered_engine(work)
    tried: list[Tried] = []
    if remembered:
        answer = http.ping(remembered.host)
        source = remembered.source
        if answer.ok:
            return Sought(remembered.host, source, remembered.strategy)
        tried.append(Tried(remembered.host, f"the course's {remembered.strategy} engine, {source}", answer.detail))
    env = {name: value for name, value in os.environ.items() if (name, value) != ("DOCKER_HOST", dockerd.paths().host)}
    outcome = discover.find(env, Path.home(), kind)
    tried += [_tried(one) for one in outcome.attempts]
    if isinstance(outcome, discover.FoundEngine):
        return Sought(outcome.candidate.host, outcome.candidate.source, "", tuple(tried))
    can_start = kind.name == LINUX and private.refusal(kind) is None and (kind.debian or find_program("dockerd"))
    return Sought(tried=tuple(tried), advice="" if can_start else advice.advice(outcome.attempts, kind))


def _tried(attempt: discover.TriedEngine) -> Tried:
    place = attempt.candidate
    matters = place.chosen or attempt.problem is not ReachProblem.NO_SOCKET
    return Tried(place.host or "(no address)", place.source, attempt.detail, matters)


def which_all(name: str) -> list[Path]:
    """Return every program called ``name`` on the PATH, in its order, each real file once."""
    found: dict[Path, Path] = {}
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        hit = shutil.which(name, path=folder) if folder else None
        if hit:
            found.setdefault(Path(hit).resolve(), Path(hit))
    return list(found.values())


def run_command(argv: Sequence[str]) -> Ran | None:
    """Run a command without a shell and without input; None when it is not there or takes too long."""
    try:
        return run_program(argv, COMMAND_LIMIT_S)
    except (OSError, TooSlow):
        return None


def read_or_nothing(path: str | Path) -> str:
    """Return a file's text, of a long one its end; empty when it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - READ_LIMIT_BYTES, 0))
            return file.read().decode("utf-8-sig", "replace")
    except OSError:
        return ""


def version_of(package: str, environment: Path) -> str | None:
    """Return the version of a Python package in the virtual ``environment``; where there is none, in this Python.

    Arguments:
        package: the name of the distribution package.
        environment: the folder of the virtual environment.

    Returns:
        The version; None when the package is not installed.

    """
    folders = [*environment.glob("lib/python3.*/site-packages"), *environment.glob("Lib/site-packages")]
    path = [str(folder) for folder in folders] or sys.path
    for found in importlib.metadata.distributions(name=package, path=path):
        return found.version
    return None


def free_bytes(path: Path) -> int | None:
    """Return the free space on the disk of ``path``, in bytes; None when that cannot be seen from here."""
    for folder in (path, *path.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(folder).free
    return None


def problem_with_writing(folder: Path) -> str:
    """Return why nothing can be written into ``folder``; an empty text when it can. No file is left there."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".doctor.") as probe:
            probe.write(b"x" * 4096)
            probe.flush()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def is_recording(work: Path) -> bool:
    """Say whether a recorder of the course writes its journal now."""
    return recorder.is_recorded(Work(work).journal)


def server_owner(work: Path) -> int | None:
    """Return the process that opened the course, or that was killed and left its JupyterLab running."""
    try:
        return int(json.loads((work / ".course" / "jupyter" / "server.json").read_bytes())["owner"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
