"""The names after a drawing's magic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.errors import UsageProblem
from checker.placeholders import filled

if TYPE_CHECKING:
    from checker.jupyter.notebook import NotebookState


def names_in(course: NotebookState, line: str, example: str, most: int = 6) -> list[str]:
    """Return the names in the rest of a magic's line, each once, with the sheet's {placeholders} filled in.

    Arguments:
        course: the notebook's.
        line: what comes after the magic.
        example: the magic as it is meant, for the message.
        most: how many names it takes.

    Raises:
        UsageProblem: when there is no name, or more than ``most``.

    """
    try:
        lab = course.lab()
        params = course.work.params(lab)
    except UsageProblem:  # no lesson is open, so that nothing has to be filled in
        params = {}
    names = list(dict.fromkeys(filled(line, params).split()))
    if 1 <= len(names) <= most:
        return names
    seen = f"{len(names)} names are given" if names else "No name is given"
    raise UsageProblem(f"{seen}; this draws {'one' if most == 1 else f'1 to {most}'}.", f"Write: {example}")
