"""The doctor looks at Python: its version, the course's own environment, the packages in it, the course's files."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

from checker.doctor.finding import FindingState, bad, ok, warn
from checker.errors import CourseError
from checker.lab import lab_ids, load_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checker.doctor.finding import Finding
    from checker.doctor.machine import Machine

OLDEST = (3, 11)
_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]*))?")
_SHOWN = 4


def examine_python(machine: Machine) -> Iterator[Finding]:
    """Look at Python, its environment, its packages, and the course's own files."""
    yield _version(machine)
    environment = _environment(machine)
    yield environment
    if environment.state is FindingState.OK:
        yield _packages(machine)
    yield _course(machine)


def _version(machine: Machine) -> Finding:
    version = ".".join(map(str, machine.python))
    if machine.python >= OLDEST:
        return ok("Python", f"Python {version}.")
    return bad(
        "Python",
        f"This is Python {version}; the course needs 3.11 or newer.",
        "Install a newer one from https://www.python.org/downloads/ and use it for the course.",
    )


def _environment(machine: Machine) -> Finding:
    title = "Environment"
    if not machine.exists(machine.root / ".venv"):
        if all(machine.version_of(name) for name in ("docker", "jupyterlab", "nbval")):
            return ok(title, f"The course uses the packages of {machine.executable}.")
        return bad(title, "The course is not set up yet: its own environment is missing.", _start(machine))
    python = machine.root / ".venv" / ("Scripts/python.exe" if machine.on_windows else "bin/python")
    if machine.executable == python or machine.run([str(python), "-c", ""]) == (0, ""):
        return ok(title, "The course has its own environment, .venv.")
    return bad(
        title,
        "The course's environment .venv does not run: the Python that it was made from has been removed or replaced.",
        f"Delete the folder .venv, then run: {machine.checker('start')}",
    )


def _packages(machine: Machine) -> Finding:
    title = "Python packages"
    wanted = pins(machine.read(machine.root / "requirements.txt"))
    if not wanted:
        return bad(title, "requirements.txt is missing or empty.", "Get it back with: git checkout requirements.txt")
    found = {name: machine.version_of(name) for name in wanted}
    missing = [name for name, version in found.items() if version is None]
    if missing:
        return bad(title, f"Not installed: {_some(missing)}.", _start(machine))
    others = [f"{name} {found[name]} (wanted: {wanted[name]})" for name in wanted if found[name] != wanted[name]]
    if others:
        return warn(title, f"Installed in another version: {_some(others)}.", _start(machine))
    return ok(title, f"All {len(wanted)} are there, in the versions that the course was tested with.")


def _start(machine: Machine) -> str:
    return f"Run: {machine.checker('start')}"


def _course(machine: Machine) -> Finding:
    title = "Course files"
    labs = machine.root / "labs"
    ids = lab_ids(labs)
    if not ids:
        return bad(title, "There is no lab under labs/.", "Get the files back with: git checkout labs")
    unread = 0
    for lab_id in ids:
        try:
            load_lab(lab_id, labs)
        except CourseError as error:
            return bad(title, f"A lab cannot be used. {error.message}", error.next_step)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("checker"):
                raise
            unread += 1
    if unread:
        return ok(title, f"Labs: {len(ids)}, of which {unread} can be read only with the course's packages.")
    return ok(title, f"{len(ids)} labs, all in order." if len(ids) > 1 else "One lab, in order.")


def pins(requirements: str) -> dict[str, str]:
    """Return the pinned version of each package that this machine needs, from the text of requirements.txt."""
    found = {}
    for line in requirements.splitlines():
        match = _PIN.match(line.split("#")[0].strip())
        if match and _applies((match[3] or "").strip()):
            found[match[1]] = match[2]
    return found


def _applies(marker: str) -> bool:
    """Say whether a line with this marker is meant for this machine; without ``packaging``, lines with one wait."""
    if not marker:
        return True
    try:
        markers = importlib.import_module("packaging.markers")
    except ImportError:
        return False
    return bool(markers.Marker(marker).evaluate())


def _some(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
