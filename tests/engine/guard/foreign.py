"""Things on the engine that are not the course's: made directly, without its label."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.engine.engine import Engine

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = "foreign/box:1"
OTHER = "foreign/other:1"


@dataclass
class Foreign:
    """A learner's own things on the engine, and the course's endpoint and state beside them."""

    client: Any
    host: str
    work: Path

    @property
    def endpoint(self) -> Engine:
        """The engine as one that was there before the course."""
        return Engine(self.host, "current", "the test")

    @property
    def state(self) -> Path:
        """The folder that remembers what the course brought."""
        return self.work / ".course"

    def container(self, name: str, *command: str, start: bool = True, **host: Any) -> str:
        """Make a container without the label."""
        config = self.client.create_host_config(**host)
        ports = list(host.get("port_bindings", {}))
        made = self.client.create_container(
            IMAGE, list(command) or ["sleep", "600"], name=name, host_config=config, ports=ports
        )
        if start:
            self.client.start(made["Id"])
        return str(made["Id"])

    def names(self) -> set[str]:
        """Return the names of all containers."""
        return {c["Names"][0][1:] for c in self.client.containers(all=True)}

    def status(self, name: str) -> str:
        """Return a container's state."""
        return str(self.client.inspect_container(name)["State"]["Status"])

    def tags(self) -> set[str]:
        """Return the names of all images."""
        return {tag for image in self.client.images() for tag in image["RepoTags"] or []}


def bring_images(client: Any, base: str) -> None:
    """Bring a learner's own images to the engine: imported files of busybox, which inherit no label from a stand-in."""
    made = client.create_container(base)["Id"]
    files = b"".join(client.export(made))
    client.remove_container(made)
    client.import_image_from_data(files, repository=IMAGE.split(":", maxsplit=1)[0], tag="1")
    client.import_image_from_data(_with_a_note(files), repository=OTHER.split(":", maxsplit=1)[0], tag="1")


def remove_images(client: Any, *prefixes: str) -> None:
    """Remove the images whose names begin so."""
    for image in client.images():
        for tag in image["RepoTags"] or []:
            if tag.startswith(prefixes):
                client.remove_image(tag, force=True)


def _with_a_note(files: bytes) -> bytes:
    """Return an archive with one more file in it, so that the image gets an id of its own."""
    data = io.BytesIO(files)
    with tarfile.open(fileobj=data, mode="a") as archive:
        info = tarfile.TarInfo("note.txt")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"other"))
    return data.getvalue()
