"""``checker stop``: stop and remove what is the course's, also what a killed earlier run left, and nothing else."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from checker import bootstrap
from checker.cli.commands import complain, say
from checker.engine import endpoint, http, private
from checker.errors import EXIT_OK, CourseError, UsageProblem
from checker.work import Work

if TYPE_CHECKING:
    import argparse

SERVER_PID = "jupyter.pid"


def stop(options: argparse.Namespace) -> int:
    """End JupyterLab, remove the course's containers, stop its private engine; with --all its images and data, too."""
    work = Work()
    problems = [problem for problem in (_end_server(work), _clean(work, everything=options.all)) if problem]
    if private.stop(say):
        say("The course's private engine is stopped.")
    if options.all and private.remove_data():
        say("The private engine's data (images and containers) is removed.")
    endpoint.forget(work.root)
    for problem in problems:
        complain(problem)
    if options.all:
        say(f"What is left of the course is this folder; your work is in {work.root}. Delete them when you like.")
    return problems[0].exit_code if problems else EXIT_OK


def _end_server(work: Work) -> CourseError | None:
    """End a JupyterLab that an earlier ``start`` left behind."""
    path = work.state / SERVER_PID
    try:
        pid = int(path.read_text(encoding="ascii"))
        os.kill(pid, signal.SIGTERM)
        say(f"JupyterLab (process {pid}) is stopped.")
    except (OSError, ValueError):
        pass  # none was left
    path.unlink(missing_ok=True)
    return None


def _clean(work: Work, *, everything: bool) -> CourseError | None:
    """Remove the course's containers where its engine answers."""
    found = endpoint.load(work.root)
    if found is None or not http.ping(found.host).ok:
        say("No engine of the course answers, so there is nothing to remove there.")
        return None
    if not bootstrap.packages_here():
        return UsageProblem("Nothing was removed from the engine: the course's packages are missing.", "checker start")
    from checker.live import clean_engine

    try:
        removed = clean_engine(work, everything=everything)
    except CourseError as error:
        return error
    say("Removed from the engine: " + (", ".join(removed) if removed else "nothing, it was clean") + ".")
    return None
