"""A question as a form: what it shows, what a commit keeps, and what is said of it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from checker.jupyter import question as questions
from checker.jupyter.form import Form, form_html
from tests.unit.made_course import open_course
from tests.unit.made_views import NASTY, Page, press

if TYPE_CHECKING:
    from pathlib import Path

    from checker.jupyter.notebook.state import NotebookState


@pytest.fixture
def course(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> NotebookState:
    """Return a course with the sample lesson open."""
    return open_course(tmp_path, monkeypatch)


def form(course: NotebookState, question: str) -> Form:
    """Return the form of a question."""
    lab = course.lab()
    return Form(course, lab, questions.asked(course, lab, question))


def told(made: Form) -> str:
    """Return the status line."""
    return Page(made.view.html).text.rpartition("Commit ")[2]


def answers(course: NotebookState) -> dict[str, Any]:
    """Return what stands in answers.toml."""
    path = course.work.folder(course.lab()) / "answers.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


# --- what it shows


def test_number_is_a_field(course: NotebookState) -> None:
    """A label, a field for a number, a button, and nothing said yet."""
    page = Page(form(course, "code").view.html)
    box = course.work.params(course.lab())["box"]
    assert page.text == f"Predict Which code will {box} leave?Your answer: Commit "
    assert page.all("form", data_press="answer")
    assert page.all("input", type="text", name="answer", inputmode="decimal", placeholder="a number", value="")
    assert page.all("button", type="submit")


def test_choices_are_radio_buttons_of_one_group(course: NotebookState) -> None:
    """The question is the group's legend, which screen readers say with each choice."""
    page = Page(form(course, "listed").view.html)
    assert [item["value"] for item in page.all("input", type="radio", name="answer")] == ["yes", "no"]
    assert [len(page.all(tag)) for tag in ("fieldset", "legend", "label")] == [1, 1, 2]
    assert not page.all("input", checked="")


def test_question_that_is_no_prediction_is_saved(course: NotebookState) -> None:
    """The words on the form say what it is."""
    page = Page(form(course, "mute").view.html)
    assert (page.text.startswith("Question Nobody can tell?"), page.text.endswith("Save ")) == (True, True)
    assert page.all("input", placeholder="your answer")


def test_stored_form_has_nothing_to_press(course: NotebookState) -> None:
    """Where there are no widgets the question is text, with the answer."""
    made = form(course, "listed")
    press(made.view, "answer", answer="no")
    stored = made.view._repr_mimebundle_()[0]
    assert stored["text/plain"].endswith("Your answer: no")
    assert Page(stored["text/html"]).all("input") == []
    assert "Your answer: no" in Page(stored["text/html"]).text


# --- what a commit keeps


def test_commit_keeps_the_answer(course: NotebookState) -> None:
    """It stands in answers.toml, and the form says so."""
    made = form(course, "code")
    press(made.view, "answer", answer=" 137 ")
    assert (answers(course)["code"], told(made)) == ("137", "Kept: 137. You can still change it.")


def test_commit_keeps_the_other_answers(course: NotebookState) -> None:
    """Answers do not push each other out."""
    for question, value in (("code", "137"), ("listed", "yes")):
        press(form(course, question).view, "answer", answer=value)
    assert {name: answers(course)[name] for name in ("code", "listed")} == {"code": "137", "listed": "yes"}


def test_form_shows_what_was_kept_before(course: NotebookState) -> None:
    """A learner who comes back finds the answer chosen, or in its field."""
    for question, value, has in (("listed", "no", {"checked": None}), ("code", "137", {"type": "text"})):
        press(form(course, question).view, "answer", answer=value)
        again = form(course, question)
        assert told(again) == f"Kept: {value}."
        (field,) = Page(again.view.html).all("input", value=value)
        assert has.items() <= field.items()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("exit 137", "Write the number only, without words around it."),
        ("137 s", "There is a word or a unit after the number"),
        ("1,5", "There is a comma in the number"),
        ("", "Choose or write an answer first."),
        ("  ", "Choose or write an answer first."),
    ],
)
def test_answer_that_is_none_is_told_and_not_kept(value: str, says: str, course: NotebookState) -> None:
    """What is wrong is said at once, and what was kept before stays."""
    made = form(course, "code")
    press(made.view, "answer", answer="137")
    press(made.view, "answer", answer=value)
    assert says in told(made)
    assert answers(course)["code"] == "137"


def test_form_without_a_choice_asks_for_one(course: NotebookState) -> None:
    """A browser sends no field where nothing was chosen."""
    made = form(course, "listed")
    press(made.view, "answer")
    assert told(made) == "Choose or write an answer first."


def test_broken_answers_are_said_below_the_form(course: NotebookState) -> None:
    """They are named with their line, and not overwritten."""
    made = form(course, "code")
    path = course.work.folder(course.lab()) / "answers.toml"
    path.write_text("code = \n", encoding="utf-8")
    press(made.view, "answer", answer="137")
    assert "answers.toml cannot be read" in Page(made.view.html).text
    assert path.read_text(encoding="utf-8") == "code = \n"


# --- the comparison


def test_outcome_is_shown_and_compared_anew(course: NotebookState) -> None:
    """What the engine did stands below the form; a later commit is compared with it, too."""
    made = form(course, "code")
    press(made.view, "answer", answer="0")
    assert "engine says" not in made.view.html
    made.compared("You predicted 0. The engine says 137.")
    assert Page(made.view.html).text.endswith("You predicted 0. The engine says 137.")
    press(made.view, "answer", answer="137")
    assert "You predicted 137, and the engine confirms it" in Page(made.view.html).text
    assert "You predicted 0" not in made.view.html


def test_names_from_outside_are_text(course: NotebookState) -> None:
    """What a learner typed, a lab asks or an engine says never becomes markup."""
    lab = course.lab()
    plain = questions.asked(course, lab, "code")
    for choices in ((), (NASTY, "no")):
        item = replace(plain, prompt=f"{NASTY}\nNext?", choices=choices, answer=NASTY)
        page = Page(form_html(item, NASTY, NASTY))
        assert page.all("b") == []
        assert page.all("input", value=NASTY)
        assert page.text.count(NASTY) == 3 + bool(choices)
        assert Page(questions.as_html(item)).all("b") == []
