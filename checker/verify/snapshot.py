"""What an engine holds at one moment, and taking it back to that moment as far as that is possible."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docker.errors import APIError

from checker.engine import container_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import docker


@dataclass(frozen=True)
class Snapshot:
    """The containers, networks and volumes of an engine by id, with their names, and its images.

    ``tags`` are the images' names with their ids; ``images`` are the ids of all, also of those without a name.
    """

    containers: Mapping[str, str]
    networks: Mapping[str, str]
    volumes: frozenset[str]
    tags: Mapping[str, str]
    images: frozenset[str]

    def is_within(self, other: Snapshot) -> bool:
        """Return whether ``other`` still holds all that this one does, under the same names."""
        return (
            self.containers.items() <= other.containers.items()
            and self.networks.items() <= other.networks.items()
            and self.volumes <= other.volumes
            and self.tags.items() <= other.tags.items()
            and self.images <= other.images
        )

    def more_than(self, before: Snapshot) -> Snapshot:
        """Return what this one holds and ``before`` does not."""
        return Snapshot(
            dict(self.containers.items() - before.containers.items()),
            dict(self.networks.items() - before.networks.items()),
            self.volumes - before.volumes,
            dict(self.tags.items() - before.tags.items()),
            self.images - before.images,
        )


def take_snapshot(client: docker.APIClient) -> Snapshot:
    """Return what the engine holds now.

    Raises:
        APIError: when the engine does not answer.

    """
    images = client.images()
    return Snapshot(
        {str(item["Id"]): container_name(item) for item in client.containers(all=True)},
        {str(item["Id"]): str(item["Name"]) for item in client.networks()},
        frozenset(str(item["Name"]) for item in client.volumes().get("Volumes") or ()),
        {str(tag): str(item["Id"]) for item in images for tag in item.get("RepoTags") or () if "<none>" not in tag},
        frozenset(str(item["Id"]) for item in images),
    )


def remove_all(client: docker.APIClient, what: Snapshot) -> None:
    """Remove what a snapshot holds, containers first; what is gone already, or still used by others, is passed over.

    Arguments:
        client: open.
        what: as ``Snapshot.more_than`` returns it.

    """
    for container in what.containers:
        with contextlib.suppress(APIError):
            client.remove_container(container, force=True, v=True)
    for network in what.networks:
        with contextlib.suppress(APIError):
            client.remove_network(network)
    for volume in what.volumes:
        with contextlib.suppress(APIError):
            client.remove_volume(volume)
    for image in (*what.tags, *what.images):
        with contextlib.suppress(APIError):
            client.remove_image(image)
