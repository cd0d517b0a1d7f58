"""What the guard asks an engine: a few reads over the bare socket, each at most once. Standard library only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from checker.engine.engine import bears_label
from checker.engine.names import container_name, image_name, image_tags
from checker.engine.transport import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checker.engine.guard.owned import Owned

API_WITH_NAMED_VOLUMES_SPARED = (1, 42)
"""From this API version on, ``volume prune`` without ``--all`` takes only volumes that were never given a name."""


class Looks:
    """One command's questions to an engine."""

    def __init__(self, host: str, owned: Owned) -> None:
        self.host = host
        self.noted = owned.images()
        self._containers: list[dict[str, Any]] | None = None
        self._images: dict[str, dict[str, Any] | None] = {}

    def container(self, name: str) -> dict[str, Any] | None:
        """Return one container in full, by name or id; None when there is none."""
        return self._one(f"/containers/{quote(name, safe='')}/json")

    def image(self, name: str) -> dict[str, Any] | None:
        """Return one image in full, by name or id; None when there is none."""
        if name not in self._images:
            self._images[name] = self._one(f"/images/{quote(name, safe='/:@')}/json")
        return self._images[name]

    def named(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return a network or volume; None when there is none.

        Arguments:
            kind: "network" or "volume".
            name: its name or id.

        """
        return self._one(f"/{kind}s/{quote(name, safe='')}")

    def containers(self) -> list[dict[str, Any]]:
        """Return all containers, as the engine lists them."""
        if self._containers is None:
            self._containers = self._list("/containers/json?all=1")
        return self._containers

    def foreign(self, things: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return those without the course's label."""
        return [thing for thing in things if not bears_label(thing)]

    def taker_of(self, published: str) -> dict[str, Any] | None:
        """Return the foreign container that holds the host port of ``-p published``; None when it is free."""
        plain, _, protocol = published.partition("/")
        ip, _, port = plain.rpartition(":")[0].rpartition(":")
        for container in self.foreign(self.containers()) if port else []:
            for taken in container.get("Ports") or []:
                same = (str(taken.get("PublicPort")), taken.get("Type")) == (port, protocol or "tcp")
                if same and (_everywhere(ip) or _everywhere(taken.get("IP")) or taken.get("IP") == ip.strip("[]")):
                    return container
        return None

    def is_ours(self, image: dict[str, Any], tag: str) -> bool:
        """Return whether an image, or one name of it, is the course's.

        Arguments:
            image: what ``docker inspect`` says about the image.
            tag: the name that is asked about; "" asks about all names of the image.

        """
        if bears_label(image):
            return True
        tags = [image_name(tag)] if tag else image_tags(image)
        return bool(tags) and all(self.noted.get(name, "no") in ("", image["Id"]) for name in tags)

    def prunable(self, kind: str, filters: Sequence[str], everything: bool) -> list[str]:
        """Return the foreign things that a prune would remove, in words.

        A filter by label is taken into account; one by age is not, so that in doubt nothing is lost.

        Arguments:
            kind: "container", "image", "network" or "volume".
            filters: values of ``--filter``, such as "label=test".
            everything: whether ``--all`` was given: unused images with a name, or volumes with a name, go as well.

        """
        find = {"container": self._containers_to_go, "network": self._networks_to_go}.get(kind)
        if find:
            found = find()
        else:
            found = self._images_to_go(everything) if kind == "image" else self._volumes_to_go(everything)
        return [f"{kind} {name}" for name, thing in found if not bears_label(thing) and _chosen(thing, filters)]

    def _containers_to_go(self) -> list[tuple[str, dict[str, Any]]]:
        return [(container_name(c), c) for c in self.containers() if c["State"] in ("created", "exited", "dead")]

    def _images_to_go(self, everything: bool) -> list[tuple[str, dict[str, Any]]]:
        used = {container["ImageID"] for container in self.containers()}
        found = []
        for image in self._list("/images/json"):
            tags = image_tags(image)
            if image["Id"] not in used and (everything or not tags) and not self.is_ours(image, ""):
                found.append((tags[0] if tags else image["Id"][7:19], image))
        return found

    def _networks_to_go(self) -> list[tuple[str, dict[str, Any]]]:
        listed = self._list("/networks?filters=" + quote(json.dumps({"type": ["custom"]})))
        return [(n["Name"], n) for n in listed if not (self.named("network", n["Id"]) or {}).get("Containers")]

    def _volumes_to_go(self, everything: bool) -> list[tuple[str, dict[str, Any]]]:
        _, headers, body = get(self.host, "/volumes?filters=" + quote(json.dumps({"dangling": ["true"]})))
        listed = (body.get("Volumes") or []) if isinstance(body, dict) else []
        version = tuple(int(part) for part in headers.get("api-version", "1.40").split("."))
        if version >= API_WITH_NAMED_VOLUMES_SPARED and not everything:
            listed = [v for v in listed if "com.docker.volume.anonymous" in (v.get("Labels") or {})]
        return [(volume["Name"], volume) for volume in listed]

    def _one(self, path: str) -> dict[str, Any] | None:
        status, _, body = get(self.host, path)
        return body if status == 200 and isinstance(body, dict) else None

    def _list(self, path: str) -> list[dict[str, Any]]:
        status, _, body = get(self.host, path)
        return body if status == 200 and isinstance(body, list) else []


def _everywhere(address: str | None) -> bool:
    return not address or address.strip("[]") in ("0.0.0.0", "::")  # noqa: S104  (it is compared, not bound)


def _chosen(thing: dict[str, Any], filters: Sequence[str]) -> bool:
    """Return whether the label filters of a prune let it take this thing."""
    labels = thing.get("Labels") or {}
    for item in filters:
        key, _, wanted = item.partition("=")
        name, equals, value = wanted.partition("=")
        has = name in labels and (not equals or labels[name] == value)
        if (key == "label" and not has) or (key == "label!" and has):
            return False
    return True
