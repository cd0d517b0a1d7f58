"""A registry beside the private engine, which it asks before Docker Hub: ``docker pull`` works with no internet.

It is Debian's package ``docker-registry`` (the reference registry, as in the image ``registry:2``), on a loopback port
that dockerd is told as ``--registry-mirror``. Images get in by a push through the engine itself: engines take loopback
registries without TLS (dockerd's reference, "insecure registries"). Everything works without it, except pulling
what Docker Hub would have to give.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.daemon import Daemon, DoesNotAnswer
from checker.engine.names import image_tags
from checker.engine.own import dockerd, processes
from checker.engine.system import find_program
from checker.engine.transport import http
from checker.errors import CourseError, EngineProblem
from checker.machine import any_free_port, port_is_free, until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import docker
PROGRAM = "docker-registry"
"""The program, and Debian's package that holds it."""

PORT = 5101
"""Where it listens unless somebody else does; lessons publish other ports."""

PORT_WAIT_S = 2.0

START_LIMIT_S = 5.0
ANSWER_LIMIT_S = 1.0
STOP_GRACE_S = 2.0
LARGE_BYTES = 50_000_000
"""Images above this size are not put into it: they would take long, and twice the disk."""

ALSO = {"hello-world:linux": "hello-world:latest"}
"""More names that Docker Hub has for images of the catalog: a lab pulls one that no engine has beforehand."""


class RegistryPaths(NamedTuple):
    """Where a private engine's registry keeps what it has: ``config``, ``pid`` and ``log`` are gone when it stops."""

    config: Path
    pid: Path
    log: Path
    data: Path

    @property
    def port(self) -> Path:
        """The file with the port that it had last: dockerd knows it by that one as long as it runs."""
        return self.data / "port"

    @property
    def pushed(self) -> Path:
        """The file that says which images are in it, by name, with their ids."""
        return self.data / "pushed.json"

    @property
    def not_installed(self) -> Path:
        """Exists since an installation failed."""
        return self.data / "not-installed"


def place_of(engine: dockerd.EnginePaths) -> RegistryPaths:
    """Return the places of an engine's registry: below the engine's own folders, and removed with them."""
    run = engine.run
    return RegistryPaths(run / "registry.json", run / "registry.pid", run / "registry.log", engine.data / "registry")


# --- the process


def running(place: RegistryPaths) -> int | None:
    """Return the process of this registry that is alive, whatever its pid file says."""
    return next((pid for pid in processes.named(PROGRAM) if str(place.config) in processes.arguments(pid)), None)


def arguments(engine: dockerd.EnginePaths, say: Callable[[str], None]) -> list[str]:
    """Make the registry run where it is installed; return what dockerd is to be started with.

    One that runs and answers is used as it is; one that hangs, or that a killed run left, makes way for a new one. A
    registry that does not start is no reason to have no engine: that is said, and nothing is returned.

    Arguments:
        engine: where the engine keeps its files.
        say: takes each line of progress.

    """
    place, program = place_of(engine), find_program(PROGRAM)
    if program is None:
        return []
    try:
        port = _port(place)
        if not _answers(port) or running(place) is None:
            stop(engine)
            port = _start(program, place, port)
    except (OSError, EngineProblem) as error:
        say(f"The course runs without its own registry: {error}")
        stop(engine)
        return []
    return [f"--registry-mirror={url(port)}"]


def url(port: int) -> str:
    """Return the registry's address as engines are told it."""
    return f"http://127.0.0.1:{port}"


def stop(engine: dockerd.EnginePaths) -> None:
    """End the registry, also one that a killed run left; what it holds stays on the disk."""
    place = place_of(engine)
    pid = running(place)
    if pid is not None:
        processes.end(pid, STOP_GRACE_S)
    for path in (place.config, place.pid, place.log):
        path.unlink(missing_ok=True)


def _start(program: str | Path, place: RegistryPaths, port: int) -> int:
    """Start the registry on ``port``, or on another one where that is taken; return the port once it answers."""
    port = port if _becomes_free(port) else any_free_port()
    place.data.mkdir(exist_ok=True, mode=0o700)
    place.config.write_text(json.dumps(_configuration(place, port)), encoding="utf-8")
    # REGISTRY_… variables would overrule the file (registry's reference, "Override specific configuration options")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    daemon = Daemon([str(program), "serve", str(place.config)], environment, place.log, Path("/"))
    place.pid.write_text(f"{daemon.process.pid}\n", encoding="ascii")
    try:
        daemon.wait_until(lambda: _answers(port), START_LIMIT_S, 0.02)
    except DoesNotAnswer:
        said = " ".join(daemon.last_lines(1)) or "no answer"
        raise EngineProblem(f"it did not start on port {port}: {said}", "") from None
    place.port.write_text(f"{port}\n", encoding="ascii")
    return port


def _configuration(place: RegistryPaths, port: int) -> dict[str, Any]:
    """Return the registry's settings, as JSON, which is YAML. Source: the registry's configuration reference."""
    return {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(place.data)}, "delete": {"enabled": True}},
        "http": {"addr": f"127.0.0.1:{port}", "secret": secrets.token_hex(16)},
    }


def _port(place: RegistryPaths) -> int:
    """Return the port that it had last, which a dockerd that runs has been told; else the usual one."""
    try:
        return int(place.port.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return PORT


def _becomes_free(port: int) -> bool:
    """Return whether the port is free, or is within a moment, as after a registry that was just killed.

    It is worth the wait: a dockerd that runs knows the registry by its old port alone.
    """
    return until(lambda: port_is_free(port), PORT_WAIT_S, 0.05)


def _answers(port: int) -> bool:
    """Whether a registry answers there (``GET /v2/``, the distribution specification's end-1)."""
    try:
        return http.get(f"tcp://127.0.0.1:{port}", "/v2/", ANSWER_LIMIT_S)[0] == 200
    except CourseError:
        return False


# --- what is in it


def fill(engine: dockerd.EnginePaths, names: Sequence[str], say: Callable[[str], None]) -> list[str]:
    """Put the images called ``names`` that the engine has into the registry; return those that were new or changed.

    One request, where nothing has changed. That an image cannot be pushed is said, and nothing worse: pulling it again
    would not work then, and it is there already.

    Arguments:
        engine: where the engine keeps its files.
        names: images of the course, with their tags.
        say: takes each line of progress.

    Raises:
        NoEngine: when the engine does not answer.

    """
    place = place_of(engine)
    mirror = url(_port(place))
    if running(place) is None:
        return []
    there = {
        tag: str(image["Id"])
        for image in http.get(engine.host, "/images/json", 10)[2]
        for tag in image_tags(image)
        if int(image.get("Size") or 0) <= LARGE_BYTES
    }
    pushed = _pushed(place)
    sources = {name: name for name in names} | {name: other for name, other in ALSO.items() if other in names}
    found = {name: there[source] for name, source in sources.items() if source in there}
    wanted = {name: image_id for name, image_id in found.items() if pushed.get(name) != image_id}
    if not wanted or mirror not in _mirrors(engine.host):
        return []
    say(f"Putting {len(wanted)} images into the course's own registry, for docker pull …")
    done = _push_all(engine.host, wanted, _port(place), say)
    place.pushed.write_text(json.dumps({**pushed, **{name: wanted[name] for name in done}}), encoding="utf-8")
    return done


def _pushed(place: RegistryPaths) -> dict[str, str]:
    try:
        found = json.loads(place.pushed.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _mirrors(host: str) -> list[str]:
    """Return the mirrors of Docker Hub that an engine asks (``/info``)."""
    info = http.get(host, "/info", 10)[2]
    found = (info.get("RegistryConfig") or {}).get("Mirrors") if isinstance(info, dict) else None
    return [str(mirror).rstrip("/") for mirror in found or []]


def _push_all(host: str, images: Mapping[str, str], port: int, say: Callable[[str], None]) -> list[str]:
    """Push images, given by name with their ids, one after the other; return the names of those that arrived."""
    from checker.engine.transport import as_our_errors, open_client

    done = []
    client = open_client(host, timeout_s=60)
    try:
        for name, image_id in images.items():
            try:
                with as_our_errors(60):
                    _push(client, name, image_id, port)
            except EngineProblem as error:
                say(f"  {name} could not be put there: {error.message}")
            else:
                done.append(name)
    finally:
        client.close()
    return done


def _push(client: docker.APIClient, name: str, image_id: str, port: int) -> None:
    """Push one image under the name that a pull from Docker Hub asks a mirror for; the name is gone afterwards."""
    path, _, tag = name.rpartition(":")
    target = f"127.0.0.1:{port}/{path if '/' in path else f'library/{path}'}"
    client.tag(image_id, target, tag, force=True)
    try:
        for line in client.push(target, tag=tag, stream=True, decode=True, auth_config={}):
            if "error" in line:
                raise EngineProblem(str(line["error"]), "")
    finally:
        client.remove_image(f"{target}:{tag}", noprune=True)
