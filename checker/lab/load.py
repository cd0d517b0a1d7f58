"""Load a lab's folder, strictly: each mistake of its author is one message with file, field and fix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from checker.errors import LabProblem, UsageProblem
from checker.files import LABS, read_text, shown
from checker.lab.headings import headings_of, reading_of
from checker.lab.load_checks import checks_of, load_module
from checker.lab.params import Param, read_params
from checker.lab.questions import Question, read_questions
from checker.placeholders import PLACEHOLDER
from checker.tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from checker.lab.vocabulary import Check

__all__ = ["FOLDER_NAME", "Lab", "Param", "Question", "Wrong", "find_lab", "lab_ids", "load_lab", "load_labs"]

FOLDER_NAME = re.compile(r"\d\d_[a-z][a-z0-9_]*")
SETUP = "setup.txt"
"""Optional: docker commands that put the engine into the lab's starting state; ``checker.prepare`` plays them."""

LISTED = {"lesson.md", "lab.md", "lab.toml", "checks.py", "starter", "wrong", SETUP}
NOBODY_WROTE = {"__pycache__", "Thumbs.db", "desktop.ini"}
"""What systems leave in folders, besides names that begin with a dot: no mistake of the author's."""


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that the lab must tell apart: which check it fails, and what the message must say."""

    name: str
    folder: Path
    check: str
    says: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Lab:
    """One lab, loaded and valid. ``minutes`` counts lesson and lab together; ``setup`` is the text of setup.txt."""

    id: str
    folder: Path
    title: str
    lesson: str
    minutes: int
    images: tuple[str, ...]
    params: tuple[Param, ...]
    questions: tuple[Question, ...]
    checks: tuple[Check, ...]
    solutions: tuple[Path, ...]
    wrongs: tuple[Wrong, ...]
    setup: str = ""

    @property
    def number(self) -> str:
        """The two digits that a lab is called by: "05" of 05_lifecycle."""
        return self.id[:2]

    @property
    def notebook(self) -> str:
        """The file name of the lesson's notebook."""
        return f"{self.id}.ipynb"

    @property
    def points(self) -> float:
        """The sum of the points of its checks."""
        return sum(item.points for item in self.checks)

    def values(self, learner: str) -> dict[str, str]:
        """Return the values of the sheet's {placeholders} for this learner."""
        values: dict[str, str] = {}
        for param in self.params:
            values[param.name] = param.draw(learner, self.id, values.values())
        return values

    def question(self, question_id: str) -> Question:
        """Return a question by its id.

        Raises:
            UsageProblem: when the lab has none of that id.

        """
        for question in self.questions:
            if question.id == question_id:
                return question
        known = ", ".join(item.id for item in self.questions) or "none"
        raise UsageProblem(f"The lab {self.id} has no question “{question_id}”.", f"Its questions: {known}.")


def lab_ids(labs: Path = LABS) -> list[str]:
    """Return the ids of all labs, in the order of the course."""
    if not labs.is_dir():
        return []
    return sorted(entry.name for entry in labs.iterdir() if FOLDER_NAME.fullmatch(entry.name))


def find_lab(name: str, labs: Path = LABS) -> str:
    """Return the id of the lab that ``name`` means: its id, its number, or the start of its topic.

    Arguments:
        name: what a person typed.
        labs: the folder of the labs.

    Raises:
        UsageProblem: when none or several are meant; lists what there is.

    """
    ids = lab_ids(labs)
    wanted = name.strip().rstrip("/\\").lower()
    found = [item for item in ids if wanted == item] or [
        item for item in ids if wanted and (item.split("_")[0].lstrip("0") or "0") == (wanted.lstrip("0") or "0")
    ]
    found = found or [item for item in ids if wanted and item.split("_", 1)[1].startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageProblem(f"“{name}” may mean several labs.", f"Say which: {', '.join(found)}.")
    raise UsageProblem(f"There is no lab “{name}”.", f"The labs are: {', '.join(ids) or 'none'}.")


def load_labs(labs: Path = LABS) -> list[Lab]:
    """Return all labs, in the order of the course."""
    return [load_lab(lab_id, labs) for lab_id in lab_ids(labs)]


def load_lab(lab_id: str, labs: Path = LABS) -> Lab:
    """Load one lab.

    Arguments:
        lab_id: the lab's id, its number, or the start of its topic.
        labs: the folder of the labs.

    Raises:
        UsageProblem: when there is no such lab.
        LabProblem: when its author made a mistake.

    """
    return _Loader(labs / find_lab(lab_id, labs)).load()


class _Loader:
    """Reads one lab's folder; every method returns a part or raises ``LabProblem``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.toml = folder / "lab.toml"

    def load(self) -> Lab:
        """Read and cross-check everything."""
        self._only_listed_files()
        fields = read_table(self.toml)
        path = self.folder / "checks.py"
        module = load_module(path)
        checks = checks_of(module, path)
        lab = Lab(
            id=self.folder.name,
            folder=self.folder,
            title=fields.text("title"),
            lesson=fields.text("lesson"),
            minutes=fields.whole_number("minutes"),
            images=fields.texts("images"),
            params=read_params(fields.table("params")),
            questions=read_questions(fields.tables("questions"), module, path),
            checks=checks,
            solutions=self._solutions(),
            wrongs=self._wrongs({item.id for item in checks}),
            setup=read_text(self.folder / SETUP) if (self.folder / SETUP).is_file() else "",
        )
        fields.nothing_else()
        self._placeholders(lab)
        self._readings(lab)
        self._starting_state(lab)
        return lab

    def _problem(self, file: str, what: str, fix: str) -> LabProblem:
        return LabProblem(f"{shown(self.folder / file)}: {what}.", fix)

    def _only_listed_files(self) -> None:
        for needed in ("lesson.md", "lab.md", "lab.toml", "checks.py"):
            if not (self.folder / needed).is_file():
                raise self._problem(needed, "the file is missing", "Make it; checker lab new NAME shows one of each.")
        for entry in sorted(self.folder.iterdir()):
            known = entry.name in LISTED or entry.name == "solution" or entry.name.startswith("solution-")
            if not known and not _is_noise(entry):
                raise self._problem(entry.name, "nothing reads this file", "Remove it, or move it into starter/.")

    def _solutions(self) -> tuple[Path, ...]:
        found = sorted(p for p in self.folder.iterdir() if p.is_dir() and p.name.split("-")[0] == "solution")
        return tuple(found)

    def _wrongs(self, check_ids: set[str]) -> tuple[Wrong, ...]:
        wrongs = []
        folder = self.folder / "wrong"
        for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
            if _is_noise(entry):
                continue
            path = entry / "expected.toml"
            if not path.is_file():
                raise self._problem(f"wrong/{entry.name}", "has no expected.toml", "Say there: check, says, why.")
            table = read_table(path)
            wrong = Wrong(entry.name, entry, table.text("check"), table.texts("says"), table.text("why"))
            table.nothing_else()
            if wrong.check not in check_ids:
                raise table.problem("check", f"“{wrong.check}” is no check", f"Checks: {', '.join(sorted(check_ids))}.")
            if not wrong.says:
                raise table.problem("says", "is empty", "List words that this failure's message must hold.")
            wrongs.append(wrong)
        return tuple(wrongs)

    def _placeholders(self, lab: Lab) -> None:
        known = {param.name for param in lab.params}
        texts = {"lab.md": read_text(self.folder / "lab.md")}
        texts |= {f"checks.py: {c.id}": f"{c.description} {c.hint}" for c in lab.checks}
        texts |= {f"lab.toml: {q.id}": " ".join((q.prompt, *q.choices)) for q in lab.questions}
        texts |= {f"wrong/{w.name}/expected.toml: says": " ".join(w.says) for w in lab.wrongs}
        for place, text in texts.items():
            for name in PLACEHOLDER.findall(text):
                if name not in known:
                    raise self._problem(
                        place, f"uses {{{name}}}, which is no parameter", "Add it under [params] in lab.toml."
                    )

    def _readings(self, lab: Lab) -> None:
        """Refuse a check that sends its learner to a part that no lesson has."""
        for item in lab.checks:
            if item.read:
                self._reading(f"the check {item.id} reads “{item.read}”", *reading_of(item.read, lab.id))

    def _reading(self, said: str, lesson: str, heading: str) -> None:
        labs = self.folder.parent
        found = next((one for one in lab_ids(labs) if one.startswith(lesson)), None)
        if found is None:
            there = ", ".join(one[:2] for one in lab_ids(labs))
            raise self._problem("checks.py", f"{said}, and there is no lesson {lesson}", f"Lessons: {there}.")
        headings = headings_of(read_text(labs / found / "lesson.md"))
        if heading not in headings:
            file = "lesson.md" if found == self.folder.name else f"{found}/lesson.md"
            near = get_close_matches(heading, headings)
            known = ", ".join(f"“{one}”" for one in near or headings) or "none"
            fix = f"{'Near it' if near else 'Its headings'}: {known}."
            raise self._problem("checks.py", f"{said}, which is no heading of {file}", fix)

    def _starting_state(self, lab: Lab) -> None:
        """Refuse a setup.txt that could not be played twice, or not for a grade."""
        if not (self.folder / SETUP).is_file():
            return
        from checker.commands import parse

        read = parse(lab.setup, lab.values(""))
        for problem in (*read.problems, *read.not_taught()):
            raise self._problem(f"{SETUP}:{problem.line}", problem.message.rstrip("."), problem.next_step)
        if not any(command.known().new_names for command in read.commands):
            raise self._problem(SETUP, "makes no container", "Let it make what the lab begins with, or remove it.")
        for command in read.commands:
            known, place = command.known(), f"{SETUP}:{command.line}"
            if command.stdin_file:
                raise self._problem(place, f"reads {command.stdin_file}", "Commands alone make a starting state.")
            if known.name in ("run", "create") and not known.new_names:
                raise self._problem(place, "gives its container no name", "Add --name; it is removed by that name.")
            if known.name in ("run", "create") and known.args[0] not in lab.images:
                raise self._problem(place, f"uses the image {known.args[0]}", "List it under images in lab.toml.")


def _is_noise(path: Path) -> bool:
    return path.name.startswith(".") or path.name in NOBODY_WROTE
