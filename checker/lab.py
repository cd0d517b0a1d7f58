"""Load a lab's folder, strictly: each mistake of its author is one message with file, field and fix."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.check import BUILT_INS, Check, declared_checks
from checker.errors import LabProblem, UsageProblem
from checker.files import LABS, read_text, shown
from checker.run import PLACEHOLDER
from checker.table import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from checker.table import Table

FOLDER_NAME = re.compile(r"\d\d_[a-z][a-z0-9_]*")
NAME = re.compile(r"[a-z][a-z0-9_]*")
QUESTION_KINDS = ("choice", "number", "text")
PARAM_KINDS = ("port", "word", "number")
SETUP = "setup.txt"
"""Optional: docker commands that put the engine into the lab's starting state; ``checker.prepare`` plays them."""

LISTED = {"lesson.md", "lab.md", "lab.toml", "checks.py", "starter", "wrong", SETUP}
NOBODY_WROTE = {"__pycache__", "Thumbs.db", "desktop.ini"}
"""What systems leave in folders, besides names that begin with a dot: no mistake of the author's."""

PORTS = range(8100, 8900)
"""Host ports that personal sheets draw from: unprivileged, and off the ones that course texts use."""

WORDS = tuple(
    "amber basil cedar coral daisy ember fable ginger hazel indigo jasper kelp "  # noqa: SIM905  (a list is 24 lines)
    "lotus maple nectar olive pepper quartz raven saffron tansy umber violet willow".split()
)


@dataclass(frozen=True)
class Question:
    """What the learner answers or predicts; ``outcome`` says what the engine really did, where it can tell."""

    id: str
    prompt: str
    kind: str
    choices: tuple[str, ...] = ()
    predict: bool = False
    outcome: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Param:
    """A value of the sheet that is personal: drawn from the learner's name, the same on every machine."""

    name: str
    kind: str
    choices: tuple[str, ...]

    def draw(self, learner: str, lab: str, taken: Iterable[str]) -> str:
        """Return this learner's value: no value that another parameter of the sheet has, while there is a choice."""
        used = set(taken)
        free = [choice for choice in self.choices if choice not in used] or self.choices
        digest = hashlib.sha256(f"docker101/{learner}/{lab}/{self.name}".encode()).digest()
        return free[int.from_bytes(digest[:8], "big") % len(free)]


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
    objectives: tuple[str, ...]
    images: tuple[str, ...]
    params: tuple[Param, ...]
    questions: tuple[Question, ...]
    checks: tuple[Check, ...]
    solutions: tuple[Path, ...]
    wrongs: tuple[Wrong, ...]
    setup: str = ""

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
        module = self._module()
        checks = self._checks(module)
        lab = Lab(
            id=self.folder.name,
            folder=self.folder,
            title=fields.text("title"),
            lesson=fields.text("lesson"),
            minutes=fields.whole_number("minutes"),
            objectives=fields.texts("objectives"),
            images=fields.texts("images"),
            params=self._params(fields.table("params")),
            questions=self._questions(fields.tables("questions"), module),
            checks=checks,
            solutions=self._solutions(),
            wrongs=self._wrongs({item.id for item in checks}),
            setup=read_text(self.folder / SETUP) if (self.folder / SETUP).is_file() else "",
        )
        fields.nothing_else()
        self._placeholders(lab)
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

    def _module(self) -> ModuleType:
        path = self.folder / "checks.py"
        spec = importlib.util.spec_from_file_location(f"labs.{self.folder.name}.checks", path)
        if spec is None or spec.loader is None:
            raise self._problem("checks.py", "cannot be loaded", "Look at its name.")
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            where = _line_in(path, error)
            raise self._problem(
                f"checks.py{where}", f"{type(error).__name__}: {error}", "Mend it; every lab needs its checks."
            ) from error
        return module

    def _checks(self, module: ModuleType) -> tuple[Check, ...]:
        checks = declared_checks(module)
        if not checks:
            raise self._problem("checks.py", "declares no check", "Put @check(points=…, hint=…) on each task.")
        ids = {item.id for item in checks}
        for item in checks:
            if item.id in BUILT_INS:
                raise self._problem("checks.py", f"the check {item.id} has the name of a built-in", "Rename it.")
            for need in item.needs:
                if need not in ids:
                    raise self._problem(
                        "checks.py",
                        f"the check {item.id} has the parameter {need}, which is neither a check nor a built-in",
                        f"Built-ins: {', '.join(BUILT_INS)}. Checks: {', '.join(sorted(ids))}.",
                    )
            self._no_hidden_need(item, {other.id for other in checks if other.visibility == "hidden"})
        self._no_circle({item.id: item.needs for item in checks})
        return tuple(checks)

    def _no_hidden_need(self, item: Check, hidden: set[str]) -> None:
        """Refuse a visible check that needs a hidden one: a student edition is made without those, and must work."""
        found = [need for need in item.needs if need in hidden]
        if found and item.id not in hidden:
            what = f"the check {item.id} is visible and needs {found[0]}, which is hidden"
            raise self._problem("checks.py", what, "Hide both, or none.")

    def _no_circle(self, needs: Mapping[str, tuple[str, ...]]) -> None:
        def visit(name: str, path: tuple[str, ...]) -> None:
            if name in path:
                circle = " -> ".join((*path[path.index(name) :], name))
                raise self._problem("checks.py", f"checks need each other in a circle: {circle}", "Break it.")
            for need in needs[name]:
                visit(need, (*path, name))

        for name in needs:
            visit(name, ())

    def _params(self, table: Table) -> tuple[Param, ...]:
        params = []
        for name in table.keys():  # noqa: SIM118  (a method of ours, not a dictionary's)
            if not NAME.fullmatch(name):
                raise table.problem(name, "is no name for a placeholder", "Use small letters, digits and _.")
            one = table.table(name)
            kind = one.choice("kind", PARAM_KINDS)
            choices = one.texts("of", default=_default_choices(kind))
            one.nothing_else()
            if not choices:
                raise one.problem("of", "is empty", "List the values to draw from.")
            for choice in choices:
                if kind != "word" and not _is_number(choice, port=kind == "port"):
                    raise one.problem("of", f"holds “{choice}”, which is no {kind}", "Mend it, or change the kind.")
            params.append(Param(name, kind, choices))
        return tuple(params)

    def _questions(self, tables: Iterable[Table], module: ModuleType) -> tuple[Question, ...]:
        questions: dict[str, Question] = {}
        for table in tables:
            question_id = table.text("id")
            if not NAME.fullmatch(question_id):
                raise table.problem("id", f"is “{question_id}”", "Use small letters, digits and _.")
            if question_id in questions:
                raise table.problem("id", f"“{question_id}” is there twice", "Give each question its own id.")
            kind = table.choice("kind", QUESTION_KINDS)
            choices = table.texts("choices", default=())
            if (kind == "choice") != (len(choices) > 1):
                raise table.problem("choices", "does not fit the kind", "A choice has two or more, others have none.")
            outcome = getattr(module, f"outcome_{question_id}", None)
            questions[question_id] = Question(
                question_id, table.text("prompt"), kind, choices, table.flag("predict"), outcome
            )
            table.nothing_else()
        self._outcomes(module, questions)
        return tuple(questions.values())

    def _outcomes(self, module: ModuleType, questions: Mapping[str, Question]) -> None:
        """Refuse an outcome function that belongs to no question, or that asks for more than built-ins."""
        for name in vars(module):
            if name.startswith("outcome_") and name.removeprefix("outcome_") not in questions:
                known = ", ".join(questions) or "none"
                raise self._problem("checks.py", f"{name} belongs to no question", f"The questions are: {known}.")
        for question in questions.values():
            for asked in inspect.signature(question.outcome).parameters if question.outcome else ():
                if asked not in BUILT_INS:
                    raise self._problem(
                        "checks.py",
                        f"outcome_{question.id} has the parameter {asked}, which is no built-in",
                        f"Built-ins: {', '.join(BUILT_INS)}.",
                    )

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
        for where, text in texts.items():
            for name in PLACEHOLDER.findall(text):
                if name not in known:
                    raise self._problem(
                        where, f"uses {{{name}}}, which is no parameter", "Add it under [params] in lab.toml."
                    )

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
            known, where = command.known(), f"{SETUP}:{command.line}"
            if command.stdin_file:
                raise self._problem(where, f"reads {command.stdin_file}", "Commands alone make a starting state.")
            if known.name in ("run", "create") and not known.new_names:
                raise self._problem(where, "gives its container no name", "Add --name; it is removed by that name.")
            if known.name in ("run", "create") and known.args[0] not in lab.images:
                raise self._problem(where, f"uses the image {known.args[0]}", "List it under images in lab.toml.")


def _is_noise(path: Path) -> bool:
    return path.name.startswith(".") or path.name in NOBODY_WROTE


def _is_number(text: str, *, port: bool) -> bool:
    """Return whether a value can be drawn for a parameter of the kind number, or port."""
    if port:
        return text.isascii() and text.isdigit() and 0 < int(text) < 65536
    return bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text))


def _default_choices(kind: str) -> tuple[str, ...]:
    """Return what a parameter of this kind is drawn from when lab.toml does not say."""
    if kind == "port":
        return tuple(str(port) for port in PORTS)
    return WORDS if kind == "word" else ()


def _line_in(path: Path, error: BaseException) -> str:
    """Return ":LINE" for the last line of ``path`` that the error passed through, or an empty text."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f":{error.lineno}"
    line, step = "", error.__traceback__
    while step:
        if Path(step.tb_frame.f_code.co_filename) == path:
            line = f":{step.tb_lineno}"
        step = step.tb_next
    return line
