"""``checker check``, ``watch``, ``setup``, ``reset``, ``solution``: what a learner asks for while working on a lab."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from checker import report, terminal
from checker.cli.commands import complain, say
from checker.errors import EXIT_CHECKS_FAILED, EXIT_OK, CourseError, UsageProblem
from checker.files import read_text, shown, write_text
from checker.lab import FOLDER_NAME, Lab, Status, find_lab, lab_ids, load_lab, load_labs
from checker.learner import ANSWERS, FAILED_CHECKS_BEFORE_SOLUTION, REOPEN, Work
from checker.live import check_live, clean_engine, course_engine
from checker.placeholders import filled

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
    checked = check_live(work, lab)
    if options.json:
        sys.stdout.write(report.as_json(lab, checked.results))
    else:
        sys.stdout.write(report.as_text(lab, checked.results, colour=terminal.coloured()))
        if told := report.best_so_far_note(checked.results, checked.reached):
            say(told)
        if checked.solution_is_open:
            say(f"Stuck? You may look at a solution with: checker solution {lab.id.split('_')[0]}")
    for problem in checked.problems:
        complain(problem)
    if options.html:
        write_text(Path(options.html), report.as_page(lab, checked.results))
    return _exit_code(checked.results)


def watch(options: argparse.Namespace) -> int:
    """Show a lab's report and keep it current: drawn anew on a terminal, as lines of what changed elsewhere."""
    from checker.engine import Follower
    from checker.watch import Watch

    work = Work()
    lab = load_lab(options.lab or _lab_meant(work))
    show = _redraw if terminal.redraws() else _Changes()
    watching = Watch(work, lab, Follower(course_engine(work).host), lambda standing: show(lab, standing))
    show(lab, watching.standing)
    try:
        watching.start()
        while not threading.Event().wait(WAIT_S):
            pass
    except KeyboardInterrupt:
        say("")
    finally:
        watching.close()
    results = watching.standing.results
    return _exit_code(results) if len(results) >= len(lab.checks) else EXIT_CHECKS_FAILED


def _exit_code(results: Sequence[Result]) -> int:
    """Return the exit code of a check: whether each task that a learner sees has passed."""
    passed = all(result.status is Status.PASSED for result in report.visible(results))
    return EXIT_OK if passed else EXIT_CHECKS_FAILED


def _redraw(lab: Lab, standing: LabStatus) -> None:
    """Draw the report in the place of the one before."""
    known = len(standing.results) == len(lab.checks)
    told = (
        report.as_text(lab, standing.results, colour=terminal.coloured())
        if known
        else f"{lab.title}: not checked yet.\n"
    )
    kept = report.best_so_far_note(standing.results, standing.reached) if known else ""
    lines = [told, *([kept] if kept else []), *map(str, standing.problems), _watched(standing)]
    sys.stdout.write("\x1b[H\x1b[2J" + "\n".join(lines) + "\n")
    sys.stdout.flush()


class _Changes:
    """Prints a line for each task that has another state than before."""

    def __init__(self) -> None:
        self._before: dict[str, Status] = {}
        self._problems: tuple[CourseError, ...] = ()
        self._lost: str | None = None

    def __call__(self, _: Lab, standing: LabStatus) -> None:
        for result in report.visible(standing.results):
            if self._before.get(result.id) is not result.status:
                say(f"{report.MARKS[result.status]} {result.score:g}/{result.max_score:g}  {result.description}")
            self._before[result.id] = result.status
        for problem in standing.problems:
            if problem not in self._problems:
                complain(problem)
        self._problems = standing.problems
        if standing.lost != self._lost:
            self._lost = standing.lost
            say(_watched(standing))


def _watched(standing: LabStatus) -> str:
    if standing.lost:
        return f"Not up to date: {standing.lost} Trying again."
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
    from checker.prepare import set_up_and_say

    work = Work()
    lab = load_lab(options.lab or _lab_meant(work))
    say(set_up_and_say(lab, course_engine(work), work, only_clear=options.clear))
    return EXIT_OK


def reset(options: argparse.Namespace) -> int:
    """Put labs back as handed out, and remove the course's containers."""
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
            say(f"{lab.id} begins with containers that are there already. Make them with: checker setup {lab.id[:2]}")
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
            f"Try, and check with: checker check {lab.id.split('_')[0]}",
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
