"""Errors that end a command with one clear message: what is wrong, and the next step."""

from __future__ import annotations

EXIT_OK = 0
EXIT_CHECKS_FAILED = 1
EXIT_USAGE = 2
EXIT_NO_ENGINE = 3
EXIT_INTERNAL = 4


class CourseError(Exception):
    """A problem that a person can fix; shown as a message, never as a traceback.

    Arguments:
        message: what is wrong, as a whole sentence.
        next_step: what to do now, with the command to type where there is one.

    """

    exit_code = EXIT_INTERNAL

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}\n{self.next_step}" if self.next_step else self.message


class UsageProblem(CourseError):
    """What was typed, or a file that the learner wrote, cannot be used as it is."""

    exit_code = EXIT_USAGE


class LabProblem(CourseError):
    """A mistake in a lab's folder, for its author: file, field and fix."""

    exit_code = EXIT_USAGE


class NoEngine(CourseError):
    """No Docker engine answers, or none can be used."""

    exit_code = EXIT_NO_ENGINE


class EngineProblem(CourseError):
    """The engine answered with an error, or not within its time limit; never the learner's mark."""

    exit_code = EXIT_INTERNAL
