"""What on an engine is the course's: what has its label, and the images that the course brought there."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from checker.engine.names import image_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RECORD = "owned.jsonl"
PENDING_S = 3600
"""How long an image that was about to be pulled may take to appear, in seconds; later the note is dropped."""


class Owned:
    """The record of the images that the course brought to an engine: an image's label cannot say who pulled it.

    Each note is one line, appended in one write, so that a notebook, a terminal and a check may write at the same time,
    and a crash loses nothing. A note holds the image's id: an image that somebody else pulls again is no longer ours.

    Arguments:
        state: the folder ``work/.course``.
        host: the engine's DOCKER_HOST; default the one that the learner's folder remembers.

    """

    def __init__(self, state: Path, host: str = "") -> None:
        self.path = state / RECORD
        self.host = host or _remembered_host(state)

    def note_image(self, name: str) -> None:
        """Note that the course brought, tagged or built this image, or is about to."""
        image_id = image_id_of(self.host, name)
        self._append({"image": image_name(name), "id": image_id, "host": self.host, "time": int(time.time())})

    def images(self) -> dict[str, str]:
        """Return the noted images of this engine by name, with their ids ("" while they are being pulled)."""
        found: dict[str, str] = {}
        for note in self._notes():
            if note["host"] == self.host and (note["id"] or time.time() - note["time"] < PENDING_S):
                found[note["image"]] = note["id"]
        return found

    def settle(self) -> None:
        """Complete the notes of images that were about to be pulled and are there now."""
        for name, image_id in self.images().items():
            if not image_id and image_id_of(self.host, name):
                self.note_image(name)

    def forget(self, names: Iterable[str]) -> None:
        """Drop the notes of these images: they are gone."""
        gone = {image_name(name) for name in names}
        kept = [note for note in self._notes() if note["host"] != self.host or note["image"] not in gone]
        if not self.path.is_file():
            return
        scratch = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        scratch.write_text("".join(json.dumps(note) + "\n" for note in kept), encoding="utf-8")
        scratch.replace(self.path)

    def _append(self, note: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write((json.dumps(note) + "\n").encode())

    def _notes(self) -> list[dict[str, Any]]:
        """Return the notes; a line that a crash cut off is left out."""
        notes = []
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        for line in lines:
            try:
                note = json.loads(line)
                notes.append({key: note[key] for key in ("image", "id", "host", "time")})
            except (ValueError, KeyError, TypeError):
                continue
        return notes


def image_id_of(host: str, name: str) -> str:
    """Return the id of an image; empty when the engine has none of that name, or does not answer.

    Arguments:
        host: the engine, as in DOCKER_HOST.
        name: the image's name, with or without a tag.

    """
    from checker.engine.transport import get
    from checker.errors import NoEngine

    try:
        status, _, body = get(host, f"/images/{quote(name, safe='/:@')}/json")
    except NoEngine:
        return ""
    return str(body.get("Id", "")) if status == 200 and isinstance(body, dict) else ""


def _remembered_host(state: Path) -> str:
    from checker.engine.engine import remembered_engine

    endpoint = remembered_engine(state.parent)
    return endpoint.host if endpoint else ""
