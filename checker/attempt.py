"""A learner's attempt at a lab, on an engine: what is checked, watched, set up, played, verified and graded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from checker.commands import parse
from checker.engine import course_engine, image_name, open_client
from checker.errors import CourseError, UsageProblem
from checker.facts import Facts
from checker.files import read_text
from checker.lab import Result, Status, Trust
from checker.learner import COMMANDS, FAILED_CHECKS_BEFORE_SOLUTION
from checker.run import run_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import docker

    from checker.commands import Command, CommandList
    from checker.engine import Engine, Reader
    from checker.lab import Lab
    from checker.learner import Progress, Work
    from checker.play import Played, Runner

NOT_IN_LIST = "Done, but not in your command list yet."


@dataclass(frozen=True)
class Checked:
    """A lab's results, what could not be saved or read on the way, and whether the solution may be shown now.

    ``reached`` are the points of the best check so far.
    """

    results: tuple[Result, ...]
    problems: tuple[CourseError, ...] = ()
    solution_is_open: bool = False
    reached: float = 0.0


@dataclass(frozen=True)
class SetUp:
    """What setting up did, as names of containers: ``made`` now, ``removed`` because they were there from before."""

    made: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Attempt:
    """One learner's attempt at one lab, on one engine.

    Arguments:
        lab: the lab, loaded.
        work: the learner's folder: who is learning, the journal of what the engine did, what the course brought there.
        engine: where the attempt's containers and images are.
        folder: the attempt's own files; default: the learner's folder of this lab.

    """

    def __init__(self, lab: Lab, work: Work, engine: Engine, folder: Path | None = None) -> None:
        self.lab, self.work, self.engine = lab, work, engine
        self.folder = folder or work.folder(lab)
        self._listed: tuple[tuple[int, int], CommandList] | None = None

    @classmethod
    def here(cls, lab: Lab, work: Work) -> Attempt:
        """Return the learner's attempt on the engine that their course uses.

        Arguments:
            lab: the lab that is done.
            work: the learner's folder, which remembers the engine of the course.

        Raises:
            NoEngine: when the course has not been started.

        """
        return cls(lab, work, course_engine(work.root))

    @cached_property
    def params(self) -> dict[str, str]:
        """The values of the sheet's {placeholders} for this learner."""
        return self.work.params(self.lab)

    # --- checking

    def facts(self, client: docker.APIClient, reader: Reader | None = None) -> Facts:
        """Return what the checks and outcomes of the lab may ask about.

        Arguments:
            client: open, of the attempt's engine.
            reader: asks the engine; default: one that asks every time.

        """
        return Facts(client, self.lab, self.folder, self.params, self.work.journal, engine=self.engine, reader=reader)

    def check(
        self,
        trust: Trust = Trust.LIVE,
        on_result: Callable[[Result], None] | None = None,
        client: docker.APIClient | None = None,
    ) -> list[Result]:
        """Run the checks that count with this trust, and return their results.

        Arguments:
            trust: LIVE runs all; REPLAYED leaves out those of tasks that only count live.
            on_result: called with each result as it is known.
            client: open, of the attempt's engine; default: one for this call.

        Raises:
            NoEngine: when the engine does not answer.

        """
        opened = client or open_client(self.engine.host)
        try:
            checks = [item for item in self.lab.checks if item.replay or trust is Trust.LIVE]
            return run_checks(checks, self.facts(opened), params=self.params, trust=trust, on_result=on_result)
        finally:
            if client is None:
                opened.close()

    def check_and_keep(self) -> Checked:
        """Check as the learner asked for it, and keep the results.

        Raises:
            NoEngine: when the engine does not answer.
            UsageProblem: when the learner's answers cannot be read.

        """
        self.work.answers(self.lab)  # broken answers are said once and clearly, before anything is judged
        client = open_client(self.engine.host)
        try:
            results = self.with_list(self.check(client=client))
            problems = self.not_set_up(self.facts(client))
        finally:
            client.close()
        try:
            progress = self.work.save_results(self.lab.id, results)
        except CourseError as error:
            return Checked(tuple(results), (*problems, error))
        return Checked(tuple(results), problems, solution_is_open(self.lab, progress), progress.score)

    # --- the command list

    def command_list(self) -> CommandList | None:
        """Return the attempt's command list, read again only where the file has changed; None when there is none.

        Raises:
            UsageProblem: when the file cannot be read as text.

        """
        path = self.folder / COMMANDS
        try:
            stat = path.stat()
        except OSError:
            return None
        signature = stat.st_mtime_ns, stat.st_size
        if self._listed is None or self._listed[0] != signature:
            self._listed = signature, parse(read_text(path), self.params)
        return self._listed[1]

    def with_list(self, results: Sequence[Result]) -> list[Result]:
        """Return the results; a passed task that the command list cannot have done says so, as a grade replays it."""
        missing = self.missing_in_list(results)
        return [replace(result, message=NOT_IN_LIST) if result.id in missing else result for result in results]

    def missing_in_list(self, results: Iterable[Result]) -> frozenset[str]:
        """Return the ids of the passed tasks that the command list cannot have done: it names nothing they look at."""
        listed = self.command_list()
        if listed is None:
            return frozenset()
        replayed = {item.id for item in self.lab.checks if item.replay}
        words = {image_name(word) for command in listed.commands for word in command.argv}
        passed = [result for result in results if result.status is Status.PASSED and result.id in replayed]
        brought = {image_name(name) for name in self.lab.images}  # what the course brings is in no list
        made = {result.id: {image_name(name) for name in result.names} - brought for result in passed}
        return frozenset(task for task, names in made.items() if names and not names & words)

    # --- playing

    def runner(
        self, limit_s: float | None = None, on_output: Callable[[str], object] | None = None, *, via: str = ""
    ) -> Runner:
        """Return what runs one docker command of this attempt, in its folder and on its engine.

        Arguments:
            limit_s: seconds after which one command is ended; default ``checker.play.TIMEOUT_S``.
            on_output: called with each line of output as it comes; default: nothing is called.
            via: the address that the docker program is given, such as that of a recording; default: the engine's own.

        """
        from checker.play import runner

        return runner(self.engine, self.work.state, self.folder, limit_s, on_output, via=via)

    def play(
        self,
        commands: Iterable[Command],
        trust: Trust,
        on_start: Callable[[Command], object] | None = None,
        on_end: Callable[[Played], object] | None = None,
    ) -> list[Played]:
        """Run commands one after the other on the attempt's engine, and stop at the first unexpected failure.

        Arguments:
            commands: from a list without problems.
            trust: LIVE runs each command as typed; REPLAYED runs its canonical form.
            on_start: called with each command before it runs.
            on_end: called with what each command did.

        Returns:
            What was run. The last one is the one that failed, where one did.

        """
        from checker.play import play

        return play(commands, self.runner(), trust, on_start, on_end)

    # --- the starting state

    def set_up(self, trust: Trust = Trust.LIVE) -> SetUp:
        """Put the engine into the state that the lab begins with, as often as one likes; of a lab without one, nothing.

        A lab's ``setup.txt`` is a command list like a learner's. Every container that it makes has a name, by which it
        is removed before it is made again; what is not the course's is never removed.

        Arguments:
            trust: LIVE runs the commands as they are written; REPLAYED writes them from the vocabulary, as for a grade.

        Raises:
            CourseError: when a name that it needs is taken by what is not the course's, or a command fails.
            NoEngine: when the engine does not answer.

        """
        commands = self._starting_commands
        if not commands:
            return SetUp()
        from checker.play import play, runner

        removed = self.clear_set_up()
        for played in play(commands, runner(self.engine, self.work.state, self.lab.folder), trust):
            if not played.as_expected:
                raise self._cannot_set_up(played)
        return SetUp(self.starting_names, removed)

    def clear_set_up(self) -> tuple[str, ...]:
        """Remove the containers of the starting state and forget their history; return the names that were there.

        Raises:
            CourseError: when one of them is not the course's; then nothing was removed.
            NoEngine: when the engine does not answer.

        """
        from checker.engine import forget_history, remove_containers

        client = open_client(self.engine.host)
        try:
            removed, foreign = remove_containers(client, self.engine, self.starting_names)
            if foreign:
                raise CourseError(
                    f"The name {foreign[0]}, which this lab needs, is taken by a container that is not the course's.",
                    f"Give yours another name in a terminal of your own: docker rename {foreign[0]} my-{foreign[0]}",
                )
            forget_history(client, self.work.journal, self.starting_names)
        finally:
            client.close()
        return tuple(removed)

    @cached_property
    def starting_names(self) -> tuple[str, ...]:
        """The names of the containers that the starting state consists of."""
        names = [name for command in self._starting_commands for name in command.known().new_names]
        return tuple(dict.fromkeys(names))

    def not_set_up(self, facts: Facts) -> tuple[CourseError, ...]:
        """Return a note that the starting state is missing; an empty text when it is there."""
        if not self.lab.setup:
            return ()
        try:
            history = facts.history()
        except CourseError:
            return ()  # each check has said so already
        if any(history.lives(name) for name in self.starting_names):
            return ()
        names = ", ".join(self.starting_names)
        return (
            UsageProblem(
                f"This lab begins with containers that are there already ({names}). They were not made yet.",
                f"Run the cell with %setup, or in the terminal: checker setup {self.lab.number}",
            ),
        )

    @cached_property
    def _starting_commands(self) -> tuple[Command, ...]:
        return parse(self.lab.setup, self.params).commands

    def _cannot_set_up(self, played: Played) -> CourseError:
        """Say which command failed, and what to do."""
        from checker.engine import taken_port

        number, port = self.lab.number, taken_port(played.output)
        if port:
            return CourseError(
                f"Port {port} of your machine, which this lab needs, is taken: by a container, or by a program outside "
                "of Docker.",
                f"The PORTS column of docker ps shows whether a container has it. checker reset {number} removes the "
                "course's; another program must give the port back while you do this lab.",
            )
        what = played.note or f"it ended with exit code {played.exit_code}: {played.output.strip()}"
        return CourseError(
            f"The starting state of {self.lab.id} could not be made. Its command was: {played.command.text.strip()}\n"
            f"{what}",
            f"Remove what you made for this lab, and try again: checker reset {number}",
        )


def solution_is_open(lab: Lab, progress: Progress) -> bool:
    """Return whether a learner who is stuck may look at a solution now.

    Arguments:
        lab: the lab that is done.
        progress: the learner's results in it so far.

    """
    return bool(lab.solutions) and not progress.done and progress.failed_checks >= FAILED_CHECKS_BEFORE_SOLUTION


def set_up_in_words(attempt: Attempt, *, only_clear: bool) -> str:
    """Set a lab up, or only take its starting state away; return one sentence for the learner.

    Arguments:
        attempt: at the lab.
        only_clear: take away what an earlier set-up made, and make nothing.

    Raises:
        CourseError: see ``Attempt.set_up``.

    """
    from checker.engine import listed

    if not attempt.lab.setup:
        return f"The lab {attempt.lab.id} begins with nothing: there is nothing to set up."
    if only_clear:
        gone = attempt.clear_set_up()
        return f"Removed: {listed(gone)}." if gone else "There is nothing left of the starting state."
    done = attempt.set_up()
    again = " again" if done.removed else ""
    return f"The lab's starting state is there. Made{again}: {listed(done.made)}."
