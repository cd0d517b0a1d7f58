"""Compare a prediction with what the engine did."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from checker.errors import LabProblem
from checker.jupyter.question import asked
from checker.lab import BUILT_INS, CannotTell, Failure, typed_answer

if TYPE_CHECKING:
    from checker.jupyter.notebook import NotebookState
    from checker.jupyter.question import Asked
    from checker.lab import Lab, Question


def compare(course: NotebookState, lab: Lab, question_id: str) -> str:
    """Return what the learner predicted and what the engine did, as one sentence or two.

    ``outcome_ID`` in checks.py returns the value, or the value and a sentence that explains it.

    Arguments:
        course: what the notebook knows of the course.
        lab: the lab that asks the question.
        question_id: the question's id.

    Raises:
        UsageProblem: when the lab does not ask it.
        LabProblem: when checks.py has no outcome for it.

    """
    item = asked(course, lab, question_id)
    try:
        value, why = _what_happened(course, lab, item.question)
    except Failure as failure:
        hint = f"\n{failure.look}" if failure.look else ""
        return f"Nothing to compare yet. {failure.message}{hint}\nRun the cells above this one first."
    except CannotTell as unknown:
        return f"The engine cannot tell: {unknown}"
    return verdict(item, value, why, course.work.params(lab))


def verdict(item: Asked, value: str, why: str, params: dict[str, str]) -> str:
    """Return how a prediction compares with what the engine did, in a sentence or two.

    Arguments:
        item: the question, and what the learner wrote.
        value: what the engine did.
        why: one sentence about it; may be empty.
        params: the values of the sheet's {placeholders}.

    """
    shown = value if item.question.kind == "number" else f"“{value}”"
    told = f"{shown}: {why}" if why else f"{shown}."
    if not item.answer:
        return f"No prediction yet. The engine says {told}"
    if _same(item, value, params):
        return f"You predicted {item.answer}, and the engine confirms it" + (f": {why}" if why else ".")
    return f"You predicted {item.answer}. The engine says {told}"


def _same(item: Asked, value: str, params: dict[str, str]) -> bool:
    try:
        return typed_answer(item.question, item.answer, params) == typed_answer(item.question, value, params)
    except Failure:
        return item.answer.casefold() == value.casefold()


def _what_happened(course: NotebookState, lab: Lab, question: Question) -> tuple[str, str]:
    """Call the lab's ``outcome_ID`` with the built-ins that its parameters name."""
    if question.outcome is None:
        raise LabProblem(
            f"The lab {lab.id} does not say how the engine answers “{question.id}”.",
            f"Write the function outcome_{question.id} into its checks.py.",
        )
    facts = course.facts(lab)
    names = tuple(inspect.signature(question.outcome).parameters)
    for name in names:
        if name not in BUILT_INS:
            raise LabProblem(
                f"outcome_{question.id} has the parameter {name}, which is no built-in.",
                f"Built-ins: {', '.join(BUILT_INS)}.",
            )
    found: Any = question.outcome(**{name: facts.built_in(name) for name in names})
    value, why = found if isinstance(found, tuple) else (found, "")
    return str(value), str(why)
