"""``checker check``, ``watch``, ``setup``, ``reset``, ``solution``: what a learner asks for while working on a lab."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from checker.attempt import Attempt, set_up_in_words
from checker.cli.commands import complain, say
from checker.errors import EXIT_CHECKS_FAILED, EXIT_OK, CourseError, UsageProblem
from checker.files import read_text, shown, write_text
from checker.lab import FOLDER_NAME, Lab, Status, find_lab, lab_ids, load_lab, load_labs
from checker.learner import ANSWERS, FAILED_CHECKS_BEFORE_SOLUTION, REOPEN, Work
from checker.output import coloured, redraws
from checker.placeholders import filled
from checker.report import MARKS, as_text, best_so_far_note, visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from checker.lab import Result
    from checker.watch import LabStatus

WAIT_S = 0.5
"""Seconds between two looks for Ctrl-C, which on Windows does not end a wait."""


def check(options: argparse.Namespace) -> int:
    """Check a lab, print the report, and keep it."""
    work = Work()
    lab = load_lab(options.lab or _lab_meant(work))
    checked = Attempt.here(lab, work).check_and_keep()
    if options.json:
        from checker.report import as_json

        sys.stdout.write(as_json(lab, checked.results))
    else:
        sys.stdout.write(as_text(lab, checked.results, colour=coloured()))
        if told := best_so_far_note(checked.results, checked.reached):
            say(told)
        if checked.solution_is_open:
            say(f"Stuck? You may look at a solution with: checker solution {lab.number}")
    for problem in checked.problems:
        complain(problem)
    if options.html:
        from checker.report import as_page

        write_text(Path(options.html), as_page(lab, checked.results))
    return _exit_code(checked.results)


def watch(options: argparse.Namespace) -> int:
    """Show a lab's report and keep it current: redrawn on a terminal, as lines of what changed elsewhere."""
    from checker.engine import Follower
    from checker.watch import Watch

    work = Work()
    lab = load_lab(options.lab or _lab_meant(work))
    show = _redraw if redraws() else _Changes()
    attempt = Attempt.here(lab, work)
    watching = Watch(attempt, Follower(attempt.engine.host), lambda status: show(lab, status))
    show(lab, watching.status)
    try:
        watching.start()
        while not threading.Event().wait(WAIT_S):
            pass
    except KeyboardInterrupt:
        say("")
    finally:
        watching.close()
    results = watching.status.results
    return _exit_code(results) if len(results) >= len(lab.checks) else EXIT_CHECKS_FAILED


def _exit_code(results: Sequence[Result]) -> int:
    """Return the exit code of a check: whether each task that a learner sees has passed."""
    passed = all(result.status is Status.PASSED for result in visible(results))
    return EXIT_OK if passed else EXIT_CHECKS_FAILED


def _redraw(lab: Lab, status: LabStatus) -> None:
    """Draw the report in the place of the one before."""
    known = len(status.results) == len(lab.checks)
    told = as_text(lab, status.results, colour=coloured()) if known else f"{lab.title}: not checked yet.\n"
    kept = best_so_far_note(status.results, status.reached) if known else ""
    lines = [told, *([kept] if kept else []), *map(str, status.problems), _watched(status)]
    sys.stdout.write("\x1b[H\x1b[2J" + "\n".join(lines) + "\n")
    sys.stdout.flush()


class _Changes:
    """Prints a line for each task that has another state than before."""

    def __init__(self) -> None:
        self._before: dict[str, Status] = {}
        self._problems: tuple[CourseError, ...] = ()
        self._lost: str | None = None

    def __call__(self, _: Lab, status: LabStatus) -> None:
        for result in visible(status.results):
            if self._before.get(result.id) is not result.status:
                say(f"{MARKS[result.status]} {result.score:g}/{result.max_score:g}  {result.description}")
            self._before[result.id] = result.status
        for problem in status.problems:
            if problem not in self._problems:
                complain(problem)
        self._problems = status.problems
        if status.lost != self._lost:
            self._lost = status.lost
            say(_watched(status))


def _watched(status: LabStatus) -> str:
    if status.lost:
        return f"Not up to date: {status.lost} Trying again."
    return "Watching: tasks tick by themselves as you work. Ctrl-C ends this."


def _lab_meant(work: Work) -> str:
    """Return the lab whose folder this is, or the first one that is not done."""
    for part in reversed(Path.cwd().parts):
        if FOLDER_NAME.fullmatch(part) and part in lab_ids():
            return part
    for lab_id in lab_ids():
        if not work.progress(lab_id).done:
            return lab_id
    return find_lab((lab_ids() or [""])[-1])


def setup(options: argparse.Namespace) -> int:
    """Put the engine into a lab's starting state."""
    work = Work()
    lab = load_lab(options.lab or _lab_meant(work))
    say(set_up_in_words(Attempt.here(lab, work), only_clear=options.clear))
    return EXIT_OK


def reset(options: argparse.Namespace) -> int:
    """Put labs back as handed out, and remove the course's containers."""
    from checker.session import clean_engine

    work = Work()
    labs = [load_lab(options.lab)] if options.lab else load_labs()
    for lab in labs:
        kept = work.reset(lab)
        say(f"{lab.id}: as handed out." + (f" Your old files are in {shown(kept)}/. {REOPEN}" if kept else ""))
    try:
        removed = clean_engine(work)
    except CourseError as error:
        complain(CourseError(f"The course's containers were not removed: {error.message}", error.next_step))
        return error.exit_code
    say("Removed from the engine: " + (", ".join(removed) if removed else "nothing, it was clean") + ".")
    for lab in labs:
        if lab.setup:
            say(f"{lab.id} begins with containers that are there already. Make them with: checker setup {lab.number}")
    return EXIT_OK


def solution(options: argparse.Namespace) -> int:
    """Show a lab's solution once three checks have failed, and mark the lab as seen."""
    work = Work()
    lab = load_lab(options.lab)
    progress = work.progress(lab.id)
    if not lab.solutions:
        raise UsageProblem(f"This edition of the course holds no solution of {find_lab(lab.id)}.", "Ask your teacher.")
    missing = FAILED_CHECKS_BEFORE_SOLUTION - progress.failed_checks
    if missing > 0 and not progress.done and not progress.seen:
        raise UsageProblem(
            f"The solution opens after {FAILED_CHECKS_BEFORE_SOLUTION} checks that did not pass; "
            f"{missing} to go. Most people get there without it.",
            f"Try, and check with: checker check {lab.number}",
        )
    if not progress.done:
        work.mark_seen(lab.id)
    for folder in lab.solutions:
        _show_solution(folder, lab, work)
    return EXIT_OK


def _show_solution(folder: Path, lab: Lab, work: Work) -> None:
    say(f"--- {folder.name} ---")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            title = "answers" if path.name == ANSWERS else path.relative_to(folder).as_posix()
            say(f"\n# {title}\n{filled(read_text(path), work.params(lab)).rstrip()}")
    say("")
