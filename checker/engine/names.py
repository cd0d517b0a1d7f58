"""The names of images and containers, each in one spelling. Standard library only: the terminal's guard needs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

HUB = ("docker.io", "index.docker.io")
"""The two addresses that a name may give to Docker Hub (``distribution/reference``, normalize.go)."""

NO_TAG = "<none>"

_IMAGE_ID = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


def image_name(ref: str) -> str:
    """Return the name of an image as the engine lists it: with its tag, and without Docker Hub's address.

    The rules are those of ``distribution/reference``, which the docker program and the engine use. A digest
    decides alone: the engine does not look at a tag beside it. A whole id gets its ``sha256:``; the beginning of an id
    is a name like any other. Capital letters stay, as no image's name has any before its tag.
    """
    if whole_id := _IMAGE_ID.fullmatch(ref):
        return f"sha256:{whole_id[1]}"
    if not ref or ref.startswith("sha256:"):
        return ref
    named, _, digest = ref.partition("@")
    path, tag = _split_tag(named)
    path = _familiar(path)
    return f"{path}@{digest}" if digest else f"{path}:{tag or 'latest'}"


def _split_tag(named: str) -> tuple[str, str]:
    """Return a name and its tag; a colon before the last slash belongs to the registry's port."""
    folder, slash, last = named.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{folder}{slash}{last}", tag


def _familiar(path: str) -> str:
    """Return a name without Docker Hub's address and without the ``library`` of its official images."""
    first, slash, rest = path.partition("/")
    if slash and first in HUB:
        path = rest
    folder, _, last = path.partition("/")
    return last if folder == "library" and last and "/" not in last else path


def image_tags(item: Mapping[str, Any]) -> list[str]:
    """Return the names of an image, from a list or an inspect; none for one that the engine shows as ``<none>``."""
    return [str(name) for name in item.get("RepoTags") or () if NO_TAG not in name]


def container_name(item: Mapping[str, Any]) -> str:
    """Return a container's name, from a list or an inspect, without the slash; its short id when it has none."""
    names = item.get("Names")
    own = [name for name in names or [] if name.count("/") == 1]  # the others are links from other containers
    return plain_name(own[0] if own else item.get("Name")) or str(item.get("Id", ""))[:12]


def plain_name(told: object) -> str:
    """Return a container's name without the slash that the engine puts before it."""
    return str(told or "").removeprefix("/")


def names_in_event(event: Mapping[str, Any]) -> frozenset[str]:
    """Return the id and the names, an old one included, of what an event of the Engine API's ``/events`` is about."""
    actor = event.get("Actor") or {}
    given = actor.get("Attributes") or {}
    told = (str(actor.get("ID", "")), str(given.get("name", "")), plain_name(given.get("oldName")))
    return frozenset(told) - {""}
