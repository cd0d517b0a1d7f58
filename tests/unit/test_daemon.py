"""The private engine's daemon, played by shell scripts: what is said when it is missing, slow or badly set up."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from checker.engine.own import dockerd, private, registry
from checker.errors import CourseError, NoEngine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the private engine is for Linux")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dockerd.EnginePaths:
    """Return the folders of an engine whose dockerd is ``tmp_path/dockerd``, where there is one."""
    monkeypatch.setenv("DOCKER101_ENGINE_HOME", str(tmp_path))
    monkeypatch.setattr(dockerd, "require_short", lambda _: None)
    monkeypatch.setattr(dockerd, "_CONFIG", tmp_path / "daemon.json")
    monkeypatch.setattr(registry, "find_program", lambda _: None)
    program = tmp_path / "dockerd"
    monkeypatch.setattr(dockerd, "find_program", lambda _: str(program) if program.exists() else None)
    return dockerd.paths()


def write_dockerd(place: dockerd.EnginePaths, script: str) -> None:
    """Put a dockerd there."""
    program = place.run.parent / "dockerd"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    program.chmod(0o755)


def test_the_usual_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable the engine lives where Linux keeps such things."""
    monkeypatch.delenv("DOCKER101_ENGINE_HOME", raising=False)
    place = dockerd.paths()
    assert (str(place.run), str(place.data)) == ("/run/docker101", "/var/lib/docker101")
    assert place.host == "unix:///run/docker101/docker.sock"


def test_a_missing_dockerd_says_how_to_get_it(place: dockerd.EnginePaths) -> None:
    """Without dockerd the step is to install it."""
    with pytest.raises(NoEngine, match="dockerd, the Docker daemon, is not installed") as caught:
        private.start(print)
    assert caught.value.next_step == "Install it with: apt-get install docker.io"


def test_a_dockerd_that_dies_shows_only_what_tells(place: dockerd.EnginePaths) -> None:
    """The last lines leave out what is mere information."""
    write_dockerd(place, "echo level=info msg=hello; echo failed to start daemon: no such thing; exit 7")
    with pytest.raises(NoEngine) as caught:
        private.start(print)
    assert caught.value.message == (
        "The Docker daemon ended while it started, with exit code 7. Its last lines:\n"
        "  failed to start daemon: no such thing"
    )
    assert caught.value.next_step == f"The whole log is in {place.log}."


def test_a_dockerd_that_dies_in_silence(place: dockerd.EnginePaths) -> None:
    """Without any words that is said too."""
    write_dockerd(place, "exit 1")
    with pytest.raises(NoEngine, match=r"\(nothing\)"):
        private.start(print)


def test_a_slow_dockerd_is_waited_for_aloud_and_ended_at_the_limit(place: dockerd.EnginePaths) -> None:
    """While it is waited for, the learner is told how long and how much longer."""
    write_dockerd(place, "echo starting; exec sleep 60")
    said: list[str] = []
    with pytest.raises(NoEngine, match=r"did not answer within 4 s and was ended"):
        private.start(said.append, limit_s=4)
    assert said[0] == "Starting the course's own engine …"
    assert re.fullmatch(r"  waiting for it to answer \([23] s of at most 4 s\)", said[1])


def test_the_machines_settings_of_networks_and_registries_are_kept(place: dockerd.EnginePaths, tmp_path: Path) -> None:
    """A mirror that the machine uses is used; folders and sockets are the course's own."""
    settings = {"registry-mirrors": ["https://mirror.invalid"], "data-root": "/elsewhere", "hosts": ["fd://"]}
    (tmp_path / "daemon.json").write_text(json.dumps(settings), encoding="utf-8")
    write_dockerd(place, "exit 1")
    with pytest.raises(NoEngine):
        private.start(print)
    kept = json.loads((place.run / "daemon.json").read_text(encoding="utf-8"))
    assert kept == {"registry-mirrors": ["https://mirror.invalid"]}


def test_the_machines_mirrors_are_asked_after_the_courses_own(place: dockerd.EnginePaths, tmp_path: Path) -> None:
    """The daemon refuses mirrors in its file and among its options at once: all become options, ours first."""
    (tmp_path / "daemon.json").write_text('{"registry-mirrors": ["https://mirror.invalid"]}', encoding="utf-8")
    write_dockerd(place, f'echo "$@" > {tmp_path}/arguments; exit 1')
    with pytest.raises(NoEngine):
        private.start(print, arguments=["--registry-mirror=http://127.0.0.1:5101"])
    given = (tmp_path / "arguments").read_text(encoding="utf-8").split()
    assert given[-2:] == ["--registry-mirror=http://127.0.0.1:5101", "--registry-mirror=https://mirror.invalid"]
    assert json.loads((place.run / "daemon.json").read_text(encoding="utf-8")) == {}


def test_broken_settings_of_the_machine_are_left_aside_and_named(place: dockerd.EnginePaths, tmp_path: Path) -> None:
    """A daemon.json that cannot be read does not stop the course's engine."""
    (tmp_path / "daemon.json").write_text("{oops", encoding="utf-8")
    write_dockerd(place, "exit 1")
    said: list[str] = []
    with pytest.raises(NoEngine):
        private.start(said.append)
    assert said[1].startswith(f"{tmp_path}/daemon.json cannot be read and is ignored: ")


def test_data_that_was_there_before_is_not_removed(place: dockerd.EnginePaths) -> None:
    """A folder named data with something in it is not the course's, even where the engine was put into it."""
    place.data.mkdir()
    (place.data / "thesis.txt").write_text("years of work", encoding="ascii")
    write_dockerd(place, "exit 1")
    with pytest.raises(NoEngine):
        private.start(print)
    assert private.remove_data() is False
    assert (place.data / "thesis.txt").exists()
    assert not place.run.exists()


def test_data_that_cannot_be_removed_is_named(place: dockerd.EnginePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the data cannot be removed, the command that does it is said."""
    write_dockerd(place, "exit 1")
    with pytest.raises(NoEngine):
        private.start(print)

    def busy(_: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(dockerd.shutil, "rmtree", busy)
    with pytest.raises(CourseError, match="Device or resource busy") as caught:
        private.remove_data()
    assert caught.value.next_step == f"Do this as root: rm -r {place.data}"


def test_a_data_folder_that_cannot_be_made_is_named(place: dockerd.EnginePaths) -> None:
    """Where the data folder cannot be made, no daemon is started."""
    place.data.write_text("a file in the way", encoding="ascii")
    write_dockerd(place, "exit 1")
    with pytest.raises(NoEngine, match=r"data folder .* cannot be written"):
        private.start(print)
    assert not place.log.exists()


def test_a_folder_that_cannot_be_made_is_named(place: dockerd.EnginePaths, tmp_path: Path) -> None:
    """Where the engine's folder cannot be written, the way out is another folder."""
    (tmp_path / "run").write_text("a file in the way", encoding="ascii")
    with pytest.raises(CourseError, match="cannot be written") as caught:
        private.start(print)
    assert "DOCKER101_ENGINE_HOME" in caught.value.next_step
