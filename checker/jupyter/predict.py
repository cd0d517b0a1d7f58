"""Ask for a prediction before a cell is run, and compare it afterwards with what the engine did."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.answers import typed_answer
from checker.check import BUILT_INS, CannotTell, Failure
from checker.errors import CourseError, LabProblem
from checker.jupyter.course import static
from checker.jupyter.display import escape, panel, show_html
from checker.run import filled

if TYPE_CHECKING:
    from checker.jupyter.course import Course
    from checker.lab import Lab, Question


@dataclass(frozen=True)
class Asked:
    """A question as one learner sees it. ``answer`` is what the learner wrote before; empty when nothing."""

    question: Question
    prompt: str
    choices: tuple[str, ...]
    answer: str = ""


def asked(course: Course, lab: Lab, question_id: str) -> Asked:
    """Return a question with the learner's own values filled in.

    Raises:
        UsageProblem: when the lab does not ask it, or answers.toml cannot be read.

    """
    question, params = lab.question(question_id.strip()), course.work.params(lab)
    choices = tuple(filled(choice, params) for choice in question.choices)
    answer = str(course.work.answers(lab).get(question.id, "")).strip()
    return Asked(question, filled(question.prompt, params), choices, answer)


def ask(course: Course, lab: Lab, question_id: str) -> None:
    """Show a question; live with fields to answer it, else as text.

    Raises:
        UsageProblem: when the lab does not ask it, or answers.toml cannot be read.

    """
    item = asked(course, lab, question_id)
    if static():
        show_html(as_text(item), as_html(item))
    else:
        from checker.jupyter.form import show_form

        show_form(course, lab, item)


def as_text(item: Asked) -> str:
    """Return the question as plain text."""
    lines = [f"{title(item)}: {item.prompt}", *(f"  - {choice}" for choice in item.choices)]
    return "\n".join([*lines, f"Your answer: {item.answer}"] if item.answer else lines)


def as_html(item: Asked) -> str:
    """Return the question as HTML."""
    parts = [f"<p><strong>{title(item)}</strong> {escape(item.prompt)}</p>"]
    if item.choices:
        parts.append("<ul>" + "".join(f"<li>{escape(choice)}</li>" for choice in item.choices) + "</ul>")
    if item.answer:
        parts.append(f"<p>Your answer: <strong>{escape(item.answer)}</strong></p>")
    return panel(title(item), *parts)


def title(item: Asked) -> str:
    """Return the word before the question."""
    return "Predict" if item.question.predict else "Question"


def compare(course: Course, lab: Lab, question_id: str) -> str:
    """Return what the learner predicted and what the engine did, as one sentence or two.

    ``outcome_ID`` in checks.py returns the value, or the value and a sentence that explains it.

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
    """Return the comparison.

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
        return f"You predicted {item.answer}, and the engine says so too" + (f": {why}" if why else ".")
    return f"You predicted {item.answer}. The engine says {told}"


def _same(item: Asked, value: str, params: dict[str, str]) -> bool:
    try:
        return typed_answer(item.question, item.answer, params) == typed_answer(item.question, value, params)
    except Failure:
        return item.answer.casefold() == value.casefold()


def _what_happened(course: Course, lab: Lab, question: Question) -> tuple[str, str]:
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


def save(course: Course, lab: Lab, item: Asked, value: str) -> str:
    """Keep an answer; return what to tell the learner."""
    if not value.strip():
        return "Choose or write an answer first."
    try:
        typed_answer(item.question, value, course.work.params(lab))
        course.work.save_answer(lab, item.question, value.strip())
    except Failure as failure:
        return failure.message
    except CourseError as error:
        return str(error)
    return f"Kept: {value.strip()}. You can still change it."
