"""A lock between processes that the operating system releases when its owner ends: no lock can be stale."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Self

from checker.errors import CourseError
from checker.files import cannot_write, shown
from checker.machine import until

if TYPE_CHECKING:
    from pathlib import Path

_POLL_S = 0.01


class FileLock:
    """A lock on the file ``path``, which holds its owner's process id. The file stays when the lock is released.

    Every object is an owner of its own, also two in one process. As a context manager it waits.

    Arguments:
        path: of the file.
        wait_s: how long it waits at most, in seconds.

    """

    def __init__(self, path: Path, wait_s: float = 5.0) -> None:
        self.path, self._wait_s = path, wait_s
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; return False at once when another owner has it.

        Raises:
            CourseError: when the file may not be written.

        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            return False
        with contextlib.suppress(OSError):  # a full disk has no room for a name; the lock holds all the same
            os.ftruncate(handle, 0)
            os.write(handle, str(os.getpid()).encode())
        self._handle = handle
        return True

    @property
    def mine(self) -> bool:
        """Whether this object has the lock."""
        return self._handle is not None

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not ours."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def owner(self) -> int | None:
        """Return the process id of the present or last owner; None when there was none."""
        try:
            return int(self.path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def is_held(self) -> bool:
        """Whether any owner has the lock now. A look leaves no trace: no file is made, no process id written."""
        if self.mine:
            return True
        try:
            handle = os.open(self.path, os.O_RDWR)
        except OSError:
            return False
        try:
            _lock(handle)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def __enter__(self) -> Self:
        if not until(self.acquire, self._wait_s, _POLL_S):
            raise CourseError(
                f"{shown(self.path)} is held by process {self.owner()}, which does not let go of it.",
                "Do it again; if that does not help, end that process.",
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        """Lock a byte far after the process id, because Windows lets no other process read what is locked."""
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
