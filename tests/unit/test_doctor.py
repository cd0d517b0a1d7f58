"""The doctor tells a beginner what works, what does not, and the one step that mends it."""

from __future__ import annotations

import ast
import errno
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checker.doctor import examine, exit_code, looks, python, write_report
from checker.doctor.engine import EngineFacts, look_at_engine, skew
from checker.doctor.finding import Finding, FindingState, bad, ok, warn
from checker.doctor.machine import Machine, OwnEngine, Sought, Tried
from checker.doctor.render import REPORT_HEAD, as_text, closing, masked
from checker.engine.engine import Engine
from checker.engine.start import advice, discover
from checker.engine.system import System
from checker.engine.transport.connection import ReachProblem
from checker.engine.transport.http import Unreachable
from checker.errors import CourseError, UsageProblem
from checker.files import ROOT
from checker.learner.work import Work
from checker.machine import Ran
from tests.unit.fake_engines import DOCKER, answer, engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HOST = "unix:///run/good.sock"
NOW = 1_700_000_000.0
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
VERSION = {
    "Version": "28.5.2",
    "ApiVersion": "1.51",
    "MinAPIVersion": "1.24",
    "Components": [{"Name": "Engine", "Version": "28.5.2"}],
}
INFO = {"OperatingSystem": "Debian", "DockerRootDir": "/var/lib/docker", "CgroupVersion": "2", "SecurityOptions": []}
CLI = "Docker version 28.2.2, build e6534b4"
LINUX = System("linux", distribution="debian", user="kim", programs=frozenset({"apt-get"}))
ROOT_LINUX = replace(LINUX, uid=0)
WSL = replace(LINUX, wsl=True)
MAC = System("macos")
WINDOWS = System("windows")
WINDOWS_HOME = Path("C:\\Users\\Kim")
POWERSHELL = {
    "PSModulePath": "C:\\Users\\Kim\\Documents\\WindowsPowerShell\\Modules;C:\\Program Files\\WindowsPowerShell"
}
PWSH = {"PSModulePath": "C:\\Users\\Kim\\Documents\\PowerShell\\Modules;C:\\Program Files\\WindowsPowerShell\\Modules"}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a course's folder with one pinned package and one lab that has a personal port."""
    (tmp_path / "requirements.txt").write_text("docker==7.2.0\n")
    write_lab(tmp_path / "labs" / "04_ports")
    (tmp_path / ".venv").mkdir()
    return tmp_path


def write_lab(folder: Path, params: str = 'port = { kind = "port", of = ["8123"] }') -> None:
    """Write a small lab that can be loaded."""
    folder.mkdir(parents=True)
    (folder / "lesson.md").write_text("# Ports\n")
    (folder / "lab.md").write_text("# Open\n")
    (folder / "lab.toml").write_text(
        f'title = "Open"\nlesson = "Ports"\nminutes = 5\nimages = ["busybox:1.37"]\n[params]\n{params}\n'
    )
    (folder / "checks.py").write_text(
        'from checker.lab import check\n\n@check(points=1, hint="Look.")\ndef shop():\n    """It is there."""\n'
    )


def answers(
    version: Mapping[str, Any] = VERSION,
    info: Mapping[str, Any] = INFO,
    containers: Sequence[dict[str, Any]] = (),
    images: Sequence[dict[str, Any]] = (),
    date: str = DATE,
) -> Callable[[str, str], tuple[int, dict[str, str], Any]]:
    """Return an engine's answers, by path."""
    bodies = {"/version": version, "/info": info, "/containers/json?all=1": [*containers], "/images/json": [*images]}
    return lambda _, path: (200, {"date": date}, bodies[path])


def command_line(**outputs: str) -> Callable[..., Ran | None]:
    """Return a ``run`` in which the docker command says ``version`` and ``api``, and everything else is quiet."""
    version, api = outputs.get("version", CLI), outputs.get("api", "1.49")

    def run(argv: list[str]) -> Ran | None:
        if argv[-1] == "--version":
            return Ran(0, version) if version else None
        if "version" in argv:
            return Ran(1, f"{api}\nCannot connect to the Docker daemon")
        return Ran(0, "")

    return run


@pytest.fixture
def healthy(course: Path) -> Machine:
    """Return a machine on which everything works."""
    return Machine(
        kind=LINUX,
        python=(3, 11, 7),
        executable=course / ".venv/bin/python",
        env={},
        home=course / "home",
        root=course,
        work=course / "work",
        which=lambda name: {"docker": [Path("/usr/bin/docker")], "checker": [Path("/x/checker")]}.get(name, []),
        run=command_line(),
        read=looks.read_or_nothing,
        exists=lambda path: Path(path).exists(),
        version_of=lambda _: "7.2.0",
        free_bytes=lambda _: 50_000_000_000,
        port_is_free=lambda _: True,
        problem_with_writing=lambda _: "",
        is_alive=lambda _: True,
        find_engine=lambda: Sought(HOST, "the docker context default", "current"),
        get=answers(),
        own_engine=OwnEngine,
        is_recording=lambda: True,
        server_owner=lambda: 4711,
        now=lambda: NOW,
    )


def found(machine: Machine, title: str) -> Finding:
    """Return the one finding with this title."""
    matching = [finding for finding in examine(machine) if finding.title == title]
    assert len(matching) == 1, [finding.title for finding in examine(machine)]
    return matching[0]


def no_such(machine: Machine, title: str) -> bool:
    """Say whether no finding has this title."""
    return all(finding.title != title for finding in examine(machine))


# --- all of it


def test_a_machine_where_everything_works_has_nothing_to_mend(healthy: Machine) -> None:
    """Where all is well every finding is ok, none has a step to take, and the exit code is 0."""
    findings = examine(healthy)
    assert [finding for finding in findings if finding.state is not FindingState.OK or finding.fix] == []
    assert exit_code(findings) == 0


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([ok("a", "."), warn("b", ".", "do")], 0),
        ([ok("a", "."), bad("b", ".", "do")], 1),
        ([bad("b", ".", "do"), bad("Docker engine", "None.", "do")], 3),
        ([ok("Docker engine", "Here.")], 0),
    ],
    ids=["a warning is 0", "something bad is 1", "no engine is 3", "an engine is 0"],
)
def test_the_exit_code_follows_the_worst_finding(findings: list[Finding], code: int) -> None:
    """No engine is 3, anything else bad is 1, warnings are 0."""
    assert exit_code(findings) == code


def test_the_doctor_never_imports_docker() -> None:
    """No module of the doctor imports docker, at the top or inside a function."""
    for path in (ROOT / "checker" / "doctor").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "docker"], path.name


# --- Python


def test_an_old_python_is_bad(healthy: Machine) -> None:
    """A Python older than 3.11 is named, with where to get a newer one."""
    finding = found(replace(healthy, python=(3, 10, 2)), "Python")
    assert finding.state is FindingState.BAD
    assert "3.10.2" in finding.seen
    assert "python.org" in finding.fix


def test_no_environment_yet_is_one_finding_and_not_a_list_of_packages(healthy: Machine) -> None:
    """Before the first start, the doctor says so once, and leaves the packages alone."""
    (healthy.root / ".venv").rmdir()
    machine = replace(healthy, version_of=lambda _: None, which=lambda _: [])
    finding = found(machine, "Environment")
    assert (finding.state, finding.fix) == (FindingState.BAD, "Run: python3 -m checker start")
    assert no_such(machine, "Python packages")


def test_packages_of_the_system_will_do(healthy: Machine) -> None:
    """Where there is no .venv, but the packages are there, nothing is wrong."""
    (healthy.root / ".venv").rmdir()
    assert found(healthy, "Environment").state is FindingState.OK


def test_an_environment_whose_python_is_gone_is_bad(healthy: Machine) -> None:
    """A .venv whose Python was removed or updated cannot be used, and is to be made anew."""
    machine = replace(healthy, executable=Path("/usr/bin/python3"), run=lambda _: None)
    finding = found(machine, "Environment")
    assert finding.state is FindingState.BAD
    assert finding.fix == "Delete the folder .venv, then run: checker start"


@pytest.mark.parametrize(
    ("version", "state", "says"),
    [(None, FindingState.BAD, "Not installed: docker."), ("6.1.0", FindingState.WARN, "docker 6.1.0 (wanted: 7.2.0)")],
    ids=["missing is bad", "another version is a warning"],
)
def test_packages_are_compared_with_their_pins(
    healthy: Machine, version: str | None, state: FindingState, says: str
) -> None:
    """Each package of requirements.txt must be there, in its pinned version."""
    finding = found(replace(healthy, version_of=lambda _: version), "Python packages")
    assert finding.state is state
    assert says in finding.seen
    assert finding.fix == "Run: checker start"


def test_a_missing_list_of_packages_is_bad(healthy: Machine) -> None:
    """Without requirements.txt nothing can be compared; git has it."""
    (healthy.root / "requirements.txt").unlink()
    assert found(healthy, "Python packages").fix == "Get it back with: git checkout requirements.txt"


def test_only_pins_for_this_machine_count() -> None:
    """A line whose marker means another system is left out; comments, options and hashes are no packages."""
    text = (
        "# made by a tool\n-i https://example.org\nanyio==4.16.0\n"
        "pywinpty==3.0.2 ; sys_platform == 'neverland'\nargon2-cffi[dev]==25.1.0 ; python_version >= '3.8' \\\n"
        "    --hash=sha256:aa\n"
    )
    assert python.pins(text) == {"anyio": "4.16.0", "argon2-cffi": "25.1.0"}


def test_a_lab_with_a_mistake_is_bad(healthy: Machine) -> None:
    """A lab that cannot be loaded is named, with its author's fix."""
    (healthy.root / "labs/04_ports/lab.toml").write_text("title = 1\n")
    finding = found(healthy, "Course files")
    assert finding.state is FindingState.BAD
    assert "title is 1" in finding.seen


def test_a_lab_that_only_the_packages_can_read_is_not_to_blame(
    healthy: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the set-up, a lab that takes a package to be read is counted, and nothing breaks."""

    def load(lab_id: str, labs: Path) -> None:
        raise ModuleNotFoundError(f"No module named 'docker_image' ({lab_id}, {labs})", name="docker_image")

    monkeypatch.setattr(python, "load_lab", load)
    finding = found(healthy, "Course files")
    assert finding == ok("Course files", "Labs: 1, of which 1 can be read only with the course's packages.")


def test_a_module_of_the_course_that_is_missing_is_no_matter_of_packages(
    healthy: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own mistake is not taken for a missing package."""

    def load(lab_id: str, labs: Path) -> None:
        raise ModuleNotFoundError(f"No module named 'checker.gone' ({lab_id}, {labs})", name="checker.gone")

    monkeypatch.setattr(python, "load_lab", load)
    with pytest.raises(ModuleNotFoundError):
        examine(healthy)


def test_a_course_without_labs_is_bad(healthy: Machine, tmp_path: Path) -> None:
    """Without labs the course's files are to be fetched again."""
    finding = found(replace(healthy, root=tmp_path / "elsewhere"), "Course files")
    assert finding.fix == "Get the files back with: git checkout labs"


# --- the docker command


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        (ROOT_LINUX, "Run: python3 -m checker start   (it installs Debian's packages, and says so first)"),
        (LINUX, "Run: sudo apt-get install docker.io   (Debian 13 and newer: docker.io docker-cli)"),
        *((kind, advice.install(kind)) for kind in (replace(LINUX, distribution="plan9"), WSL, MAC, WINDOWS)),
    ],
    ids=["Debian as root", "Debian as a user", "another Linux", "WSL", "macOS", "Windows"],
)
def test_without_a_docker_command_the_step_fits_the_system(healthy: Machine, kind: System, fix: str) -> None:
    """A missing docker command is bad, and how to get it depends on the system."""
    finding = found(replace(healthy, kind=kind, which=lambda _: []), "docker command")
    assert (finding.state, finding.fix) == (FindingState.BAD, fix)


def test_podman_under_the_name_of_docker_is_bad(healthy: Machine) -> None:
    """A docker that is Podman is recognised by what it says of itself."""
    finding = found(replace(healthy, run=command_line(version="podman version 5.4.2")), "docker command")
    assert finding.state is FindingState.BAD
    assert "is Podman" in finding.seen


def test_a_docker_command_that_does_not_run_is_bad(healthy: Machine) -> None:
    """A file named docker that cannot be run is not taken for one."""
    finding = found(replace(healthy, run=command_line(version="")), "docker command")
    assert finding.seen == "/usr/bin/docker does not run."


def test_a_docker_command_too_old_for_the_engine_is_bad(healthy: Machine) -> None:
    """A CLI whose newest API is older than the engine's oldest cannot talk to it."""
    machine = replace(healthy, run=command_line(api="1.41"), get=answers({**VERSION, "MinAPIVersion": "1.44"}))
    finding = found(machine, "docker command")
    assert finding.state is FindingState.BAD
    assert "too old for this engine: it knows API 1.41, not 1.44" in finding.seen


def test_the_shim_and_other_docker_commands_are_named(healthy: Machine, tmp_path: Path) -> None:
    """With several docker commands, the doctor says which is the guard, which is used, and which are not."""
    shim = tmp_path / "docker"
    shim.write_text("#!/bin/sh\n# DOCKER101_GUARD=off switches this off\n")
    others = [shim, Path("/usr/local/bin/docker"), Path("/usr/bin/docker")]
    finding = found(replace(healthy, which=lambda name: others if name == "docker" else []), "docker command")
    assert finding.state is FindingState.OK
    assert finding.seen == (
        f"/usr/local/bin/docker is version 28.2.2, run by the course's guard {shim}. "
        "Also on the PATH, and not used: /usr/bin/docker (version 28.2.2)."
    )


@pytest.mark.parametrize(
    ("kind", "env", "fix"),
    [
        (LINUX, {}, "Run: unset DOCKER_HOST"),
        (WINDOWS, POWERSHELL, "Run: Remove-Item Env:DOCKER_HOST"),
        (WINDOWS, {}, "Run: set DOCKER_HOST="),
        (WINDOWS, {"MSYSTEM": "MINGW64"}, "Run: unset DOCKER_HOST"),
    ],
    ids=["sh", "PowerShell", "cmd", "Git Bash"],
)
def test_a_docker_host_that_leads_elsewhere_is_a_warning(
    healthy: Machine, kind: System, env: dict[str, str], fix: str
) -> None:
    """DOCKER_HOST that names another engine than the course's is said, with the shell's own way to unset it."""
    machine = replace(healthy, kind=kind, home=WINDOWS_HOME, env={"DOCKER_HOST": "tcp://10.0.0.9:2375", **env})
    finding = found(machine, "docker context")
    assert (finding.state, finding.fix) == (FindingState.WARN, fix)
    assert finding.seen == f"DOCKER_HOST is set to tcp://10.0.0.9:2375; the course uses {HOST}."


def test_without_an_engine_the_context_is_the_engines_matter(healthy: Machine) -> None:
    """Where no engine answers, DOCKER_HOST is a part of that finding, and no second step contradicts its own."""
    assert no_such(replace(healthy, env={"DOCKER_HOST": "unix:///x"}, find_engine=Sought), "docker context")


def test_docker_host_that_hides_a_context_is_said(healthy: Machine) -> None:
    """Where a context is switched on too, the doctor says that DOCKER_HOST wins."""
    (healthy.home / ".docker").mkdir(parents=True)
    (healthy.home / ".docker/config.json").write_text('{"currentContext": "colima"}')
    finding = found(replace(healthy, env={"DOCKER_HOST": "unix:///x"}), "docker context")
    assert "wins over the context “colima”" in finding.seen


@pytest.mark.parametrize(
    ("env", "strategy", "says"),
    [
        ({"DOCKER_HOST": HOST}, "current", "docker in this shell talks to the course's engine."),
        ({"DOCKER_CONTEXT": "colima"}, "current", "docker in this shell uses the context “colima”."),
        (
            {},
            "private",
            "docker talks to the course's engine in the course's own terminal, the one beside the notebook.",
        ),
    ],
    ids=["the course's terminal", "another context", "a private engine"],
)
def test_where_docker_talks_to_is_said(healthy: Machine, env: dict[str, str], strategy: str, says: str) -> None:
    """Where nothing is wrong, the doctor says what docker talks to."""
    machine = replace(healthy, env=env, find_engine=lambda: Sought(HOST, "it", strategy))
    assert found(machine, "docker context") == ok("docker context", says)


def test_a_damaged_configuration_counts_as_no_context(healthy: Machine) -> None:
    """A config.json that is no JSON names no context."""
    (healthy.home / ".docker").mkdir(parents=True)
    (healthy.home / ".docker/config.json").write_text("[")
    assert no_such(healthy, "docker context")


@pytest.mark.parametrize("name", ["DOCKER_API_VERSION", "DOCKER_DEFAULT_PLATFORM", "DOCKER_CONTENT_TRUST"])
def test_a_variable_that_changes_every_command_is_a_warning(healthy: Machine, name: str) -> None:
    """Variables that make docker behave in another way than the lessons say are named."""
    finding = found(replace(healthy, env={name: "1"}), name)
    assert (finding.state, finding.fix) == (FindingState.WARN, f"Run: unset {name}")


def test_a_guard_that_is_switched_off_is_a_warning(healthy: Machine) -> None:
    """Who has switched the guard off is reminded of it."""
    finding = found(replace(healthy, env={"DOCKER101_GUARD": "off"}), "Guard")
    assert (finding.state, finding.fix) == (FindingState.WARN, "Run: unset DOCKER101_GUARD")


# --- the engine


def test_no_engine_lists_what_was_tried_and_ends_with_3(healthy: Machine) -> None:
    """Without an engine the doctor lists each address, who named it, what was wrong there, and what to do."""
    usual = tuple(Tried(f"unix:///{number}", "where Docker listens", "nothing", matters=False) for number in range(8))
    tried = (Tried(HOST, "the docker context default", "there is nothing at that address"), *usual)
    machine = replace(healthy, find_engine=lambda: Sought(tried=tried, advice="Run: sudo systemctl start docker"))
    finding = found(machine, "Docker engine")
    assert finding.state is FindingState.BAD
    assert finding.seen == (
        f"None answers. Tried: {HOST} (the docker context default): there is nothing at that address; "
        "8 usual places where nothing is."
    )
    assert finding.fix == "Run: sudo systemctl start docker"
    assert exit_code(examine(machine)) == 3


def test_where_the_course_can_start_an_engine_that_is_the_step(healthy: Machine) -> None:
    """As root on Linux the course brings an engine of its own, so nothing else is asked of the learner."""
    finding = found(replace(healthy, find_engine=Sought), "Docker engine")
    assert finding.fix == "Run: checker start   (it starts an engine of the course's own)"


def test_an_engine_says_why_it_was_chosen(healthy: Machine) -> None:
    """The engine's version, its address, its API, who named it and what was passed over are all there."""
    sought = Sought(HOST, "the context colima", tried=(Tried("tcp://x:1", "the variable DOCKER_HOST", "it hangs"),))
    finding = found(replace(healthy, find_engine=lambda: sought), "Docker engine")
    assert finding.seen == (
        f"Version 28.5.2 answers at {HOST} (the context colima); API 1.24 to 1.51. Passed over: tcp://x:1 (it hangs)."
    )


@pytest.mark.parametrize(
    ("kind", "strategy", "fix"),
    [
        (LINUX, "private", "Restart it: checker stop, then checker start"),
        (LINUX, "current", advice.restart(HOST, LINUX)),
        (MAC, "current", advice.restart(HOST, MAC)),
    ],
    ids=["private", "Linux", "macOS"],
)
def test_an_engine_that_stops_answering_half_way_is_bad(
    healthy: Machine, kind: System, strategy: str, fix: str
) -> None:
    """An engine that was found, and then hangs, is no engine; how to start it anew depends on whose it is."""

    def hang(host: str, path: str) -> tuple[int, dict[str, str], Any]:
        raise Unreachable(host, ReachProblem.HANG, "it accepted the connection, but did not answer within 3 s")

    machine = replace(healthy, kind=kind, get=hang, find_engine=lambda: Sought(HOST, "it", strategy))
    finding = found(machine, "Docker engine")
    assert (finding.state, finding.fix) == (FindingState.BAD, fix)
    assert "did not answer within 3 s" in finding.seen
    assert exit_code(examine(machine)) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, {}, {"message": "cannot open the store"}), "It answered 500 to GET /version: cannot open the store"),
        ((200, {}, "hello"), "It answered 200 to GET /version: hello"),
        ((200, {}, []), "It answered 200 to GET /version: []"),
    ],
    ids=["an error", "a text", "a list"],
)
def test_an_engine_that_answers_nonsense_is_bad(
    healthy: Machine, answer: tuple[int, dict[str, str], Any], says: str
) -> None:
    """An engine that answers with an error, or with something else than asked for, is quoted."""
    finding = found(replace(healthy, get=lambda *_: answer), "Docker engine")
    assert finding.state is FindingState.BAD
    assert says in finding.seen


def test_an_engine_newer_than_the_course_is_bad(healthy: Machine) -> None:
    """An engine that no longer speaks any API that the course knows asks for a newer course."""
    machine = replace(healthy, get=answers({**VERSION, "MinAPIVersion": "1.50"}), run=command_line(api="1.60"))
    finding = found(machine, "Docker engine")
    assert (finding.state, finding.fix) == (FindingState.BAD, "Get the newest course: git pull")


@pytest.mark.parametrize(
    ("kind", "host", "fix"),
    [
        (LINUX, HOST, "Run: sudo timedatectl set-ntp true"),
        (LINUX, "tcp://10.0.0.9:2375", "Set the clock of the machine that the engine runs on."),
        (MAC, HOST, advice.restart(HOST, MAC)),
        (WSL, HOST, "Run in Windows: wsl --shutdown. Then start Docker Desktop again."),
        (WINDOWS, HOST, "Run in Windows: wsl --shutdown. Then start Docker Desktop again."),
    ],
    ids=["Linux", "another machine", "macOS", "WSL", "Windows"],
)
def test_a_clock_that_is_off_is_a_warning(healthy: Machine, kind: System, host: str, fix: str) -> None:
    """An engine whose clock is more than 2 s off is told, with the step that fits the system."""
    machine = replace(healthy, kind=kind, now=lambda: NOW + 60, find_engine=lambda: Sought(host, "it", "current"))
    finding = found(machine, "Clock")
    assert (finding.state, finding.fix) == (FindingState.WARN, fix)
    assert "59 s behind this machine's" in finding.seen


@pytest.mark.parametrize(
    ("date", "before", "after", "expected"),
    [
        (DATE, NOW + 0.4, NOW + 0.9, 0.0),
        (DATE, NOW - 5, NOW - 4, 4.0),
        (DATE, NOW + 11, NOW + 12, -10.0),
        ("yesterday", NOW, NOW, None),
        ("", NOW, NOW, None),
    ],
    ids=["agrees", "ahead", "behind", "not a date", "no date"],
)
def test_skew_counts_only_what_is_certain(date: str, before: float, after: float, expected: float | None) -> None:
    """The Date header has whole seconds, and a question takes time: neither counts as a wrong clock."""
    assert skew(date, before, after) == expected


def test_a_rootless_engine_that_cannot_pause_is_a_warning(healthy: Machine) -> None:
    """Rootless on cgroup v1 has no pause, which lesson 05 needs."""
    info = {**INFO, "SecurityOptions": ["name=seccomp", "name=rootless"], "CgroupVersion": "1"}
    finding = found(replace(healthy, get=answers(info=info)), "Rootless engine")
    assert (finding.state, finding.fix) == (
        FindingState.WARN,
        "Use an engine that runs as root: docker context use default",
    )
    good = {**info, "CgroupVersion": "2"}
    assert found(replace(healthy, get=answers(info=good)), "Rootless engine").state is FindingState.OK


def test_selinux_is_noted(healthy: Machine) -> None:
    """With SELinux on, a mounted folder needs :z; the doctor says so and calls nothing wrong."""
    finding = found(replace(healthy, get=answers(info={**INFO, "SecurityOptions": ["name=selinux"]})), "SELinux")
    assert finding.state is FindingState.OK
    assert ":z" in finding.seen


# --- the machine


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        (LINUX, 'Make it yours: sudo chown -R "$USER" WORK'),
        (ROOT_LINUX, "Point the course at a folder that can be written: export DOCKER101_WORK=~/docker101-work"),
        (WINDOWS, "Move the course into a folder of your own, such as Documents."),
    ],
    ids=["a user", "root", "Windows"],
)
def test_a_folder_that_cannot_be_written_is_bad(healthy: Machine, kind: System, fix: str) -> None:
    """A read-only work/ is bad: nothing can be saved."""
    machine = replace(healthy, kind=kind, problem_with_writing=lambda _: "Read-only file system")
    finding = found(machine, "Your folder")
    assert (finding.state, finding.fix) == (
        FindingState.BAD,
        fix.replace("WORK", str(healthy.work), 1) if kind is LINUX else fix,
    )
    assert "(Read-only file system)" in finding.seen


def test_a_full_disk_is_no_question_of_rights(healthy: Machine) -> None:
    """A folder that cannot be written because the disk is full needs space, not another owner."""
    machine = replace(healthy, problem_with_writing=lambda _: os.strerror(errno.ENOSPC))
    assert found(machine, "Your folder").fix == "Free some space on that disk."


@pytest.mark.parametrize(
    ("free", "work", "engine"),
    [
        (None, FindingState.OK, FindingState.OK),
        (50_000_000_000, FindingState.OK, FindingState.OK),
        (1_000_000_000, FindingState.OK, FindingState.WARN),
        (400_000_000, FindingState.WARN, FindingState.BAD),
        (1_000_000, FindingState.BAD, FindingState.BAD),
    ],
    ids=["unknown", "plenty", "low for images", "low", "full"],
)
def test_disk_space_is_judged_by_what_it_is_for(
    healthy: Machine, free: int | None, work: FindingState, engine: FindingState
) -> None:
    """Images need gigabytes, a learner's files a few megabytes."""
    machine = replace(healthy, free_bytes=lambda _: free, exists=lambda _: True)
    assert found(machine, "Disk for your work").state is work
    assert found(machine, "Disk of the engine").state is engine


@pytest.mark.parametrize(
    ("host", "info"),
    [("tcp://10.0.0.9:2375", INFO), (HOST, {**INFO, "OperatingSystem": "Docker Desktop"})],
    ids=["another machine", "Docker Desktop"],
)
def test_disk_space_of_an_engine_elsewhere_is_not_guessed(healthy: Machine, host: str, info: dict[str, Any]) -> None:
    """Where the engine's data lies on another machine, or in Desktop's own, nothing is said about it."""
    machine = replace(healthy, find_engine=lambda: Sought(host, "it"), get=answers(info=info), exists=lambda _: True)
    assert no_such(machine, "Disk of the engine")


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        (LINUX, "ss -ltnp 'sport = :8123'"),
        (MAC, "lsof -nP -iTCP:8123 -sTCP:LISTEN"),
        (WINDOWS, "netstat -ano | findstr :8123"),
    ],
    ids=["Linux", "macOS", "Windows"],
)
def test_a_personal_port_that_a_program_holds_is_a_warning(healthy: Machine, kind: System, command: str) -> None:
    """A port of a sheet that is taken is named with its lab, and how to see who has it."""
    finding = found(replace(healthy, kind=kind, port_is_free=lambda port: port != 8123), "Ports of your sheets")
    assert finding.state is FindingState.WARN
    assert "Port 8123, which the sheet of 04_ports gives you, is taken by another program." in finding.seen
    assert finding.fix == f"See which one, and close it: {command}"


def container(name: str, *, ours: bool, port: int = 8123) -> dict[str, Any]:
    """Return a container as the engine lists it."""
    return {
        "Id": "a" * 64,
        "Names": [f"/{name}", f"/other/{name}"],
        "Labels": {"org.docker101": "1"} if ours else {},
        "State": "running",
        "Status": "Up 2 minutes",
        "Ports": [{"PrivatePort": 80, "PublicPort": port, "Type": "tcp"}],
    }


def test_a_personal_port_that_a_foreign_container_publishes_is_a_warning(healthy: Machine) -> None:
    """A port that a container of the learner's own holds is named with that container."""
    finding = found(replace(healthy, get=answers(containers=(container("blog", ours=False),))), "Ports of your sheets")
    assert "published by your own container blog" in finding.seen
    assert finding.fix.endswith("docker stop blog")


def test_a_personal_port_that_the_course_itself_publishes_is_fine(healthy: Machine) -> None:
    """A port that the lab's own container holds is as it should be."""
    machine = replace(
        healthy, get=answers(containers=(container("shop", ours=True),)), port_is_free=lambda port: port != 8123
    )
    finding = found(machine, "Ports of your sheets")
    assert finding == ok("Ports of your sheets", "8123: free for you (1 held by the course's own containers).")


def test_ports_of_an_engine_elsewhere_are_not_looked_for_here(healthy: Machine) -> None:
    """An engine on another machine publishes there, so a port that is taken here means nothing."""
    machine = replace(healthy, find_engine=lambda: Sought("tcp://10.0.0.9:2375", "it"), port_is_free=lambda _: False)
    assert no_such(machine, "Ports of your sheets")


def test_jupyterlabs_usual_port_taken_is_no_problem(healthy: Machine) -> None:
    """The course takes a free port; that 8888 is taken is only said."""
    finding = found(replace(healthy, port_is_free=lambda port: port != 8888), "Port of JupyterLab")
    assert finding.state is FindingState.OK


def test_a_proxy_that_catches_this_machines_own_requests_is_a_warning(healthy: Machine) -> None:
    """Without NO_PROXY a request to a container on localhost goes to the proxy; the address is not shown."""
    env = {"HTTP_PROXY": "http://kim:geheim@proxy:3128"}
    machine = replace(healthy, env=env, get=answers(info={**INFO, "HttpProxy": "http://proxy:3128"}))
    finding = found(machine, "Proxy")
    assert (finding.state, finding.fix) == (FindingState.WARN, "Run: export NO_PROXY=localhost,127.0.0.1,::1")
    assert "geheim" not in finding.seen


@pytest.mark.parametrize(
    ("kind", "strategy", "fix"),
    [
        (LINUX, "private", "Restart the course's engine from this shell: checker stop"),
        (
            LINUX,
            "current",
            'Write it under "proxies" in /etc/docker/daemon.json, then run: sudo systemctl restart docker',
        ),
        (MAC, "current", "Enter it in Docker Desktop: Settings, Resources, Proxies."),
    ],
    ids=["private", "Linux", "Docker Desktop"],
)
def test_a_proxy_that_the_engine_does_not_know_is_a_warning(
    healthy: Machine, kind: System, strategy: str, fix: str
) -> None:
    """The engine pulls images by itself: it must know the proxy too."""
    env = {"https_proxy": "http://proxy:3128", "no_proxy": "localhost"}
    machine = replace(healthy, kind=kind, env=env, find_engine=lambda: Sought(HOST, "it", strategy))
    finding = found(machine, "Proxy")
    assert (finding.state, finding.fix) == (FindingState.WARN, fix)


def test_a_proxy_that_everyone_knows_is_fine(healthy: Machine) -> None:
    """A proxy that the engine knows, and that spares this machine, is fine."""
    env = {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "example.org, 127.0.0.1"}
    machine = replace(healthy, env=env, get=answers(info={**INFO, "HttpsProxy": "http://proxy:3128"}))
    assert found(machine, "Proxy").state is FindingState.OK


def test_a_course_on_windows_disk_inside_wsl_is_a_warning(healthy: Machine) -> None:
    """In WSL the course belongs on Linux's own disk."""
    finding = found(replace(healthy, kind=WSL, work=Path("/mnt/c/Users/Kim/course/work")), "WSL")
    assert (finding.state, finding.fix) == (
        FindingState.WARN,
        "Clone the course again inside WSL: cd ~, then git clone …",
    )
    assert found(replace(healthy, kind=WSL), "WSL").state is FindingState.OK


# --- what the course left behind


def test_containers_of_a_course_that_is_not_open_are_leftovers(healthy: Machine) -> None:
    """Containers of the course with no recorder running are told, and how to remove them."""
    machine = replace(
        healthy,
        server_owner=lambda: None,
        get=answers(
            containers=(container("nap", ours=True), container("db", ours=False)),
            images=({"Labels": {"org.docker101": "1"}}, {"Labels": None}),
        ),
    )
    finding = found(machine, "The course's things")
    assert finding.state is FindingState.WARN
    assert finding.seen == (
        "The course is not open, and its containers are still there: nap (running); "
        "1 image of the course on the engine."
    )
    assert finding.fix == "If you have finished with them: checker stop"


def test_on_an_engine_of_the_courses_own_every_container_is_the_courses(healthy: Machine) -> None:
    """A private engine holds nothing of anybody else's, labelled or not."""
    machine = replace(
        healthy,
        find_engine=lambda: Sought(HOST, "it", "private"),
        get=answers(containers=(container("nap", ours=False),)),
    )
    assert "nap (running)" in found(machine, "The course's things").seen


def test_many_leftovers_are_counted(healthy: Machine) -> None:
    """Of many containers the first five are named."""
    many = tuple(container(f"c{number}", ours=True, port=0) for number in range(7))
    finding = found(replace(healthy, get=answers(containers=many)), "The course's things")
    assert finding.state is FindingState.OK
    assert "c4 (running) and 2 more" in finding.seen


def test_a_recorder_that_is_off_while_the_course_is_open_is_a_warning(healthy: Machine) -> None:
    """Without the recorder, what happens now is missing later."""
    finding = found(replace(healthy, is_recording=lambda: False), "Recorder")
    assert finding.state is FindingState.WARN
    assert finding.fix == "End the course with Ctrl-C in its window, and run: checker start"


def test_a_recorder_that_is_off_while_the_course_is_closed_is_fine(healthy: Machine) -> None:
    """Before start, and after it, nothing is recorded, and nothing is wrong."""
    machine = replace(healthy, is_recording=lambda: False, server_owner=lambda: None)
    assert found(machine, "Recorder").state is FindingState.OK


def test_a_jupyterlab_of_a_killed_run_is_a_warning(healthy: Machine) -> None:
    """A server whose owner is dead is stopped by the next start."""
    finding = found(replace(healthy, is_alive=lambda _: False), "Stale JupyterLab")
    assert (finding.state, finding.fix) == (FindingState.WARN, "Clean up with: checker start")


def test_files_of_a_private_engine_that_was_killed_are_a_warning(healthy: Machine) -> None:
    """A pid file or socket of a dead engine of ours is cleaned up by stop."""
    finding = found(replace(healthy, own_engine=lambda: OwnEngine(has_leftovers=True)), "Stale engine")
    assert (finding.state, finding.fix) == (FindingState.WARN, "Clean up with: checker stop")


# --- shells


def windows(machine: Machine, env: dict[str, str]) -> Machine:
    """Return the machine as Windows, with these variables."""
    return replace(machine, kind=WINDOWS, home=WINDOWS_HOME, env=env)


def test_old_powershell_has_another_curl(healthy: Machine) -> None:
    """In Windows PowerShell curl is an alias; in PowerShell 7 it is not."""
    assert found(windows(healthy, POWERSHELL), "curl").fix == "Type its full name: curl.exe http://localhost:8080"
    assert no_such(windows(healthy, PWSH), "curl")


@pytest.mark.parametrize("env", [POWERSHELL, PWSH], ids=["5.1", "7"])
def test_powershell_reads_some_signs_in_its_own_way(healthy: Machine, env: dict[str, str]) -> None:
    """In every PowerShell line ends and braces differ from the lessons'."""
    finding = found(windows(healthy, env), "PowerShell")
    assert finding.state is FindingState.WARN
    assert "{{.Names}}" in finding.fix


def test_the_command_prompt_keeps_single_quotes(healthy: Machine) -> None:
    """In cmd single quotes are no quotes."""
    finding = found(windows(healthy, {}), "Command prompt")
    assert finding.fix == 'Write double quotes and one line: docker ps --format "{{.Names}}"'


def test_git_bash_rewrites_paths(healthy: Machine) -> None:
    """Git Bash turns /bin/sh into a path of Windows unless told not to."""
    env = {"MSYSTEM": "MINGW64"}
    assert found(windows(healthy, env), "Git Bash").fix == "Run: export MSYS_NO_PATHCONV=1"
    assert found(windows(healthy, {**env, "MSYS_NO_PATHCONV": "1"}), "Git Bash").state is FindingState.OK


def test_git_bashs_window_has_no_terminal_for_docker(healthy: Machine) -> None:
    """In mintty docker run -it needs winpty."""
    finding = found(windows(healthy, {"MSYSTEM": "MINGW64", "TERM_PROGRAM": "mintty"}), "Interactive containers")
    assert finding.fix == "Put winpty in front: winpty docker run -it …"


def test_a_script_of_the_course_with_windows_line_ends_is_bad(healthy: Machine) -> None:
    """A checked-out script with CRLF does not start in a container."""
    starter = healthy.root / "labs/04_ports/starter"
    starter.mkdir()
    (starter / "serve").write_bytes(b"#!/bin/sh\r\necho hi\r\n")
    finding = found(healthy, "Line ends")
    assert finding.state is FindingState.BAD
    assert finding.seen.startswith("labs/04_ports/starter/serve: Windows' line ends (CRLF)")
    assert "core.autocrlf=false" in finding.fix


def test_scripts_of_the_learner_with_windows_line_ends_are_a_warning(healthy: Machine) -> None:
    """A learner's own script with CRLF is named; other files, and hidden folders, are left alone."""
    for path in ("04_ports/serve.sh", "04_ports/other.sh", "04_ports/notes.txt", ".course/x.sh"):
        (healthy.work / path).parent.mkdir(parents=True, exist_ok=True)
        (healthy.work / path).write_bytes(b"echo hi\r\n")
    finding = found(healthy, "Line ends")
    assert finding.state is FindingState.WARN
    assert finding.seen.startswith("04_ports/other.sh and 1 more: Windows' line ends (CRLF)")
    assert "LF" in finding.fix


# --- every step


def test_every_finding_that_is_not_ok_has_a_step(healthy: Machine) -> None:
    """On a machine where everything is wrong, each finding that is not ok says what to do, and no ok one does."""
    machine = replace(
        windows(
            healthy, {**POWERSHELL, "DOCKER_HOST": "tcp://x:1", "HTTP_PROXY": "http://p:1", "DOCKER_API_VERSION": "1"}
        ),
        python=(3, 9, 0),
        free_bytes=lambda _: 0,
        which=lambda _: [],
        port_is_free=lambda _: False,
        problem_with_writing=lambda _: "Access is denied",
        version_of=lambda _: None,
        find_engine=lambda: Sought(advice="Start Docker Desktop."),
        is_recording=lambda: False,
        own_engine=lambda: OwnEngine(has_leftovers=True),
    )
    findings = examine(machine)
    assert all(bool(finding.fix) == (finding.state is not FindingState.OK) for finding in findings)
    assert sum(finding.state is FindingState.BAD for finding in findings) >= 5


# --- as text


def test_the_text_has_a_mark_a_title_what_was_seen_and_the_step() -> None:
    """Each finding is a line with its mark, and the step below it on one line of its own, however long."""
    step = "Run: " + "long " * 30 + "command"
    text = as_text([ok("Python", "Python 3.11.7."), bad("Docker engine", "None answers.", step)], columns=60)
    assert text.splitlines() == [
        "✓ Python         Python 3.11.7.",
        "✗ Docker engine  None answers.",
        f"                 → {step}",
        "",
        "One thing keeps the course from working. Begin with: Docker engine.",
    ]


def test_the_text_is_coloured_only_on_request() -> None:
    """Escape codes appear with colour, and never without."""
    findings = [ok("a", "b"), warn("c", "d", "e"), bad("f", "g", "h")]
    assert "\x1b" not in as_text(findings)
    assert re.sub(r"\x1b\[\d*m", "", as_text(findings, colour=True)) == as_text(findings)


def test_long_sentences_are_wrapped_below_their_own_column() -> None:
    """What was seen is wrapped to the width of the terminal, without breaking words."""
    lines = as_text([ok("a", "word " * 30)], columns=50).splitlines()
    assert all(len(line) <= 50 for line in lines)
    assert lines[1].startswith("     word")


@pytest.mark.parametrize(
    ("findings", "says"),
    [
        ([ok("a", ".")], "Everything that the course needs works here."),
        ([warn("a", ".", "do")], "The course works here; one thing above, marked with !, may get in your way."),
        ([warn("a", ".", "do")] * 2, "The course works here; 2 things above, marked with !, may get in your way."),
        ([bad("a", ".", "do")], "One thing keeps the course from working. Begin with: a."),
        ([bad("a", ".", "do"), bad("b", ".", "do")], "2 things keep the course from working. Begin with: a."),
    ],
    ids=["all ok", "one warning", "two warnings", "one bad", "two bad"],
)
def test_the_last_line_says_where_to_begin(findings: list[Finding], says: str) -> None:
    """The last line counts, and names the first thing to fix."""
    assert closing(findings) == says


# --- the file for a teacher


def test_the_report_says_at_its_top_what_it_holds(healthy: Machine, tmp_path: Path) -> None:
    """The file begins with what is in it, so that a learner knows before sending it."""
    path = tmp_path / "report.txt"
    findings = write_report(path, healthy)
    text = path.read_text()
    assert text.startswith(f"{REPORT_HEAD}, 2023-11-1")
    assert "It holds no password and no token." in text
    for finding in findings:
        assert finding.title in text
    assert all(f"## {heading}" in text for heading in ("Machine", "Settings", "Engine", "Labs"))


def test_the_report_holds_no_secrets_and_no_home(healthy: Machine, tmp_path: Path) -> None:
    """Only listed variables are shown, addresses lose their passwords, and the home folder is ~."""
    log = tmp_path / "dockerd.log"
    log.write_text(f"opened {healthy.home}/.docker/config.json\nlogin token=abc123 Authorization: Bearer abc456\n")
    env = {
        "DOCKER_HOST": "tcp://kim:hunter2@10.0.0.9:2375",
        "HTTP_PROXY": "http://kim:hunter3@proxy",
        "AWS_SECRET_ACCESS_KEY": "hunter4",
        "VIRTUAL_ENV": f"{healthy.home}/course/.venv",
    }
    path = tmp_path / "report.txt"
    write_report(path, replace(healthy, env=env, own_engine=lambda: OwnEngine(log)))
    text = path.read_text()
    for secret in ("hunter2", "hunter3", "hunter4", "abc123", "abc456", "AWS_SECRET", str(healthy.home)):
        assert secret not in text
    assert "DOCKER_HOST: tcp://***@10.0.0.9:2375" in text
    assert "HTTP_PROXY: (set; not shown)" in text
    assert "VIRTUAL_ENV: ~/course/.venv" in text
    assert "opened ~/.docker/config.json" in text


@pytest.mark.parametrize(
    ("text", "home", "expected"),
    [
        ("in C:\\Users\\Kim\\x and c:/users/kim/y", Path("C:\\Users\\Kim"), "in ~\\x and ~/y"),
        ("/home/kimberly /home/kim/a", Path("/home/kim"), "/home/kimberly ~/a"),
        ("/ and /root", Path("/"), "/ and /root"),
        ('{"password": "x1", "user": "kim"}', Path("/home/kim"), '{"password": "***", "user": "kim"}'),
        ("http://localhost:8888/lab?token=deadbeef&x=1", Path("/home/kim"), "http://localhost:8888/lab?token=***&x=1"),
    ],
    ids=["Windows", "a longer name stays", "no home", "JSON", "JupyterLab's token"],
)
def test_masking(text: str, home: Path, expected: str) -> None:
    """Homes and secrets are masked in each way in which they are written."""
    assert masked(text, home) == expected


def test_the_report_names_labs_and_points(healthy: Machine, tmp_path: Path) -> None:
    """The teacher sees which checks passed, and who it is about."""
    results = healthy.work / ".course/results"
    results.mkdir(parents=True)
    (healthy.work / "04_ports").mkdir()
    (healthy.work / ".course/learner.json").write_text('{"id": "kim"}')
    one = {"id": "shop", "description": "d", "status": "passed", "score": 2.0, "max_score": 2.0, "trust": "live"}
    (results / "04_ports.json").write_text(json.dumps({"results": [one], "checked_at": "today"}))
    write_report(tmp_path / "report.txt", healthy)
    text = (tmp_path / "report.txt").read_text()
    assert "Learner: kim" in text
    assert "04_ports: today 2 points: shop=passed" in text


def test_a_report_replaces_only_a_report(healthy: Machine, tmp_path: Path) -> None:
    """A file that is something else is left as it is; an older report is written over."""
    path = tmp_path / "commands.txt"
    path.write_text("docker ps\n")
    with pytest.raises(UsageProblem, match="is no report: it was left as it is"):
        write_report(path, healthy)
    assert path.read_text() == "docker ps\n"
    for _ in range(2):
        write_report(tmp_path / "report.txt", healthy)


def test_a_report_that_cannot_be_written_is_one_message(healthy: Machine, tmp_path: Path) -> None:
    """A report into a folder that is a file ends with one message."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="could not be written"):
        write_report(tmp_path / "file" / "report.txt", healthy)


# --- the looks at the real machine


def test_an_engine_that_was_not_found_is_asked_nothing(healthy: Machine) -> None:
    """Without an address no question is sent."""

    def never(host: str, path: str) -> tuple[int, dict[str, str], Any]:
        raise AssertionError(path)

    machine = replace(healthy, find_engine=Sought, get=never)
    assert look_at_engine(machine) == EngineFacts(Sought())


def candidate(path: Path) -> discover.Candidate:
    """Return a place where an engine may listen."""
    return discover.Candidate(f"unix://{path}", "the docker context test", "test", chosen=True)


def test_the_remembered_engine_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine that start has chosen is the one that the doctor looks at, while it answers."""
    monkeypatch.setattr(discover, "candidates", lambda *_: [candidate(tmp_path / "other.sock")])
    with engine(tmp_path / "e.sock", answer(DOCKER)) as host:
        Engine(host, "current", "the docker context x").save(tmp_path)
        assert looks.find_engine(tmp_path, LINUX) == Sought(host, "the docker context x", "current")


def test_a_remembered_engine_that_is_gone_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the remembered engine does not answer, the others are tried, and both are told."""
    Engine("unix:///nowhere/x.sock", "private", "the course's own engine").save(tmp_path)
    with engine(tmp_path / "e.sock", answer(DOCKER)) as host:
        monkeypatch.setattr(discover, "candidates", lambda *_: [candidate(tmp_path / "e.sock")])
        sought = looks.find_engine(tmp_path, LINUX)
    assert (sought.host, sought.source, sought.strategy) == (host, "the docker context test", "")
    assert [(one.host, one.source) for one in sought.tried] == [
        ("unix:///nowhere/x.sock", "the course's private engine, the course's own engine")
    ]


def test_without_any_engine_the_advice_fits_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no engine anywhere, each place is told, and what to do on this system."""
    monkeypatch.setattr(discover, "candidates", lambda *_: [candidate(tmp_path / "none.sock")])
    sought = looks.find_engine(tmp_path, MAC)
    assert sought.host == ""
    assert [one.host for one in sought.tried] == [f"unix://{tmp_path / 'none.sock'}"]
    assert "docker context use default" in sought.advice


def test_where_the_course_can_start_an_engine_no_advice_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root on a Debian without an engine, start provides one; a refusal of the private engine brings advice."""
    monkeypatch.setattr(discover, "candidates", lambda *_: [])
    monkeypatch.setattr(looks.private, "refusal", lambda _: None)
    assert looks.find_engine(tmp_path, replace(ROOT_LINUX, relatives=("debian",))) == Sought()
    monkeypatch.setattr(looks.private, "refusal", lambda _: "The course can start an engine of its own only as root.")
    assert looks.find_engine(tmp_path, LINUX).advice != ""


def test_files_of_a_dead_private_engine_are_leftovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pid file with no living daemon is a leftover; on other systems than Linux nothing is looked for."""
    monkeypatch.setenv("DOCKER101_ENGINE_HOME", str(tmp_path))
    assert looks.own_engine(LINUX) == OwnEngine()
    (tmp_path / "run").mkdir()
    (tmp_path / "run/docker.pid").write_text("999999999")
    (tmp_path / "run/dockerd.log").write_text("it ended\n")
    assert looks.own_engine(LINUX) == OwnEngine(tmp_path / "run/dockerd.log", has_leftovers=True)
    assert looks.own_engine(MAC) == OwnEngine()


def test_the_looks_at_this_machine_answer(tmp_path: Path) -> None:
    """Each look gives an answer of its kind on whatever machine this is, and leaves nothing behind."""
    assert looks.read_or_nothing(tmp_path / "nothing") == ""
    assert looks.problem_with_writing(tmp_path / "new" / "work") == ""
    assert list(tmp_path.iterdir()) == []
    assert (looks.free_bytes(tmp_path / "new") or 0) > 0
    assert looks.run_command(["there-is-no-such-program"]) is None
    assert looks.which_all("there-is-no-such-program") == []
    assert looks.version_of("pytest", tmp_path) == pytest.__version__
    assert looks.version_of("there-is-no-such-package", tmp_path) is None


@pytest.mark.parametrize(
    ("text", "owner"),
    [('{"owner": 12, "url": "u"}', 12), ("{", None), ("[]", None), (None, None)],
    ids=["open", "damaged", "not an object", "no file"],
)
def test_who_opened_the_course_is_read_from_its_file(tmp_path: Path, text: str | None, owner: int | None) -> None:
    """The file that start writes names its process; a damaged one names none."""
    if text is not None:
        (tmp_path / ".course/jupyter").mkdir(parents=True)
        (tmp_path / ".course/jupyter/server.json").write_text(text)
    assert looks.server_owner(tmp_path) == owner


def test_the_recorders_file_is_the_one_that_the_course_writes(tmp_path: Path) -> None:
    """The doctor looks at the journal that start records into, and sees whether anybody does."""
    from checker.engine.history.recorder import lock_of

    journal = Work(tmp_path).journal
    assert not looks.is_recording(tmp_path)
    with lock_of(journal):
        assert looks.is_recording(tmp_path)


def test_of_a_long_file_its_end_is_read(tmp_path: Path) -> None:
    """A log may be long; what it said last counts."""
    (tmp_path / "log").write_text("first" + "x" * looks.READ_LIMIT_BYTES + "last")
    text = looks.read_or_nothing(tmp_path / "log")
    assert text.endswith("xlast")
    assert "first" not in text


def test_packages_are_looked_up_in_the_courses_environment(tmp_path: Path) -> None:
    """The doctor may run outside .venv: it looks at the packages inside."""
    info = tmp_path / "lib/python3.11/site-packages/docker-9.9.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: docker\nVersion: 9.9\n")
    assert looks.version_of("docker", tmp_path) == "9.9"
    assert looks.version_of("pytest", tmp_path) is None
