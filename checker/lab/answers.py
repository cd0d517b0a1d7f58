"""What a learner wrote as an answer, as a typed value; near misses are told apart instead of marked wrong."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

from checker.lab.vocabulary import Failure
from checker.placeholders import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checker.lab.load import Question

WHERE = "Answer in the lesson, below the %predict of that name, or in answers.toml, between the quotes."
SHOWN_CHARACTERS = 80
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_QUOTES = "\"'`“”‘’„«»"


def typed_answer(question: Question, written: object, params: Mapping[str, str]) -> int | float | str:
    """Return the answer to ``question`` as its kind: a number, one of the choices as the lab spells it, or a text.

    Spaces and quotes around it, the case of a choice, and a full stop at the end make no difference.

    Arguments:
        question: from the lab.
        written: the value in answers.toml; None when there is none.
        params: the values of the sheet's {placeholders}, which choices may use.

    Raises:
        Failure: when there is no answer, or it is not of that kind; says how to write it.

    """
    text = _tidied(written)
    if not text:
        raise Failure(f"The question {question.id} has no answer yet.", look=WHERE)
    if question.kind == "number":
        return _number(question, text)
    if question.kind == "choice":
        return _choice(question, text, [filled(choice, params) for choice in question.choices])
    return text


def _tidied(written: object) -> str:
    """Return what was written without what makes no difference."""
    if written is None:
        return ""
    if isinstance(written, bool):
        return "true" if written else "false"
    text = unicodedata.normalize("NFKC", str(written))
    return " ".join(text.split()).strip(_QUOTES).strip()


def _number(question: Question, text: str) -> int | float:
    text = text.replace("−", "-")
    plain = text.removesuffix(".")
    if _NUMBER.fullmatch(plain):
        value = float(plain)
        return int(value) if value.is_integer() else value
    raise Failure(_seen(question, text), _number_advice(text), WHERE, actual=_shown(text))


def _number_advice(text: str) -> str:
    """Say how to write a number that was written in another way."""
    numbers = _NUMBER.findall(text)
    if not numbers:
        return "It should be a number, written in digits."
    if re.fullmatch(r"[0-9., _']+", text):
        sign = "a comma" if "," in text else "a space" if " " in text else "a sign"
        return f"There is {sign} in the number: write its digits alone, and a dot where decimals begin."
    if len(numbers) > 1:
        return f"There is more than one number in it ({' and '.join(numbers[:3])}): write the one that is asked for."
    if re.fullmatch(r"[+-]?[0-9.]+ ?[A-Za-zµ%]+", text):
        return "There is a word or a unit after the number: write the number only, in the unit that is asked for."
    return "Write the number only, without words around it."


def _choice(question: Question, text: str, choices: list[str]) -> str:
    if text in choices:
        return text
    wanted = _plain(text)
    same = [choice for choice in choices if _plain(choice) == wanted]
    if len(same) == 1:
        return same[0]
    close = difflib.get_close_matches(wanted, [_plain(choice) for choice in choices], n=1, cutoff=0.75)
    named = [choice for choice in choices if re.search(rf"(?<!\w){re.escape(_plain(choice))}(?!\w)", wanted)]
    advice = f"Write one of these, word for word: {', '.join(choices)}."
    if len(named) > 1:
        advice = f"That names several. {advice}"
    elif len(named) == 1:
        advice = f"There are other words around the choice. {advice}"
    elif close:
        advice = f"Is there a slip in the spelling? {advice}"
    raise Failure(_seen(question, text, "is none of the choices"), advice, WHERE, actual=_shown(text))


def _plain(text: str) -> str:
    return text.casefold().strip(_QUOTES).rstrip(".").strip()


def _seen(question: Question, text: str, what: str = "is not a number") -> str:
    return f"Your answer to {question.id}, “{_shown(text)}”, {what}."


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
