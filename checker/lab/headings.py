"""The headings of a lesson, and what a check's ``read`` means: where a learner reads about a task."""

from __future__ import annotations

import re

_HEADING = re.compile(r" {0,3}#{2,6}\s+(\S.*?)\s*")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_OF_A_LESSON = re.compile(r"(\d\d):\s*(.+)")


def headings_of(text: str) -> list[str]:
    """Return the headings of a lesson, of the second level and below, in their order; none of those in code."""
    return list(parts_of(text))


def parts_of(text: str) -> dict[str, str]:
    """Return the parts of a lesson by their headings: each with its heading, up to the next one of any level."""
    parts: dict[str, str] = {}
    heading = fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif fence:
            fence = "" if _closes(line.strip(), fence) else fence
        elif found := _HEADING.fullmatch(line):
            heading = found[1]
        if heading:
            parts[heading] = f"{parts.get(heading, '')}{line}\n"
    return parts


def reading_of(read: str, lab_id: str) -> tuple[str, str]:
    """Return the lesson and the heading that a check of ``lab_id`` means by its ``read``.

    "05: Kill" is the part Kill of lesson 05, "Kill" that of the lab's own lesson. The lesson is an id or a number, as
    ``lab.find_lab`` takes it; the first two letters are its number either way.

    Arguments:
        read: the ``read`` of a check.
        lab_id: the id of the lab that the check belongs to.

    """
    found = _OF_A_LESSON.fullmatch(read)
    return (found[1], found[2]) if found else (lab_id, read)


def _closes(line: str, fence: str) -> bool:
    """Return whether a line ends the code that ``fence`` began: the same sign, as often or more, and nothing else."""
    return line.startswith(fence) and not line.strip(fence[0])
