"""The learner's folder: copies of the course's material, answers, results."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.learner.work import (
        ANSWERS,
        COMMANDS,
        FAILED_CHECKS_BEFORE_SOLUTION,
        REOPEN,
        SHEET,
        Progress,
        Work,
        answers_text,
        read_answers,
    )
else:
    __getattr__ = door(__name__, __file__)
