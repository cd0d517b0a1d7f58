"""Remove what is the course's from an engine, in reverse order of its making, and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from docker.errors import APIError

from checker.engine.engine import LABELLED, PRIVATE
from checker.engine.guard.owned import Owned
from checker.engine.names import container_name, image_name, image_tags
from checker.engine.transport import as_our_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    import docker

    from checker.engine.engine import Engine

BUILT_IN_NETWORKS = frozenset({"bridge", "host", "none"})
AT_ONCE = 8
"""How many containers are removed at the same time; each one takes the engine tens of milliseconds of waiting."""


def clean_up(client: docker.APIClient, endpoint: Engine, state: Path, keep_images: Collection[str] = ()) -> list[str]:
    """Remove the course's containers, networks, volumes and images; return the names of what was removed.

    On the learner's own engine that is what has the course's label, and the images that the course brought; an image
    that another container uses stays. A private engine holds nothing else, so there everything goes.

    Arguments:
        client: open.
        endpoint: the engine that the client talks to.
        state: the folder ``work/.course``, which remembers what the course brought.
        keep_images: names of images to keep, as in the catalog.

    Raises:
        EngineProblem: when the engine does not answer.

    """
    keep = frozenset(image_name(name) for name in keep_images)
    with as_our_errors():
        if endpoint.strategy == PRIVATE:
            return _Cleaning(client, {}).everything(keep)
        owned = Owned(state, endpoint.host)
        cleaning = _Cleaning(client, {"label": [LABELLED]})
        removed = cleaning.everything(keep) + cleaning.noted_images(owned.images(), keep)
    owned.forget(name for name in owned.images() if name not in keep)
    return removed


def labelled_things(client: docker.APIClient, keep_images: Collection[str] = ()) -> dict[str, list[str]]:
    """Return the names of what has the course's label: containers, networks, volumes, and images that have a name.

    Arguments:
        client: open.
        keep_images: names of images to leave out, as in the catalog.

    Raises:
        EngineProblem: when the engine does not answer.

    """
    chosen, keep = {"label": [LABELLED]}, {image_name(name) for name in keep_images}
    with as_our_errors():
        tags = [tag for image in client.images(filters=chosen) for tag in image_tags(image)]
        return {
            "container": [container_name(item) for item in client.containers(all=True, filters=chosen)],
            "network": [item["Name"] for item in client.networks(filters=chosen)],
            "volume": [item["Name"] for item in client.volumes(filters=chosen).get("Volumes") or []],
            "image": [tag for tag in tags if tag not in keep],
        }


def remove_containers(client: docker.APIClient, engine: Engine, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Remove the containers of these names, running or not, unless one of them is not the course's.

    Arguments:
        client: open.
        engine: the engine that the client talks to.
        names: whole names; those that no container has are passed over.

    Returns:
        The names that were removed, and the names of those that are not the course's; then nothing was removed.

    """
    wanted = set(names)
    with as_our_errors():
        there = {name: item for item in client.containers(all=True) if (name := container_name(item)) in wanted}
        foreign = [name for name, item in there.items() if not engine.owns(item)]
        cleaning = _Cleaning(client, {})
        return ([] if foreign else cleaning.containers((name, item["Id"]) for name, item in there.items())), foreign


class _Cleaning:
    """One clean-up; ``chosen`` is the filter that says what may go."""

    def __init__(self, client: docker.APIClient, chosen: dict[str, list[str]]) -> None:
        self.client, self.chosen = client, chosen

    def everything(self, keep: Collection[str]) -> list[str]:
        """Remove all that was chosen; return its names."""
        removed = self._containers()
        networks = self.client.networks(filters=self.chosen)
        removed += self._each(
            [(n["Name"], n["Id"]) for n in networks if n["Name"] not in BUILT_IN_NETWORKS], self.client.remove_network
        )
        volumes = self.client.volumes(filters=self.chosen).get("Volumes") or []
        removed += self._each([(v["Name"], v["Name"]) for v in volumes], self.client.remove_volume)
        return removed + self._images(keep)

    def noted_images(self, noted: dict[str, str], keep: Collection[str]) -> list[str]:
        """Remove images that the course brought, by name, unless another one has the name by now."""
        there = {tag: image["Id"] for image in self.client.images() for tag in image_tags(image)}
        ours = [name for name, image_id in noted.items() if name in there and image_id in ("", there[name])]
        return self._each([(name, name) for name in ours if name not in keep], self.client.remove_image)

    def _containers(self) -> list[str]:
        """Remove containers at the same time: running, paused, created or dead."""
        listed = self.client.containers(all=True, filters=self.chosen)
        return self.containers((container_name(item), item["Id"]) for item in listed)

    def containers(self, named: Iterable[tuple[str, str]]) -> list[str]:
        """Remove these containers, given by name and id; return the names of those that are gone now."""
        found = list(named)
        if not found:
            return []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = pool.map(lambda one: self._gone(lambda: self._remove_container(one[1])), found)
            return [name for (name, _), gone in zip(found, done, strict=True) if gone]

    def _remove_container(self, container_id: str) -> None:
        self.client.remove_container(container_id, force=True, v=True)

    def _images(self, keep: Collection[str]) -> list[str]:
        """Remove images, newest first, so that none goes before those that were built on it."""
        found: list[tuple[str, str]] = []
        for image in sorted(self.client.images(filters=self.chosen), key=lambda one: -one["Created"]):
            tags = image_tags(image)
            going = [tag for tag in tags if tag not in keep]
            found += [(tag, tag) for tag in going] if tags else [(image["Id"][7:19], image["Id"])]
        return self._each(found, self.client.remove_image)

    def _each(self, found: Iterable[tuple[str, str]], remove: Callable[[str], Any]) -> list[str]:
        """Remove one after the other; return the names of what is gone now."""
        return [name for name, key in found if self._gone(lambda key=key: remove(key))]  # type: ignore[misc]

    def _gone(self, remove: Callable[[], Any]) -> bool:
        """Remove one thing; false when it was gone already, or something of others still uses it."""
        try:
            remove()
        except APIError as error:
            if error.status_code in (403, 404, 409):
                return False
            raise
        return True
