"""The files of a learner's folder, as a check may read them: never outside it, never more than a bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.lab.vocabulary import Failure

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_BYTES = 1_000_000
SHOWN_FILES = 12


@dataclass(frozen=True)
class Folder:
    """A folder below the lab's: its name as the sheet gives it, and where it is."""

    name: str
    path: Path


class FilesView:
    """The learner's folder of one lab.

    Arguments:
        folder: where it is; it need not exist.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def exists(self, name: str) -> bool:
        """Return whether there is a file of this name, spelled just so."""
        return self._path(name) is not None

    def folder(self, name: str) -> Folder:
        """Return a folder below the lab's.

        Raises:
            Failure: when it is missing, or leads out of the lab's folder.

        """
        path = self._folder / name
        if path.is_dir() and path.resolve().is_relative_to(self._folder.resolve()):
            return Folder(name, path)
        raise Failure(f"There is no folder {name} in the lab's folder.", look=self._there_is())

    def names(self) -> list[str]:
        """Return the names of all files, with / between folders, sorted."""
        if not self._folder.is_dir():
            return []
        found = (path.relative_to(self._folder) for path in self._folder.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))

    def read(self, name: str) -> str:
        """Return the text of a file, whatever its line ends.

        Arguments:
            name: its path below the lab's folder, with / between folders.

        Raises:
            Failure: when it is missing, too large, or not text; names a file that it may have been mixed up with.

        """
        path = self._path(name)
        if path is None:
            raise Failure(f"There is no file {name} in the lab's folder.{self._instead(name)}", look=self._there_is())
        try:
            with path.open("rb") as file:
                data = file.read(LIMIT_BYTES + 1)
        except OSError as error:
            raise Failure(
                f"The file {name} cannot be read: {error.strerror}.", look="Look at its permissions."
            ) from error
        if len(data) > LIMIT_BYTES:
            raise Failure(f"The file {name} is larger than {LIMIT_BYTES // 1000} kB.", "It should be a short text.")
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError as error:
            raise Failure(
                f"The file {name} is not plain text in UTF-8 (byte {error.start}).",
                look="Your editor's “save as” offers the encoding UTF-8.",
            ) from error

    def _path(self, name: str) -> Path | None:
        """Return where a file is; None when it is not there, spelled otherwise, or leads out of the folder."""
        path = self._folder / name
        if not path.is_file() or not path.resolve().is_relative_to(self._folder.resolve()):
            return None
        return path if all(self._spelled_so(part) for part in (path, *path.parents) if part != self._folder) else None

    def _spelled_so(self, path: Path) -> bool:
        """Return whether the last part of a path has this case on disk: some file systems do not tell it apart."""
        if not path.is_relative_to(self._folder):
            return True
        return any(entry.name == path.name for entry in path.parent.iterdir())

    def _instead(self, name: str) -> str:
        """Name the file that may have been meant, and what differs."""
        wanted = name.lower()
        placed = "/" in name  # in a folder that the sheet names: then no third folder was meant
        for other in self.names():
            found = other.lower()
            if found == wanted:
                return f" There is {other}: small and capital letters make a difference."
            if found in (f"{wanted}.txt", f"{wanted}.txt.txt", f"{wanted}.md"):
                return f" There is {other}: its ending was added by the editor, and makes it another file."
            if found.rsplit("/", 1)[-1] == wanted.rsplit("/", 1)[-1] and not (placed and "/" in found):
                return f" There is {other}: in another folder."
        return ""

    def _there_is(self) -> str:
        names = self.names()
        if not names:
            return "The folder is empty."
        more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
        return f"The folder has: {', '.join(names[:SHOWN_FILES])}{more}."
