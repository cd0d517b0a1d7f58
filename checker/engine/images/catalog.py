"""The course's images, loaded strictly from ``labs/images/catalog.toml``: each mistake is one message."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine.names import image_name
from checker.errors import LabProblem
from checker.files import LABS, read_text, shown
from checker.tables import Table, read_table

if TYPE_CHECKING:
    from pathlib import Path

FILE = "catalog.toml"
IMAGES = LABS / "images"
NAME = re.compile(r"[a-z0-9]+(?:[._/-][a-z0-9]+)*:[A-Za-z0-9_][\w.-]*")
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A Debian package: the release that has it, its name, and the version that the image's tag promises.

    With ``more`` packages, a whole small Debian is made that has them all.
    """

    suite: str
    package: str
    version: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Image:
    """One image of the course.

    ``hub`` says whether Docker Hub has it; ``folder`` holds its Dockerfile (None: it only comes from Docker Hub);
    ``base`` is the image of the course that its Dockerfile starts from (empty for ``scratch``); ``debian`` is the
    package whose files make its rootfs.tar; ``wheels`` is the file that names the Python packages to put in;
    ``content`` is a hash of the folder: a built image with another one is out of date.
    """

    name: str
    what: str
    hub: bool = False
    folder: Path | None = None
    base: str = ""
    debian: Package | None = None
    content: str = ""
    wheels: Path | None = None


class Catalog:
    """All images of the course, in the order in which they are made."""

    def __init__(self, path: Path, images: tuple[Image, ...]) -> None:
        self.path = path
        self.images = images
        self._by_name = {image.name: image for image in images}

    def image(self, name: str) -> Image:
        """Return the image called ``name``; a missing tag means "latest".

        Raises:
            LabProblem: when the catalog has none of that name.

        """
        found = self._by_name.get(image_name(name))
        if found is None:
            raise LabProblem(
                f"{shown(self.path)} has no image “{name}”.",
                f"It has: {', '.join(self._by_name)}. Add it, or correct the name.",
            )
        return found


def load_catalog(folder: Path = IMAGES) -> Catalog:
    """Load the catalog in ``folder``.

    Raises:
        LabProblem: for the first mistake found: the file, the field, and the fix.

    """
    path = folder / FILE
    table = read_table(path)
    images: list[Image] = []
    for entry in table.tables("image"):
        images.append(_image(entry, folder, [image.name for image in images]))
    table.nothing_else()
    if not images:
        raise table.problem("image", "is missing", "Add one [[image]] with name, what and folder.")
    _all_listed(folder, images)
    return Catalog(path, tuple(images))


def _image(entry: Table, folder: Path, above: list[str]) -> Image:
    """Read one entry; ``above`` are the names of those before it."""
    name = entry.text("name")
    if not NAME.fullmatch(name):
        raise entry.problem("name", f"is “{name}”", 'Write repository:tag in small letters, as in "docker101/web:1".')
    if name in above:
        raise entry.problem("name", f"“{name}” is there twice", "Remove one of the two.")
    what, hub = entry.text("what"), entry.flag("hub")
    if "folder" not in entry.keys():  # noqa: SIM118  (a method of ours, not a dictionary's)
        if not hub:
            raise entry.problem("folder", "is missing", "Name the folder with its Dockerfile, or say hub = true.")
        entry.nothing_else()
        return Image(name, what, hub)
    home = folder / entry.text("folder")
    dockerfile = home / "Dockerfile"
    if not dockerfile.is_file():
        raise entry.problem("folder", f"names {shown(home)}, which has no Dockerfile", "Write it, or correct the name.")
    debian, wheels = _package(entry), _wheels(entry, home)
    entry.nothing_else()
    base = _base(entry, dockerfile, above)
    return Image(name, what, hub, home, base, debian, _content(home), wheels)


def _package(entry: Table) -> Package | None:
    """Read the field ``debian``, where there is one."""
    if "debian" not in entry.keys():  # noqa: SIM118
        return None
    table = entry.table("debian")
    package = Package(table.text("suite"), table.text("package"), table.text("version"), table.texts("more", ()))
    table.nothing_else()
    return package


def _wheels(entry: Table, home: Path) -> Path | None:
    """Read the field ``wheels``, where there is one."""
    if "wheels" not in entry.keys():  # noqa: SIM118
        return None
    path = home / entry.text("wheels")
    if not path.is_file():
        raise entry.problem("wheels", f"names {shown(path)}, which is not there", "Write it, or correct the name.")
    return path


def _base(entry: Table, dockerfile: Path, above: list[str]) -> str:
    """Return the one image that a Dockerfile starts from; "" for scratch."""
    bases = _FROM.findall(read_text(dockerfile))
    if len(bases) != 1:
        raise LabProblem(f"{shown(dockerfile)}: FROM is there {len(bases)} times.", "A teaching image has one FROM.")
    base = str(bases[0])
    if base == "scratch":
        return ""
    if base not in above:
        raise entry.problem(
            "folder",
            f"has a Dockerfile FROM {base}, which is not listed above it",
            f"Listed: {', '.join(above) or 'none'}.",
        )
    return base


def _content(folder: Path) -> str:
    """Return a short hash of the folder's files; line ends do not count, nor what systems leave there (.DS_Store)."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            text = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{path.relative_to(folder).as_posix()} {len(text)}\n".encode() + text)
    return digest.hexdigest()[:16]


def _all_listed(folder: Path, images: list[Image]) -> None:
    """Raise when a folder is there that no entry names."""
    listed = {image.folder for image in images}
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry not in listed and not entry.name.startswith((".", "__")):
            raise LabProblem(
                f"{shown(entry)}: no image in {shown(folder / FILE)} names this folder.", "List it there, or remove it."
            )
