"""The way of a connection to each port of a container: browser, machine, container, server; and where it ends, and why.

What is published is told by inspect. Whether a server answers there is found out by asking, as a browser would.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from checker.engine import (
    BEGIN_LIMIT_S,
    EVERY_ADDRESS,
    NotThere,
    ProbeOutcome,
    Published,
    container_name,
    container_state,
    listeners,
    not_running,
    outside_address,
    probe_http,
    published_bindings,
    since_s,
    taken_port,
)
from checker.jupyter.diagrams.names import names_in
from checker.jupyter.notebook import Drawing, show_drawing
from checker.pages import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from checker.engine import Answer, Binding, Listener, Reader
    from checker.jupyter.notebook import LiveDrawings, NotebookState

    Data = Mapping[str, Any]
    Hear = Callable[[int, str], list[Listener] | None]

LIMIT_S = 0.7
"""Seconds for one answer: a picture does not wait long for a server that says nothing."""

LOOK_AGAIN_S = 1.0
"""How much later than a server may begin the last look may come, in seconds."""

POLL_S = 0.1

MACHINE, SERVER = 1, 3
"""Where a way may end, by the stations: 0 the browser, 1 the machine, 2 the container's port, 3 its server."""


@dataclass(frozen=True)
class Station:
    """What there is at one of the four stations, and more of it."""

    what: str
    more: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.more}".strip()


@dataclass(frozen=True)
class PortWay:
    """The way to one port of a container.

    ``ends`` is the station that the connection does not reach, None where it arrives; ``why`` says what comes of it, in
    a sentence or two; ``id`` is the way's own.
    """

    id: str
    stations: tuple[Station, Station, Station, Station]
    why: str
    ends: int | None = None


NO_ADDRESS = Station("no address")


@dataclass(frozen=True)
class PortBox:
    """A container: its name, its state (empty when there is none), its ways, and what else there is to say.

    ``gone``: it has been removed, and this is how it was; ``id`` is the engine's.
    """

    name: str
    state: str = ""
    ways: tuple[PortWay, ...] = ()
    note: str = ""
    gone: bool = False
    id: str = ""

    @property
    def says(self) -> str:
        """What there is to say after its name."""
        if self.gone:
            return f"is not there any more. It was {self.state}."
        return f"is {self.state}. {self.note}".rstrip()

    @property
    def tells(self) -> tuple[bool, int]:
        """How much it tells of its ports: less once its process has ended, as it has just before it is removed."""
        return self.state == "running", sum(way.ends is None for way in self.ways)


def show(course: NotebookState, easel: Callable[[], LiveDrawings], line: str) -> None:
    """Show the ports of the containers that are named in ``line``, and keep the picture up to date.

    Arguments:
        course: what the notebook knows of the course.
        easel: returns the notebook's live drawings.
        line: what comes after ``%ports``: names of containers.

    Raises:
        UsageProblem: when no container is named there.

    """
    names = names_in(course, line, "%ports kiosk")
    show_drawing(course.client(), easel, f"ports {' '.join(names)}", Ports(names).draw)


@dataclass
class _Asked:
    """What came of asking a container's ports; ``data`` is what inspect said then, ``since`` when that was."""

    data: Data
    since: float
    answers: dict[Binding, Answer] = field(default_factory=dict)


class Ports:
    """Draws containers' ports, and asks the published ones: once after each event, again only while a server may begin.

    Arguments:
        names: of the containers; they need not be there yet.
        asks, hear, clock, sleep: for tests.

    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        asks: Callable[..., Answer] = probe_http,
        hear: Hear = listeners,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._names, self._asks, self._hear, self._clock, self._sleep = names, asks, hear, clock, sleep
        self._asked: dict[str, _Asked] = {}
        self._seen: dict[str, PortBox] = {}
        self._drawn = False

    def draw(self, reader: Reader) -> Drawing:
        """Return the drawing; the first one waits for servers that are beginning, later ones say to be drawn again."""
        boxes = [self._box(reader, name) for name in self._names]
        self._drawn = True
        settles = any(
            self._may_begin(one) and self._clock() < one.since + BEGIN_LIMIT_S for one in self._asked.values()
        )
        return Drawing(as_text(boxes), as_html(boxes), BEGIN_LIMIT_S if settles else 0.0)

    def _box(self, reader: Reader, name: str) -> PortBox:
        try:
            data = reader.container(name)
        except NotThere:
            self._asked.pop(name, None)
            return replace(self._seen[name], gone=True) if name in self._seen else PortBox(name)
        asked = self._asked.get(name)
        if asked is None or asked.data is not data:  # a reader that remembers returns the same until something happens
            asked = self._asked[name] = _Asked(data, self._clock())
        if container_state(data) == "running":
            self._ask(asked, reader.address)
        box = box_of(data, reader.address, asked.answers, self._hear)
        seen = self._seen.get(name, box)
        self._seen[name] = seen if seen.id == box.id and seen.tells > box.tells else box
        return box

    def _ask(self, asked: _Asked, engine: str) -> None:
        """Ask what has not answered yet; for the first picture, until the servers had their moment."""
        age = _age_s(asked.data)
        until = self._clock() + (BEGIN_LIMIT_S - age if not self._drawn and 0 <= age < BEGIN_LIMIT_S else 0)
        self._ask_once(asked, engine)
        while self._may_begin(asked) and self._clock() < until:
            self._sleep(POLL_S)
            self._ask_once(asked, engine)

    def _may_begin(self, asked: _Asked) -> bool:
        """Return whether a server of a running container may still be beginning: no answer, or nothing that listens."""
        if container_state(asked.data) != "running" or not (published_bindings(asked.data) or _exposed(asked.data)):
            return False
        silent = any(answer.may_begin for answer in asked.answers.values())
        return silent or _heard(asked.data, self._hear) == []

    def _ask_once(self, asked: _Asked, engine: str) -> None:
        may_begin = self._clock() < asked.since + BEGIN_LIMIT_S + LOOK_AGAIN_S
        for port in _published(asked.data):
            known, host = asked.answers.get(port), outside_address(engine, port.host_ip)
            if host and port.port.endswith("/tcp") and (known is None or (known.may_begin and may_begin)):
                asked.answers[port] = self._asks(host, port.host_port, limit_s=LIMIT_S)


# --- from what inspect says to records


def box_of(data: Data, engine: str, answers: Mapping[Binding, Answer], hear: Hear) -> PortBox:
    """Return a container with the ways to its ports.

    Arguments:
        data: what inspect says of it.
        engine: the engine's address, as in DOCKER_HOST.
        answers: what came of asking its published ports.
        hear: tells what listens inside it, from the number of its main process and its id; None where that is unseen.

    """
    name, state = container_name(data), container_state(data)
    facts = _Facts(data, name, state, engine, _heard(data, hear) if state in ("running", "paused") else [])
    ways = [*_published_ways(facts, answers), *_closed_ways(facts)]
    words = _state_words(state, data.get("State") or {})
    return PortBox(name, words, tuple(ways), _note(facts, ways), id=str(data.get("Id", "")))


def _heard(data: Data, hear: Hear) -> list[Listener] | None:
    return hear(int((data.get("State") or {}).get("Pid") or 0), str(data.get("Id", "")))


def _exposed(data: Data) -> set[str]:
    return set((data.get("Config") or {}).get("ExposedPorts") or {})


@dataclass(frozen=True)
class _Facts:
    """What the ways of one container have in common; ``heard`` is None where it cannot be seen what listens inside."""

    data: Data
    name: str
    state: str
    engine: str
    heard: list[Listener] | None

    @property
    def mode(self) -> str:
        """The kind of its network: bridge, host, none, or the name of one."""
        return str((self.data.get("HostConfig") or {}).get("NetworkMode", ""))


def _published(data: Data) -> list[Binding]:
    """Return each published port once, by IPv4: some engines list an IPv6 address on which nothing answers."""
    found: dict[tuple[str, int], Binding] = {}
    for one in sorted(published_bindings(data), key=lambda one: (":" in one.host_ip, one.host_port, one.port)):
        if not (one.host_ip in EVERY_ADDRESS and (one.port, one.host_port) in found):
            found.setdefault((one.port, one.host_port), one)
    return list(found.values())


def _published_ways(facts: _Facts, answers: Mapping[Binding, Answer]) -> Iterator[PortWay]:
    """Yield the ways to what is published, or will be when the container starts."""
    for one in _published(facts.data):
        inner = _number(one.port)
        server, why, ends = _end(facts, one, answers.get(one))
        host = outside_address(facts.engine, one.host_ip)
        yield PortWay(
            f"{one.port} {one.host_port}",
            (
                _address(host, one.host_port) if host and one.host_port else NO_ADDRESS,
                _on_machine(facts, one),
                Station(f"port {inner}"),
                server,
            ),
            why,
            ends,
        )


def _end(facts: _Facts, one: Binding, answer: Answer | None) -> tuple[Station, str, int | None]:
    """Say what is at the end of a published way, what comes of it, and where it ends."""
    if facts.state == "paused":
        return Station("frozen"), f"{facts.name} is paused: its port is open, but nothing answers.", SERVER
    if facts.state != "running":
        return Station("no process"), _not_open(facts), MACHINE
    if one.port.endswith("/udp"):
        return Station("not asked"), "UDP has no connections: whether somebody listens cannot be asked.", None
    if answer is None:
        return _at(facts, _number(one.port)), f"It is open on {one.host_ip} of the engine's own machine only.", MACHINE
    return _answered(facts, one, answer)


def _answered(facts: _Facts, one: Binding, answer: Answer) -> tuple[Station, str, int | None]:
    """Say the same of a port that was asked."""
    if answer.outcome is ProbeOutcome.ANSWERED:
        return (
            Station("a server", "that answers"),
            f"Arrives: the server answers with status {answer.status}.{_who(one)}",
            None,
        )
    if answer.outcome is ProbeOutcome.NO_HTTP:
        return Station("somebody", "who answers"), f"Arrives: somebody answers, though not in HTTP.{_who(one)}", None
    if answer.may_begin and 0 <= _age_s(facts.data) < BEGIN_LIMIT_S:
        return Station("still starting"), f"{facts.name} has begun: its server may need a moment.", SERVER
    inner = _number(one.port)
    failure = Published(facts.name, inner, one.host_ip, one.host_port, facts.engine, facts.data).silence(answer)
    no_answer = Station("no answer", f"within {LIMIT_S:g} s")
    at = no_answer if answer.outcome is ProbeOutcome.SILENT else _at(facts, inner)
    return at, f"{failure.seen} {_turned(facts, one) or failure.look}", SERVER


def _turned(facts: _Facts, one: Binding) -> str:
    """Say that the two numbers of a publication are the wrong way round, where the server listens on the first one."""
    ports = {item.port for item in facts.heard or ()}
    if one.host_port in ports and _number(one.port) not in ports:
        return "The two numbers are the wrong way round: the host's port comes before the colon."
    return ""


def _who(one: Binding) -> str:
    """Say who may come, where that is not everybody."""
    if one.host_ip in EVERY_ADDRESS:
        return ""
    is_loopback = one.host_ip.startswith("127.") or one.host_ip == "::1"
    who = "this machine alone" if is_loopback else "all who know it"
    return f" It is open on {one.host_ip} only: to {who}."


def _not_open(facts: _Facts) -> str:
    """Say why a container that does not run has no open port."""
    if facts.state == "created":
        return not_running(facts.data, "")[0]
    if facts.state == "restarting":
        return f"{facts.name} does not stay up: its port is closed until it runs again."
    return f"{facts.name} has ended: without a process its port is closed."


def _closed_ways(facts: _Facts) -> Iterator[PortWay]:
    """Yield the ways that are closed: to ports that are exposed, or that something inside listens on."""
    if facts.mode == "host":
        return
    published = {one.port for one in published_bindings(facts.data)}
    exposed = sorted(_exposed(facts.data) - published, key=_number)
    for port in exposed:
        yield _closed_way(facts, port, "exposed")
    known = {_number(port) for port in (*published, *exposed)}
    for number in sorted({item.port for item in facts.heard or ()} - known):
        yield _closed_way(facts, f"{number}/tcp", "not exposed")


def _closed_way(facts: _Facts, port: str, how: str) -> PortWay:
    number = _number(port)
    at = _at(facts, number) if facts.state in ("running", "paused") else Station("no process")
    why = f"Port {number} of {facts.name} is not published: no port of your machine leads to it."
    if (facts.data.get("HostConfig") or {}).get("PublishAllPorts") and how == "exposed":
        why = f"-P publishes port {number} of {facts.name} when it starts, on a port that the engine chooses."
    elif any(item.port == number and not item.only_inside for item in facts.heard or ()):
        why += " Containers on its network reach it all the same."
    return PortWay(
        f"{port} closed", (NO_ADDRESS, Station("no port", "leads in"), Station(f"port {number}", how), at), why, MACHINE
    )


def _at(facts: _Facts, port: int) -> Station:
    """Say what listens on a port inside a container, as far as that can be seen."""
    if facts.heard is None:
        return Station("not seen", "from here")
    here = [item for item in facts.heard if item.port == port]
    if here and all(item.only_inside for item in here):
        return Station("a server", f"on {here[0].address} only")
    if here:
        return Station("a server", f"on port {port}")
    others = sorted({item.port for item in facts.heard})
    return Station(f"nothing on {port},", f"a server on {_listed(others)}") if others else Station("nothing listens")


def _note(facts: _Facts, ways: Sequence[PortWay]) -> str:
    if facts.mode == "host":
        return "It uses the network of the engine's machine itself: its ports are open there without being published."
    if facts.mode == "none":
        return "It has no network at all."
    return "" if ways else "It exposes no port, and publishes none."


def _state_words(state: str, details: Mapping[str, Any]) -> str:
    return f"exited (code {details.get('ExitCode', 0)})" if state == "exited" else state


def _on_machine(facts: _Facts, one: Binding) -> Station:
    """Say on which port of the machine, and for whom."""
    if not one.host_port:
        return Station("a port", "that the engine will choose")
    if facts.state in ("running", "paused"):
        return Station(
            f"port {one.host_port}", "on all addresses" if one.host_ip in EVERY_ADDRESS else f"on {one.host_ip} only"
        )
    error = str((facts.data.get("State") or {}).get("Error") or "")
    taken = facts.state == "created" and taken_port(error) in (str(one.host_port), "?")
    return Station(f"port {one.host_port}", "taken" if taken else "not open")


def _address(host: str, port: int) -> Station:
    return Station(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _number(port: str) -> int:
    return int(port.partition("/")[0])


def _listed(numbers: Sequence[int]) -> str:
    return " and ".join(map(str, numbers[:3])) + (" and more" if len(numbers) > 3 else "")


def _age_s(data: Data) -> float:
    """Return how long a container has been running, in seconds; -1 where that is unknown."""
    age = since_s(str((data.get("State") or {}).get("StartedAt", "")))
    return -1.0 if age is None else age


# --- words and picture


def as_text(boxes: Sequence[PortBox]) -> str:
    """Return the drawing in plain text."""
    return "\n".join(line for box in boxes for line in _told(box))


def _told(box: PortBox) -> Iterator[str]:
    if not box.state:
        yield f"There is no container named {box.name} yet."
        return
    yield f"{box.name} {box.says}"
    for way in box.ways:
        steps = [str(way.stations[0])]
        for place, station in enumerate(way.stations[1:], 1):
            steps += [_arrow(way, place), f"{box.name}: {station}" if place == 2 else str(station)]
        yield f"  {' '.join(steps)}"
        yield f"    {way.why}"


def _arrow(way: PortWay, place: int) -> str:
    """Return the sign before a station: whether the connection gets there."""
    return "→" if way.ends is None or place < way.ends else "✕" if place == way.ends else "·"


def as_html(boxes: Sequence[PortBox]) -> str:
    """Return the drawing: for each container a table with a row for each way, and below it what comes of it."""
    return render("jupyter/ports", boxes=boxes, arrow=_arrow, no_address=NO_ADDRESS)
