"""A published port of a container, and what it says when it is asked from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.engine.names import container_name
from checker.engine.views.probe import (
    BEGIN_LIMIT_S,
    Answer,
    ProbeOutcome,
    listeners,
    outside_address,
    probe_until_begun,
)
from checker.engine.words import listed, short, since_s
from checker.lab import CannotTell, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    Data = Mapping[str, Any]

EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104  (read, never bound)

INSIDE = "A server that listens on 127.0.0.1 inside its container hears nothing that comes through a published port."


@dataclass(frozen=True)
class Binding:
    """One way from a port of the engine's machine to one of the container; ``host_ip`` is empty for all addresses."""

    port: str
    host_ip: str
    host_port: int


@dataclass(frozen=True)
class Published:
    """A port of a running container that is published.

    ``container_port`` is the port inside, ``host_ip`` and ``host_port`` are where it can be reached on the engine's
    machine; ``engine`` is the engine's address, ``data`` what inspect says of the container.
    """

    container: str
    container_port: int
    host_ip: str
    host_port: int
    engine: str
    data: Data

    def answers(self, path: str = "/", status: int = 200, containing: str | None = None) -> Published:
        """Expect that a GET through the published port is answered; what HEALTHCHECK says plays no part.

        Arguments:
            path: begins with /.
            status: the HTTP status that is expected.
            containing: what the answer's text must hold.

        Raises:
            Failure: when it is refused, reset, silent, no HTTP, or another answer than expected.
            CannotTell: when the port cannot be reached from this machine at all.

        """
        host = outside_address(self.engine, self.host_ip)
        if host is None:
            raise CannotTell(
                f"Port {self.host_port} is open on {self.host_ip} of the engine's own machine only, "
                "which is another than this one: the checker cannot ask it."
            )
        answer = self._answer(host, path)
        if answer.outcome is not ProbeOutcome.ANSWERED:
            raise self.silence(answer)
        if answer.status != status:
            raise Failure(
                f"Port {self.host_port} of your machine answers {path} with status {answer.status}.",
                f"It should answer with status {status}.",
                "docker logs shows what the server made of the request.",
                actual=str(answer.status),
            )
        if containing is not None and containing not in answer.body:
            raise Failure(
                f"Port {self.host_port} of your machine answers, but not with “{containing}”: {_quoted(answer.body)}.",
                look="Is it this container that answers there? The PORTS column of docker ps says who has which port.",
                actual=short(answer.body, 200),
            )
        return self

    def silence(self, answer: Answer) -> Failure:
        """Return what it means that no HTTP answer came: what was seen, and where to look.

        Arguments:
            answer: what came of asking the port; not one that was answered.

        """
        port, name, inner = self.host_port, self.container, self.container_port
        if answer.outcome is ProbeOutcome.NO_HTTP:
            return Failure(
                f"Something answers on port {port} of your machine, but not in HTTP: {answer.words}.",
                look=f"Does port {inner} of {name} belong to its web server?",
            )
        if answer.outcome is ProbeOutcome.UNREACHABLE:
            seen = f"Port {port} of your machine cannot be reached: {answer.words}."
            return Failure(seen, look="docker ps shows the address.")
        seen = {
            ProbeOutcome.REFUSED: f"Port {port} of your machine refuses the connection",
            ProbeOutcome.RESET: f"Port {port} of your machine is open, but the connection breaks off at once",
            ProbeOutcome.SILENT: f"Port {port} of your machine accepts the connection, but sends nothing",
        }[answer.outcome]
        inside, look = self._inside(answer.outcome)
        return Failure(
            f"{seen}{inside}.", f"A server in {name} should answer there.", look, actual=answer.outcome.value
        )

    def _answer(self, host: str, path: str) -> Answer:
        """Ask; a server whose container has started only now is asked again, because it needs a moment to begin."""
        age = since_s(str((self.data.get("State") or {}).get("StartedAt", "")))
        left_s = BEGIN_LIMIT_S - age if age is not None and 0 <= age < BEGIN_LIMIT_S else 0
        return probe_until_begun(host, self.host_port, path, left_s)

    def only_on_this_machine(self) -> Published:
        """Expect that no other machine reaches the port."""
        if self.host_ip.startswith("127.") or self.host_ip == "::1":
            return self
        where = "all addresses" if self.host_ip in EVERY_ADDRESS else self.host_ip
        raise Failure(
            f"Port {self.host_port} of your machine is open on {where}: other machines can reach it.",
            "It should be open to this machine alone.",
            "In the PORTS column of docker ps, the address that a port is open on comes before the port.",
            actual=self.host_ip,
        )

    def _inside(self, outcome: ProbeOutcome) -> tuple[str, str]:
        """Say what listens inside the container, as far as it can be seen, and where to look."""
        pid = int((self.data.get("State") or {}).get("Pid") or 0)
        heard = listeners(pid, str(self.data.get("Id", "")))
        name, port = self.container, self.container_port
        if heard is None:
            if outcome is ProbeOutcome.SILENT:
                return "", "docker logs shows whether the request arrived."
            return f": nothing in {name} takes it on port {port}", (
                f"Which address and which port does its server listen on? docker logs may say. {INSIDE}"
            )
        at_port = [item for item in heard if item.port == port]
        if at_port and all(item.only_inside for item in at_port):
            return f": in {name} the server listens on {at_port[0].address}:{port} only", INSIDE
        if at_port:
            return (
                f", though a server listens on port {port} in {name}",
                "docker logs shows whether the request arrived.",
            )
        others = listed({str(item.port) for item in heard})
        if others:
            return f": nothing in {name} listens on port {port}, but on {others}", (
                "The second port of a publication must be the one that the server inside listens on."
            )
        return f": nothing in {name} listens on any port", (
            "Does it run a server at all, and has it had the time to begin? docker logs may say."
        )


def published_bindings(data: Data) -> list[Binding]:
    """Return what a container publishes: as it is while it runs, and else as it was asked for."""
    now = (data.get("NetworkSettings") or {}).get("Ports") or {}
    asked = (data.get("HostConfig") or {}).get("PortBindings") or {}
    ports = now if any(now.values()) else asked
    return [
        Binding(port, str(one.get("HostIp") or ""), int(one.get("HostPort") or 0))
        for port, places in ports.items()
        for one in places or []
    ]


def find_published(data: Data, port: int, on: int | None, protocol: str, engine: str) -> Published:
    """Return the published port of a container.

    Arguments:
        data: what ``docker inspect`` says about the container.
        port: the container's port.
        on: the host port that it should be published on; None when any will do.
        protocol: "tcp" or "udp".
        engine: the engine, as in DOCKER_HOST.

    Raises:
        Failure: when it is not published so; says what is published instead.

    """
    wanted = f"{port}/{protocol}"
    every = published_bindings(data)
    at_port = [item for item in every if item.port == wanted]
    # The IPv4 way comes first: some engines list an IPv6 one that nothing answers on.
    fitting = sorted((item for item in at_port if on in (None, item.host_port)), key=lambda item: ":" in item.host_ip)
    if fitting:
        return Published(container_name(data), port, fitting[0].host_ip, fitting[0].host_port, engine, data)
    where = "a port of your machine" if on is None else f"port {on} of your machine"
    raise Failure(
        _instead(data, wanted, on, every, at_port),
        f"Port {port} of {container_name(data)} should be published on {where}.",
        _look(data, wanted, on, every, at_port),
        actual=listed(f"{item.host_port}->{item.port}" for item in every if ":" not in item.host_ip) or "nothing",
    )


def _instead(data: Data, wanted: str, on: int | None, every: list[Binding], at_port: list[Binding]) -> str:
    """Say what is published instead of what was wanted."""
    name, port = container_name(data), wanted.partition("/")[0]
    if at_port:
        places = listed({str(item.host_port) for item in at_port})
        return f"Port {port} of {name} is published on port {places} of your machine, not on {on}."
    if on is not None and _reversed(wanted, on, every):
        theirs = f"its port {on} is published on port {port} of your machine"
        return f"The two ports of {name} are the wrong way round: {theirs}."
    if every:
        ways = listed({f"its port {it.port.partition('/')[0]} on port {it.host_port} of your machine" for it in every})
        return f"Port {port} of {name} is not published; {ways} is."
    mode = str((data.get("HostConfig") or {}).get("NetworkMode", ""))
    if mode in ("host", "none"):
        return f"The container {name} publishes nothing: its network is “{mode}”."
    if wanted in ((data.get("Config") or {}).get("ExposedPorts") or {}):
        return f"Port {port} of {name} is exposed, but not published."
    return f"The container {name} publishes no port."


def _look(data: Data, wanted: str, on: int | None, every: list[Binding], at_port: list[Binding]) -> str:
    """Say where to look, by what is there instead."""
    if not at_port and on is not None and _reversed(wanted, on, every):
        return "Which of the two comes first, the machine's port or the container's?"
    if every:
        return "The PORTS column of docker ps shows both: the port of your machine, an arrow, and the container's."
    if wanted in ((data.get("Config") or {}).get("ExposedPorts") or {}):
        return "EXPOSE is documentation and opens nothing; publishing is done when the container is made."
    return "Ports are published when a container is made; they cannot be added to one that is there."


def _reversed(wanted: str, on: int, every: list[Binding]) -> bool:
    return any(item.port.partition("/")[0] == str(on) and wanted.startswith(f"{item.host_port}/") for item in every)


def _quoted(text: str) -> str:
    return f"“{short(text, 160)}”" if text.strip() else "with nothing"
