"""``checker stop``: stop and remove what is the course's, also what a killed earlier run left, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker import bootstrap
from checker.cli.commands import complain, say
from checker.engine import forget_engine, http, private, remembered_engine
from checker.errors import EXIT_OK, CourseError, UsageProblem
from checker.jupyter import stop_open
from checker.learner import Work

if TYPE_CHECKING:
    import argparse


def stop(options: argparse.Namespace) -> int:
    """End JupyterLab, remove the course's containers, stop its private engine; --all: its images and data as well."""
    work = Work()
    if stop_open(work.root):
        say("JupyterLab is stopped.")
    problem = _clean(work, everything=options.all)
    if private.stop(say):
        say("The course's private engine is stopped.")
    if options.all and private.remove_data():
        say("The private engine's data (images and containers) is removed.")
    if problem:
        complain(problem)
    else:
        forget_engine(work.root)
    if options.all:
        say(f"What is left of the course is this folder; your work is in {work.root}. Delete them when you like.")
    return problem.exit_code if problem else EXIT_OK


def _clean(work: Work, *, everything: bool) -> CourseError | None:
    """Remove the course's containers where its engine answers."""
    found = remembered_engine(work.root)
    if found is None or not http.ping(found.host).ok:
        say("No engine of the course answers, so there is nothing to remove there.")
        return None
    if not bootstrap.packages_here():
        return UsageProblem(
            "Nothing was removed from the engine: the course's packages are missing.",
            "Set them up with: python3 -m checker start --no-browser, end that with Ctrl-C, then stop again.",
        )
    from checker.session import clean_engine

    try:
        removed = clean_engine(work, everything=everything)
    except CourseError as error:
        return error
    say("Removed from the engine: " + (", ".join(removed) if removed else "nothing, it was clean") + ".")
    return None
