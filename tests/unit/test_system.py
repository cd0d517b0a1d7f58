"""The facts about this machine, and what follows from them."""

from __future__ import annotations

import sys

import pytest

from checker.engine.own import processes
from checker.engine.system import LINUX, MACOS, WINDOWS, System, find_program, this_system


def test_this_machine_is_recognised() -> None:
    """The system that the tests run on is one of the three."""
    expected = {"win32": WINDOWS, "darwin": MACOS}.get(sys.platform, LINUX)
    assert this_system().name == expected


@pytest.mark.parametrize(
    ("system", "debian", "sudo"),
    [
        (System(LINUX, "debian", uid=0, programs=frozenset({"apt-get"})), True, ""),
        (System(LINUX, "linuxmint", ("ubuntu", "debian"), programs=frozenset({"apt-get"})), True, "sudo "),
        (System(LINUX, "debian"), False, "sudo "),
        (System(LINUX, "fedora", programs=frozenset({"dnf"})), False, "sudo "),
        (System(WINDOWS, uid=0), False, "sudo "),
    ],
)
def test_what_follows_from_the_facts(system: System, debian: bool, sudo: str) -> None:
    """Debian's relatives count as Debian where they have apt-get; only a user other than root needs sudo."""
    assert (system.debian, system.sudo) == (debian, sudo)


def test_a_program_that_is_not_there_is_nowhere() -> None:
    """A missing program has no path."""
    assert find_program("no-such-program-at-all") is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_that_is_not_there_has_no_properties() -> None:
    """A process id that nobody bears is answered with nothing, never with an error."""
    nobody = 2**22 + 1
    assert (processes.command(nobody), processes.arguments(nobody), processes.born(nobody)) == ("", [], "")
    assert (processes.network(nobody), processes.cgroup(nobody), processes.end(nobody, 0)) == ("", "", True)
