"""Run the docker commands of a cell: one per line, as one would type them in a terminal, with no shell in between."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from checker.commands import parse, wants_terminal
from checker.errors import CourseError, UsageProblem
from checker.lab import Trust
from checker.machine import TooSlow, run_program
from checker.patience import patient_s
from checker.placeholders import filled
from checker.play import NOT_RUN, play

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from checker.commands import Command, CommandList
    from checker.jupyter.notebook import NotebookState
    from checker.lab import Lab
    from checker.play import CommandOutcome, Played, Runner

LIMIT_S = 60.0
"""How long one command of a cell may take on a quiet machine, in seconds, unless ``--limit`` says otherwise."""

NOTHING_YET = """\
Nothing to run yet. Write your docker commands below %%lab, one per line, and run this cell again:
they are kept in commands.txt, run, and checked."""
"""What a ``%%lab`` cell says as it was handed out; what the learner has in commands.txt stays."""

say = partial(print, flush=True)

_OLD_BUILDER = re.compile(
    r"DEPRECATED: The legacy builder|\s+Install the buildx component|\s+https://docs\.docker\.com/go/buildx/"
)


def limit_in(line: str) -> float:
    """Return the time limit that ``%%docker --limit SECONDS`` asks for.

    Raises:
        UsageProblem: when the line holds anything else.

    """
    limit: float = options_in("%%docker", line).limit
    return limit


def options_in(magic: str, line: str, *switches: str) -> argparse.Namespace:
    """Return the options after a cell's magic: ``limit`` in seconds, and whether each of ``switches`` was given.

    Arguments:
        magic: the magic as it is typed, for messages: "%%docker".
        line: what comes after the magic on its line.
        switches: options without a value that the magic takes, such as "--quiet".

    Raises:
        UsageProblem: when the line holds anything else.

    """
    reader = _Line(prog=magic, add_help=False, exit_on_error=False)
    reader.add_argument("--limit", type=float, default=LIMIT_S)
    for switch in switches:
        reader.add_argument(switch, action="store_true")
    try:
        found = reader.parse_args(line.split())
    except argparse.ArgumentError:
        found = argparse.Namespace(limit=0)
    if not 0 < found.limit <= 3600:
        raise UsageProblem(
            f"After {magic} comes “{line.strip()}”.",
            f"Commands begin on the next line. A time limit is set with: {magic} --limit 20",
        )
    return found


class _Line(argparse.ArgumentParser):
    """Reads the rest of a magic's line; a mistake in it is an error, never the end of the kernel."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of ending the process."""
        raise argparse.ArgumentError(None, message)


def run_cell(course: NotebookState, text: str, limit_s: float) -> None:
    """Run each command of a ``%%docker`` cell, also after one that fails: a cell is a piece of a terminal.

    Arguments:
        course: what the notebook knows of the course.
        text: the cell, one command per line.
        limit_s: seconds after which one command is ended.

    Raises:
        UsageProblem: when a line is no docker command; then nothing ran.
        NoEngine: when there is no engine, or no docker program.

    """
    listed, echo = commands_of(course, text)
    runner = for_cells(course.runner(course.folder(), limit_s, pass_on))
    for command in listed.commands:
        play([command], runner, Trust.LIVE, echo, say_end)


def has_commands(text: str) -> bool:
    """Return whether a cell holds more than comments: a command, or what was meant as one."""
    listed = parse(text, {})
    return bool(listed.commands or listed.problems)


def commands_of(course: NotebookState, text: str) -> tuple[CommandList, Callable[[Command], None] | None]:
    """Return a cell's commands, and what echoes each before it runs: None for a single command.

    Arguments:
        course: what the notebook knows of the course.
        text: the cell, one command per line.

    Raises:
        UsageProblem: when a line is no docker command.

    """
    params = _values(course)
    listed = parse(text, params)
    if listed.problems:
        raise UsageProblem(_told(listed), "Nothing was run.")
    return listed, partial(_echo, params) if len(listed.commands) > 1 else None


def run_list(course: NotebookState, lab: Lab, text: str) -> None:
    """Run a lab's command list up to the first line that fails and is not marked as one that should.

    Arguments:
        course: what the notebook knows of the course.
        lab: the lab that the list belongs to.
        text: the command list, one command per line.

    Raises:
        NoEngine: when there is no engine, or no docker program.

    """
    params = course.work.params(lab)
    listed = parse(text, params)
    if listed.problems:
        say(f"{_told(listed)}\nNothing of the list ran; what is there is checked all the same.\n")
        return
    runner = for_cells(course.runner(course.work.folder(lab), LIMIT_S, pass_on))
    played = play(listed.commands, runner, Trust.LIVE, partial(_echo, params), say_end)
    rest = len(listed.commands) - len(played)
    if rest:
        say(f"The list stops here; {rest} more did not run.")
    if played:
        say()


class _PassOn:
    """Prints a command's output as it comes, line by line, less what docker says of its own builder.

    A docker program without the plugin buildx says with each build that its builder is old, and leaves a line empty.
    That is nothing that a learner did, and other docker programs do not say it.
    """

    def __init__(self) -> None:
        self._in_notice = False

    def __call__(self, text: str) -> None:
        """Print a line, or a piece of one."""
        notice = bool(_OLD_BUILDER.match(text)) or (self._in_notice and not text.strip())
        self._in_notice = bool(_OLD_BUILDER.match(text))
        if not notice:
            say(text, end="")


pass_on = _PassOn()
"""Prints a piece of a command's output as it comes."""


def _echo(params: Mapping[str, str], command: Command) -> None:
    say(f"$ {filled(command.text.strip(), params)}")


def say_end(played: Played) -> None:
    """Say what became of a command, where that is not plain from its output."""
    if played.output and not played.output.endswith("\n"):
        say()
    if played.note:
        say(played.note)
    if played.exit_code and not (played.exit_code == NOT_RUN and played.note):
        say(f"[exit code {played.exit_code}]")


@dataclass(frozen=True)
class _NotRun:
    """A command that needs a terminal."""

    note: str
    exit_code: int = NOT_RUN
    output: str = ""


def for_cells(runner: Runner) -> Runner:
    """Return a runner that refuses what needs somebody at a terminal."""

    def run(argv: Sequence[str], stdin_file: str | None) -> CommandOutcome:
        problem = wants_terminal(list(argv))
        return _NotRun("\n".join(problem)) if problem else runner(argv, stdin_file)

    return run


def _values(course: NotebookState) -> dict[str, str]:
    """Return the learner's {placeholders}; none in a notebook that has no lesson."""
    try:
        return course.work.params(course.lab())
    except UsageProblem:
        return {}


def _told(listed: CommandList) -> str:
    return "\n".join(str(problem) for problem in listed.problems)


def run_checker(arguments: Sequence[str], limit_s: float = LIMIT_S, cwd: Path | None = None) -> None:
    """Run a command of the terminal's ``checker`` and show what it says.

    Arguments:
        arguments: the words after ``checker``.
        limit_s: seconds after which it is ended.
        cwd: the folder that it runs in; default: the current one.

    Raises:
        CourseError: when it does not end in time.

    """
    try:
        done = run_program([sys.executable, "-m", "checker", *arguments], patient_s(limit_s), cwd=cwd)
    except TooSlow as error:
        raise CourseError(
            f"checker {' '.join(arguments)} did not end within {limit_s:g} s.", "Try it in the terminal."
        ) from error
    say(done.output.rstrip())
