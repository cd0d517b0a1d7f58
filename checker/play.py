"""Run a command list: as it was typed on the learner's own engine, or in canonical form for a grade."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from checker.commands import NotTaught
from checker.engine import (
    REFUSED,
    TIMEOUT_S,
    Decision,
    Done,
    Owned,
    image_id_of,
    is_guarded,
    judge,
    run_docker,
    wait_until_ready,
)
from checker.errors import UsageProblem
from checker.lab import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from checker.commands import Command
    from checker.engine import Engine

NOT_RUN = 125
"""The exit code of a command that never reached the engine; docker itself uses it so."""


class CommandOutcome(Protocol):
    """What a runner returns. ``note`` says why the command was ended or refused, if it was."""

    @property
    def exit_code(self) -> int:
        """The command's exit code."""

    @property
    def output(self) -> str:
        """What it said, stdout and stderr as one text."""

    @property
    def note(self) -> str:
        """Why it was ended or refused; empty when it ran to its own end."""


class Runner(Protocol):
    """Runs the words of one command, with the name of a file for stdin or None."""

    def __call__(self, argv: Sequence[str], stdin_file: str | None) -> CommandOutcome:
        """Return what the command did."""


@dataclass(frozen=True)
class Played:
    """One command of the list, and what it did. ``argv`` is what ran; empty when it never ran.

    ``note`` says why it was ended, refused or never ran, and what to do; empty when it ran to its own end as was meant.
    ``stopped`` is true where it did not run to its own end.
    """

    command: Command
    argv: tuple[str, ...]
    exit_code: int
    output: str = ""
    note: str = ""
    stopped: bool = False

    @property
    def as_expected(self) -> bool:
        """Whether it succeeded, or failed where it was marked as one that should fail."""
        return not self.stopped and (self.exit_code != 0) == self.command.should_fail


def play(
    commands: Iterable[Command],
    runner: Runner,
    trust: Trust,
    on_start: Callable[[Command], object] | None = None,
    on_end: Callable[[Played], object] | None = None,
) -> list[Played]:
    """Run commands one after the other, and stop at the first that fails and is not marked as one that should.

    Arguments:
        commands: from a list without problems.
        runner: runs one command on the engine.
        trust: LIVE runs each command as typed; REPLAYED runs its canonical form, from the vocabulary.
        on_start: called with each command before it runs.
        on_end: called with what each command did.

    Returns:
        What was run. The last one is the one that failed, where one did.

    """
    played: list[Played] = []
    for command in commands:
        if on_start:
            on_start(command)
        last = _play_one(command, runner, trust)
        played.append(last)
        if on_end:
            on_end(last)
        if last.stopped or (last.exit_code and not command.should_fail):
            break
    return played


def _play_one(command: Command, runner: Runner, trust: Trust) -> Played:
    """Run one command; what cannot run is a stopped one with a note."""
    try:
        argv = command.canonical() if trust is Trust.REPLAYED else list(command.argv)
        done = runner(argv, command.stdin_file)
    except NotTaught as error:
        return Played(command, (), NOT_RUN, note=str(error), stopped=True)
    except NoFile as error:
        return Played(command, (), NOT_RUN, note=f"Line {command.line}: {error}", stopped=True)
    note = done.note
    if command.should_fail and not done.exit_code:
        note = note or f"Line {command.line} is marked as one that should fail, and it did not fail."
    return Played(command, tuple(argv), done.exit_code, done.output, note, stopped=bool(done.note))


class NoFile(UsageProblem):
    """The file for stdin cannot be used."""


def stdin_path(folder: Path, name: str | None) -> Path | None:
    """Return the file for stdin, which must really lie in the lab's folder, through no link out of it.

    Arguments:
        folder: the lab's folder.
        name: the file's name, relative to ``folder``; None when stdin is not redirected.

    Raises:
        NoFile: when it does not, or is not there.

    """
    if name is None:
        return None
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise NoFile(f"“{name}” leads out of the lab's folder.", "Put the file itself beside commands.txt.")
    if not path.is_file():
        raise NoFile(f"There is no file “{name}” in the lab's folder.", "Its path is relative to that folder.")
    return path


def runner(  # noqa: PLR0913  (each is one circumstance of a command)
    endpoint: Engine,
    state: Path,
    folder: Path,
    limit_s: float | None = None,
    on_output: Callable[[str], object] | None = None,
    *,
    via: str = "",
) -> Runner:
    """Return what runs commands on an engine: through the guard where it is the learner's own, as they are elsewhere.

    A command is done when what it started is ready, as far as its image tells (``checker.engine.ready``).

    Arguments:
        endpoint: the engine.
        state: the folder ``work/.course``, which remembers what the course brought.
        folder: the lab's folder; relative paths start from there.
        limit_s: when one command is ended on a quiet machine, in seconds; default ``TIMEOUT_S``.
        on_output: called with each line of output as it comes.
        via: the address that the docker program is given, such as that of a recording; default: the engine's own.

    """
    owned = Owned(state, endpoint.host)

    def run_one(argv: Sequence[str], stdin_file: str | None) -> Done:
        stdin = stdin_path(folder, stdin_file)
        verdict = judge(argv, endpoint.host, owned) if is_guarded(endpoint, os.environ) else Decision(list(argv))
        if verdict.refusal:
            return Done(REFUSED, "", note=verdict.refusal)
        done = run_docker(verdict.argv, via or endpoint.host, stdin, limit_s or TIMEOUT_S, on_output, cwd=folder)
        if not done.note:
            wait_until_ready(endpoint.host, verdict.argv, done.output)
        for name in verdict.owns:
            if image_id_of(endpoint.host, name):
                owned.note_image(name)
        return done

    return run_one
