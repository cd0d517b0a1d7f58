"""The cases of a lab: starter, solutions and wrong answers, and the files of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.errors import UsageProblem
from checker.files import read_text, write_text
from checker.learner import ANSWERS, COMMANDS, answers_text
from checker.placeholders import filled

if TYPE_CHECKING:
    from pathlib import Path

    from checker.lab import Lab, Wrong

SECTION = re.compile(r"^# == (\w+)\s*$", re.MULTILINE)
"""Parts of a solution's command list, one per task; a wrong answer replaces the parts that it names."""

STARTER = "starter"

FROM_ENGINE = "answers-from.toml"
"""A solution's answers that only its own run can tell, as a port that was free: question = "docker inspect …"."""


@dataclass(frozen=True)
class Case:
    """One submission: its name, the folders that make it up (later ones win), and the wrong answer that it is."""

    lab: Lab
    name: str
    folders: tuple[Path, ...]
    wrong: Wrong | None = None


def cases(lab: Lab) -> list[Case]:
    """Return the cases of a lab: the starter, its solutions, its wrong answers.

    Raises:
        UsageProblem: when the lab has no solution: nothing could be proved then.

    """
    if not lab.solutions:
        raise UsageProblem(f"The lab {lab.id} has no solution/ folder.", "A lab is proved by its solutions: write one.")
    starter = lab.folder / STARTER
    found = [Case(lab, STARTER, (starter,))]
    found += [Case(lab, folder.name, (starter, folder)) for folder in lab.solutions]
    found += [Case(lab, f"wrong/{w.name}", (starter, lab.solutions[0], w.folder), w) for w in lab.wrongs]
    return found


def unproved(lab: Lab) -> list[str]:
    """Return one sentence for each check that no wrong answer fails: nothing shows that it can fail."""
    failed = {wrong.check for wrong in lab.wrongs}
    return [f"{lab.id}: no wrong answer fails the check {c.id}" for c in lab.checks if c.id not in failed]


def lay_out(case: Case, folder: Path, params: dict[str, str]) -> None:
    """Write a case's files into ``folder``, with the learner's values filled in.

    Arguments:
        case: a solution, a wrong answer or the starter.
        folder: the attempt's folder.
        params: the learner's values, by name.

    Raises:
        UsageProblem: when a wrong answer replaces a part that the solution does not have.

    """
    for source in case.folders:
        for path in sorted(source.rglob("*")) if source.is_dir() else []:
            if not path.is_file() or path.name in ("expected.toml", FROM_ENGINE):
                continue
            target = folder / path.relative_to(source)
            text = filled(read_text(path), params)
            if path.name == COMMANDS and case.wrong and source == case.wrong.folder and SECTION.search(text):
                text = with_parts_of(text, read_text(target))
            write_text(target, text)
    if not (folder / ANSWERS).is_file() and case.lab.questions:
        write_text(folder / ANSWERS, answers_text(case.lab, {}, params))


def with_parts_of(wrong: str, solution: str) -> str:
    """Return a solution's command list with the parts that ``wrong`` names replaced.

    Arguments:
        wrong: the command list of a wrong answer.
        solution: the command list of the solution.

    Raises:
        UsageProblem: when the wrong answer names a part that the solution does not have, or when a command of either
            would be lost.

    """
    parts = parts_of(solution, "solution")
    for name, text in parts_of(wrong, "wrong answer").items():
        if name not in parts:
            raise UsageProblem(f"The solution has no part “# == {name}”.", f"It has: {', '.join(parts) or 'none'}.")
        parts[name] = text
    return "\n".join(f"# == {name}\n{text.strip()}\n" for name, text in parts.items())


def parts_of(text: str, whose: str) -> dict[str, str]:
    """Return the text of each part of a command list by its name.

    Arguments:
        text: the list.
        whose: who wrote it, for messages.

    Raises:
        UsageProblem: when a command would be lost, or a part is there twice.

    """
    before, *pieces = SECTION.split(text)
    lost = [line for line in before.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if pieces and lost:
        raise UsageProblem(f"The {whose} has a command before its first part: {lost[0]}", "Put it into a part.")
    parts: dict[str, str] = {}
    for name, part in zip(pieces[::2], pieces[1::2], strict=True):
        if name in parts:
            raise UsageProblem(f"The {whose} has the part “# == {name}” twice.", "Make one of the two.")
        parts[name] = part
    return parts
