"""Facts about this machine for the report that goes to a teacher: versions and settings, nothing secret."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from checker import __version__
from checker.engine import container_name
from checker.learner import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checker.doctor.engine import EngineFacts
    from checker.doctor.machine import Machine

SHOWN = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION",
    "DOCKER_BUILDKIT",
    "DOCKER_DEFAULT_PLATFORM",
    "DOCKER_CONTENT_TRUST",
    "DOCKER101_WORK",
    "DOCKER101_GUARD",
    "DOCKER101_ENGINE_HOME",
    "NO_COLOR",
    "TERM",
    "TERM_PROGRAM",
    "LANG",
    "LC_ALL",
    "SHELL",
    "MSYSTEM",
    "MSYS_NO_PATHCONV",
    "WSL_DISTRO_NAME",
    "VIRTUAL_ENV",
    "CONDA_DEFAULT_ENV",
    "CI",
]
"""Environment variables whose values go into the report."""

NAMED = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "PIP_INDEX_URL",
    "PYTHONPATH",
]
"""Environment variables of which the report only says that they are set."""

INFO = [
    "ServerVersion",
    "OperatingSystem",
    "OSType",
    "Architecture",
    "KernelVersion",
    "Driver",
    "CgroupVersion",
    "CgroupDriver",
    "SecurityOptions",
    "DockerRootDir",
    "NCPU",
    "MemTotal",
    "Containers",
    "Images",
    "Warnings",
]
LOG_LINES = 20


def facts(machine: Machine, engine: EngineFacts) -> dict[str, dict[str, str]]:
    """Return what the report says beside the findings, by heading.

    Arguments:
        machine: what can be seen of this machine.
        engine: what the engine answered.

    """
    return {
        "Machine": _machine(machine),
        "Settings": _settings(machine.env),
        "Engine": _engine(machine, engine),
        "Containers of the course": {container_name(one): str(one.get("Status", "")) for one in engine.ours},
        "Labs": _labs(machine),
    }


def _machine(machine: Machine) -> dict[str, str]:
    git = ["git", "-C", str(machine.root)]
    commit = machine.run([*git, "log", "-1", "--format=%h %cs"])
    changed = machine.run([*git, "status", "--porcelain", "--", "checker", "labs"])
    autocrlf = machine.run([*git, "config", "core.autocrlf"])
    return {
        "System": platform.platform(),
        "Distribution": " ".join([machine.kind.distribution, *machine.kind.relatives]),
        "WSL": "yes" if machine.kind.wsl else "no",
        "Python": f"{'.'.join(map(str, machine.python))} at {machine.executable}",
        "Course": f"{__version__}, {commit.output.strip() if commit and commit.exit_code == 0 else 'not from git'}",
        "Changed files of the course": changed.output.strip() if changed and changed.exit_code == 0 else "",
        "git core.autocrlf": autocrlf.output.strip() if autocrlf else "",
        "Folder": f"{machine.root}, work in {machine.work}",
    }


def _settings(env: Mapping[str, str]) -> dict[str, str]:
    values = {name: env[name] for name in SHOWN if name in env}
    return values | {name: "(set; not shown)" for name in NAMED if env.get(name)}


def _engine(machine: Machine, engine: EngineFacts) -> dict[str, str]:
    sought = engine.sought
    values = {"Address": sought.host or "none", "Found as": sought.source, "Strategy": sought.strategy or "not chosen"}
    values["Tried"] = "\n".join(f"{one.host} ({one.source}): {one.detail}" for one in sought.tried)
    for part in engine.version.get("Components") or ():
        values[str(part.get("Name"))] = str(part.get("Version"))
    values |= {name: _plain(engine.info[name]) for name in INFO if engine.info.get(name) not in (None, "", [])}
    log = machine.own_engine().log
    if log:
        values["Log of the course's engine"] = "\n".join(machine.read(log).splitlines()[-LOG_LINES:])
    return values


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _labs(machine: Machine) -> dict[str, str]:
    work = Work(machine.work)
    values = {"Learner": work.learner or "(no id)"}
    for folder in sorted(machine.work.glob("[0-9][0-9]_*")) if machine.work.is_dir() else []:
        progress = work.progress(folder.name)
        results = " ".join(f"{result.id}={result.status}" for result in progress.results)
        values[folder.name] = (
            f"{progress.checked_at} {progress.score:g} points: {results}" if results else "not checked"
        )
    return values
