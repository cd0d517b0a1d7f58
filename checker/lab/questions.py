"""The questions and predictions of a lab: what lab.toml says about them, and the functions that know the outcome."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.errors import LabProblem
from checker.files import shown
from checker.lab.params import NAME
from checker.lab.vocabulary import BUILT_INS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import ModuleType

    from checker.tables import Table

QUESTION_KINDS = ("choice", "number", "text")


@dataclass(frozen=True)
class Question:
    """What the learner answers or predicts; ``outcome`` says what the engine really did, where it can tell."""

    id: str
    prompt: str
    kind: str
    choices: tuple[str, ...] = ()
    predict: bool = False
    outcome: Callable[..., Any] | None = None


def read_questions(tables: Iterable[Table], module: ModuleType, path: Path) -> tuple[Question, ...]:
    """Return the questions of a lab.toml, each with the function ``outcome_ID`` of its ``checks.py``, if there is one.

    Arguments:
        tables: the tables ``[[questions]]``.
        module: the loaded ``checks.py``.
        path: that file's path, for messages.

    Raises:
        LabProblem: when one is ill-formed, or an outcome belongs to none.

    """
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
    _only_known_outcomes(module, questions, path)
    return tuple(questions.values())


def _only_known_outcomes(module: ModuleType, questions: Mapping[str, Question], path: Path) -> None:
    """Refuse an outcome function that belongs to no question, or that asks for more than built-ins."""
    for name in vars(module):
        if name.startswith("outcome_") and name.removeprefix("outcome_") not in questions:
            known = ", ".join(questions) or "none"
            raise LabProblem(f"{shown(path)}: {name} belongs to no question.", f"The questions are: {known}.")
    for question in questions.values():
        for asked in inspect.signature(question.outcome).parameters if question.outcome else ():
            if asked not in BUILT_INS:
                what = f"outcome_{question.id} has the parameter {asked}, which is no built-in"
                raise LabProblem(f"{shown(path)}: {what}.", f"Built-ins: {', '.join(BUILT_INS)}.")
