"""A question of a lab as one learner sees it: its text, and how an answer is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.errors import CourseError
from checker.lab import Failure, typed_answer
from checker.pages import render
from checker.placeholders import filled

if TYPE_CHECKING:
    from checker.jupyter.notebook import NotebookState
    from checker.lab import Lab, Question


@dataclass(frozen=True)
class Asked:
    """A question as one learner sees it. ``answer`` is what the learner wrote before; empty when nothing."""

    question: Question
    prompt: str
    choices: tuple[str, ...]
    answer: str = ""


def asked(course: NotebookState, lab: Lab, question_id: str) -> Asked:
    """Return a question with the learner's own values filled in.

    Arguments:
        course: what the notebook knows of the course.
        lab: the lab that asks the question.
        question_id: the question's id.

    Raises:
        UsageProblem: when the lab does not ask it, or answers.toml cannot be read.

    """
    question, params = lab.question(question_id.strip()), course.work.params(lab)
    choices = tuple(filled(choice, params) for choice in question.choices)
    answer = str(course.work.answers(lab).get(question.id, "")).strip()
    return Asked(question, filled(question.prompt, params), choices, answer)


def as_text(item: Asked) -> str:
    """Return the question as plain text."""
    lines = [f"{title(item)}: {item.prompt}", *(f"  - {choice}" for choice in item.choices)]
    return "\n".join([*lines, f"Your answer: {item.answer}"] if item.answer else lines)


def as_html(item: Asked) -> str:
    """Return the question as HTML."""
    return render("jupyter/question", title=title(item), item=item)


def title(item: Asked) -> str:
    """Return the word before the question."""
    return "Predict" if item.question.predict else "Question"


def save(course: NotebookState, lab: Lab, item: Asked, value: str) -> str:
    """Keep an answer; return what to tell the learner.

    Arguments:
        course: what the notebook knows of the course.
        lab: the lab that asks the question.
        item: the question.
        value: the answer as it was typed or chosen.

    """
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
