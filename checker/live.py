"""Check and clean on the learner's own engine: what the terminal and the notebook both do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checker.commands import parse
from checker.engine import clean_up, forget_history, image_name, load_catalog, open_client, remembered_engine
from checker.errors import CourseError, NoEngine, UsageProblem
from checker.facts import Facts
from checker.files import read_text
from checker.lab import Result, Status, Trust
from checker.learner import COMMANDS, FAILED_CHECKS_BEFORE_SOLUTION, Work
from checker.prepare import names_in
from checker.run import run_checks
from checker.session import journal_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from checker.engine import Engine
    from checker.lab import Lab
    from checker.learner import Progress


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


def course_engine(work: Work) -> Engine:
    """Return the engine that this learner's course uses.

    Raises:
        NoEngine: when the course has not been started here.

    """
    found = remembered_engine(work.root)
    if found is None:
        raise NoEngine("The course has not been started here yet.", "Start it with: python3 -m checker start")
    return found


def check_live(work: Work, lab: Lab, on_result: Callable[[Result], None] | None = None) -> Checked:
    """Check a lab on the learner's engine, and keep the results.

    Raises:
        NoEngine: when the engine does not answer.
        UsageProblem: when the learner's answers cannot be read.

    """
    engine = course_engine(work)
    work.answers(lab)  # broken answers are said once and clearly, before anything is judged
    params = work.params(lab)
    client = open_client(engine.host)
    try:
        facts = Facts(client, lab, work.folder(lab), params, journal_path(work), engine=engine)
        results = run_checks(lab.checks, facts, params=params, trust=Trust.LIVE, on_result=on_result)
        problems = not_set_up(work, lab, facts)
    finally:
        client.close()
    results = not_yet_in_list(work, lab, results)
    try:
        progress = work.save_results(lab.id, results)
    except CourseError as error:
        return Checked(tuple(results), (*problems, error))
    return Checked(tuple(results), problems, solution_is_open(lab, progress), progress.score)


def solution_is_open(lab: Lab, progress: Progress) -> bool:
    """Return whether a learner who is stuck may look at a solution now."""
    return bool(lab.solutions) and not progress.done and progress.failed_checks >= FAILED_CHECKS_BEFORE_SOLUTION


def not_set_up(work: Work, lab: Lab, facts: Facts) -> tuple[CourseError, ...]:
    """Say that nobody has made the state that a lab begins with, where that is so."""
    if not lab.setup:
        return ()
    names = names_in(lab, work)
    try:
        history = facts.history()
    except CourseError:
        return ()  # each check has said so already
    if any(history.lives(name) for name in names):
        return ()
    number = lab.id.split("_")[0]
    return (
        UsageProblem(
            f"This lab begins with containers that are there already ({', '.join(names)}). They were not made yet.",
            f"Run the cell with %setup, or in the terminal: checker setup {number}",
        ),
    )


def not_yet_in_list(work: Work, lab: Lab, results: Sequence[Result]) -> list[Result]:
    """Say of each passed task whether the command list could have done it: a grade replays that list, nothing else."""
    path = work.folder(lab) / COMMANDS
    if not path.is_file():
        return list(results)
    missing = missing_in_list(lab, read_text(path), work.params(lab), results)
    return [replace(result, message=NOT_IN_LIST) if result.id in missing else result for result in results]


def missing_in_list(lab: Lab, commands: str, params: Mapping[str, str], results: Sequence[Result]) -> frozenset[str]:
    """Return the ids of the passed tasks that a command list cannot have done: it names nothing that they look at."""
    replayed = {item.id for item in lab.checks if item.replay}
    words = {image_name(word) for command in parse(commands, params).commands for word in command.argv}
    passed = [result for result in results if result.status is Status.PASSED and result.id in replayed]
    brought = {image_name(name) for name in lab.images}  # what the course brings is in no list
    made = {result.id: {image_name(name) for name in result.names} - brought for result in passed}
    return frozenset(task for task, names in made.items() if names and not names & words)


def clean_engine(work: Work, *, everything: bool = False) -> list[str]:
    """Remove the course's containers and what else it made on the engine; return their names.

    Arguments:
        work: the learner's folder.
        everything: also remove the course's images.

    Raises:
        NoEngine: when the engine does not answer.

    """
    engine = course_engine(work)
    client = open_client(engine.host)
    try:
        removed = clean_up(client, engine, work.state, keep_images=() if everything else course_images())
        forget_history(engine.host, journal_path(work))  # what was removed is no part of the next try
        return removed
    finally:
        client.close()


def course_images() -> list[str]:
    """Return the names of all images of the course's catalog: what a clean engine keeps."""
    return [image.name for image in load_catalog().images]
