"""Reading and writing files so that nothing of the learner's is lost, and every problem is one clear message."""

from __future__ import annotations

import contextlib
import errno
import os
import tomllib
from pathlib import Path
from typing import Any

from checker.errors import CourseError, UsageProblem

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the course: the one that holds ``labs/``, ``notebooks/`` and ``checker/``."""

LABS = ROOT / "labs"
NOTEBOOKS = ROOT / "notebooks"


def work_root() -> Path:
    """Return the learner's folder: ``$DOCKER101_WORK``, or ``work/`` beside this package."""
    return Path(os.environ.get("DOCKER101_WORK") or ROOT / "work").resolve()


def read_text(path: Path) -> str:
    """Return the text of a file, whatever its line ends and with or without a byte-order mark.

    Raises:
        UsageProblem: when it is missing, unreadable, or not UTF-8.

    """
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {shown(path)}.", "Get it back with: checker reset") from None
    except UnicodeDecodeError as error:
        raise UsageProblem(
            f"{shown(path)} is not plain UTF-8 text (byte {error.start}).", "Save it as UTF-8 in your editor."
        ) from error
    except OSError as error:
        what = f"{shown(path)} cannot be read: {error.strerror or error}."
        raise UsageProblem(what, "Look at its permissions.") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file as a dictionary.

    Raises:
        UsageProblem: when it cannot be read or is not TOML; names the file and the line.

    """
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(
            f"{shown(path)} cannot be read: {error}.",
            'Fix that line; each one has the form: name = "value". Nothing was changed.',
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: the old one stays until the new one is complete.

    Arguments:
        path: the file; missing folders are made.
        text: its new content, written as UTF-8 with LF at line ends.

    Raises:
        CourseError: when the disk is full, or the folder may not be written.

    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, encoding="utf-8", newline="\n")
        scratch.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> CourseError:
    """Return the error that says why ``path`` could not be written, and what to do; the file is as it was before.

    Arguments:
        path: the file.
        error: what the operating system said.

    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CourseError(
            f"The disk is full: {shown(path)} was not saved. What it held before is still there.",
            "Free some space (docker system df shows what Docker uses), then do this again.",
        )
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return CourseError(
            f"{shown(path)} may not be written ({error.strerror}). Nothing was changed.",
            f"Make the folder {shown(path.parent)} writable for you, or set DOCKER101_WORK to a folder that is.",
        )
    return CourseError(
        f"{shown(path)} could not be written: {error.strerror or error}. Nothing was changed.",
        f"Look at the folder {shown(path.parent)}, then do this again.",
    )


def shown(path: Path) -> str:
    """Return a path as people know it: relative to the course's folder when it is inside it."""
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(ROOT).as_posix()
    return str(path)
