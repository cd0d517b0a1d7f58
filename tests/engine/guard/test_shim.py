"""The course's docker in front of the real one: what goes through, what is held back, and how."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checker.commands.argv import command_name
from checker.engine.guard.guard import RULES
from checker.engine.guard.owned import Owned
from checker.engine.guard.shim import READING, READING_PAIRS, install_shim, shim_text
from checker.engine.program import find_docker, is_shim
from tests.engine.guard.foreign import IMAGE, Foreign
from tests.engine.made import LABEL, make

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.engine, pytest.mark.skipif(os.name == "nt", reason="the shell's shim")]


@pytest.fixture
def folder(mine: Foreign) -> Path:
    """Return the folder with the course's docker, as the course's terminal has it first on its PATH."""
    folder = mine.state / "bin"
    install_shim(folder, find_docker(), mine.endpoint)
    return folder


@pytest.fixture
def docker(folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a way to type a docker command into the course's terminal."""

    def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *words], env=terminal(folder, **env), capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


def terminal(folder: Path, **env: str) -> dict[str, str]:
    """Return the environment of the course's terminal, without DOCKER_HOST: the shim knows the engine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER")}
    return kept | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"} | env


def test_it_is_found_first_and_knows_itself(folder: Path) -> None:
    """The PATH leads to the shim, and the shim to the real docker."""
    found = shutil.which("docker", path=terminal(folder)["PATH"])
    assert found
    assert Path(found).parent == folder
    assert is_shim(Path(found))
    assert not is_shim(find_docker(terminal(folder)["PATH"]))


def test_reading_goes_straight_through(mine: Foreign, docker: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Output is docker's own, of the course's engine, foreign things included."""
    mine.container("theirs", "sh", "-c", "echo hello; sleep 600")
    assert docker("ps", "--format", "{{.Names}} {{.Image}}").stdout == f"theirs {IMAGE}\n"
    assert docker("container", "ls", "-q", "--filter", "name=theirs").stdout.strip()
    assert docker("exec", "theirs", "sh", "-c", 'echo "$1"', "-", "two words  *").stdout == "two words  *\n"
    assert docker().returncode == subprocess.run([find_docker()], capture_output=True, check=False).returncode


def test_exit_codes_are_those_of_docker(docker: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """On both ways: those of a container, of docker, and of a command that is not known."""
    assert docker("run", "--rm", IMAGE, "sh", "-c", "exit 7").returncode == 7
    assert docker("run", "--rm", IMAGE, "nothing").returncode == 127
    assert docker("inspect", "nobody").returncode == 1
    assert docker("rm", "nobody").returncode == 1
    assert (
        docker("strat").returncode
        == subprocess.run([find_docker(), "strat"], capture_output=True, check=False).returncode
    )


def test_what_is_created_bears_the_label(
    mine: Foreign, docker: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A container from the terminal is the course's; a new name for an image is noted."""
    assert docker("run", "-d", "--name", "shop", IMAGE, "sleep", "600").returncode == 0
    assert mine.client.inspect_container("shop")["Config"]["Labels"] == LABEL
    assert docker("tag", IMAGE, "ours/t:1").returncode == 0
    owned = Owned(mine.state, mine.host)
    assert owned.images() == {"ours/t:1": ""}
    assert docker("rm", "-f", "shop").returncode == 0
    assert owned.images()["ours/t:1"].startswith("sha256:")


def test_what_is_foreign_is_held_back(mine: Foreign, docker: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """The refusal comes on stderr, with docker's own exit code for what never ran."""
    mine.container("theirs")
    done = docker("rm", "-f", "theirs")
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith("The course's guard held this back: theirs is a container that is not the course's")
    assert mine.status("theirs") == "running"


def test_switched_off_by_name(mine: Foreign, docker: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """DOCKER101_GUARD=off leads straight to docker."""
    mine.container("theirs")
    assert docker("rm", "-f", "theirs", DOCKER101_GUARD="off").returncode == 0
    assert mine.names() == set()


@pytest.mark.parametrize("words", [["run", "--rm", "-it", IMAGE], ["exec", "-it", "ours1"]])
def test_a_terminal_is_handed_on(mine: Foreign, folder: Path, words: list[str]) -> None:
    """An interactive shell gets the learner's own terminal, on both ways."""
    make(mine.client, "ours1", "sleep", "600", image=IMAGE)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["docker", *words, "sh"],
        env=terminal(folder),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        os.write(ours, b"tty; echo $((40 + 2)); exit 9\n")
        said = b""
        try:
            while chunk := os.read(ours, 1000):
                said += chunk
        except OSError:
            pass  # Linux' end of a terminal
        assert process.wait(20) == 9
    os.close(ours)
    assert b"/dev/pts/0" in said
    assert b"42\r\n" in said


def test_signals_reach_docker(mine: Foreign, folder: Path) -> None:
    """The guard replaces itself by docker, so nothing stands between the learner's Ctrl-C and the container."""
    script = "trap 'echo bye; exit 4' INT; echo up; while :; do sleep 0.1; done"
    with subprocess.Popen(
        ["docker", "run", "--rm", IMAGE, "sh", "-c", script], env=terminal(folder), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        process.send_signal(2)
        assert process.stdout.read() == "bye\n"
        assert process.wait(20) == 4


def test_a_docker_that_has_moved_is_found_on_the_path(mine: Foreign, folder: Path) -> None:
    """An update may move the program; the shim never finds itself, and without any docker it says so."""
    moved = shim_text(folder, folder / "gone", mine.host, "/usr/bin/python3")
    (folder / "docker").write_text(moved, encoding="utf-8")
    done = subprocess.run(["docker", "ps", "-q"], env=terminal(folder), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    alone = terminal(folder) | {"PATH": str(folder)}
    done = subprocess.run([folder / "docker", "ps"], env=alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        127,
        "The docker program is gone. See what is missing with: checker doctor\n",
    )


def test_a_guard_that_is_gone_lets_nothing_through(mine: Foreign, folder: Path) -> None:
    """Without its Python the guard cannot judge: it says how to get it back, and reading still works."""
    text = shim_text(folder, find_docker(), mine.host, str(folder / "python"))
    (folder / "docker").write_text(text, encoding="utf-8")
    mine.container("theirs")
    done = subprocess.run(
        ["docker", "rm", "-f", "theirs"], env=terminal(folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == 125
    assert "python3 -m checker start" in done.stderr
    assert subprocess.run(["docker", "ps"], env=terminal(folder), capture_output=True, check=False).returncode == 0


def test_an_engine_that_is_gone_is_dockers_own_message(docker: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """The guard adds nothing where there is nothing to guard."""
    done = docker("rm", "a1", DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.returncode == 1
    assert "Cannot connect to the Docker daemon" in done.stderr or "failed to connect" in done.stderr
    assert "guard" not in done.stderr


def test_a_private_engine_has_no_shim(mine: Foreign, folder: Path) -> None:
    """Where everything is the course's own, one that an earlier start left is removed."""
    install_shim(folder, find_docker(), replace(mine.endpoint, strategy="private"))
    assert not (folder / "docker").exists()


def test_nothing_that_the_guard_judges_goes_straight_through() -> None:
    """The short way is for commands without a rule only."""
    for words in [[word] for word in READING] + [pair.split(":") for pair in READING_PAIRS]:
        assert command_name(["docker", *words])[0] not in RULES
