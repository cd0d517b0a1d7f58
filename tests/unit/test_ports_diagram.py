"""The way of a connection to a container's ports: where it ends, why, and how seldom anybody is asked."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from checker.engine.transport.client import NotThere
from checker.engine.views import published
from checker.engine.views.probe import Answer, Listener, ProbeOutcome
from checker.jupyter.diagrams.ports import BEGIN_LIMIT_S, LIMIT_S, Ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine.views.reader import Reader

UNIX = "unix:///var/run/docker.sock"
ALL = [Listener("0.0.0.0", 80)]  # noqa: S104  (read, never bound)
INSIDE = [Listener("127.0.0.1", 80)]
ANSWERED = Answer(ProbeOutcome.ANSWERED, 200)
BINDING = {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "9480"}, {"HostIp": "::", "HostPort": "9480"}]}  # noqa: S104
"""What an engine with IPv6 says of -p 9480:80."""


def ago(seconds: float) -> str:
    """Return a moment as the engine writes it."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def inspected(
    state: str = "running",
    now: dict[str, Any] | None = None,
    asked: dict[str, Any] | None = None,
    exposed: tuple[str, ...] = ("80/tcp",),
    age_s: float = 60,
    error: str = "",
    **host: Any,
) -> dict[str, Any]:
    """Return what inspect says of the container kiosk: ``now`` and ``asked`` are its published ports."""
    return {
        "Id": "f" * 64,
        "Name": "/kiosk",
        "State": {"Status": state, "Pid": 42, "StartedAt": ago(age_s), "Error": error, "ExitCode": 3},
        "Config": {"ExposedPorts": {port: {} for port in exposed}},
        "HostConfig": {"PortBindings": asked if asked is not None else now, "NetworkMode": "bridge", **host},
        "NetworkSettings": {"Ports": now},
    }


class Engine:
    """Stands for a reader that remembers: it returns the same until something happens, that is, until it is changed."""

    def __init__(self, address: str = UNIX, **containers: dict[str, Any]) -> None:
        self.address, self.containers = address, containers

    def container(self, name: str) -> dict[str, Any]:
        """Return what inspect says."""
        if name not in self.containers:
            raise NotThere(f"There is no container named {name}.")
        return self.containers[name]


class World:
    """Stands for what is asked: the answers one after the other, the last one for ever; sleep moves the clock."""

    def __init__(self, *answers: Answer, heard: list[Listener] | None = None) -> None:
        self._answers, self.heard = list(answers), heard
        self.asked: list[tuple[str, int]] = []
        self.now = 1000.0

    def ask(self, host: str, port: int, limit_s: float) -> Answer:
        """Answer."""
        assert limit_s == LIMIT_S
        self.asked.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def ports(self, *names: str) -> Ports:
        """Return the drawing under test."""
        return Ports(
            names or ("kiosk",), asks=self.ask, hear=lambda *_: self.heard, clock=lambda: self.now, sleep=self.sleep
        )


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what draws one container and returns the words."""

    def drawn(
        data: dict[str, Any], answer: Answer = ANSWERED, heard: list[Listener] | None = None, address: str = UNIX
    ) -> str:
        monkeypatch.setattr(published, "listeners", lambda *_: heard)
        engine = cast("Reader", Engine(address, kiosk=data))
        return World(answer, heard=heard).ports().draw(engine).text

    return drawn


def test_published_port_that_answers_arrives(draw: Callable[..., str]) -> None:
    """All four stations are reached; both families of addresses are one way, and the exposed port is the same one."""
    assert draw(inspected(now=BINDING), heard=ALL) == (
        "kiosk is running.\n"
        "  127.0.0.1:9480 → port 9480 on all addresses → kiosk: port 80 → a server that answers\n"
        "    Arrives: the server answers with status 200."
    )


def test_answer_is_said_alike_where_nobody_sees_what_listens(draw: Callable[..., str]) -> None:
    """On an engine in a machine of its own the picture of a way that arrives is the same."""
    assert draw(inspected(now=BINDING), heard=None) == draw(inspected(now=BINDING), heard=ALL)


def test_port_for_this_machine_alone_says_so(draw: Callable[..., str]) -> None:
    """An address before the two ports is shown at the machine, and who may come is said."""
    text = draw(inspected(now={"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9483"}]}))
    assert "port 9483 on 127.0.0.1 only →" in text
    assert text.endswith("It is open on 127.0.0.1 only: to this machine alone.")


def test_exposed_port_is_not_open(draw: Callable[..., str]) -> None:
    """Nothing of the machine leads to what is only exposed, though a server listens there."""
    text = draw(inspected(), heard=ALL)
    assert "no address ✕ no port leads in · kiosk: port 80 exposed · a server on port 80" in text
    assert "not published: no port of your machine leads to it. Containers on its network reach it" in text


def test_server_on_a_port_that_nobody_named_is_shown(draw: Callable[..., str]) -> None:
    """What listens inside and is neither exposed nor published has a row of its own."""
    text = draw(inspected(exposed=()), heard=[Listener("::", 7001)])
    assert "kiosk: port 7001 not exposed · a server on port 7001" in text


def test_numbers_the_wrong_way_round_are_told(draw: Callable[..., str]) -> None:
    """Where the server listens on the number that stands first, the picture says that the two are reversed."""
    data = inspected(now={"9482/tcp": [{"HostIp": "", "HostPort": "9490"}]}, exposed=())
    text = draw(data, Answer(ProbeOutcome.RESET), [Listener("::", 9490)])
    assert "port 9490 on all addresses → kiosk: port 9482 ✕ nothing on 9482, a server on 9490" in text
    assert "nothing in kiosk listens on port 9482, but on 9490. The two numbers are the wrong way round" in text


def test_server_on_its_own_loopback_is_told(draw: Callable[..., str]) -> None:
    """The way ends before a server that hears only its own container."""
    text = draw(inspected(now=BINDING), Answer(ProbeOutcome.RESET), INSIDE)
    assert "kiosk: port 80 ✕ a server on 127.0.0.1 only" in text
    assert "in kiosk the server listens on 127.0.0.1:80 only." in text


def test_dead_end_is_told_where_nobody_sees_inside(draw: Callable[..., str]) -> None:
    """Without a look inside, the picture asks the questions that lead on."""
    text = draw(inspected(now=BINDING), Answer(ProbeOutcome.RESET), None)
    assert "✕ not seen from here" in text
    assert "nothing in kiosk takes it on port 80. Which address and which port does its server listen on?" in text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer(ProbeOutcome.SILENT),
            "✕ no answer within 0.7 s\n    Port 9480 of your machine accepts the connection, but sends nothing",
        ),
        (Answer(ProbeOutcome.NO_HTTP), "→ somebody who answers\n    Arrives: somebody answers, though not in HTTP."),
        (Answer(ProbeOutcome.UNREACHABLE, words="No route"), "Port 9480 of your machine cannot be reached: No route."),
    ],
    ids=["silent", "no HTTP", "unreachable"],
)
def test_other_ends_are_told(draw: Callable[..., str], answer: Answer, words: str) -> None:
    """Each way in which asking ends has its words."""
    assert words in draw(inspected(now=BINDING), answer, ALL)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (inspected("paused", BINDING), "→ kiosk: port 80 ✕ frozen\n    kiosk is paused: its port is open"),
        (inspected("exited", {}, BINDING), "✕ port 9480 not open · kiosk: port 80 · no process\n    kiosk has ended"),
        (inspected("restarting", {}, BINDING), "kiosk does not stay up: its port is closed until it runs again."),
        (inspected("created", {}, BINDING), "no process\n    The container kiosk was created, and never started."),
        (inspected("created", {}, BINDING, error="Bind for 0.0.0.0:9480 failed: port is already allocated"),
         "✕ port 9480 taken · kiosk: port 80 · no process\n    The container kiosk was created, but could not start:"),
        (inspected("created", {}, {}, PublishAllPorts=True), "-P publishes port 80 of kiosk when it starts"),
        (inspected("created", {}, {"80/tcp": [{"HostIp": "", "HostPort": ""}]}), "✕ a port that the engine will "),
    ],
    ids=["paused", "exited", "restarting", "created", "taken", "-P", "-p 80"],
)  # fmt: skip
def test_container_that_does_not_run_is_not_asked(data: dict[str, Any], words: str) -> None:
    """The state says where the way ends; nobody is asked."""
    world = World(ANSWERED, heard=[])
    assert words in world.ports().draw(cast("Reader", Engine(kiosk=data))).text
    assert world.asked == []


def test_udp_is_not_asked() -> None:
    """A port without connections is drawn, and said to be one that cannot be asked."""
    data = inspected(now={"53/udp": [{"HostIp": "", "HostPort": "9453"}]}, exposed=())
    world = World(ANSWERED)
    assert "→ not asked\n    UDP has no connections" in world.ports().draw(cast("Reader", Engine(kiosk=data))).text
    assert world.asked == []


def test_port_of_another_machine_is_asked_there(draw: Callable[..., str]) -> None:
    """The address is the engine's machine; what is open on that machine alone cannot be asked from here."""
    far = "tcp://engine.example:2376"
    assert "  engine.example:9480 → port 9480 on all addresses" in draw(inspected(now=BINDING), address=far)
    text = draw(inspected(now={"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "9480"}]}), address=far)
    assert "no address ✕ port 9480 on 127.0.0.1 only" in text
    assert "It is open on 127.0.0.1 of the engine's own machine only." in text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (inspected(exposed=()), "kiosk is running. It exposes no port, and publishes none."),
        (inspected(NetworkMode="none", exposed=()), "kiosk is running. It has no network at all."),
        (inspected(NetworkMode="host"), "kiosk is running. It uses the network of the engine's machine itself"),
        (inspected("exited", exposed=()), "kiosk is exited (code 3). It exposes no port"),
    ],
    ids=["no port", "none", "host", "exited"],
)
def test_container_without_a_way_says_why(draw: Callable[..., str], data: dict[str, Any], words: str) -> None:
    """Where there is nothing to draw, a sentence stands there."""
    assert draw(data, heard=[]).startswith(words)


def test_container_that_is_not_there_appears_later() -> None:
    """A name without a container is said, and drawn when it has one."""
    engine, ports = Engine(), World(ANSWERED, heard=ALL).ports()
    assert ports.draw(cast("Reader", engine)).text == "There is no container named kiosk yet."
    engine.containers["kiosk"] = inspected(now=BINDING)
    assert "Arrives" in ports.draw(cast("Reader", engine)).text


def test_container_that_was_removed_is_shown_as_it_was() -> None:
    """The way that it had stays to be read; nothing is asked, and no link leads there any more."""
    world = World(ANSWERED, heard=ALL)
    engine, ports = Engine(kiosk=inspected(now=BINDING)), world.ports()
    assert "<a href" in ports.draw(cast("Reader", engine)).html
    kept = engine.containers.pop("kiosk")
    gone = ports.draw(cast("Reader", engine))
    assert gone.text.startswith("kiosk is not there any more. It was running.\n")
    assert "Arrives" in gone.text
    assert "<a href" not in gone.html
    assert len(world.asked) == 1
    engine.containers["kiosk"] = kept
    assert ports.draw(cast("Reader", engine)).text.startswith("kiosk is running.")


def test_container_that_was_killed_and_removed_is_shown_as_it_ran() -> None:
    """A forced removal kills first: the moment between its end and its removal is not what the reader wants to keep."""
    engine, ports = Engine(kiosk=inspected(now=BINDING)), World(ANSWERED, heard=ALL).ports()
    ports.draw(cast("Reader", engine))
    engine.containers["kiosk"] = inspected(state="exited")
    assert "no process" in ports.draw(cast("Reader", engine)).text
    del engine.containers["kiosk"]
    gone = ports.draw(cast("Reader", engine)).text
    assert gone.startswith("kiosk is not there any more. It was running.\n")
    assert "Arrives" in gone


def test_container_that_took_a_name_over_is_shown_as_itself() -> None:
    """Made anew under the same name, without a port, it was not what the one before was."""
    engine, ports = Engine(kiosk=inspected(now=BINDING)), World(ANSWERED, heard=ALL).ports()
    ports.draw(cast("Reader", engine))
    engine.containers["kiosk"] = {**inspected(state="created"), "Id": "e" * 64}
    ports.draw(cast("Reader", engine))
    del engine.containers["kiosk"]
    gone = ports.draw(cast("Reader", engine)).text
    assert gone.startswith("kiosk is not there any more. It was created")
    assert "Arrives" not in gone


def test_nobody_is_asked_while_nothing_happens() -> None:
    """One question for each published port after an event of its container, and none for events of others."""
    world = World(ANSWERED, heard=ALL)
    engine, ports = Engine(kiosk=inspected(now=BINDING), stand=inspected()), world.ports("kiosk", "stand")
    for _ in range(3):
        assert ports.draw(cast("Reader", engine)).settles_s == 0
    assert world.asked == [("127.0.0.1", 9480)]
    engine.containers["kiosk"] = inspected(now=BINDING)  # something happened to it: it was inspected anew
    ports.draw(cast("Reader", engine))
    assert len(world.asked) == 2


def test_first_picture_waits_for_a_server_that_begins() -> None:
    """The cell shows what came of it; the wait ends when the server answers, or has had its moment."""
    world = World(Answer(ProbeOutcome.RESET), Answer(ProbeOutcome.RESET), ANSWERED, heard=ALL)
    drawing = world.ports().draw(cast("Reader", Engine(kiosk=inspected(now=BINDING, age_s=0.1))))
    assert ("Arrives" in drawing.text, len(world.asked)) == (True, 3)
    never = World(Answer(ProbeOutcome.REFUSED), heard=INSIDE)
    never.ports().draw(cast("Reader", Engine(kiosk=inspected(now=BINDING, age_s=0.1))))
    assert 1000 + BEGIN_LIMIT_S - 0.2 <= never.now <= 1000 + BEGIN_LIMIT_S + 0.2


def test_old_container_is_not_waited_for() -> None:
    """One that has been running for long has had its moment."""
    world = World(Answer(ProbeOutcome.REFUSED), heard=ALL)
    world.ports().draw(cast("Reader", Engine(kiosk=inspected(now=BINDING))))
    assert (world.now, len(world.asked)) == (1000, 1)


def test_later_pictures_ask_again_while_a_server_may_begin() -> None:
    """After an event the picture says that it may still change, and asks again until then, and no longer."""
    world = World(Answer(ProbeOutcome.REFUSED), heard=ALL)
    engine, ports = Engine(), world.ports()
    ports.draw(cast("Reader", engine))
    engine.containers["kiosk"] = inspected(now=BINDING, age_s=0.1)
    first = ports.draw(cast("Reader", engine))
    assert first.settles_s == BEGIN_LIMIT_S
    assert "kiosk: port 80 ✕ still starting" in first.text
    world.sleep(1)
    ports.draw(cast("Reader", engine))
    assert len(world.asked) == 2
    world.sleep(60)
    assert ports.draw(cast("Reader", engine)).settles_s == 0
    assert len(world.asked) == 2


def test_server_that_does_not_listen_yet_is_looked_for_again() -> None:
    """Also without a published port a container that has begun may show its server a moment later."""
    world = World(ANSWERED, heard=[])
    engine, ports = Engine(), world.ports()
    ports.draw(cast("Reader", engine))
    engine.containers["kiosk"] = inspected(age_s=0.1)
    assert ports.draw(cast("Reader", engine)).settles_s == BEGIN_LIMIT_S


def test_picture_says_what_the_text_says() -> None:
    """Every station and reason stands in the HTML, escaped, with words beside the signs; what arrives is a link."""
    data = inspected(now=BINDING, exposed=("80/tcp", "81/tcp")) | {"Name": "/<b>"}
    html = World(ANSWERED, heard=ALL).ports("x").draw(cast("Reader", Engine(x=data))).html
    words = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html).split())
    assert "<b>&lt;b&gt;" not in html.replace("<strong>", "")
    assert "&lt;b&gt; is running." in words
    assert "127.0.0.1:9480 → leads to port 9480 on all addresses → leads to port 80" in words
    assert "no address ✕ does not reach no port leads in · and not port 81 exposed" in words
    assert re.findall(r'href="([^"]+)"', html) == ["http://127.0.0.1:9480/"]
