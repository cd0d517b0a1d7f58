"""Running the docker program: found past the shim, streamed by line, ended at its limits."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from checker.engine import program as docker_program
from checker.errors import NoEngine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for docker is a shell script")

HOST = "unix:///somewhere/docker.sock"


def program(folder: Path, script: str) -> Path:
    """Return a stand-in for docker: a shell script in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "docker"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_shim_is_never_taken_for_docker(tmp_path: Path) -> None:
    """The first docker on the PATH that is not the course's own is the real one."""
    program(tmp_path / "shim", "# DOCKER101_GUARD")
    real = program(tmp_path / "real", "")
    path = os.pathsep.join(["", str(tmp_path / "shim"), str(tmp_path / "empty"), str(tmp_path / "real")])
    assert docker_program.find_docker(path) == real


def test_no_docker_program(tmp_path: Path) -> None:
    """Without the program the message says so and names the next step."""
    with pytest.raises(NoEngine, match="not on this machine's PATH") as caught:
        docker_program.find_docker(str(tmp_path))
    assert "checker doctor" in caught.value.next_step


def test_output_comes_line_by_line_and_both_streams_are_one(tmp_path: Path) -> None:
    """Lines are handed on as they come, without carriage returns, the last one without a line end too."""
    docker = program(tmp_path, "echo one; echo two >&2; printf 'three\\r\\n'; printf 'f\\303\\274nf'; exit 3")
    lines: list[str] = []
    done = docker_program.run_docker(["docker", "x"], HOST, on_output=lines.append, docker=docker)
    assert lines == ["one\n", "two\n", "three\n", "fünf"]
    assert done == docker_program.Done(3, "one\ntwo\nthree\nfünf")


def test_bytes_that_are_no_text_do_not_end_it(tmp_path: Path) -> None:
    """A container may say anything; what is no UTF-8 becomes a sign for it."""
    assert (
        docker_program.run_docker(["docker"], HOST, docker=program(tmp_path, "printf 'a\\377b'")).output == "a\ufffdb"
    )


def test_stdin_is_the_file_or_nothing(tmp_path: Path) -> None:
    """A command reads the file it was given, and otherwise the end of it at once."""
    docker = program(tmp_path, "cat; pwd")
    names = tmp_path / "names.txt"
    names.write_text("Ada\n", encoding="utf-8")
    assert (
        docker_program.run_docker(["docker"], HOST, names, cwd=tmp_path, docker=docker).output == f"Ada\n{tmp_path}\n"
    )
    assert docker_program.run_docker(["docker"], HOST, cwd=tmp_path, docker=docker).output == f"{tmp_path}\n"


def test_the_time_limit_ends_the_command_and_its_children(tmp_path: Path) -> None:
    """At the limit the whole process group goes, and the note names the limit in seconds."""
    docker = program(tmp_path, f"trap '' TERM; echo begun; sleep 60 & echo $! > {tmp_path}/child; wait")
    done = docker_program.run_docker(["docker"], HOST, timeout_s=3, docker=docker)
    assert (done.exit_code, done.output, done.timed_out) == (137, "begun\n", True)
    assert "after its limit of 3 s" in done.note
    child = int((tmp_path / "child").read_text())
    assert gone(child)


def gone(process: int) -> bool:
    """Return whether a process has ended, or ends soon."""
    for _ in range(600):
        try:
            os.kill(process, 0)
            with open(f"/proc/{process}/stat", encoding="ascii") as file:  # noqa: PTH123
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.1)
    return False


def test_endless_output_ends_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that never stops talking is ended, and said so; neither memory nor notebook overflow."""
    monkeypatch.setattr(docker_program, "OUTPUT_LIMIT_BYTES", 100_000)
    done = docker_program.run_docker(["docker"], HOST, docker=program(tmp_path, "yes"))
    assert len(done.output) < 300_000
    assert "after 100 kB of output" in done.note
    assert not done.timed_out


def test_interrupting_ends_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C reaches the command, and the person gets the prompt back."""
    # a busy machine must not make it shorter than the command needs
    monkeypatch.setattr(docker_program, "INTERRUPT_GRACE_S", 20)
    docker = program(tmp_path, f"trap 'echo yes > {tmp_path}/heard; exit 0' INT; echo up; while :; do sleep 0.1; done")
    main = threading.main_thread().ident
    assert main
    with pytest.raises(KeyboardInterrupt):
        docker_program.run_docker(
            ["docker"], HOST, docker=docker, on_output=lambda _: signal.pthread_kill(main, signal.SIGINT)
        )
    assert (tmp_path / "heard").read_text() == "yes\n"


def test_a_listener_that_breaks_ends_the_command(tmp_path: Path) -> None:
    """What goes wrong while output is shown is raised where the command was started."""

    def broken(_: str) -> None:
        raise ValueError("shown nowhere")

    with pytest.raises(ValueError, match="shown nowhere"):
        docker_program.run_docker(["docker"], HOST, on_output=broken, docker=program(tmp_path, "echo x; sleep 60"))


def test_the_environment_leads_to_the_course_engine_alone() -> None:
    """Contexts and TLS settings of the learner's own do not get in the way; everything else stays."""
    mine = {"DOCKER_CONTEXT": "mine", "DOCKER_TLS_VERIFY": "1", "HOME": "/home/me", "DOCKER_BUILDKIT": "0"}
    assert docker_program.docker_environment(HOST, base=mine) == {
        "HOME": "/home/me", "DOCKER_HOST": HOST, "DOCKER_CLI_HINTS": "false", "BUILDKIT_PROGRESS": "plain",
    }  # fmt: skip
    assert "DOCKER_TLS_VERIFY" not in docker_program.docker_environment("tcp://127.0.0.1:2375", base=mine)


@pytest.mark.parametrize(("version", "expected"), [("20.10.24+dfsg1", "1"), ("28.2.2", None), ("18.06.1", None)])
def test_buildkit_is_switched_on_where_it_is_built_in(tmp_path: Path, version: str, expected: str | None) -> None:
    """CLIs before 23 build with BuildKit when told to; newer ones choose by themselves."""
    docker = program(tmp_path / version, f"echo 'Docker version {version}, build 1'")
    assert (
        docker_program.docker_environment(HOST, ["docker", "image", "build", "."], docker).get("DOCKER_BUILDKIT")
        == expected
    )
    assert "DOCKER_BUILDKIT" not in docker_program.docker_environment(HOST, ["docker", "ps"], docker, base={})
