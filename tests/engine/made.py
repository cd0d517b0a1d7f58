"""Small things that engine tests make: containers from busybox, and images on top of it."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

BUSYBOX = "busybox:1.37"
LABEL = {"org.docker101": "1"}


def busybox(client: Any, host: str) -> str:
    """Make sure that busybox is there; return its name."""
    from docker.errors import ImageNotFound

    from checker.engine.images.provide import ensure_images

    try:
        client.inspect_image(BUSYBOX)
    except ImageNotFound:
        ensure_images([BUSYBOX], host)
    return BUSYBOX


def make(client: Any, name: str, *command: str, image: str = BUSYBOX, start: bool = True, **options: Any) -> str:
    """Make a container that bears the course's label; return its id. ``host`` holds options of HostConfig."""
    host = client.create_host_config(**options.pop("host", {}))
    made = client.create_container(image, list(command) or None, name=name, labels=LABEL, host_config=host, **options)
    if start:
        client.start(made["Id"])
    return str(made["Id"])


def build(client: Any, tag: str, *lines: str) -> str:
    """Build an image on busybox; return its id."""
    text = "\n".join((f"FROM {BUSYBOX}", *lines)) + "\n"
    for said in client.build(fileobj=io.BytesIO(text.encode()), tag=tag, rm=True, decode=True):
        assert "error" not in said, said
    return str(client.inspect_image(tag)["Id"])


def unlabelled(client: Any, tag: str) -> str:
    """Make an image of busybox's files alone, and return its name: a stand-in's label would pass on to containers."""
    made = client.create_container(BUSYBOX)["Id"]
    files = b"".join(client.export(made))
    client.remove_container(made)
    repository, _, version = tag.partition(":")
    client.import_image_from_data(files, repository=repository, tag=version)
    return tag


def until(holds: Callable[[], bool], limit_s: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, f"did not come true within {limit_s:g} s"
        time.sleep(0.05)


def ended(client: Any, name: str) -> Callable[[], bool]:
    """Return a question to be asked again and again: whether this container has ended."""
    return lambda: client.inspect_container(name)["State"]["Status"] == "exited"
