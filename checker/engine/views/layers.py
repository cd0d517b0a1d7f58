"""Looking through everything that an image carries: each file of each layer, also those that a later layer hides."""

from __future__ import annotations

import json
import tarfile
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from checker.lab import CannotTell
from checker.patience import patient_s

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_S = 15.0
"""How long one image may take; a learner's image may hold anything, also an archive without an end."""

LIMIT_BYTES = 4_000_000_000
JSON_LIMIT_BYTES = 4_000_000
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Trace:
    """A place of a text in an image: the step that put it there, and the file; "" for the image's settings."""

    step: str
    path: str


@dataclass
class _Search:
    """One search; ``found`` holds the files by the layer's name in the archive."""

    needle: bytes
    deadline: float
    left_bytes: int = LIMIT_BYTES
    found: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)


def traces(archive: IO[bytes], needle: str, limit_s: float = LIMIT_S) -> list[Trace]:
    """Return where a text is found in an image, the lowest layer first.

    Arguments:
        archive: what ``docker save`` writes (Engine API, ImageGet); it is read once, from front to end.
        needle: the text.
        limit_s: seconds for all of it; more on a busy machine.

    Raises:
        CannotTell: when it is too much to look through.

    """
    search = _Search(needle.encode(), time.monotonic() + patient_s(limit_s))
    try:
        with tarfile.open(fileobj=archive, mode="r|") as outer:
            for member in outer:
                content = outer.extractfile(member) if member.isreg() else None
                if content is not None:
                    _look_into(search, member.name, content)
    except tarfile.TarError as error:
        raise CannotTell(f"The image's archive cannot be read: {error}.") from error
    return list(_told(search))


def _look_into(search: _Search, name: str, content: Any) -> None:
    """Look into one member: a layer, or a text about the image."""
    first = content.peek(1)[:1]
    if first in (b"{", b"["):
        search.texts[name] = content.read(JSON_LIMIT_BYTES)
        return
    if not first or name.rpartition("/")[2] == "VERSION":
        return
    try:
        with tarfile.open(fileobj=content, mode="r|*") as layer:
            for member in layer:
                opened = layer.extractfile(member) if member.isreg() else None
                if opened is not None and _holds(search, opened):
                    search.found.setdefault(name, []).append(member.name.removeprefix("./"))
    except tarfile.TarError as error:
        raise CannotTell(f"A layer of the image cannot be read: {error}.") from error


def _holds(search: _Search, content: IO[bytes]) -> bool:
    """Return whether a file holds the text; what it reads counts towards the limits."""
    rest = b""
    while chunk := content.read(CHUNK_BYTES):
        search.left_bytes -= len(chunk)
        if search.left_bytes < 0 or time.monotonic() > search.deadline:
            raise CannotTell("The image holds too much to look through.")
        if search.needle in rest + chunk:
            return True
        rest = chunk[-len(search.needle) :]
    return False


def _told(search: _Search) -> Iterator[Trace]:
    """Yield the traces with the steps that made the layers, as the image's own record names them."""
    manifest = json.loads(search.texts.get("manifest.json") or b"[{}]")[0]
    record = search.texts.get(str(manifest.get("Config")), b"{}")
    steps = [
        str(one.get("created_by", "")) for one in json.loads(record).get("history") or [] if not one.get("empty_layer")
    ]
    layers = [str(name) for name in manifest.get("Layers") or []]
    for number, name in enumerate(layers):
        step = steps[number] if len(steps) == len(layers) else f"layer {number + 1}"
        yield from (Trace(step, path) for path in search.found.get(name, []))
    if search.needle in record:
        yield Trace("", "")
