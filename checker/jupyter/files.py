"""Files that a cell writes: ``%%file NAME`` puts its text into the lab's folder, and nowhere else."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from checker.errors import UsageProblem
from checker.files import write_text

if TYPE_CHECKING:
    from pathlib import Path

FORM = "Write it like this: %%file shop/Dockerfile"


def write(folder: Path, line: str, cell: str) -> str:
    """Write a cell's text into a file below ``folder``; return what was done, in one line.

    Arguments:
        folder: the learner's folder of the lesson.
        line: what comes after ``%%file``: a path relative to that folder.
        cell: the text.

    Raises:
        UsageProblem: when the path is missing, leads out of the folder, or is a folder itself.
        CourseError: when it cannot be written.

    """
    name = line.strip().strip("\"'")
    if not name:
        raise UsageProblem("There is no name after %%file.", FORM)
    path = PurePosixPath(name.replace("\\", "/"))
    target = folder / path
    if path.is_absolute() or ".." in path.parts or not target.resolve().is_relative_to(folder.resolve()):
        raise UsageProblem(f"“{name}” leads out of the lab's folder.", FORM)
    if target.is_dir():
        raise UsageProblem(f"“{name}” is a folder; a file needs a name of its own.", FORM)
    write_text(target, cell)
    lines = len(cell.splitlines())
    return f"Wrote {path}: {lines} {'line' if lines == 1 else 'lines'}."
