"""Choosing the engine: the decision alone, on machines that are not here; and the record that keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from checker.engine.engine import Engine, forget_engine, remembered_engine
from checker.engine.own.private import PrivateStatus
from checker.engine.start import choose as module
from checker.engine.start.choose import choose
from checker.engine.start.discover import Candidate, FoundEngine, NotFound, TriedEngine
from checker.engine.system import LINUX, MACOS, System
from checker.engine.transport.connection import ReachProblem
from checker.engine.transport.http import Ping
from checker.errors import NoEngine, UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

ROOT_ON_DEBIAN = System(LINUX, "debian", uid=0, programs=frozenset({"apt-get"}))
CONTEXT = Candidate("unix:///mine.sock", "the docker context mine", "mine", chosen=True)
FOUND = FoundEngine(CONTEXT, Ping(ok=True))
NOTHING = NotFound((TriedEngine(CONTEXT, ReachProblem.NO_SOCKET, "there is nothing at that address"),))
OWN = "unix:///own.sock"


@dataclass
class Machine:
    """What the decision asks about, and what it did."""

    system: System = ROOT_ON_DEBIAN
    found: list[FoundEngine | NotFound] = field(default_factory=lambda: [NOTHING])
    refusal: str | None = None
    running: bool = False
    missing: list[str] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    def find(self, env: dict[str, str], *_: object, **__: object) -> FoundEngine | NotFound:
        """Answer as discovery would; the last answer stays."""
        self.env = env
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]

    def install(self, *_: object, **__: object) -> None:
        """Note that something was installed."""
        self.did.append("install")
        self.missing = []

    def start(self, *_: object) -> str:
        """Note that an engine was started."""
        self.did.append("start")
        return OWN


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a Debian machine as root, with Docker installed and no engine running."""
    here = Machine()
    monkeypatch.setattr(module, "this_system", lambda: here.system)
    monkeypatch.setattr(module.discover, "find", here.find)
    monkeypatch.setattr(module.private, "refusal", lambda _: here.refusal)
    monkeypatch.setattr(module.private, "status", lambda: PrivateStatus(here.running, OWN))
    monkeypatch.setattr(module.private, "start", here.start)
    monkeypatch.setattr(module.install, "missing", lambda: here.missing)
    monkeypatch.setattr(module.install, "install", here.install)
    monkeypatch.setattr(module.registry_package, "provide_registry", lambda *_: None)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return here


def test_an_engine_that_is_there_is_taken(machine: Machine) -> None:
    """Where an engine answers it is used as it is, guarded."""
    machine.found = [FOUND]
    expected = Engine("unix:///mine.sock", "current", "the docker context mine", "mine")
    assert choose(say=print) == expected
    assert machine.did == []


def test_without_one_root_on_linux_gets_a_private_one(machine: Machine) -> None:
    """Where none answers and one can be started, it is."""
    assert choose(say=print) == Engine(OWN, "private", "the course's own engine")
    assert machine.did == ["start"]


def test_an_engine_that_cannot_be_used_is_told_before_a_private_one_starts(machine: Machine) -> None:
    """Podman, say, is not passed over in silence."""
    machine.found = [NotFound((TriedEngine(CONTEXT, ReachProblem.PODMAN, "it is Podman 4.3.1"),))]
    said: list[str] = []
    choose(say=said.append)
    assert said == ["the docker context mine: it is Podman 4.3.1. The course uses an engine of its own."]


def test_the_private_one_that_runs_is_joined(machine: Machine) -> None:
    """While the course's own engine runs, every command takes it, whatever else answers."""
    machine.running = True
    machine.found = [FOUND]
    assert choose(say=print).strategy == "private"


def test_its_address_in_docker_host_is_not_taken_for_the_learners(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the course's terminal DOCKER_HOST names the course's engine: asked for the current one, that is left aside."""
    monkeypatch.setenv("DOCKER_HOST", OWN)
    machine.running = True
    machine.found = [FOUND]
    assert choose("current", say=print).host == "unix:///mine.sock"
    assert "DOCKER_HOST" not in machine.env


def test_what_is_missing_is_installed_first(machine: Machine) -> None:
    """Without Docker on the machine it is installed, then started."""
    machine.missing = ["dockerd"]
    choose(say=print)
    assert machine.did == ["install", "start"]


def test_an_engine_that_systemd_starts_with_its_package_is_taken(machine: Machine) -> None:
    """On a machine under systemd the package starts an engine; then that one is used, and it is said."""
    machine.system = System(LINUX, "debian", uid=0, systemd=True, programs=ROOT_ON_DEBIAN.programs)
    machine.missing = ["dockerd"]
    machine.found = [NOTHING, FOUND]
    said: list[str] = []
    assert choose(say=said.append).strategy == "current"
    assert machine.did == ["install"]
    assert "runs with this machine" in said[-1]


def test_under_systemd_without_its_daemon_a_private_one_starts(machine: Machine) -> None:
    """Where systemd was told not to start it, the course starts its own."""
    machine.system = System(LINUX, "debian", uid=0, systemd=True, programs=ROOT_ON_DEBIAN.programs)
    machine.missing = ["dockerd"]
    assert choose(say=print).strategy == "private"


def test_no_engine_says_what_was_tried_why_none_starts_and_what_to_do(machine: Machine) -> None:
    """The message ends with the step to take; the exit code is 3."""
    machine.system = System(MACOS)
    machine.refusal = "The course can start an engine of its own on Linux only."
    with pytest.raises(NoEngine) as caught:
        choose(say=print)
    assert caught.value.exit_code == 3
    assert caught.value.message == (
        "No Docker engine that the course can use answers. Tried:\n"
        "  the docker context mine, unix:///mine.sock: there is nothing at that address\n"
        "The course can start an engine of its own on Linux only."
    )
    assert "open -a Docker" in caught.value.next_step


def test_current_never_starts_one(machine: Machine) -> None:
    """Asked for the engine that is there, none is started."""
    with pytest.raises(NoEngine):
        choose("current", say=print)
    assert machine.did == []


def test_private_where_it_cannot_be_says_why(machine: Machine) -> None:
    """Asked for a private one on a machine that can have none, the reason and the other way are said."""
    machine.refusal = "The course can start an engine of its own only as root."
    with pytest.raises(NoEngine) as caught:
        choose("private", say=print)
    assert caught.value.message == machine.refusal
    assert "--engine current" in caught.value.next_step


def test_an_unknown_strategy_is_a_usage_problem() -> None:
    """A word that names no strategy is answered with those that there are."""
    with pytest.raises(UsageProblem, match="There is no engine “mine”") as caught:
        choose("mine", say=print)
    assert caught.value.next_step == "There are: current, private."


# --- the record


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    """An endpoint comes back from the learner's folder as it went in."""
    chosen = Engine(OWN, "private", "the course's own engine")
    chosen.save(tmp_path)
    assert remembered_engine(tmp_path) == chosen


def test_what_was_forgotten_is_gone(tmp_path: Path) -> None:
    """Forgetting twice is no problem."""
    Engine(OWN, "private", "the course's own engine").save(tmp_path)
    forget_engine(tmp_path)
    forget_engine(tmp_path)
    assert remembered_engine(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": "unix:///x"}', "null"])
def test_a_damaged_record_counts_as_none(tmp_path: Path, text: str) -> None:
    """A record that cannot be read leads to a new choice, not to an error."""
    (tmp_path / ".course").mkdir()
    (tmp_path / ".course" / "engine.json").write_text(text, encoding="utf-8")
    assert remembered_engine(tmp_path) is None
