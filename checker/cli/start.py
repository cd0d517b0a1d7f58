"""``checker start``: set everything up, and open the course in JupyterLab."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from checker.cli.commands import say
from checker.errors import EXIT_OK
from checker.jupyter import serve
from checker.learner import Work
from checker.session import open_course, update_copies

if TYPE_CHECKING:
    import argparse


def start(options: argparse.Namespace) -> int:
    """Open the course and serve it until Ctrl-C; then stop what was started."""
    started = time.monotonic()
    work = Work()
    if options.learner:
        work.set_learner(options.learner)
    with open_course(work, engine=options.engine, yes=options.yes, say=say, bundle=options.bundle) as course:
        say(f"Engine: {course.engine.source} ({course.engine.strategy}).")
        update_copies(work, course.labs, say)
        with serve(work.root, course.engine, browser=not options.no_browser, port=options.port, say=say) as server:
            say(f"Ready in {time.monotonic() - started:.0f} s. The course is open at:\n\n    {server.url}\n")
            if server.daemon is None:
                return EXIT_OK
            say("Leave this window open while you learn. Ctrl-C ends the course; your work stays in work/.")
            code = server.wait()
        say("Stopping what the course started …")
    return code
