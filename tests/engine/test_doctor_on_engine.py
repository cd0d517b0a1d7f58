"""The doctor on a real engine: it sees what is there, and changes nothing."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from checker.doctor import examine, this_machine, write_report
from checker.doctor.engine import look_at_engine
from checker.doctor.finding import FindingState
from checker.engine.engine import Engine
from checker.files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from checker.doctor.finding import Finding
    from checker.doctor.machine import Machine
    from tests.namespace import Namespace

pytestmark = pytest.mark.engine
IMAGE = "docker101/test-doctor:1"
NAME = "docker101-test-doctor"


@pytest.fixture
def machine(engine_host: str, work: Path) -> Machine:
    """Return this machine, with the engine under test as the course's."""
    Engine(engine_host, "current", "the engine under test").save(work)
    return this_machine(work)


@pytest.fixture
def leftover(client: docker.APIClient) -> Iterator[str]:
    """Return a container of the course's that nobody started, from an image that bears the label."""
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    repository, tag = IMAGE.split(":")
    client.import_image_from_data(empty.getvalue(), repository, tag, changes=["LABEL org.docker101=1"])
    client.create_container(IMAGE, ["/nothing"], name=NAME)
    yield NAME
    client.remove_container(NAME, force=True)
    client.remove_image(IMAGE, force=True)


def found(findings: list[Finding], title: str) -> Finding:
    """Return the finding with this title."""
    return next(finding for finding in findings if finding.title == title)


def test_the_engine_is_really_asked(machine: Machine, client: docker.APIClient) -> None:
    """The engine's finding holds what the engine itself says, and where it answers."""
    finding = found(examine(machine), "Docker engine")
    assert finding.state is FindingState.OK
    version = client.version()
    assert f"Version {version['Version']} answers at {machine.find_engine().host}" in finding.seen
    assert "the engine under test" in finding.seen


def test_the_engines_answers_have_the_shape_that_the_doctor_reads(machine: Machine) -> None:
    """Version, information and clock are all there on a real engine."""
    engine = look_at_engine(machine)
    assert engine.answers
    assert engine.version["MinAPIVersion"]
    assert engine.info["DockerRootDir"]
    assert engine.skew_s is not None


def test_what_a_killed_run_left_is_found(machine: Machine, leftover: str) -> None:
    """A container that inherited the course's label from its image is told, with its state and with what removes it."""
    finding = found(examine(machine), "The course's things")
    assert finding.state is FindingState.WARN
    assert f"{leftover} (created)" in finding.seen
    assert finding.fix.endswith("checker stop")


def test_the_report_names_the_courses_containers(machine: Machine, leftover: str, tmp_path: Path) -> None:
    """The file for a teacher holds the engine's own description and the course's containers."""
    write_report(tmp_path / "report.txt", machine)
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert f"{leftover}: Created" in text
    assert "ServerVersion: " in text


def test_the_command_ends_with_what_the_findings_say(machine: Machine, work: Path) -> None:
    """Run as a command, the doctor prints its marks and no escape codes, and changes nothing in work/."""
    before = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-m", "checker", "doctor"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DOCKER101_WORK": str(work)},
        capture_output=True,
        check=False,
    )
    said = done.stdout.decode()
    assert "✓ Docker engine" in said
    assert "\x1b" not in said
    assert done.stderr == b""
    assert done.returncode == (1 if "✗" in said else 0)
    assert {path: path.read_bytes() for path in work.rglob("*") if path.is_file()} == before


def test_an_engine_of_the_course_that_was_killed_leaves_files_that_are_found(namespace: Namespace) -> None:
    """A private engine that was killed is no engine; its pid file and socket are told as leftovers, until stop."""
    namespace.run("from checker.engine.own import private; private.start(print)")
    look = "from checker.doctor.looks import *; print(own_engine(this_system()).has_leftovers)"
    assert namespace.run(look).strip() == "False"
    namespace.run(
        "import os, signal, time; from checker.engine.own import private, processes\n"
        "pid = private.status().pid; os.kill(pid, signal.SIGKILL)\n"
        "while processes.born(pid): time.sleep(0.02)"
    )
    assert namespace.run(look).strip() == "True"
    namespace.run("from checker.engine.own import private; private.stop(print)")
    assert namespace.run(look).strip() == "False"
