"""``checker status``: progress over all labs and whether the engine answers. No docker import: it must be instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker import terminal
from checker.cli.commands import say
from checker.engine import http, remembered_engine
from checker.errors import EXIT_OK
from checker.files import shown
from checker.lab import lab_ids
from checker.learner import Progress, Work

if TYPE_CHECKING:
    import argparse

BAR = 20


def status(_options: argparse.Namespace) -> int:
    """Print one line per lab, what to do next, and the engine's state."""
    work = Work()
    todo, rows = None, []
    for lab_id in lab_ids():
        progress = work.progress(lab_id)
        rows.append(_row(lab_id, progress))
        if todo is None and not progress.done:
            todo = lab_id
    if terminal.draws():
        terminal.table(("Lab", "Progress", "Points"), rows)
    else:
        for row in rows:
            say(_line(row))
    say("")
    say(f"Next: {todo}" if todo else "All labs are done.")
    if work.learner:
        say(f"Learner: {work.learner}")
    say(f"Your work: {shown(work.root)}/")
    say(f"Engine: {_engine(work)}")
    return EXIT_OK


def _row(lab_id: str, progress: Progress) -> terminal.TableRow:
    """Return a lab's name, its bar, and its points in words."""
    full = sum(result.max_score for result in progress.results)
    if not full:
        return terminal.TableRow((lab_id, "·" * BAR, "not checked yet"))
    filled = round(BAR * progress.score / full)
    marks = ["done"] if progress.done else []
    marks += ["solution seen"] if progress.seen else []
    points = f"{progress.score:g} of {full:g} points {', '.join(marks)}".rstrip()
    return terminal.TableRow((lab_id, "█" * filled + "·" * (BAR - filled), points), "green" if progress.done else "")


def _line(row: terminal.TableRow) -> str:
    lab_id, bar, points = row.cells
    return f"{lab_id:<16} {bar}  {points}"


def _engine(work: Work) -> str:
    """Say whether the course's engine answers, in one line."""
    found = remembered_engine(work.root)
    if found is None:
        return "none yet. Start the course with: python3 -m checker start"
    ping = http.ping(found.host, timeout_s=1)
    if ping.ok:
        return f"{ping.server} answers at {found.host} ({found.strategy})"
    return f"does not answer at {found.host}. Start the course again, or ask: checker doctor"
