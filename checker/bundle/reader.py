"""Opening a bundle: everything about it is checked before anything of it is used."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tarfile
from os import devnull, environ
from typing import TYPE_CHECKING, NamedTuple

from checker.bundle import machine
from checker.bundle.manifest import BLOB, FILE, FOLDER, LINK, LIST, MARK, WHEEL, Manifest, OtherFormat, parse
from checker.errors import UsageProblem
from checker.files import shown
from checker.terminal import BYTES, megabytes, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from checker.bundle.manifest import BundledImage

PIECE_BYTES = 1 << 20
OFFLINE = ("--no-index", "--find-links")
"""Options of pip that make it take wheels from a folder alone; the folder follows."""
_LIST_LIMIT_BYTES = 1 << 22
_MAKE = "On a machine with internet where the course runs: checker bundle FILE"
_COPY_AGAIN = f"Copy it again, and see that both files have the same size; or make a new one. {_MAKE}"
_TYPES = {FILE: tarfile.REGTYPE, LINK: tarfile.SYMTYPE, FOLDER: tarfile.DIRTYPE}


class MemberPlace(NamedTuple):
    """Where a member's bytes lie in the file."""

    offset: int
    size_bytes: int


class Bundle:
    """A bundle that fits this machine's Python. No member's bytes were read yet: ``check`` those you use."""

    def __init__(self, path: Path, manifest: Manifest, places: dict[str, MemberPlace]) -> None:
        self.path = path
        self.manifest = manifest
        self._places = places

    def check(self, members: Iterable[str], say: Callable[[str], None]) -> None:
        """Compare the members' digests with the list.

        Arguments:
            members: names of members of the bundle.
            say: takes each line of progress.

        Raises:
            UsageProblem: when one of them is damaged.

        """
        names = list(members)
        total = sum(self._places[name].size_bytes for name in names)
        say(f"Checking {shown(self.path)} ({megabytes(total)}) …")
        with progress(say, total, BYTES) as done:
            for name in names:
                for piece in self.pieces(name):
                    done.add(len(piece))

    def check_all(self, say: Callable[[str], None]) -> None:
        """Compare every digest with the list; see ``check``."""
        self.check(self._places, say)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a member's bytes, at most a megabyte at a time; raise after the last one when they are damaged.

        Raises:
            UsageProblem: when they are not what the list says, or cannot be read.

        """
        place = self._places[name]
        digest = hashlib.sha256()
        for piece in _read(self.path, place):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != self.manifest.members[name].sha256:
            raise _damaged(self.path, f"{name} is not what its list says")

    def image_pieces(self, image: BundledImage) -> Iterator[bytes]:
        """Yield the archive that ``docker load`` takes, put together again; see ``pieces``."""
        for file in image.files:
            info = tarfile.TarInfo(file.name)
            info.type = _TYPES[file.kind]
            info.mode = 0o755 if file.kind == FOLDER else 0o644
            if file.kind == FILE:
                info.size = self._places[file.where].size_bytes
                yield info.tobuf(tarfile.GNU_FORMAT)
                yield from self.pieces(file.where)
                yield b"\0" * (-info.size % tarfile.BLOCKSIZE)
            else:
                info.linkname = file.where
                yield info.tobuf(tarfile.GNU_FORMAT)
        yield b"\0" * (2 * tarfile.BLOCKSIZE)

    def size_bytes(self, image: BundledImage) -> int:
        """Return how large an image's files are."""
        return sum(self._places[blob].size_bytes for blob in image.blobs)

    def require_edition(self, requirements: str, *, tests: bool) -> None:
        """Raise UsageProblem unless its wheels are those that this edition of the course (and its tests) needs.

        Arguments:
            requirements: the digest of the packages that this edition needs, from ``requirements_digest``.
            tests: whether the packages that only the tests need must be in it as well.

        """
        if self.manifest.requirements != requirements:
            raise UsageProblem(
                f"{shown(self.path)} was made by another edition of the course, which needs other packages.",
                f"Get the same edition on both machines (git pull), then make a new one. {_MAKE}",
            )
        if tests and not self.manifest.tests:
            raise UsageProblem(
                f"{shown(self.path)} does not hold what only the tests need.",
                "On a machine with internet where the course runs: checker bundle --tests FILE",
            )

    @contextlib.contextmanager
    def unpacked_wheels(self, folder: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
        """Unpack the wheels; yield pip's options for installing from there alone, and the environment for it.

        Arguments:
            folder: where they are, checked once more on the way, until the block ends.

        Raises:
            UsageProblem: when one of them is damaged.

        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            for name in self.manifest.wheels:
                with (folder / name.removeprefix("wheels/")).open("wb") as wheel:
                    for piece in self.pieces(name):
                        wheel.write(piece)
            variables = {name: value for name, value in environ.items() if not name.startswith("PIP_")}
            # the machine's own settings of pip may name places that need a network
            yield [*OFFLINE, str(folder)], {**variables, "PIP_CONFIG_FILE": devnull}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def require_engine(self, os: str, architecture: str) -> None:
        """Raise UsageProblem unless its images are for such an engine (the words of ``docker version``).

        Arguments:
            os: the engine's operating system, such as "linux".
            architecture: the engine's processor architecture, such as "amd64".

        """
        held = self.manifest
        if (held.os, held.architecture) != (os, architecture):
            raise UsageProblem(
                f"{shown(self.path)} holds images for {held.os}/{held.architecture}, and this engine runs "
                f"{os}/{architecture}.",
                f"Use one that was made for {os}/{architecture}. {_MAKE}",
            )


def open_bundle(path: Path) -> Bundle:
    """Return the bundle in the file ``path``, once its list, its members' names and sizes, and its Python are right.

    Raises:
        UsageProblem: when it is missing, no bundle, cut off, damaged, of another edition, or for another Python or
            machine; says which, and the next step.

    """
    try:
        places = _places(path)
        manifest = _manifest(path, places.pop(LIST))
    except OSError as error:
        raise _unreadable(path, error) from error
    sizes = {name: place.size_bytes for name, place in places.items()}
    listed = {name: member.size_bytes for name, member in manifest.members.items()}
    for name, _ in sorted(sizes.items() ^ listed.items()):
        raise _damaged(path, f"{name} is not what its list says")
    python = machine.here()
    refusal = machine.refusal(manifest.python, python)
    if refusal:
        raise UsageProblem(
            f"{shown(path)} {refusal}.",
            f"Use a bundle that was made with {python.version} on {python.platform}, or start the course with the "
            f"Python that this one was made with. {_MAKE}",
        )
    return Bundle(path, manifest, places)


def is_bundle(path: Path) -> bool:
    """Whether the file begins as every bundle does, whatever came of the rest."""
    try:
        with path.open("rb") as file:
            return _begins_well(file.read(tarfile.BLOCKSIZE))
    except OSError:
        return False


def _begins_well(block: bytes) -> bool:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape").name == MARK
    except tarfile.HeaderError:
        return False


def _places(path: Path) -> dict[str, MemberPlace]:
    """Return the place of each member, the list included; every name and kind is one that bundles have."""
    if not path.exists():
        raise UsageProblem(f"There is no file {shown(path)}.", f"Name the bundle's file. {_MAKE}")
    if not path.is_file():
        raise UsageProblem(f"{shown(path)} is no file.", f"Name the bundle's file. {_MAKE}")
    if not is_bundle(path):
        path.open("rb").close()  # a file that may not be read says so
        raise UsageProblem(f"{shown(path)} is no bundle of this course.", f"Make one. {_MAKE}")
    places: dict[str, MemberPlace] = {}
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                _allow(path, member, places)
                places[member.name] = MemberPlace(member.offset_data, member.size)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise _cut_off(path, str(error)) from error
    if LIST not in places:
        raise _cut_off(path, f"its list, {LIST}, is missing at the end")
    del places[MARK]
    return places


def _allow(path: Path, member: tarfile.TarInfo, before: dict[str, MemberPlace]) -> None:
    """Raise unless the member may be there: no other name than ours, no link, no path that leads elsewhere."""
    known = member.name in (MARK, LIST) or WHEEL.fullmatch(member.name) or BLOB.fullmatch(member.name)
    if not known or member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.name in before:
        raise UsageProblem(
            f"{shown(path)} holds “{member.name}”, which no bundle of this course holds. Nothing of it was used.",
            f"Do not use this file; make a new one. {_MAKE}",
        )


def _manifest(path: Path, place: MemberPlace) -> Manifest:
    if place.size_bytes > _LIST_LIMIT_BYTES:
        raise _damaged(path, f"its list, {LIST}, is too long")
    try:
        return parse(b"".join(_read(path, place)))
    except OtherFormat as error:
        raise UsageProblem(
            f"{shown(path)} was made by another edition of the course (its format is {error.number!r}).",
            f"Get the same edition on both machines (git pull), then make a new one. {_MAKE}",
        ) from error
    except ValueError as error:
        raise _damaged(path, f"its list, {LIST}, cannot be read") from error


def _read(path: Path, place: MemberPlace) -> Iterator[bytes]:
    left = place.size_bytes
    try:
        with path.open("rb") as file:
            file.seek(place.offset)
            while left and (piece := file.read(min(left, PIECE_BYTES))):
                left -= len(piece)
                yield piece
    except OSError as error:
        raise _unreadable(path, error) from error
    if left:
        raise _cut_off(path, "it has become shorter")


def _unreadable(path: Path, error: OSError) -> UsageProblem:
    why = f"{shown(path)} cannot be read: {error.strerror or error}."
    return UsageProblem(why, f"Look at its permissions and at the disk that it is on. {_COPY_AGAIN}")


def _damaged(path: Path, why: str) -> UsageProblem:
    return UsageProblem(f"{shown(path)} is damaged: {why}. Nothing of it was used.", _COPY_AGAIN)


def _cut_off(path: Path, why: str) -> UsageProblem:
    size = megabytes(path.stat().st_size)
    return UsageProblem(f"{shown(path)} is cut off or damaged: {why} ({size}). Nothing of it was used.", _COPY_AGAIN)
