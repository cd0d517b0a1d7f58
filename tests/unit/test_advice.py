"""The one step to an engine, for each kind of machine and problem."""

from __future__ import annotations

import pytest

from checker.engine.start.advice import AGAIN, advice, install
from checker.engine.start.discover import Candidate, TriedEngine
from checker.engine.system import LINUX, MACOS, WINDOWS, System
from checker.engine.transport.connection import ReachProblem

SOCKET = Candidate("unix:///var/run/docker.sock", "the docker context default", "default")


def linux(distribution: str = "", *programs: str, relatives: str = "", **facts: object) -> System:
    """Return a Linux machine; ``sudo`` and what is named are installed."""
    found = frozenset({"sudo", *programs})
    return System(LINUX, distribution, tuple(relatives.split()), user="ada", programs=found, **facts)  # type: ignore[arg-type]


def step(problem: ReachProblem, system: System) -> str:
    """Return the advice where Docker's own socket has this problem."""
    return advice([TriedEngine(SOCKET, problem, "seen")], system)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (linux("debian", "apt-get"), "sudo apt-get install docker.io && sudo usermod -aG docker ada and log out"),
        (linux("debian", "apt-get", uid=0), "Install it with: apt-get install docker.io\n"),
        (linux("linuxmint", "apt-get", relatives="ubuntu debian"), "sudo apt-get install docker.io"),
        (linux("fedora", "dnf"), "sudo dnf install moby-engine docker-cli"),
        (linux("arch", "pacman"), "sudo pacman -S docker"),
        (linux("opensuse-leap", "zypper", relatives="suse opensuse"), "sudo zypper install docker"),
        (linux("alpine", "apk"), "sudo apk add docker"),
        (linux("plan9"), "the steps at https://docs.docker.com/engine/install/"),
        (linux("debian", "apt-get", wsl=True), "switch this distribution on"),
        (System(MACOS), "Start it with: open -a Docker"),
        (System(MACOS, programs=frozenset({"colima"})), "colima start"),
        (System(WINDOWS), "winget install Docker.DockerDesktop"),
    ],
)
def test_no_engine_at_all(system: System, expected: str) -> None:
    """Where there is none, the step is to install or start the usual one of that system."""
    assert expected in step(ReachProblem.NO_SOCKET, system)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (linux("debian", "dockerd", systemd=True), "Start it with: sudo systemctl start docker"),
        (linux("debian", "dockerd", systemd=True, uid=0), "Start it with: systemctl start docker"),
        (linux("debian", "dockerd", "service"), "Start it with: sudo service docker start"),
        (linux("void", "dockerd"), "Start it with: sudo dockerd"),
        (linux("ubuntu", "docker", wsl=True, systemd=True), "Start Docker Desktop on Windows"),
        (System(MACOS), "open -a Docker"),
        (System(MACOS, programs=frozenset({"colima"})), "colima start"),
        (System(WINDOWS), "Start Docker Desktop and wait"),
    ],
)
def test_a_daemon_that_does_not_run(system: System, expected: str) -> None:
    """Where it is installed and not running, the step is to start it."""
    assert expected in step(ReachProblem.REFUSED, system)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (linux("debian"), "sudo usermod -aG docker ada"),
        (linux("debian", in_docker_group=True), "newgrp docker"),
        (linux("debian", in_docker_group=True, docker_group_active=True), "ls -l /var/run/docker.sock"),
        (linux("debian", uid=0), "ls -l /var/run/docker.sock"),
        (System(MACOS), "belongs to another user"),
        (System(WINDOWS), "docker-users"),
    ],
)
def test_no_permission(system: System, expected: str) -> None:
    """Where the permission is missing, the step is to get it, and to log in again where that is what is missing."""
    assert expected in step(ReachProblem.NO_PERMISSION, system)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (linux("debian", "dockerd", systemd=True), "sudo systemctl restart docker"),
        (linux("debian", "dockerd"), "sudo service docker restart"),
        (linux("ubuntu", "docker", wsl=True), "on the Windows side"),
        (System(MACOS), "Choose “Restart”"),
        (System(MACOS, programs=frozenset({"colima"})), "colima restart"),
        (System(WINDOWS), "Choose “Restart”"),
    ],
)
def test_a_daemon_that_hangs(system: System, expected: str) -> None:
    """Where it hangs, the step is to start it anew."""
    assert expected in step(ReachProblem.HANG, system)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (linux("debian"), "Update it: https://docs.docker.com/engine/install/"),
        (System(MACOS), "Update Docker Desktop (or Colima)."),
        (System(WINDOWS), "Update Docker Desktop."),
    ],
)
def test_an_engine_that_is_too_old(system: System, expected: str) -> None:
    """Where it is too old, the step is to update it."""
    assert expected in step(ReachProblem.TOO_OLD, system)


@pytest.mark.parametrize(
    ("host", "start", "restart"),
    [
        ("unix:///home/ada/.colima/default/docker.sock", "colima start", "colima restart"),
        ("unix:///home/ada/.config/colima/default/docker.sock", "colima start", "colima restart"),
        ("unix:///home/ada/.rd/docker.sock", "Start Rancher Desktop", "Quit Rancher Desktop"),
        ("unix:///home/ada/.orbstack/run/docker.sock", "Start OrbStack", "Quit OrbStack"),
        ("unix:///home/ada/.docker/run/docker.sock", "Start Docker Desktop", "Docker Desktop's icon"),
        ("unix:///run/user/1000/docker.sock", "systemctl --user start docker", "systemctl --user restart docker"),
    ],
)
def test_a_product_that_the_address_gives_away(host: str, start: str, restart: str) -> None:
    """Where the address belongs to a product, the step is that product's own."""
    candidate = Candidate(host, "the docker context mine", "mine", chosen=True)
    assert start in advice([TriedEngine(candidate, ReachProblem.REFUSED, "seen")], System(MACOS))
    assert restart in advice([TriedEngine(candidate, ReachProblem.HANG, "seen")], System(MACOS))


@pytest.mark.parametrize("problem", ReachProblem)
@pytest.mark.parametrize("system", [linux("debian", "apt-get"), linux(wsl=True), System(MACOS), System(WINDOWS)])
def test_every_problem_has_advice_on_every_system(problem: ReachProblem, system: System) -> None:
    """No problem is without words anywhere, and each text ends with how to go on."""
    first, *_, last = step(problem, system).splitlines()
    assert (len(first) > 40, last) == (True, AGAIN)


def test_the_problem_nearest_to_an_engine_is_told() -> None:
    """Of several problems the one whose step leads to an engine soonest is told."""
    attempts = [
        TriedEngine(Candidate("unix:///a", "where Podman listens"), ReachProblem.PODMAN, "it is Podman"),
        TriedEngine(SOCKET, ReachProblem.NO_PERMISSION, "you may not open its socket"),
    ]
    assert "sudo usermod" in advice(attempts, linux("debian"))


def test_without_any_attempt_there_is_advice_too() -> None:
    """The step for a machine on which nothing was tried is to get an engine."""
    assert (
        advice((), linux("debian", uid=0))
        == f"Docker Engine is not installed. Install it with: apt-get install docker.io {AGAIN}"
    )


@pytest.mark.parametrize(
    ("system", "told"),
    [
        (System(MACOS), "Install Docker Desktop: https://docs.docker.com/desktop/setup/install/mac-install/"),
        (System(WINDOWS), "Install Docker Desktop: winget install Docker.DockerDesktop"),
        (linux("arch", uid=0), "Install it with: pacman -S docker"),
        (linux("plan9"), "Install it with: the steps at https://docs.docker.com/engine/install/"),
    ],
)
def test_what_is_not_installed_can_be_had(system: System, told: str) -> None:
    """Where Docker is missing, the step names the way for this system."""
    assert told == install(system)
