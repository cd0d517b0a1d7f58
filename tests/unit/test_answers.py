"""Answers: what makes no difference is let pass, and every other slip is told with how to write it."""

from __future__ import annotations

import pytest

from checker.lab.answers import typed_answer
from checker.lab.load import Question
from checker.lab.vocabulary import Failure

NUMBER = Question("code", "Which exit code?", "number")
CHOICE = Question("how", "How did it end?", "choice", ("graceful", "forced", "on port {port}", "a second process"))
TEXT = Question("why", "Why?", "text")
PARAMS = {"port": "8123"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("137", 137),
        (" 137 ", 137),
        ("137.", 137),
        ("137.0", 137),
        ("0.5", 0.5),
        ("-1", -1),
        ("−1", -1),
        ("'137'", 137),
        ("`137`", 137),
        ("１３７", 137),
        (137, 137),
        (137.5, 137.5),
        ("\t137\n", 137),
    ],
)
def test_number_in_any_dress(written: object, value: float) -> None:
    """Spaces, quotes, a full stop and other digits' shapes make no difference to a number."""
    answer = typed_answer(NUMBER, written, PARAMS)
    assert (value, type(value)) == (answer, type(answer))


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("exit 137", "Write the number only, without words around it."),
        ("137 (killed)", "Write the number only, without words around it."),
        ("10 s", "the number only, in the unit that is asked for"),
        ("10s", "the number only, in the unit that is asked for"),
        ("8 MB", "the number only, in the unit that is asked for"),
        ("50%", "the number only, in the unit that is asked for"),
        ("1,000", "There is a comma in the number"),
        ("137,", "There is a comma in the number"),
        ("1 000", "There is a space in the number"),
        ("1_000", "There is a sign in the number"),
        ("8000:80", "more than one number in it (8000 and 80)"),
        ("0 or 137", "more than one number in it (0 and 137)"),
        ("ten", "a number, written in digits"),
        (True, "a number, written in digits"),
        (["137"], "Write the number only"),
    ],
)
def test_number_with_a_slip(written: object, advice: str) -> None:
    """A unit, a comma, words around it, and two numbers are each told, with what was written."""
    with pytest.raises(Failure) as caught:
        typed_answer(NUMBER, written, PARAMS)
    assert "code" in caught.value.seen
    assert "is not a number" in caught.value.seen
    assert advice in caught.value.expected
    assert "answers.toml" in caught.value.look


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("graceful", "graceful"),
        ("Graceful", "graceful"),
        (" FORCED. ", "forced"),
        ("“forced”", "forced"),
        ("on port 8123", "on port 8123"),
        ("a  second process", "a second process"),
    ],
)
def test_choice_in_any_dress(written: str, value: str) -> None:
    """Case, spaces, quotes and a full stop make no difference to a choice; placeholders are filled in."""
    assert value == typed_answer(CHOICE, written, PARAMS)


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("gracefull", "Is there a slip in the spelling?"),
        ("it was graceful, I think", "There are other words around the choice."),
        ("graceful or forced", "That names several."),
        ("2", "Write one of these, word for word: graceful, forced, on port 8123, a second process."),
        ("x" * 500, "Write one of these"),
    ],
)
def test_choice_with_a_slip(written: str, advice: str) -> None:
    """A misspelt choice, one among words, several, and none are told apart."""
    with pytest.raises(Failure) as caught:
        typed_answer(CHOICE, written, PARAMS)
    assert "is none of the choices" in caught.value.seen
    assert advice in caught.value.expected
    assert len(caught.value.seen) < 200


def test_choices_that_differ_in_case_alone() -> None:
    """Where two choices differ in case alone, case counts."""
    question = Question("who", "Who?", "choice", ("Docker", "docker"))
    assert typed_answer(question, "docker", {}) == "docker"
    with pytest.raises(Failure):
        typed_answer(question, "DOCKER", {})


@pytest.mark.parametrize("written", [None, "", "   ", '""'])
@pytest.mark.parametrize("question", [NUMBER, CHOICE, TEXT])
def test_question_left_open(question: Question, written: object) -> None:
    """A question without an answer is named."""
    with pytest.raises(Failure, match=f"The question {question.id} has no answer yet"):
        typed_answer(question, written, PARAMS)


def test_text_is_kept() -> None:
    """A text is taken as it is, without the spaces and quotes around it."""
    assert typed_answer(TEXT, "  the main  process ended ", PARAMS) == "the main process ended"
    assert typed_answer(TEXT, 8000, PARAMS) == "8000"
