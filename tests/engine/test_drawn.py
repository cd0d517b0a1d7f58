"""Layers and ports of a real engine, drawn as they are and again when something happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.history.follower import Follower
from checker.engine.transport.client import open_client
from checker.engine.views.caching_reader import CachingReader
from checker.engine.views.reader import Reader
from checker.jupyter.diagrams.layers import Layers, read_stack
from checker.jupyter.diagrams.ports import Ports
from checker.jupyter.notebook.live_drawings import LiveDrawings
from tests.engine.made import BUSYBOX, build, busybox, make, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from checker.jupyter.notebook.live_drawings import Drawing

pytestmark = pytest.mark.engine

PORT = 8946
SERVE = "mkdir -p /www; echo hello > /www/index.html; exec httpd -f -h /www -p "
ONE, TWO = "d101-drawn:1", "d101-drawn:2"


@pytest.fixture
def reader(client: Any, engine_host: str) -> Iterator[Reader]:
    """Return a reader of an engine that has busybox; the images of these tests are removed afterwards."""
    busybox(client, engine_host)
    yield Reader(client)
    for name in (ONE, TWO):
        if client.images(name):
            client.remove_image(name, force=True)


@pytest.fixture
def put_up(engine_host: str) -> Iterator[Callable[[Callable[[Reader], Drawing]], Callable[[], str]]]:
    """Return what keeps a drawing up to date, as a notebook does, and returns what reads its words."""
    easel = LiveDrawings(Follower(engine_host), CachingReader(open_client(engine_host)))

    def up(drawn: Callable[[Reader], Drawing]) -> Callable[[], str]:
        view = easel.show("drawn", drawn, drawn(Reader(open_client(engine_host))))
        return lambda: view.text

    yield up
    easel.close()


def test_steps_of_a_build_have_their_layers(client: Any, reader: Reader) -> None:
    """What changes files is a layer, a setting is none, and the base image's part is told."""
    build(client, ONE, "ENV READER=you", "RUN echo hello > /hello", "EXPOSE 80", 'CMD ["cat", "/hello"]')
    stack = read_stack(reader, ONE, [BUSYBOX])
    assert stack
    assert (stack.base, len(stack.layers) - stack.base_layers) == (BUSYBOX, 1)
    own = [(row.words, bool(row.digest)) for row in stack.rows[stack.base_rows :]]
    assert own == [
        ("ENV READER=you", False),
        ("RUN echo hello > /hello", True),
        ("EXPOSE 80", False),
        ('CMD ["cat", "/hello"]', False),
    ]


def test_second_build_keeps_what_stands_below_the_change(client: Any, reader: Reader) -> None:
    """Of two builds the newer one says what came from the cache and what was built again."""
    for name, word in ((ONE, "one"), (TWO, "two")):
        build(client, name, "RUN echo first > /a", "LABEL x=1", f"RUN echo {word} > /b", "RUN echo last > /c")
    text = Layers([ONE, TWO], [BUSYBOX]).draw(reader).text
    assert "built again" in text.splitlines()[0]
    assert f"RUN echo first > /a | {ONE}: layer 2, 6B, the same; {TWO}: layer 2, 6B, kept from the cache" in text
    assert f"RUN echo two > /b | {ONE}: not in this image; {TWO}: layer 3, 4B, built again" in text


def test_image_appears_when_it_is_built(client: Any, reader: Reader, put_up: Callable[..., Any]) -> None:
    """The picture of an image that is not there yet is drawn as soon as it has its name, and kept when it goes."""
    words = put_up(Layers([ONE], [BUSYBOX]).draw)
    assert words() == f"There is no image named {ONE} yet."
    build(client, ONE, "RUN echo hello > /hello")
    until(lambda: "RUN echo hello > /hello | layer 2" in words())
    client.remove_image(ONE)
    until(lambda: words().startswith(f"{ONE} is not there any more. This is how it was."))
    assert "RUN echo hello > /hello | layer 2" in words()


def test_way_to_a_container_follows_what_is_done(client: Any, reader: Reader, put_up: Callable[..., Any]) -> None:
    """Not there, arriving, frozen, ended, removed: each is drawn without asking for it."""
    words = put_up(Ports(["d101-web"]).draw)
    assert words() == "There is no container named d101-web yet."
    command = ("sh", "-c", f"sleep 0.5; {SERVE}80")
    made = make(client, "d101-web", *command, ports=[80], host={"port_bindings": {80: ("127.0.0.1", PORT)}})
    until(lambda: "Arrives: the server answers with status 200." in words())
    client.pause(made)
    until(lambda: "✕ frozen" in words())
    client.unpause(made)
    until(lambda: "Arrives" in words())
    client.kill(made)
    until(lambda: "d101-web has ended: without a process its port is closed." in words())
    client.remove_container(made)
    until(lambda: words().startswith("d101-web is not there any more. It was running."))


def test_ports_that_lead_nowhere(client: Any, reader: Reader) -> None:
    """Only exposed, another port inside, loopback inside: the first picture says at once where the way ends."""
    make(client, "d101-closed", "sh", "-c", SERVE + "80", ports=[80])
    make(client, "d101-other", "sh", "-c", SERVE + "8080", ports=[80], host={"port_bindings": {80: PORT}})
    make(client, "d101-inside", "sh", "-c", SERVE + "127.0.0.1:80", ports=[80], host={"port_bindings": {80: PORT + 1}})
    text = Ports(["d101-closed", "d101-other", "d101-inside"]).draw(reader).text
    assert "Port 80 of d101-closed is not published: no port of your machine leads to it." in text
    assert text.count("→ d101-other: port 80 ✕") == text.count("→ d101-inside: port 80 ✕") == 1
