"""The list inside a bundle (``manifest.json``): what it holds, for which machine, and a digest of every member."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.bundle.machine import PythonHere

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
"""The format of bundles that this edition of the course writes, and the only one that it reads."""

MARK = "docker101-bundle.txt"
"""The first member of every bundle: says, to people and to this program, what the file is."""

LIST = "manifest.json"
"""The last member: a file that was cut off has none."""

MARK_TEXT = "A bundle of the Docker course. Use it with: python3 -m checker start --bundle FILE\n"
WHEEL = re.compile(r"wheels/([A-Za-z0-9][A-Za-z0-9._+!-]*\.whl)")
BLOB = re.compile(r"blobs/[0-9a-f]{64}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*/?")
FILE, LINK, FOLDER = "file", "link", "folder"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class OtherFormat(ValueError):
    """The bundle has a format of another edition."""

    def __init__(self, number: object) -> None:
        super().__init__(f"format {number}")
        self.number = number


class Member(NamedTuple):
    """What the list says about one member."""

    size_bytes: int
    sha256: str


class SavedFile(NamedTuple):
    """A file of ``docker save``: ``where`` is a FILE's member in the bundle, a LINK's target, "" for a FOLDER."""

    name: str
    kind: str
    where: str


@dataclass(frozen=True)
class BundledImage:
    """One image.

    ``id`` is what the engine called it that saved it, ``config`` the digest of its configuration: engines take one or
    the other for an image's id. ``content`` is the label that says from which state of its folder it was built, ""
    without one. ``files`` is what ``docker save`` wrote, in its order; files that images share lie in a bundle once.
    """

    name: str
    id: str
    config: str
    content: str
    files: tuple[SavedFile, ...]

    @property
    def blobs(self) -> list[str]:
        """The members that its files lie in."""
        return [file.where for file in self.files if file.kind == FILE]


@dataclass(frozen=True)
class Manifest:
    """The content of ``manifest.json``.

    ``requirements`` is a digest of the lists that the wheels were fetched for; ``tests`` says whether what only the
    tests need is there too; ``os`` and ``architecture`` are the engine's, in Docker's words ("linux", "arm64").
    """

    requirements: str
    tests: bool
    python: PythonHere
    os: str
    architecture: str
    images: tuple[BundledImage, ...]
    members: dict[str, Member]

    @property
    def wheels(self) -> list[str]:
        """The members that are wheels."""
        return [name for name in self.members if WHEEL.fullmatch(name)]

    def image(self, name: str) -> BundledImage | None:
        """Return the image of that name, if there is one."""
        return next((image for image in self.images if image.name == name), None)

    def text(self) -> str:
        """Return the list as JSON."""
        members = {name: member._asdict() for name, member in self.members.items()}
        return json.dumps({"format": FORMAT, **asdict(self), "members": members}, indent=1) + "\n"


def parse(text: bytes) -> Manifest:
    """Return the list that ``text`` holds.

    Raises:
        OtherFormat: when another edition of the course wrote it.
        ValueError: when it is not what this edition writes.

    """
    try:
        table = json.loads(text)
        number = table["format"]
        if number != FORMAT:
            raise OtherFormat(number)
        return _manifest(table)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _manifest(table: dict[str, Any]) -> Manifest:
    members = {str(name): _member(name, item) for name, item in table["members"].items()}
    images = tuple(_image(item) for item in table["images"])
    if {blob for image in images for blob in image.blobs} != {name for name in members if BLOB.fullmatch(name)}:
        raise ValueError("its images' files are not its members")
    python = PythonHere(**{key: _text(value) for key, value in table["python"].items()})
    texts = {key: _text(table[key]) for key in ("requirements", "os", "architecture")}
    return Manifest(tests=bool(table["tests"]), python=python, images=images, members=members, **texts)


def _image(item: dict[str, Any]) -> BundledImage:
    files = tuple(SavedFile(*(_text(value) for value in file)) for file in item["files"])
    for file in files:
        if (
            file.kind not in (FILE, LINK, FOLDER)
            or not _FILE.fullmatch(file.name)
            or not _FILE.fullmatch(file.where.removeprefix("../") or "x")
        ):
            raise ValueError(f"{file} is no file of an image")
    return BundledImage(files=files, **{key: _text(value) for key, value in item.items() if key != "files"})


def _member(name: str, item: dict[str, Any]) -> Member:
    member = Member(**item)
    if not (WHEEL.fullmatch(name) or BLOB.fullmatch(name)):
        raise ValueError(f"{name!r} is no name of a member")
    if type(member.size_bytes) is not int or not _DIGEST.fullmatch(_text(member.sha256)):
        raise ValueError(f"{name}: no size or no digest")
    return member


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def requirements_digest(*lists: Path) -> str:
    """Return a digest of the lists that say which packages are needed; line ends do not count."""
    return hashlib.sha256(b"\0".join(path.read_bytes().replace(b"\r\n", b"\n") for path in lists)).hexdigest()
