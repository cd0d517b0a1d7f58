"""Which Python the wheels of a bundle fit: its version, its platform, and the C library below it."""

from __future__ import annotations

import platform
import re
import sys
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAG = re.compile(r"(?:manylinux|macosx)_(\d+)_(\d+)_")
_OLD_TAGS = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
"""Source: the specification "Platform compatibility tags" of packaging.python.org."""

_NOT_NUMBERED = (0, 0)


@dataclass(frozen=True)
class PythonHere:
    """A Python, as far as wheels care.

    Arguments:
        version: "CPython 3.11"; with a "t" where it is free-threaded.
        platform: "linux-x86_64", "win-amd64", "macosx-arm64".
        system: the system under it: "glibc 2.36", "musl 0.0", "macOS 14.1"; "" on Windows. In a bundle: the oldest that
            its wheels run on.

    """

    version: str
    platform: str
    system: str

    def __str__(self) -> str:
        return f"{self.version} on {self.platform}" + (f" ({self.system})" if self.system else "")


def here() -> PythonHere:
    """Return this Python."""
    threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    version = f"{platform.python_implementation()} {sys.version_info[0]}.{sys.version_info[1]}{threads}"
    name = sysconfig.get_platform()
    if name.startswith("macosx"):
        # what Python was built for ("universal2") and what it runs on are two things there
        return PythonHere(version, f"macosx-{platform.machine()}", f"macOS {_dotted(_pair(platform.mac_ver()[0]))}")
    if not name.startswith("linux"):
        return PythonHere(version, name, "")
    if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")):
        return PythonHere(version, name, f"musl {_dotted(_NOT_NUMBERED)}")
    return PythonHere(version, name, f"glibc {_dotted(_pair(platform.libc_ver()[1]))}")


def needs(wheels: Iterable[str], python: PythonHere) -> PythonHere:
    """Return ``python`` with the oldest system below it that the wheels of these names run on.

    Arguments:
        wheels: file names of wheels.
        python: the Python that they were fetched for.

    """
    oldest = max((_oldest(name) for name in wheels), default=_NOT_NUMBERED)
    kind = python.system.partition(" ")[0]
    return PythonHere(python.version, python.platform, f"{kind} {_dotted(oldest)}" if kind else "")


def refusal(wheels_for: PythonHere, python: PythonHere) -> str:
    """Say in half a sentence why wheels for one Python do not fit another; "" when they do.

    Arguments:
        wheels_for: the Python that the wheels are for, with the oldest system that they run on.
        python: the Python of this machine.

    """
    if wheels_for.platform != python.platform:
        return f"is for {wheels_for.platform}, and this Python runs on {python.platform}"
    if wheels_for.version != python.version:
        return f"is for {wheels_for.version}, and this is {python.version}"
    kind, _, number = wheels_for.system.partition(" ")
    own_kind, _, own_number = python.system.partition(" ")
    if kind != own_kind:
        return f"is for Linux with {kind}, and this one has {own_kind}"
    if _pair(number) > _pair(own_number):
        return f"needs {wheels_for.system} or newer, and this machine has {python.system}"
    return ""


def _oldest(wheel: str) -> tuple[int, int]:
    """Return the oldest system that one wheel runs on; its name lists several where it runs on several."""
    tags = wheel.removesuffix(".whl").rpartition("-")[2].split(".")
    return min((_system_of(tag) for tag in tags), default=_NOT_NUMBERED)


def _system_of(tag: str) -> tuple[int, int]:
    found = _TAG.match(tag)
    if found:
        return int(found[1]), int(found[2])
    return _OLD_TAGS.get(tag.partition("_")[0], _NOT_NUMBERED)


def _pair(version: str) -> tuple[int, int]:
    """Return the first two numbers of a version."""
    numbers = [int(part) for part in re.findall(r"\d+", version)[:2]]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else _NOT_NUMBERED


def _dotted(pair: tuple[int, int]) -> str:
    return f"{pair[0]}.{pair[1]}"
