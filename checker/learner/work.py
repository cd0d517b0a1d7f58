"""The learner's folder: personal copies of the course's material, answers, results; never anything of the authors'."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import re
import shutil
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from checker.errors import CourseError, UsageProblem
from checker.files import NOTEBOOKS, cannot_write, read_text, read_toml, shown, work_root, write_text
from checker.lab import Result, Status, Trust
from checker.locks import FileLock
from checker.placeholders import filled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checker.lab import Lab, Question

ANSWERS = "answers.toml"
COMMANDS = "commands.txt"
SHEET = "lab.md"
FAILED_CHECKS_BEFORE_SOLUTION = 3


@dataclass(frozen=True)
class Update:
    """What bringing a lab's copies up to date did, as paths relative to ``work/``."""

    made: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """What a learner has reached in a lab: the results of the best check, and when that was.

    ``failed_checks`` counts the checks that were asked for and not passed in full, ``seen``: the solution was shown.
    """

    results: tuple[Result, ...] = ()
    failed_checks: int = 0
    seen: bool = False
    checked_at: str = ""

    @property
    def score(self) -> float:
        """The points of the best check."""
        return sum(result.score for result in self.results)

    @property
    def done(self) -> bool:
        """Whether every task passed."""
        return bool(self.results) and all(result.status is Status.PASSED for result in self.results)


REOPEN = "If its lesson is open in JupyterLab: File, Reload Notebook from Disk."
"""What to do after a reset: an open notebook, saved once more, would take the place of the one handed out."""


class Work:
    """One learner's folder.

    Arguments:
        root: the folder; default ``$DOCKER101_WORK`` or ``work/`` beside the package.

    ``state`` is the folder of the course's own files in it, ``journal`` the file in which the recorder writes what the
    engine does.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or work_root()
        self.state = self.root / ".course"
        self.journal = self.state / "journal.jsonl"

    # --- who is learning

    @property
    def learner(self) -> str:
        """The id given with ``start --as``; empty for a learner on their own."""
        return str(self._state("learner.json").get("id", ""))

    def set_learner(self, learner: str) -> None:
        """Remember who is learning; the sheets' personal values follow from it."""
        if not re.fullmatch(r"[\w.@-]{1,64}", learner):
            raise UsageProblem(
                f"“{learner}” cannot be a learner's id.", "Use up to 64 letters, digits, dots, dashes, @ or _."
            )
        self._save_state("learner.json", {"id": learner})

    def params(self, lab: Lab) -> dict[str, str]:
        """Return this learner's values of the sheet's {placeholders}."""
        return lab.values(self.learner)

    # --- copies of the course's material

    def folder(self, lab: Lab) -> Path:
        """Return the learner's folder of a lab."""
        return self.root / lab.id

    def update(self, lab: Lab) -> Update:
        """Make this lab's copies, bring untouched ones up to date, and leave edited ones alone.

        Raises:
            CourseError: when ``work/`` cannot be written.

        """
        known = self._state("copies.json")
        before = dict(known)
        made, updated, kept = [], [], []
        for path, text in self._originals(lab).items():
            target = self.root / path
            fresh = _fingerprint(path, text)
            there = _fingerprint_of(target)
            if there is None:
                made.append(path)
            elif there == fresh or known.get(path) == fresh:
                if known.get(path) == fresh:
                    continue
            elif there == known.get(path):
                updated.append(path)
            else:
                kept.append(path)
                continue
            if there != fresh:
                write_text(target, text)
            known[path] = fresh
        if known != before:
            self._save_state("copies.json", known)
        return Update(tuple(made), tuple(updated), tuple(kept))

    def reset(self, lab: Lab) -> Path | None:
        """Put the lab's copies back as they were handed out; return the folder that keeps the learner's version.

        Raises:
            CourseError: when ``work/`` cannot be written; then nothing was changed.

        """
        folder = self.folder(lab)
        kept = self._free_folder_to_keep(lab) if folder.is_dir() and any(folder.iterdir()) else None
        if kept:
            _move_content(folder, kept)
        try:
            self.update(lab)
        except CourseError:
            if kept:
                _empty(folder)
                _move_content(kept, folder)
                kept.rmdir()
            raise
        self._save_progress(lab.id, Progress(seen=self.progress(lab.id).seen))
        return kept

    def _free_folder_to_keep(self, lab: Lab) -> Path:
        """Return where to put the learner's version of a lab: a folder that does not exist yet."""
        wanted = self.root / "kept" / f"{lab.id}-{time.strftime('%Y%m%d-%H%M%S')}"
        numbered = (wanted.with_name(f"{wanted.name}+{number}") for number in itertools.count(2))
        return next(path for path in itertools.chain([wanted], numbered) if not path.exists())

    def _originals(self, lab: Lab) -> dict[str, str]:
        """Return the text of every file that a learner gets for this lab, by its path below ``work/``."""
        params = self.params(lab)
        texts = {SHEET: filled(read_text(lab.folder / SHEET), params)}
        if lab.questions:
            texts[ANSWERS] = answers_text(lab, {}, params)
        notebook = NOTEBOOKS / lab.notebook
        if notebook.is_file():
            texts[lab.notebook] = cleared(read_text(notebook))
        starter = lab.folder / "starter"
        for path in sorted(starter.rglob("*")) if starter.is_dir() else []:
            if path.is_file():
                texts[path.relative_to(starter).as_posix()] = filled(read_text(path), params)
        return {f"{lab.id}/{name}": text for name, text in texts.items()}

    # --- answers

    def answers(self, lab: Lab) -> dict[str, Any]:
        """Return what the learner wrote in answers.toml, by question.

        Raises:
            UsageProblem: when the file is broken, or answers a question that the lab does not have.

        """
        return read_answers(self.folder(lab) / ANSWERS, lab)

    def save_answer(self, lab: Lab, question: Question, value: str) -> None:
        """Write one answer into answers.toml and keep the others.

        Arguments:
            lab: the lab that asks the question.
            question: the question.
            value: the answer, as text.

        Raises:
            CourseError: when the file cannot be written.

        """
        answers = self.answers(lab)
        answers[question.id] = value
        write_text(self.folder(lab) / ANSWERS, answers_text(lab, answers, self.params(lab)))

    # --- results

    def progress(self, lab_id: str) -> Progress:
        """Return the best results of a lab; empty ones when it was never checked."""
        data = self._state(f"results/{lab_id}.json")
        try:
            results = tuple(_result(item) for item in data.get("results", []))
        except (TypeError, ValueError, KeyError, AttributeError):
            results = ()  # damaged, or written by a version whose results had other fields
        failed = data.get("failed_checks")
        return Progress(
            results, failed if isinstance(failed, int) else 0, data.get("seen") is True, str(data.get("checked_at", ""))
        )

    def save_results(self, lab_id: str, results: Sequence[Result]) -> Progress:
        """Keep the results that the learner asked for, where they are the best; return the lab's progress.

        Arguments:
            lab_id: the lab's id.
            results: the results of a check that the learner asked for.

        Raises:
            CourseError: when the file cannot be written.

        """
        failed = any(result.status is not Status.PASSED for result in _to_be_seen(results))
        with self._alone():
            before = self.progress(lab_id)
            now = replace(_with_results(before, results), failed_checks=before.failed_checks + failed)
            self._save_progress(lab_id, now)
        return now

    def save_live(self, lab_id: str, results: Sequence[Result]) -> Progress:
        """Keep results of a watch, which the learner did not ask for; they do not count as a try.

        Arguments:
            lab_id: the lab's id.
            results: the results of one round.

        Raises:
            CourseError: when the file cannot be written.

        """
        with self._alone():
            now = _with_results(self.progress(lab_id), results)
            self._save_progress(lab_id, now)
        return now

    def mark_seen(self, lab_id: str) -> None:
        """Note that the learner looked at the solution."""
        with self._alone():
            self._save_progress(lab_id, replace(self.progress(lab_id), seen=True))

    def _alone(self) -> FileLock:
        """Return what keeps a notebook, a terminal and a watch from saving between each other's reading and writing."""
        return FileLock(self.state / "results.lock")

    def _save_progress(self, lab_id: str, progress: Progress) -> None:
        data = asdict(progress)
        for item in data["results"]:
            item["names"] = sorted(item["names"])
        self._save_state(f"results/{lab_id}.json", data)

    # --- small files of ours

    def _state(self, name: str) -> dict[str, Any]:
        """Return one of our own files; a missing or damaged one counts as empty (all of it can be made again)."""
        try:
            data = json.loads((self.state / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def _save_state(self, name: str, data: dict[str, Any]) -> None:
        write_text(self.state / name, json.dumps(data, indent=1, sort_keys=True) + "\n")


def _to_be_seen(results: Sequence[Result]) -> tuple[Result, ...]:
    """Return the results that the learner may see."""
    return tuple(result for result in results if result.visibility == "visible")


def _with_results(before: Progress, results: Sequence[Result]) -> Progress:
    """Return a lab's progress after a check: what was reached stays, also when its containers are removed afterwards.

    Results of other checks come from an earlier edition of the lab, and do not count any more.
    """
    now = replace(before, results=_to_be_seen(results), checked_at=time.strftime("%Y-%m-%dT%H:%M:%S%z"))
    tasks = [{(result.id, result.max_score) for result in progress.results} for progress in (before, now)]
    return before if tasks[0] == tasks[1] and before.score > now.score else now


def read_answers(path: Path, lab: Lab) -> dict[str, Any]:
    """Return the answers in ``path`` by question; {} when there is no such file.

    Arguments:
        path: an answers.toml.
        lab: the lab that asks the questions.

    Raises:
        UsageProblem: when the file is broken, or answers a question that the lab does not have.

    """
    if not path.is_file():
        return {}
    answers = read_toml(path)
    known = [question.id for question in lab.questions]
    for name in answers:
        if name not in known:
            raise UsageProblem(
                f"{shown(path)} answers “{name}”, which this lab does not ask.",
                f"It asks: {', '.join(known) or 'nothing'}.",
            )
    return answers


def answers_text(lab: Lab, answers: dict[str, Any], params: dict[str, str]) -> str:
    """Return the text of an answers.toml: each question as a comment, and the answer below it.

    Arguments:
        lab: the lab that asks the questions.
        answers: values by the questions' ids; a missing one is written as an empty text.
        params: the learner's values, which are filled in.

    """
    lines = [f"# Answers to the questions of “{lab.title}”. Write each one between the quotes.", ""]
    for question in lab.questions:
        lines += [f"# {line}" for line in filled(question.prompt, params).splitlines()]
        if question.choices:
            lines.append(f"# One of: {', '.join(filled(choice, params) for choice in question.choices)}")
        lines += [f"{question.id} = {_quoted(answers.get(question.id, ''))}", ""]
    return "\n".join(lines)


def _quoted(answer: object) -> str:
    """Return an answer as a TOML text: as JSON's, which only leaves one sign as it is that TOML does not."""
    text = str(answer).lower() if isinstance(answer, bool) else str(answer)
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def cleared(notebook: str) -> str:
    """Return a notebook's text without outputs and counts: a stored output would give the prediction away."""
    data = json.loads(notebook)
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _move_content(source: Path, target: Path) -> None:
    """Move all that is in one folder into another; on an error everything is back where it was.

    The source itself stays: a terminal whose folder it is would go along with it.

    Raises:
        CourseError: when either folder cannot be written.

    """
    moved: list[Path] = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for entry in sorted(source.iterdir()):
            shutil.move(entry, target / entry.name)
            moved.append(entry)
    except OSError as error:
        for entry in moved:
            shutil.move(target / entry.name, entry)
        with contextlib.suppress(OSError):
            target.rmdir()
        raise cannot_write(source, error) from error


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _fingerprint_of(copy: Path) -> str | None:
    """Return the fingerprint of a learner's copy; None when it is not there. What is no text has been edited."""
    if not copy.is_file():
        return None
    try:
        return _fingerprint(copy.name, read_text(copy))
    except UsageProblem:
        return ""


def _fingerprint(path: str, text: str) -> str:
    """Return what must stay the same for a copy to count as untouched: of a notebook, its cells' sources alone."""
    if path.endswith(".ipynb"):
        try:
            cells = json.loads(text)["cells"]
            text = json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in cells])
        except (ValueError, KeyError, TypeError):
            pass  # a damaged notebook counts as edited
    return hashlib.sha256(text.encode()).hexdigest()


def _result(data: dict[str, Any]) -> Result:
    """Return a stored result as a record."""
    values = {**data, "status": Status(data["status"]), "trust": Trust(data["trust"])}
    return Result(**{**values, "names": frozenset(values.get("names", ()))})
