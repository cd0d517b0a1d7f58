"""What to do when no engine answers, in words, for this kind of machine. Pure: attempts and facts in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.engine.system import MACOS, WINDOWS, System
from checker.engine.transport import ReachProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checker.engine.start.discover import TriedEngine

AGAIN = "Then start again with: checker start"
_DESKTOP = {
    WINDOWS: "winget install Docker.DockerDesktop",
    MACOS: "https://docs.docker.com/desktop/setup/install/mac-install/",
}
_MANUAL = "https://docs.docker.com/engine/install/"

# What most likely leads to an engine, best first: one that is there and wants a small thing, one to start, one to get.
_ORDER = (
    ReachProblem.NO_PERMISSION,
    ReachProblem.WINDOWS_CONTAINERS,
    ReachProblem.HANG,
    ReachProblem.TOO_OLD,
    ReachProblem.REFUSED,
    ReachProblem.TUNNEL,
    ReachProblem.TLS,
    ReachProblem.WRONG_CONTEXT,
    ReachProblem.PODMAN,
    ReachProblem.NOT_DOCKER,
    ReachProblem.NO_SOCKET,
)

# Products that an address gives away, whoever names it, with how to start and to restart them.
_PRODUCTS = (
    ("/colima/", "Start it with: colima start", "Restart it with: colima restart"),
    ("/.colima/", "Start it with: colima start", "Restart it with: colima restart"),
    ("/.rd/", "Start Rancher Desktop.", "Quit Rancher Desktop and start it again."),
    ("/.orbstack/", "Start OrbStack.", "Quit OrbStack and start it again."),
    ("/.docker/", "Start Docker Desktop.", "Choose “Restart” in the menu of Docker Desktop's icon."),
    (
        "/run/user/",
        "Start it with: systemctl --user start docker",
        "Restart it with: systemctl --user restart docker",
    ),
)


def advice(attempts: Sequence[TriedEngine], system: System) -> str:
    """Return what was wrong and the one step to take, as a few lines.

    Where the user's own settings (DOCKER_HOST, a docker context) also point nowhere, a last sentence says so.

    Arguments:
        attempts: what was tried, and what was wrong; empty when there was nothing to try.
        system: the operating system, and what is installed.

    """
    if not attempts:
        return f"{_get_an_engine(system)} {AGAIN}"
    main = min(attempts, key=lambda attempt: _ORDER.index(attempt.problem))
    lines = [_STEPS[main.problem](main, system)]
    lines += [
        f"Besides, {attempt.candidate.source} does not lead to an engine: {attempt.detail}. {_undo(attempt, system)}"
        for attempt in attempts
        if attempt.candidate.chosen and attempt is not main
    ]
    return "\n".join([*lines, AGAIN])


def tried(attempts: Sequence[TriedEngine]) -> str:
    """Return what was tried, a line each; places where nothing was are put together in one line."""
    told = [item for item in attempts if item.problem is not ReachProblem.NO_SOCKET or item.candidate.chosen]
    lines = [_tried_line(item) for item in told]
    empty = [item.candidate.host for item in attempts if item not in told]
    if empty:
        lines.append(f"  nothing at {', '.join(empty)}")
    return "\n".join(lines)


def restart(host: str, system: System) -> str:
    """Say how to restart an engine.

    Arguments:
        host: its address, as in DOCKER_HOST, which tells the product.
        system: the machine that asks.

    """
    return next((step for mark, _, step in _PRODUCTS if mark in host), _restart_it(system))


def install(system: System) -> str:
    """Say how to get Docker where it is not installed."""
    if system.name in _DESKTOP:
        return f"Install Docker Desktop: {_DESKTOP[system.name]}"
    if system.wsl:
        return (
            "In Docker Desktop on Windows open Settings, Resources, WSL integration, and switch this distribution on. "
            "Without Docker Desktop, install Docker Engine in here: " + _install_it(system)
        )
    return f"Install it with: {_install_it(system)}"


def _tried_line(attempt: TriedEngine) -> str:
    place = f"{attempt.candidate.source}, {attempt.candidate.host}" if attempt.candidate.host else ""
    return f"  {place or attempt.candidate.source}: {attempt.detail}"


# --- one step for each problem


def _no_permission(attempt: TriedEngine, system: System) -> str:
    seen = f"Docker is there ({attempt.candidate.host}), but you may not use it."
    if system.name == WINDOWS:
        return f"{seen} Add yourself to the group docker-users, then sign out of Windows and in again."
    if system.name == MACOS:
        return f"{seen} Its socket belongs to another user: quit Docker Desktop there, and start it as yourself."
    if system.in_docker_group and not system.docker_group_active:
        return f"{seen} You joined the group docker after you logged in. Log out and in again, or type: newgrp docker"
    if system.docker_group_active or system.root:
        return f"{seen} Look at who owns its socket: ls -l {attempt.candidate.host.removeprefix('unix://')}"
    return (
        f"{seen} Add yourself to the group docker (its members rule this machine) with: "
        f"sudo usermod -aG docker {system.user} and log out and in again."
    )


def _refused(attempt: TriedEngine, system: System) -> str:
    host = attempt.candidate.host
    start = next((step for mark, step, _ in _PRODUCTS if mark in host), _start_it(system))
    return f"Docker is installed, but its daemon does not run ({host}). {start}"


def _hang(attempt: TriedEngine, system: System) -> str:
    host = attempt.candidate.host
    return f"The engine at {host} accepts the connection but does not answer. {restart(host, system)}"


def _too_old(attempt: TriedEngine, system: System) -> str:
    update = {WINDOWS: "Update Docker Desktop.", MACOS: "Update Docker Desktop (or Colima)."}.get(
        system.name, f"Update it: {_MANUAL}"
    )
    return (
        f"The engine at {attempt.candidate.host} is too old: {attempt.detail}; the course needs Engine 19.03 "
        f"(API 1.40) or newer. {update}"
    )


def _tunnel(attempt: TriedEngine, system: System) -> str:
    return (
        f"{_named(attempt)} names an engine on another machine, reached through ssh. The lessons open ports that you "
        f"visit on this machine, so they need an engine here. {_undo(attempt, system)} {_use_local(system)}"
    )


def _tls(attempt: TriedEngine, system: System) -> str:
    return (
        f"{_named(attempt)} names an engine that is reached over TLS. The course uses an engine on this machine, "
        f"without TLS. {_undo(attempt, system)} {_use_local(system)}"
    )


def _wrong_context(attempt: TriedEngine, system: System) -> str:
    return f"The docker CLI's settings do not lead to an engine: {attempt.detail}. {_undo(attempt, system)}"


def _podman(attempt: TriedEngine, system: System) -> str:
    return (
        f"Podman answers at {attempt.candidate.host}. The course does not work with it: Podman has no daemon that the "
        "lessons could show, sends other events (the exercises are graded by them), and restarts and networks "
        f"containers in its own way. {_get_an_engine(system)}"
    )


def _not_docker(attempt: TriedEngine, system: System) -> str:
    return f"What answers at {attempt.candidate.host} is no Docker engine: {attempt.detail}. {_undo(attempt, system)}"


def _windows_containers(attempt: TriedEngine, system: System) -> str:  # noqa: ARG001
    return (
        "Docker Desktop runs Windows containers now; the course's images are for Linux. "
        "Choose “Switch to Linux containers…” in the menu of its icon beside the clock."
    )


def _no_socket(attempt: TriedEngine, system: System) -> str:
    if attempt.candidate.chosen:
        return (
            f"{_named(attempt)} names {attempt.candidate.host}, but {attempt.detail}. {_undo(attempt, system)} "
            f"{_use_local(system)}"
        )
    return _use_local(system)


_STEPS: dict[ReachProblem, Callable[[TriedEngine, System], str]] = {
    ReachProblem.NO_PERMISSION: _no_permission,
    ReachProblem.WINDOWS_CONTAINERS: _windows_containers,
    ReachProblem.HANG: _hang,
    ReachProblem.TOO_OLD: _too_old,
    ReachProblem.REFUSED: _refused,
    ReachProblem.TUNNEL: _tunnel,
    ReachProblem.TLS: _tls,
    ReachProblem.WRONG_CONTEXT: _wrong_context,
    ReachProblem.PODMAN: _podman,
    ReachProblem.NOT_DOCKER: _not_docker,
    ReachProblem.NO_SOCKET: _no_socket,
}


# --- the words that several steps share


def _named(attempt: TriedEngine) -> str:
    source = attempt.candidate.source
    return source[0].upper() + source[1:]


def _undo(attempt: TriedEngine, system: System) -> str:
    """Say how to take back the setting that leads to an address."""
    source = attempt.candidate.source
    for variable in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        if variable in source:
            clear = f"Remove-Item Env:{variable}" if system.name == WINDOWS else f"unset {variable}"
            return f"Take it away with: {clear}"
    if attempt.candidate.chosen:
        if not attempt.candidate.context:
            return "Fix that file, or move it away."
        return "Go back to the usual one with: docker context use default"
    return "Stop what listens there."


def _use_local(system: System) -> str:
    """Say how to come to a running engine on this machine, whether Docker is installed or not."""
    if system.name in (MACOS, WINDOWS) or "dockerd" not in system.programs:
        return _get_an_engine(system)
    return _start_it(system)


def _start_it(system: System) -> str:
    if system.name == WINDOWS:
        return "Start Docker Desktop and wait until it says “Engine running”."
    if system.name == MACOS:
        start = "colima start" if "colima" in system.programs else "open -a Docker"
        return f"Start it with: {start}"
    if system.wsl and "dockerd" not in system.programs:
        return "Start Docker Desktop on Windows and wait until it says “Engine running”."
    if system.systemd:
        return f"Start it with: {system.sudo}systemctl start docker"
    if "service" in system.programs:
        return f"Start it with: {system.sudo}service docker start"
    return f"Start it with: {system.sudo}dockerd"


def _restart_it(system: System) -> str:
    if system.name in (MACOS, WINDOWS):
        if "colima" in system.programs:
            return "Restart it with: colima restart"
        return "Choose “Restart” in the menu of Docker Desktop's icon."
    if system.wsl and "dockerd" not in system.programs:
        return "Choose “Restart” in the menu of Docker Desktop's icon, on the Windows side."
    if system.systemd:
        return f"Restart it with: {system.sudo}systemctl restart docker"
    return f"Restart it with: {system.sudo}service docker restart"


def _get_an_engine(system: System) -> str:
    """Say how to get an engine where there is none."""
    if system.name == WINDOWS:
        return "Docker Desktop does not run. Start it; if you do not have it, install it with: " + _DESKTOP[WINDOWS]
    if system.name == MACOS:
        if "colima" in system.programs:
            return "Colima does not run. Start it with: colima start"
        return f"Docker Desktop does not run. Start it with: open -a Docker (if you do not have it: {_DESKTOP[MACOS]})."
    return install(system) if system.wsl else f"Docker Engine is not installed. {install(system)}"


def _install_it(system: System) -> str:
    """Return the command that installs the distribution's Docker, and what a user other than root does after it."""
    family = (system.distribution, *system.relatives)
    by_family = {
        "debian": "apt-get install docker.io",
        "ubuntu": "apt-get install docker.io",
        "fedora": "dnf install moby-engine docker-cli",
        "arch": "pacman -S docker",
        "opensuse": "zypper install docker",
        "suse": "zypper install docker",
        "alpine": "apk add docker",
    }
    command = next((by_family[name] for name in family if name in by_family), "")
    if not command:
        return f"the steps at {_MANUAL}"
    if system.root:
        return command
    join = f"sudo usermod -aG docker {system.user}"
    return f"sudo {command} && {join} and log out and in again."
