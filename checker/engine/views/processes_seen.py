"""The processes of a container, as ``docker top`` shows them: numbers are those of the engine's machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from checker.lab import CannotTell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Process(NamedTuple):
    """A process: its number on the engine's machine, the words that it was started with, and who runs it."""

    number: int
    command: str
    user: str = ""

    @property
    def is_shell(self) -> bool:
        """Whether it is a shell, which starts other programs."""
        return self.command.split(" ")[0].rpartition("/")[2].lstrip("-") in ("sh", "ash", "bash", "dash")


def process_of(rows: Iterable[Mapping[str, str]], number: int) -> Process:
    """Return the process of this number.

    Arguments:
        rows: of a listing by ps, by the titles of its columns; procps and busybox name the last one differently.
        number: on the engine's machine.

    Raises:
        CannotTell: when it is not in the listing.

    """
    for row in rows:
        if row.get("PID") == str(number):
            command = (row.get("CMD") or row.get("COMMAND") or "").strip()
            return Process(number, command, row.get("UID") or row.get("USER") or "")
    raise CannotTell(f"The engine does not list the process {number}. Check again.")
