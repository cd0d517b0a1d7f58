"""The map of states on an engine: each command moves a container, and a look asks only about what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.engine import bears_label
from checker.engine.history.follower import Follower
from checker.engine.transport.client import open_client
from checker.engine.views.caching_reader import CachingReader
from checker.jupyter.diagrams.lifecycle import Lifecycle
from tests.engine.made import busybox, ended, make, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checker.engine.history.follower import News

pytestmark = pytest.mark.engine

NAMES = ("d101-mule", "d101-hare")


class Watched:
    """A map that is drawn again after each event, as the notebook does it."""

    def __init__(self, client: Any) -> None:
        self.reader, self.map, self.heard = CachingReader(client), Lifecycle(NAMES, bears_label), list[str]()
        self.draw()

    def draw(self) -> None:
        """Draw it."""
        self.lines = [" ".join(line.split()) for line in self.map.draw(self.reader).text.splitlines()]

    def hear(self, news: News) -> None:
        """Take an event."""
        if news.event:
            self.reader.forget(news.event)
            self.draw()


@pytest.fixture
def watched(client: Any, engine_host: str) -> Iterator[Watched]:
    """Return a map of two containers that are not there."""
    busybox(client, engine_host)
    own = open_client(engine_host)  # the map is drawn in another thread than the test's
    found = Watched(own)
    leave = Follower(engine_host).listen(found.hear)
    yield found
    leave()
    own.close()


def test_each_command_moves_the_container(client: Any, watched: Watched) -> None:
    """From not made to gone: after each event the map says what inspect would say, without a look in between."""

    def says(line: str) -> None:
        until(lambda: line in watched.lines)

    assert watched.lines[1:3] == ["d101-mule not made yet", "d101-hare not made yet"]
    make(client, "d101-mule", "sleep", "600", start=False)
    says("d101-mule created")
    client.start("d101-mule")
    says("d101-mule running")
    client.pause("d101-mule")
    says("d101-mule paused")
    client.unpause("d101-mule")
    says("d101-mule running")
    client.rename("d101-mule", "d101-hare")
    says("d101-hare, was d101-mule running")
    client.kill("d101-hare")
    says("d101-hare, was d101-mule exited, 137")
    client.remove_container("d101-hare")
    says("d101-hare, was d101-mule gone")


def test_container_between_two_tries(client: Any, watched: Watched) -> None:
    """A restart policy leads to restarting; a stop ends that."""
    make(client, "d101-mule", "sh", "-c", "exit 3", host={"restart_policy": {"Name": "always"}})
    until(lambda: "d101-mule restarting" in watched.lines, 20)
    client.stop("d101-mule")
    until(ended(client, "d101-mule"))
    until(lambda: "d101-mule exited, 3" in watched.lines)
