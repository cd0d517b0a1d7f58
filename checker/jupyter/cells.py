"""Run the docker commands of a cell: one a line, as one would type them in a terminal, with no shell in between."""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from checker.check import Trust
from checker.commands import parse, wants_terminal
from checker.errors import CourseError, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from checker.commands import Command, CommandList
    from checker.jupyter.course import Course
    from checker.lab import Lab
    from checker.play import Outcome, Played

    Runner = Callable[[Sequence[str], Path | None], Outcome]

LIMIT_S = 60.0
"""How long one command of a cell may take, in seconds, unless ``--limit`` says otherwise."""

say = partial(print, flush=True)


def limit_in(line: str) -> float:
    """Return the time limit that ``%%docker --limit SECONDS`` asks for.

    Raises:
        UsageProblem: when the line holds anything else.

    """
    reader = _Line(prog="%%docker", add_help=False, exit_on_error=False)
    reader.add_argument("--limit", type=float, default=LIMIT_S)
    try:
        limit: float = reader.parse_args(line.split()).limit
    except argparse.ArgumentError:
        limit = 0
    if not 0 < limit <= 3600:
        raise UsageProblem(
            f"After %%docker stands “{line.strip()}”.",
            "Commands begin on the next line. A time limit is set with: %%docker --limit 20",
        )
    return limit


class _Line(argparse.ArgumentParser):
    """Reads the rest of a magic's line; a mistake in it is an error, never the end of the kernel."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of ending the process."""
        raise argparse.ArgumentError(None, message)


def run_cell(course: Course, text: str, limit_s: float) -> None:
    """Run each command of a ``%%docker`` cell, also after one that fails: a cell is a piece of a terminal.

    Raises:
        UsageProblem: when a line is no docker command; then nothing ran.
        NoEngine: when there is no engine, or no docker program.

    """
    listed = parse(text, _values(course))
    if listed.problems:
        raise UsageProblem(_told(listed), "Nothing was run.")
    for command in listed.commands:
        if len(listed.commands) > 1:
            say(f"$ {command.text.strip()}")
        _run(course, command, course.folder(), limit_s)


def run_list(course: Course, lab: Lab, text: str) -> None:
    """Run a lab's command list up to the first line that fails and is not marked as one that should.

    Raises:
        NoEngine: when there is no engine, or no docker program.

    """
    listed = parse(text, course.work.params(lab))
    if listed.problems:
        say(f"{_told(listed)}\nNothing of the list ran; what is there is checked all the same.\n")
        return
    for number, command in enumerate(listed.commands, 1):
        say(f"$ {command.text.strip()}")
        played = _run(course, command, course.work.folder(lab), LIMIT_S)
        if not played.as_meant and not command.should_fail:
            rest = len(listed.commands) - number
            say("The list stops here" + (f"; {rest} more did not run." if rest else "."))
            break
    if listed.commands:
        say()


def _run(course: Course, command: Command, folder: Path, limit_s: float) -> Played:
    """Run one command, showing what it says as it comes."""
    from checker.play import NOT_RUN, play

    runner = _for_cells(course.runner(folder, limit_s, lambda text: say(text, end="")))
    played = play([command], runner, Trust.LIVE, folder=folder)[0]
    if played.output and not played.output.endswith("\n"):
        say()
    if played.note:
        say(played.note)
    if played.exit_code and not (played.exit_code == NOT_RUN and played.note):
        say(f"[exit code {played.exit_code}]")
    return played


@dataclass(frozen=True)
class _NotRun:
    """A command that needs a terminal."""

    note: str
    exit_code: int = 125
    output: str = ""


def _for_cells(runner: Runner) -> Runner:
    """Return a runner that refuses what needs somebody at a terminal."""

    def run(argv: Sequence[str], stdin: Path | None) -> Outcome:
        problem = wants_terminal(list(argv))
        return _NotRun("\n".join(problem)) if problem else runner(argv, stdin)

    return run


def _values(course: Course) -> dict[str, str]:
    """Return the learner's {placeholders}; none in a notebook that has no lesson."""
    try:
        return course.work.params(course.lab())
    except UsageProblem:
        return {}


def _told(listed: CommandList) -> str:
    return "\n".join(str(problem) for problem in listed.problems)


def run_checker(arguments: Sequence[str], limit_s: float = LIMIT_S, cwd: Path | None = None) -> None:
    """Run a command of the terminal's ``checker`` and show what it says.

    Raises:
        CourseError: when it does not end in time.

    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "checker", *arguments],
            capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=limit_s, check=False, cwd=cwd,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise CourseError(
            f"checker {' '.join(arguments)} did not end within {limit_s:g} s.", "Try it in the terminal."
        ) from error
    say((done.stdout + done.stderr).rstrip())
