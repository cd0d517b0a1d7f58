"""A docker-py client that is none: it answers from what a test put there, and counts what it was asked."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from docker.errors import NotFound

from checker.engine.history.follower import News

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeClient:
    """Stands for an open client.

    ``held`` are its containers by name, as inspect tells them; ``held_images`` its images by name; ``asked`` counts the
    questions, as "inspect web"; ``problem``, where set, is what every answer raises.
    """

    base_url, host, timeout, api_version = "http+docker://localhost", "unix:///fake", 10, "1.41"

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.held_images: dict[str, dict[str, Any]] = {}
        self.asked: Counter[str] = Counter()
        self.problem: Exception | None = None
        self.closed = False

    def make(self, name: str, state: str = "running", its_id: str = "") -> dict[str, Any]:
        """Let there be a container."""
        data = {"Id": its_id or f"id-of-{name}", "Name": f"/{name}", "State": {"Status": state}, "Config": {}}
        self.held[name] = data
        return data

    def containers(self, *, all: bool) -> list[dict[str, Any]]:  # noqa: A002, ARG002  (docker-py's word)
        """List them."""
        self._note("containers")
        states = [(data["Id"], name, data["State"]["Status"]) for name, data in self.held.items()]
        return [{"Id": i, "Names": [f"/{name}"], "State": s, "Labels": {"org.docker101": "1"}} for i, name, s in states]

    def inspect_container(self, name: str) -> dict[str, Any]:
        """Tell of one, by its name or its id."""
        self._note(f"inspect {name}")
        found = [data for known, data in self.held.items() if name in (known, data["Id"])]
        return dict(self._there(found[:1], name))

    def images(self) -> list[dict[str, Any]]:
        """List them."""
        self._note("images")
        return [{"Id": data["Id"], "RepoTags": [name], "Labels": None} for name, data in self.held_images.items()]

    def inspect_image(self, ref: str) -> dict[str, Any]:
        """Tell of one."""
        self._note(f"image {ref}")
        found = [{**data, "RepoTags": [name]} for name, data in self.held_images.items() if name == ref]
        return self._there(found, ref)

    def history(self, ref: str) -> list[dict[str, Any]]:
        """Tell how one was made."""
        self._note(f"history {ref}")
        return [{"Id": ref}]

    def top(self, container_id: str) -> dict[str, Any]:
        """Tell what runs in one."""
        self._note(f"top {container_id}")
        return {"Titles": ["PID"], "Processes": [["1"]]}

    def get(self, *_: object, **__: object) -> Any:
        """Answer to a ping."""
        self._note("ping")
        return SimpleNamespace(headers={"OSType": "linux"})

    def close(self) -> None:
        """Take note of it."""
        self.closed = True

    def _note(self, question: str) -> None:
        self.asked[question] += 1
        if self.problem:
            raise self.problem

    def _there(self, found: list[dict[str, Any]], name: str) -> dict[str, Any]:
        if not found:
            raise NotFound(f"no such thing: {name}")
        return found[0]


def event(action: str, name: str = "", kind: str = "container", its_id: str = "", **attributes: str) -> dict[str, Any]:
    """Return an event as the engine tells it."""
    actor = {"ID": its_id or f"id-of-{name}", "Attributes": {"name": name, **attributes}}
    return {"Type": kind, "Action": action, "Actor": actor}


class FakeFollower:
    """A follower that tells what a test wants told; who listens hears first that the engine answers."""

    def __init__(self) -> None:
        self.listening: list[Callable[[News], object]] = []

    def listen(self, hear: Callable[[News], object]) -> Callable[[], None]:
        """Take note of a listener; return what ends it."""
        self.listening.append(hear)
        hear(News())
        return lambda: self.listening.remove(hear)

    def tell(self, told: dict[str, Any] | None = None, lost: str = "") -> None:
        """Tell an event, or of the connection, to all who listen."""
        for hear in self.listening:
            hear(News(told, lost))
