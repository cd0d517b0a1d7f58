"""Find an engine that is there already: where to look, in which order, and what each place answered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.engine.system import LINUX, MACOS, WINDOWS, System
from checker.engine.transport import ReachProblem, http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
DEFAULT_PIPE = "npipe:////./pipe/docker_engine"
LIMITS_S = (http.TIMEOUT_S, 12.0)
_ABSENT = "there is no such file"


@dataclass(frozen=True)
class Candidate:
    """A place where an engine may be.

    ``source`` says in words where the address comes from; ``context`` is the docker context that names it, else empty;
    ``chosen`` is true where the user's own settings name it (and false for a place that is only worth a look);
    ``problem`` and ``detail`` are set where it is known without asking that it cannot be used.
    """

    host: str
    source: str
    context: str = ""
    chosen: bool = False
    problem: ReachProblem | None = None
    detail: str = ""


@dataclass(frozen=True)
class TriedEngine:
    """A candidate that did not serve, and why."""

    candidate: Candidate
    problem: ReachProblem
    detail: str


@dataclass(frozen=True)
class FoundEngine:
    """The first engine that can be used, what it said, and what was tried before it."""

    candidate: Candidate
    ping: http.Ping
    attempts: tuple[TriedEngine, ...] = ()


@dataclass(frozen=True)
class NotFound:
    """No engine can be used; ``attempts`` says what was tried, in order."""

    attempts: tuple[TriedEngine, ...]


def find(
    env: Mapping[str, str],
    home: Path,
    system: System,
    *,
    limits_s: tuple[float, float] = LIMITS_S,
    say: Callable[[str], None] = lambda _: None,
) -> FoundEngine | NotFound:
    """Ask every candidate in turn, and stop at the first engine that the course can use.

    Arguments:
        env: the environment (``os.environ``).
        home: the user's home folder.
        system: what kind of machine this is.
        limits_s: how long one candidate may take to answer, in seconds, and how much longer one that took the
            connection: Docker Desktop wakes up at the first question, systemd starts the daemon at the first one.
        say: is told when one needs patience.

    """
    timeout_s, patience_s = limits_s
    attempts: list[TriedEngine] = []
    for candidate in candidates(env, home, system):
        if candidate.problem:
            attempts.append(TriedEngine(candidate, candidate.problem, candidate.detail))
            continue
        answer = http.ping(candidate.host, timeout_s)
        if answer.problem is ReachProblem.HANG and patience_s:
            say(
                f"{candidate.host} has not answered within {timeout_s:g} s; waiting for at most {patience_s:g} s more …"
            )
            answer = http.ping(candidate.host, patience_s)
        if answer.ok:
            return FoundEngine(candidate, answer, tuple(attempts))
        attempts.append(TriedEngine(candidate, answer.problem or ReachProblem.NOT_DOCKER, answer.detail))
    return NotFound(tuple(attempts))


def candidates(env: Mapping[str, str], home: Path, system: System) -> list[Candidate]:
    """Return where an engine may be, best first, each address once.

    The order: ``DOCKER_HOST``; the CLI's current context (``DOCKER_CONTEXT``, else what ``docker context use`` set);
    the other contexts (docker-py reads the same store), of which only those on this machine, because nobody
    has chosen the others; the sockets that the usual products make.

    Arguments:
        env: environment variables.
        home: the user's home folder, which holds docker's contexts.
        system: the operating system, and what is installed.

    """
    found: dict[str, Candidate] = {}
    for candidate in _all(env, home, system):
        found.setdefault(candidate.host or candidate.source, candidate)
    return list(found.values())


def _all(env: Mapping[str, str], home: Path, system: System) -> Iterator[Candidate]:
    default = DEFAULT_PIPE if system.name == WINDOWS else DEFAULT_SOCKET
    if env.get("DOCKER_HOST"):
        yield _from_docker_host(env)
    store = _Contexts(env, home)
    yield store.current(default)
    yield from store.others()
    for host, product in _known(env, home, system):
        yield Candidate(host, f"where {product} listens")


def _from_docker_host(env: Mapping[str, str]) -> Candidate:
    host, source = env["DOCKER_HOST"], "the variable DOCKER_HOST"
    if "://" not in host:
        host = f"tcp://{host}"  # the CLI reads "name:port" so
    if env.get("DOCKER_TLS_VERIFY") and not host.startswith("unix:"):
        return Candidate(
            host, source, "", chosen=True, problem=ReachProblem.TLS, detail="DOCKER_TLS_VERIFY asks for TLS"
        )
    return Candidate(host, source, chosen=True)


class _Contexts:
    """The docker CLI's contexts: ``config.json`` names the current one, ``contexts/meta/*/meta.json`` describe each.

    Source: the reference of ``docker context``; the folder's name is the SHA-256 of the context's name.
    """

    def __init__(self, env: Mapping[str, str], home: Path) -> None:
        from pathlib import Path

        self.folder = Path(env["DOCKER_CONFIG"]) if env.get("DOCKER_CONFIG") else home / ".docker"
        self.variable = env.get("DOCKER_CONTEXT", "")

    def current(self, default: str) -> Candidate:
        """Return the engine that ``docker`` would talk to if DOCKER_HOST were not set."""
        name, problem = self.variable, ""
        if not name:
            name, problem = self._configured()
        source = f"the docker context {name}" + (" (the variable DOCKER_CONTEXT)" if self.variable else "")
        if problem:
            return Candidate(
                "", "the docker CLI's settings", chosen=True, problem=ReachProblem.WRONG_CONTEXT, detail=problem
            )
        if name == "default":
            return Candidate(default, source, name)
        meta = self.folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
        return self._described(meta, name, source)

    def others(self) -> Iterator[Candidate]:
        """Yield the engines of all contexts that lie on this machine."""
        for meta in sorted((self.folder / "contexts" / "meta").glob("*/meta.json")):
            name = _text(_json(meta)[0].get("Name"))
            candidate = self._described(meta, name, f"the docker context {name}")
            if name and not candidate.problem and _local(candidate.host):
                yield Candidate(candidate.host, candidate.source, name)

    def _configured(self) -> tuple[str, str]:
        config = self.folder / "config.json"
        data, problem = _json(config)
        if problem and problem != _ABSENT:
            return "", f"{config} cannot be read ({problem})"
        return _text(data.get("currentContext")) or "default", ""

    def _described(self, meta: Path, name: str, source: str) -> Candidate:
        data, problem = _json(meta)
        host = _text(_dict(_dict(data.get("Endpoints")).get("docker")).get("Host"))
        if problem == _ABSENT:
            problem = f"there is no docker context named {name}"
        elif not host:
            problem = f"the context's file {meta} {f'cannot be read ({problem})' if problem else 'names no engine'}"
        if not host or problem:
            return Candidate("", source, name, chosen=True, problem=ReachProblem.WRONG_CONTEXT, detail=problem)
        if not _local(host) and any((self.folder / "contexts" / "tls" / meta.parent.name).glob("**/*.pem")):
            return Candidate(
                host, source, name, chosen=True, problem=ReachProblem.TLS, detail="the context asks for TLS"
            )
        return Candidate(host, source, name, chosen=True)


def _known(env: Mapping[str, str], home: Path, system: System) -> Iterator[tuple[str, str]]:
    """Yield the address and the product of every place where an engine usually listens."""
    if system.name == WINDOWS:
        yield DEFAULT_PIPE, "Docker Desktop"
        yield "npipe:////./pipe/dockerDesktopLinuxEngine", "Docker Desktop"
        return
    runtime = env.get("XDG_RUNTIME_DIR") or f"/run/user/{system.uid}"
    by_product = [
        (DEFAULT_SOCKET.removeprefix("unix://"), "Docker Engine", (LINUX, MACOS)),
        (f"{runtime}/docker.sock", "rootless Docker", (LINUX,)),
        (f"{home}/.docker/run/docker.sock", "Docker Desktop", (MACOS, LINUX)),
        (f"{home}/.docker/desktop/docker.sock", "Docker Desktop", (LINUX,)),
        (f"{home}/.colima/default/docker.sock", "Colima", (MACOS, LINUX)),
        (f"{env.get('XDG_CONFIG_HOME') or f'{home}/.config'}/colima/default/docker.sock", "Colima", (MACOS, LINUX)),
        (f"{home}/.rd/docker.sock", "Rancher Desktop", (MACOS, LINUX)),
        (f"{home}/.orbstack/run/docker.sock", "OrbStack", (MACOS,)),
        # Never used, but "you have Podman, and this is what differs" helps more than "there is nothing".
        (f"{runtime}/podman/podman.sock", "Podman", (LINUX,)),
        ("/run/podman/podman.sock", "Podman", (LINUX,)),
    ]
    yield from ((f"unix://{path}", product) for path, product, names in by_product if system.name in names)


def _local(host: str) -> bool:
    """Return whether an address is on this machine."""
    scheme, _, rest = host.partition("://")
    return scheme in ("unix", "npipe") or rest.startswith(("127.", "localhost:", "[::1]"))


def _json(path: Path) -> tuple[dict[str, Any], str]:
    """Return the object that a JSON file holds, and what is wrong with the file, in words."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}, _ABSENT
    except OSError as error:
        return {}, error.strerror or str(error)
    except ValueError as error:
        return {}, f"it is not JSON: {error}"
    return (data, "") if isinstance(data, dict) else ({}, "it does not hold an object")


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
