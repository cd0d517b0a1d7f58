"""Setting up .venv: what the stamp says, what is installed when, and what is said when it cannot be."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checker import bootstrap, terminal
from checker.bundle.manifest import requirements_digest
from checker.bundle.reader import open_bundle
from checker.errors import EXIT_INTERNAL, CourseError, UsageProblem
from tests.unit.made_bundles import LAYER, make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from checker.bundle.reader import Bundle

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


class Machine:
    """Stands for a machine: the course's folder, and programs that are noted instead of run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.ran: list[list[str]] = []
        self.environments: list[dict[str, str] | None] = []
        self.said: list[str] = []
        self.fails_at = ""
        self.output = b""
        self.has_venv_module = True

    def popen(self, command: list[str], **options: Any) -> Any:
        """Run a program that takes long: note it, make what ``python -m venv`` makes, and end."""
        self.ran.append(command)
        self.environments.append(options.get("env"))
        if "venv" in command:
            bootstrap.python().parent.mkdir(parents=True)
            bootstrap.python().touch()
        failed = bool(self.fails_at) and self.fails_at in command
        process = SimpleNamespace(stdout=io.BytesIO(self.output), returncode=int(failed))
        return _Context(process)

    def probe(self, command: list[str], **_: Any) -> Any:
        """Answer whether this Python has the venv module."""
        assert command[0] == sys.executable
        return SimpleNamespace(returncode=0 if self.has_venv_module else 1)

    def ensure(
        self, *, tests: bool = False, yes: bool = True, argv: tuple[str, ...] = ("start",), bundle: Bundle | None = None
    ) -> int | None:
        """Set up."""
        return bootstrap.ensure(list(argv), tests=tests, yes=yes, say=self.said.append, bundle=bundle)

    @property
    def programs(self) -> list[str]:
        """What ran, in short: the words that tell one step from another."""
        return [_short(command) for command in self.ran]

    @property
    def stamp(self) -> list[str]:
        """The first two words of each line of the stamp."""
        return [line.split()[0] for line in bootstrap.STAMP.read_text(encoding="utf-8").splitlines()]


def _short(command: list[str]) -> str:
    if "-r" in command:
        return "requirements"
    if "--editable" in command:
        return f"checker{'[test]' if command[-1].endswith('[test]') else ''}"
    return "venv" if "venv" in command else " ".join(command[:2])


class _Context:
    def __init__(self, process: Any) -> None:
        self._process = process

    def __enter__(self) -> Any:
        return self._process

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine with a fresh clone, whose own Python runs the command."""
    made = Machine(tmp_path)
    (tmp_path / "requirements.txt").write_text("docker==7.2\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", made.venv)
    monkeypatch.setattr(bootstrap, "STAMP", made.venv / "docker101.stamp")
    monkeypatch.setattr(bootstrap, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr(bootstrap, "PYPROJECT", tmp_path / "pyproject.toml")
    monkeypatch.setattr(bootstrap, "inside", lambda: False)
    monkeypatch.setattr(bootstrap, "hand_over", lambda argv: f"handed over: {' '.join(argv)}")
    monkeypatch.setattr(subprocess, "Popen", made.popen)
    monkeypatch.setattr(subprocess, "run", made.probe)
    return made


# --- what is done when


def test_first_run_makes_everything(machine: Machine) -> None:
    """A fresh clone gets an environment, the course's packages, and the checker itself; each is said beforehand."""
    assert machine.ensure() == "handed over: start"
    assert machine.programs == ["venv", "requirements", "checker"]
    assert machine.said == [
        "Making a Python environment in .venv/ (about 400 MB, inside this folder; nothing else is touched).",
        "Installing the packages of requirements.txt (JupyterLab and what it needs).",
    ]
    assert machine.stamp == ["course", "python"]


def test_packages_go_into_the_environment(machine: Machine) -> None:
    """It is the environment's own pip that installs, and it never asks."""
    machine.ensure()
    assert machine.ran[0] == [sys.executable, "-m", "venv", str(machine.venv)]
    for command in machine.ran[1:]:
        assert command[:4] == [str(bootstrap.python()), "-m", "pip", "install"]
        assert "--no-input" in command
    assert "--no-deps" in machine.ran[2]


def test_second_run_does_nothing(machine: Machine) -> None:
    """Where all is as it should be, the command goes on at once."""
    machine.ensure()
    machine.ran.clear()
    machine.said.clear()
    assert machine.ensure() == "handed over: start"
    assert (machine.ran, machine.said) == ([], [])


def test_command_inside_goes_on_by_itself(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own environment the command is not started a second time."""
    machine.ensure()
    monkeypatch.setattr(bootstrap, "inside", lambda: True)
    assert machine.ensure() is None


def test_tests_add_what_only_they_need(machine: Machine) -> None:
    """``test`` after ``start`` installs the extra alone; ``start`` after ``test`` installs nothing."""
    machine.ensure()
    machine.ran.clear()
    machine.said.clear()
    machine.ensure(tests=True)
    assert machine.programs == ["checker[test]"]
    assert "--no-deps" not in machine.ran[0]
    assert machine.said == ["Installing what only the tests need (ruff, mypy, playwright)."]
    assert machine.stamp == ["course", "python", "tests"]
    machine.ran.clear()
    machine.ensure()
    assert machine.ran == []


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_newer_lists_are_installed_into_the_same_environment(name: str, machine: Machine) -> None:
    """After a pull that changed what is needed, packages are brought up to date without making .venv anew."""
    machine.ensure()
    machine.ran.clear()
    (machine.root / name).write_text("newer\n", encoding="utf-8")
    machine.ensure()
    assert machine.programs == ["requirements", "checker"]


def test_another_python_gets_a_new_environment(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages of one Python do not serve another: .venv is made anew."""
    machine.ensure()
    (machine.venv / "old").touch()
    machine.ran.clear()
    monkeypatch.setattr(bootstrap.platform, "python_version", lambda: "3.99.0")
    machine.ensure()
    assert machine.programs == ["venv", "requirements", "checker"]
    assert not (machine.venv / "old").exists()


def test_vanished_python_gets_a_new_environment(machine: Machine) -> None:
    """After an upgrade of the system the interpreter in .venv may lead nowhere."""
    machine.ensure()
    bootstrap.python().unlink()
    machine.ran.clear()
    machine.ensure()
    assert machine.programs == ["venv", "requirements", "checker"]


def test_folder_that_was_moved_is_installed_anew(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installed checker points at the folder that it was installed from."""
    machine.ensure()
    machine.ran.clear()
    monkeypatch.setattr(bootstrap, "ROOT", machine.root / "elsewhere")
    machine.ensure()
    assert machine.programs == ["requirements", "checker"]


@pytest.mark.parametrize("step", ["-r", "--editable"])
def test_run_that_was_broken_off_begins_anew(step: str, machine: Machine) -> None:
    """The stamp is written last, so a half-filled environment never passes for a ready one."""
    machine.fails_at = step
    with pytest.raises(CourseError):
        machine.ensure()
    assert not bootstrap.ready(tests=False)
    machine.fails_at = ""
    machine.ran.clear()
    machine.ensure()
    assert machine.programs == ["venv", "requirements", "checker"]
    assert bootstrap.ready(tests=False)
    assert not bootstrap.ready(tests=True)


def test_failed_update_leaves_no_stamp(machine: Machine) -> None:
    """An update that failed half-way does not count as what was there before."""
    machine.ensure()
    (machine.root / "requirements.txt").write_text("newer\n", encoding="utf-8")
    machine.fails_at = "-r"
    with pytest.raises(CourseError):
        machine.ensure()
    (machine.root / "requirements.txt").write_text("docker==7.2\n", encoding="utf-8")
    assert not bootstrap.ready(tests=False)


# --- from the class's bundle


@pytest.fixture
def bundle(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return a bundle that was made for the machine's lists."""
    digest = requirements_digest(bootstrap.REQUIREMENTS, bootstrap.PYPROJECT)
    return open_bundle(make(tmp_path_factory.mktemp("bundles") / "class.tar", requirements=digest))


def test_packages_of_a_bundle_come_from_nowhere_else(machine: Machine, bundle: Bundle) -> None:
    """Both installations see the bundle's wheels and no index; the wheels are gone in the end."""
    assert machine.ensure(bundle=bundle) == "handed over: start"
    folder = str(machine.venv / "docker101-wheels")
    for command, environment in zip(machine.ran[1:], machine.environments[1:], strict=True):
        assert command[command.index("--no-index") :][:3] == ["--no-index", "--find-links", folder]
        assert environment is not None
        assert environment["PIP_CONFIG_FILE"] == os.devnull
    assert not (machine.venv / "docker101-wheels").exists()
    assert machine.said[0].startswith("Checking ")
    assert "Taking packages from class.tar; no network is needed." in machine.said


def test_bundle_is_not_read_where_nothing_is_lacking(machine: Machine, bundle: Bundle) -> None:
    """A second start with the bundle installs nothing, and needs no bundle of this edition either."""
    machine.ensure()
    machine.said.clear()
    machine.ensure(bundle=bundle)
    assert machine.said == []


def test_bundle_of_another_edition_changes_nothing(machine: Machine, bundle: Bundle) -> None:
    """Where the lists have changed since, nothing is made or removed."""
    bootstrap.REQUIREMENTS.write_text("docker==8\n", encoding="utf-8")
    with pytest.raises(UsageProblem, match="another edition of the course"):
        machine.ensure(bundle=bundle)
    assert machine.ran == []


def test_damaged_bundle_changes_nothing(machine: Machine, bundle: Bundle) -> None:
    """All digests are compared before the first package is installed."""
    data = bytearray(bundle.path.read_bytes())
    data[data.index(LAYER[:100])] ^= 1
    bundle.path.write_bytes(data)
    with pytest.raises(UsageProblem, match="is damaged"):
        machine.ensure(bundle=bundle)
    assert machine.ran == []


def test_failed_installation_from_a_bundle_leaves_no_wheels(machine: Machine, bundle: Bundle) -> None:
    """Whatever pip says, the unpacked wheels go; what to do has nothing to do with a network."""
    machine.fails_at = "-r"
    with pytest.raises(CourseError) as problem:
        machine.ensure(bundle=bundle)
    assert not (machine.venv / "docker101-wheels").exists()
    assert problem.value.next_step.startswith("Check the disk's space")


# --- what is said when it fails


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("".join(f"line {n}\n" for n in range(20)), [f"line {n}" for n in range(12, 20)]),
        ("WARNING: retrying\nERROR: n\u00f6 space\nline\n", ["ERROR: n\u00f6 space"]),
    ],
    ids=["last-lines", "marked-errors"],
)
def test_failing_pip_tells_why(output: str, told: list[str], machine: Machine) -> None:
    """What pip marks as an error is told; without a mark, its last eight lines."""
    machine.fails_at = "-r"
    machine.output = output.encode()
    with pytest.raises(CourseError) as problem:
        machine.ensure()
    lines = problem.value.message.splitlines()
    assert lines[0] == "Installing the course's packages failed:"
    assert [line.strip() for line in lines[1:]] == told
    assert problem.value.next_step.startswith("Check the network")
    assert problem.value.exit_code == EXIT_INTERNAL


@pytest.mark.parametrize(
    ("step", "what"),
    [("venv", "the Python environment"), ("-r", "the course's packages"), ("--editable", "the checker")],
)
def test_failed_step_is_named(step: str, what: str, machine: Machine) -> None:
    """Each step says what it was about to install."""
    machine.fails_at = step
    with pytest.raises(CourseError, match=f"Installing {what}.* failed"):
        machine.ensure()


def test_folder_that_cannot_be_written_is_one_message(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that is in use, or a folder without rights, is no traceback."""
    machine.ensure()
    bootstrap.python().unlink()

    def busy(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path / "python.exe"))

    monkeypatch.setattr(bootstrap.shutil, "rmtree", busy)
    with pytest.raises(CourseError) as problem:
        machine.ensure()
    where = machine.venv / "python.exe"
    assert problem.value.message == f"The Python environment in .venv/ could not be made: Permission denied ({where})."
    assert problem.value.next_step.startswith("End the course where it is open, make sure that this folder can be")


def test_signs_of_life_are_shown(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that takes long says from time to time how far it is, and how long it took."""
    clock = iter(range(0, 100_000, 6))
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(clock))
    (machine.root / "requirements.txt").write_text("docker==7.2\nrich==15\n", encoding="utf-8")
    machine.output = b"Collecting docker\nCollecting rich\n  Downloading\n"
    machine.ensure()
    told = [line for line in machine.said if line.startswith("  ")]
    assert "1 packages so far" in told[0]
    assert "2 packages so far" in told[1]
    assert any("2 of 2 packages" in line for line in told)
    assert any(line.startswith("  done in ") for line in told)


def test_silent_pip_shows_signs_of_life_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """While pip unpacks it prints nothing for minutes; the course says all the same that it goes on."""
    told = threading.Event()

    def silent() -> Iterator[bytes]:
        assert told.wait(20)
        yield b"Successfully installed docker\n"

    process = SimpleNamespace(stdout=silent(), returncode=0)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: _Context(process))
    monkeypatch.setattr(bootstrap, "TICK_S", 0.01)
    monkeypatch.setattr(bootstrap, "STEP_S", 0.0)
    bootstrap.run_step(["pip"], "packages", lambda line: told.set() if line.startswith("  … ") else None)
    assert told.is_set()


# --- a Debian without venv


@pytest.fixture
def debian(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Machine]:
    """Return how to make the machine a Debian without python3-venv."""
    machine.has_venv_module = False

    def make(*, root: bool, apt: bool = True, answer: str | None = None) -> Machine:
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}" if apt else None)
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000, raising=False)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: answer is not None))
        monkeypatch.setattr("builtins.input", lambda _: answer)
        return machine

    return make


@pytest.mark.parametrize(("root", "apt"), [(False, True), (True, False)], ids=["not root", "no apt"])
def test_what_to_install_is_said(root: bool, apt: bool, debian: Callable[..., Machine]) -> None:
    """Who may not install it, or has no apt-get, is told the package; nothing was run, and nothing is left."""
    machine = debian(root=root, apt=apt)
    with pytest.raises(CourseError) as problem:
        machine.ensure()
    assert problem.value.message == "This Python has no venv module, which the course needs for its own environment."
    assert problem.value.next_step == (
        f"Install it, then start again. On Debian or Ubuntu: sudo apt-get install python{VERSION}-venv"
    )
    assert machine.ran == []
    assert not machine.venv.exists()


def test_root_installs_it_after_saying_so(debian: Callable[..., Machine]) -> None:
    """As root, the package is named, then installed without a question of apt's, then the set-up goes on."""
    machine = debian(root=True)
    machine.ensure()
    package = f"python{VERSION}-venv"
    assert machine.said[1] == f"This Python has no venv module. The course will install Debian's package {package}."
    assert machine.ran[0] == ["apt-get", "update"]
    assert machine.ran[1] == ["apt-get", "install", "--yes", "--no-install-recommends", package]
    assert [bool(env and env["DEBIAN_FRONTEND"] == "noninteractive") for env in machine.environments[:2]] == [
        True,
        True,
    ]
    assert machine.programs[2:] == ["venv", "requirements", "checker"]


@pytest.mark.parametrize("answer", ["", "y", " YES "])
def test_person_at_a_terminal_is_asked(answer: str, debian: Callable[..., Machine]) -> None:
    """A yes, or just Enter, installs it."""
    machine = debian(root=True, answer=answer)
    machine.ensure(yes=False)
    assert "apt-get update" in machine.programs


@pytest.mark.parametrize("answer", ["n", "no", "what?"])
def test_no_installs_nothing(answer: str, debian: Callable[..., Machine]) -> None:
    """Anything but a yes leaves the machine as it is, and says what to type later."""
    machine = debian(root=True, answer=answer)
    with pytest.raises(UsageProblem) as problem:
        machine.ensure(yes=False)
    assert problem.value.message == "Nothing was installed."
    assert problem.value.next_step == (
        f"When you want to go on: apt-get install --yes --no-install-recommends python{VERSION}-venv"
    )
    assert machine.ran == []


def test_yes_asks_nobody(debian: Callable[..., Machine]) -> None:
    """With --yes there is no question, also at a terminal."""
    machine = debian(root=True, answer="n")
    machine.ensure(yes=True)
    assert "apt-get update" in machine.programs


@pytest.mark.parametrize(("step", "what"), [("update", "the list of packages"), ("install", f"python{VERSION}-venv")])
def test_failing_apt_is_named(step: str, what: str, debian: Callable[..., Machine]) -> None:
    """When apt-get fails, its last lines are shown, and nothing else is tried."""
    machine = debian(root=True)
    machine.fails_at = step
    machine.output = b"E: Could not get lock\n"
    with pytest.raises(CourseError, match=rf"Installing {what} failed:\n  E: Could not get lock"):
        machine.ensure()
    assert "venv" not in machine.programs


# --- handing over


def test_command_goes_on_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words are run by the environment's Python, which finds the course wherever it was called from."""
    calls: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(bootstrap, "WINDOWS", False)
    monkeypatch.setattr(os, "execve", lambda *call: calls.append(call) or sys.exit(0))
    with pytest.raises(SystemExit):
        bootstrap.hand_over(["check", "5"])
    program, command, environment = calls[0]
    assert program == str(bootstrap.VENV / "bin/python")
    assert command == [program, "-m", "checker", "check", "5"]
    assert environment["PYTHONPATH"] == str(bootstrap.ROOT)


def test_windows_waits_for_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows cannot replace a process: the exit code is handed back, and Ctrl-C is the command's affair."""
    answers: list[Any] = [KeyboardInterrupt, 3]

    class Child:
        def __init__(self, command: list[str], env: dict[str, str]) -> None:
            assert command == [str(bootstrap.VENV / "Scripts/python.exe"), "-m", "checker", "check"]
            assert env["PYTHONPATH"] == str(bootstrap.ROOT)

        def wait(self) -> int:
            answer = answers.pop(0)
            if answer is KeyboardInterrupt:
                raise KeyboardInterrupt
            return int(answer)

    monkeypatch.setattr(bootstrap, "WINDOWS", True)
    monkeypatch.setattr(subprocess, "Popen", Child)
    assert bootstrap.hand_over(["check"]) == 3


def test_inside_is_told_by_the_prefix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process is inside when its prefix is the course's environment, whatever path led there."""
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "x" / ".." / ".venv"))
    assert bootstrap.inside()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert not bootstrap.inside()


def test_packages_of_another_environment_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that has docker, JupyterLab and nbval needs no .venv; one that lacks any of them does."""
    have = {"docker", "jupyterlab", "nbval"}
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: name if name in have else None)
    assert bootstrap.packages_here()
    have.remove("nbval")
    assert not bootstrap.packages_here()
