"""The doctor looks at the ``docker`` command: which one is used, and what it is made to talk to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from checker.doctor.finding import bad, ok, warn
from checker.engine import PRIVATE, advice, is_shim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checker.doctor.engine import EngineFacts
    from checker.doctor.finding import Finding
    from checker.doctor.machine import Machine

TITLE = "docker command"
NOWHERE = "tcp://127.0.0.1:1"
"""An address where nothing listens, so that the CLI describes itself without waiting for an engine."""

TRAPS = {
    "DOCKER_API_VERSION": "pins the docker command to one version of the API",
    "DOCKER_DEFAULT_PLATFORM": "makes every pull and run use the images of one kind of processor",
    "DOCKER_CONTENT_TRUST": "refuses images that are not signed, as the course's are not",
}


def examine_client(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    """Yield findings about the docker command and the variables that control it.

    Arguments:
        machine: what can be seen of this machine.
        engine: what the engine answered.

    """
    found = machine.which("docker")
    shims = [path for path in found if is_shim(path)]
    real = [path for path in found if path not in shims]
    if real:
        yield _command(machine, engine, real, shims)
    else:
        yield bad(TITLE, "There is no docker command on the PATH.", _get_docker(machine))
    yield from _context(machine, engine)
    if machine.env.get("DOCKER101_GUARD", "").lower() == "off":
        seen = "It is switched off: a docker command of yours can remove what is not the course's."
        yield warn("Guard", seen, f"Run: {machine.setting('DOCKER101_GUARD')}")
    for name, what in TRAPS.items():
        if machine.env.get(name, "0") != "0":
            yield warn(name, f"{name}={machine.env[name]} {what}.", f"Run: {machine.setting(name)}")


def _command(machine: Machine, engine: EngineFacts, real: list[Path], shims: list[Path]) -> Finding:
    used, *others = real
    version = _version(machine, used)
    if not version:
        return bad(TITLE, f"{used} does not run.", _get_docker(machine))
    if "podman" in version.lower():
        return bad(TITLE, f"{used} is Podman under the name of docker; its answers differ.", _get_docker(machine))
    newest, oldest = _api(machine, used), _numbers(str(engine.version.get("MinAPIVersion", "")))
    if newest and oldest > newest:
        seen = f"{used} is {version}, too old for this engine: it knows API {_dotted(newest)}, not {_dotted(oldest)}."
        return bad(TITLE, seen, "Install a newer one: https://docs.docker.com/engine/install/")
    seen = f"{used} is {version}"
    if shims:
        seen += f", run by the course's guard {shims[0]}"
    if others:
        seen += (
            f". Also on the PATH, and not used: {', '.join(f'{path} ({_version(machine, path)})' for path in others)}"
        )
    return ok(TITLE, f"{seen}.")


def _version(machine: Machine, path: Path) -> str:
    """Return what a docker command says it is: "version 28.2.2", "podman version 5.4.2"; empty when it does not run."""
    ran = machine.run([str(path), "--version"])
    if ran is None or ran.exit_code != 0:
        return ""
    match = re.search(r"(?i)(podman )?version (v?[\w.+~-]+)", ran.output)
    return match[0] if match else "of an unknown version"


def _api(machine: Machine, path: Path) -> tuple[int, ...]:
    """Return the newest API version that a docker command speaks; () when it does not say."""
    ran = machine.run([str(path), "--host", NOWHERE, "version", "--format", "{{.Client.DefaultAPIVersion}}"])
    return _numbers(ran.output.strip().split("\n")[0]) if ran else ()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+(\.\d+)+", version) else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _get_docker(machine: Machine) -> str:
    if machine.kind.wsl or not machine.kind.debian:
        return advice.install(machine.kind)
    if machine.kind.root:
        return f"Run: {machine.checker('start')}   (it installs Debian's packages, and says so first)"
    return "Run: sudo apt-get install docker.io   (Debian 13 and newer: docker.io docker-cli)"


def _context(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    """Say where the docker command of this shell talks to, when that is not the course's engine."""
    title = "docker context"
    if not engine.answers:
        return  # the finding about the engine says why
    host, context, course = machine.env.get("DOCKER_HOST", ""), current_context(machine), engine.sought.host
    if host == course:
        yield ok(title, "docker in this shell talks to the course's engine.")
    elif host:
        named = f", and wins over the context “{context}”" if context else ""
        seen = f"DOCKER_HOST is set to {host}{named}; the course uses {course}."
        yield warn(title, seen, f"Run: {machine.setting('DOCKER_HOST')}")
    elif engine.sought.strategy == PRIVATE:
        yield ok(
            title, "docker talks to the course's engine in the course's own terminal, the one beside the notebook."
        )
    elif context:
        yield ok(title, f"docker in this shell uses the context “{context}”.")


def current_context(machine: Machine) -> str:
    """Return the docker context that is switched on; empty for the default one."""
    context = machine.env.get("DOCKER_CONTEXT", "")
    if not context:
        folder = Path(machine.env.get("DOCKER_CONFIG") or machine.home / ".docker")
        try:
            context = str(json.loads(machine.read(folder / "config.json")).get("currentContext", ""))
        except (ValueError, AttributeError):
            return ""
    return "" if context == "default" else context
