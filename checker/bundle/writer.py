"""Making a bundle: written beside its final name, and given that name when it is complete."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from checker.bundle.manifest import FILE, FOLDER, LINK, LIST, MARK, MARK_TEXT, BundledImage, Manifest, Member, SavedFile
from checker.bundle.reader import PIECE_BYTES, is_bundle
from checker.errors import CourseError, EngineProblem, UsageProblem
from checker.files import shown
from checker.locks import FileLock
from checker.terminal import BYTES, megabytes, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def require_place(target: Path) -> None:
    """Raise UsageProblem where no bundle can be put, or where something else would be lost."""
    if target.is_dir():
        raise UsageProblem(
            f"{shown(target)} is a folder.", f"Name a file: checker bundle {shown(target / 'course.tar')}"
        )
    if not target.parent.is_dir():
        raise UsageProblem(f"There is no folder {shown(target.parent)}.", "Make it, or name a file in another one.")
    if target.exists() and not is_bundle(target):
        raise UsageProblem(
            f"{shown(target)} exists and is no bundle of this course. Nothing was changed.", "Name another file."
        )


@dataclass
class Draft:
    """A bundle that is being written into ``folder``; ``place`` in it is for whatever is on its way into the bundle."""

    folder: Path
    tar: tarfile.TarFile
    say: Callable[[str], None]
    members: dict[str, Member] = field(default_factory=dict)
    images: list[BundledImage] = field(default_factory=list)

    @property
    def place(self) -> Path:
        """A folder for files that are about to be added."""
        place = self.folder / "members"
        place.mkdir(exist_ok=True)
        return place

    def add_image(self, name: str, found: tuple[str, str], pieces: Iterator[bytes]) -> None:
        """Add what ``docker save`` writes of one image.

        Arguments:
            name: the image's name with its tag.
            found: the image's id and its content label.
            pieces: the archive, in pieces of bytes.

        Raises:
            EngineProblem: when the archive does not hold exactly this image.

        """
        self.say(f"Saving {name} …")
        path = self.place / "image.tar"
        with progress(self.say, 0, BYTES) as done:
            with path.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                    done.add(len(piece))
            config = config_of(path, name)
            with tarfile.open(path, "r:") as saved:
                files = tuple(self._saved_file(saved, member) for member in saved)
            path.unlink()
        self.images.append(BundledImage(name, found[0], config, found[1], files))

    def _saved_file(self, saved: tarfile.TarFile, member: tarfile.TarInfo) -> SavedFile:
        """Move one file of an image into the bundle, unless another image has brought it already."""
        if member.isdir():
            return SavedFile(member.name, FOLDER, "")
        if member.issym():
            return SavedFile(member.name, LINK, member.linkname)
        file = saved.extractfile(member)
        assert file is not None  # noqa: S101  (it is neither a folder nor a link)
        digest = _digest(file)
        blob = f"blobs/{digest}"
        if blob not in self.members:
            file.seek(0)
            _add(self.tar, blob, member.size, file)
            self.members[blob] = Member(member.size, digest)
        return SavedFile(member.name, FILE, blob)

    def add_wheels(self, folder: Path) -> None:
        """Add all wheels of a folder."""
        paths = sorted(folder.glob("*.whl"))
        self.say(f"Adding {len(paths)} wheels …")
        for path in paths:
            with path.open("rb") as file:
                member = Member(path.stat().st_size, _digest(file))
                file.seek(0)
                _add(self.tar, f"wheels/{path.name}", member.size_bytes, file)
            self.members[f"wheels/{path.name}"] = member


@contextlib.contextmanager
def drafted(target: Path, say: Callable[[str], None]) -> Iterator[tuple[Draft, Callable[[Manifest], None]]]:
    """Yield a draft and how to finish it; unfinished, interrupted or failed, it is gone, and ``target`` as it was.

    Arguments:
        target: the path of the bundle.
        say: takes each line of progress.

    Raises:
        UsageProblem: when no bundle can be there, or another process is writing it.
        CourseError: when the disk is full, or the folder may not be written.

    """
    require_place(target)
    folder = target.with_name(f".{target.name}.part")
    try:
        with _alone(folder, target), tarfile.open(folder / "bundle", "w") as tar:
            draft = Draft(folder, tar, say)
            _add(tar, MARK, len(MARK_TEXT.encode()), io.BytesIO(MARK_TEXT.encode()))
            yield draft, lambda manifest: _finish(draft, manifest, target)
    except OSError as error:
        raise cannot_write(target, error) from error


def _finish(draft: Draft, manifest: Manifest, target: Path) -> None:
    text = manifest.text().encode()
    _add(draft.tar, LIST, len(text), io.BytesIO(text))
    draft.tar.close()
    path = draft.folder / "bundle"
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    path.replace(target)
    draft.say(f"{shown(target)} is ready ({megabytes(target.stat().st_size)}).")


@contextlib.contextmanager
def _alone(folder: Path, target: Path) -> Iterator[None]:
    """Have the folder for this process alone, empty of what a killed one left; remove it in the end."""
    lock = FileLock(folder / "lock")
    if not lock.acquire():
        raise UsageProblem(f"Another checker bundle is writing {shown(target)}.", "Wait for it, or name another file.")
    try:
        for path in (folder / "bundle", folder / "members"):
            _remove(path)
        yield
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _add(tar: tarfile.TarFile, name: str, size_bytes: int, file: IO[bytes]) -> None:
    """Add a member without a trace of who made it and when."""
    info = tarfile.TarInfo(name)
    info.size = size_bytes
    info.mode = 0o644
    tar.addfile(info, file)


def config_of(path: Path, name: str) -> str:
    """Return the digest of an image's configuration from what ``docker save`` wrote of it.

    Older engines name it ``HEX.json``, newer ones ``blobs/sha256/HEX``.

    Arguments:
        path: the archive that ``docker save`` wrote.
        name: the image's name with its tag.

    Raises:
        EngineProblem: when the file does not hold just the image ``name``.

    """
    try:
        with tarfile.open(path, "r:") as tar:
            found = tar.extractfile("manifest.json")
            entries = json.load(found) if found else []
            (entry,) = (entry for entry in entries if name in (entry["RepoTags"] or []))
            digest = str(entry["Config"]).rpartition("/")[2].removesuffix(".json")
    except (tarfile.TarError, KeyError, ValueError, TypeError) as error:
        raise EngineProblem(
            f"What the engine saved of {name} cannot be read: {error}.", "Look at the engine with: checker doctor"
        ) from error
    return f"sha256:{digest}"


def cannot_write(target: Path, error: OSError) -> CourseError:
    """Return the error that says why the bundle could not be written.

    Arguments:
        target: the path of the bundle.
        error: what the operating system said.

    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CourseError(
            f"The disk is full: {shown(target)} was not written.",
            "Free some space there (a bundle takes a few hundred MB), or name a file on another disk.",
        )
    return CourseError(
        f"{shown(target)} could not be written: {error.strerror or error}.", "Name a file in a folder that is yours."
    )
