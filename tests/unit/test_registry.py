"""The private engine's registry where it cannot be had: what is said, and what is not tried twice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from checker.engine.own import dockerd, registry
from checker.engine.start import install, registry_package
from checker.engine.system import LINUX, System
from checker.errors import CourseError
from checker.machine import any_free_port

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the private engine is for Linux")

DEBIAN = System(LINUX, "debian", uid=0, programs=frozenset({"apt-get"}))
FEDORA = System(LINUX, "fedora", uid=0)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dockerd.EnginePaths:
    """Return the folders of an engine on a machine without the registry."""
    monkeypatch.setattr(registry, "find_program", lambda _: None)
    monkeypatch.setattr(registry_package, "find_program", lambda _: None)
    return dockerd.EnginePaths(tmp_path / "run", tmp_path / "data")


def told(place: dockerd.EnginePaths, system: System) -> list[str]:
    """Provide the registry, and return what was said."""
    said: list[str] = []
    registry_package.provide_registry(place, system, said.append)
    return said


def test_one_that_is_there_is_not_installed(place: dockerd.EnginePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program is there, nothing is said and nothing done."""
    monkeypatch.setattr(registry_package, "find_program", lambda _: "/usr/bin/docker-registry")
    assert told(place, DEBIAN) == []


def test_it_is_installed_where_it_is_missing(place: dockerd.EnginePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Debian, as root, the package is installed."""
    added: list[str] = []
    monkeypatch.setattr(install, "add", lambda package, *_: added.append(package))
    assert told(place, DEBIAN) == []
    assert added == ["docker-registry"]


def test_elsewhere_the_course_goes_on_without_it(place: dockerd.EnginePaths) -> None:
    """On another system it is left out, which is said with what differs."""
    [said] = told(place, FEDORA)
    assert "runs without its own registry: only Debian and Ubuntu have the package, for root to install." in said
    assert said.endswith("docker pull will ask Docker Hub alone.")


def test_a_failed_installation_is_not_tried_again_the_same_day(
    place: dockerd.EnginePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without a network does not wait for one at each start; the data folder still counts as the course's."""

    def fails(*_: object) -> NoReturn:
        raise CourseError("This machine does not reach its package archive.", "Look at its network.")

    monkeypatch.setattr(install, "add", fails)
    assert "runs without its own registry: This machine does not reach its package archive." in told(place, DEBIAN)[0]
    assert "failed less than a day ago" in told(place, DEBIAN)[0]
    assert dockerd.remove_folders(place) is True


def test_without_it_dockerd_is_started_as_ever(place: dockerd.EnginePaths) -> None:
    """Where the program is missing, dockerd gets no further arguments, and nothing can be put into a registry."""
    place.run.mkdir()
    assert registry.arguments(place, print) == []
    assert registry.fill(place, ["busybox:1.37"], print) == []


def test_one_that_does_not_start_is_left_out(place: dockerd.EnginePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that dies is named with its last words; the engine starts without it."""
    place.run.mkdir()
    dockerd.mark(place)
    program = place.run.parent / "docker-registry"
    program.write_text("#!/bin/sh\necho cannot go on\nexit 1\n", encoding="ascii")
    program.chmod(0o755)
    monkeypatch.setattr(registry, "find_program", lambda _: str(program))
    monkeypatch.setattr(registry, "PORT", any_free_port())
    said: list[str] = []
    assert registry.arguments(place, said.append) == []
    assert "The course runs without its own registry: it did not start" in said[0]
    assert "cannot go on" in said[0]
    assert not (place.run / "registry.json").exists()
