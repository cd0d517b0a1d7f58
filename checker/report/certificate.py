"""The certificate: what a learner has reached in every lab, as one page to keep, once all labs are done."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.errors import UsageProblem
from checker.files import write_text
from checker.pages import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checker.lab import Lab, Trust
    from checker.learner import Progress, Work

FILE = "certificate.html"
NAME_LENGTH = 80


@dataclass(frozen=True)
class CertificateLine:
    """One lab on the certificate: ``date`` is the day of the last check, ``seen`` whether the solution was shown."""

    lab: str
    title: str
    tasks: int
    points: float
    date: str
    trusts: tuple[Trust, ...]
    seen: bool


def open_labs(work: Work, labs: Sequence[Lab]) -> list[str]:
    """Return the ids of the labs that are not done: not checked, not passed in full, or changed since then.

    Arguments:
        work: the learner's folder.
        labs: the labs to look at.

    """
    return [lab.id for lab in labs if not _is_done(lab, work.progress(lab.id))]


def _is_done(lab: Lab, progress: Progress) -> bool:
    checked = {result.id for result in progress.results}
    return progress.done and checked >= {item.id for item in lab.checks if item.visibility == "visible"}


def write_certificate(work: Work, labs: Sequence[Lab], name: str = "") -> Path:
    """Write the certificate into the learner's folder; return its path.

    Arguments:
        work: the learner's folder.
        labs: all labs of the course.
        name: what the learner wants to be called on it; default their id.

    Raises:
        UsageProblem: while labs are open; lists them. Also for a name that cannot be printed.
        CourseError: when it cannot be written.

    """
    name = " ".join(name.split())
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise UsageProblem(
            f"“{name[:NAME_LENGTH]}” cannot be put on a certificate.",
            f"Use up to {NAME_LENGTH} letters and signs that can be printed.",
        )
    still_open = open_labs(work, labs)
    if still_open:
        raise UsageProblem(
            f"The certificate is written when all labs are done. Still open: {', '.join(still_open)}.",
            f"Go on with: checker check {still_open[0][:2]}",
        )
    path = work.root / FILE
    write_text(path, as_page([_line(lab, work.progress(lab.id)) for lab in labs], work.learner, name, _today()))
    return path


def _line(lab: Lab, progress: Progress) -> CertificateLine:
    trusts = tuple(sorted({result.trust for result in progress.results}))
    return CertificateLine(
        lab.id, lab.title, len(progress.results), progress.score, progress.checked_at[:10], trusts, progress.seen
    )


def _today() -> str:
    return time.strftime("%Y-%m-%d")


def as_page(lines: Sequence[CertificateLine], learner: str, name: str, day: str) -> str:
    """Return the certificate as one HTML page that needs nothing else.

    Arguments:
        lines: one for each lab, in the order of the course.
        learner: the id given with ``start --as``; may be empty.
        name: what the learner wants to be called; may be empty.
        day: the day on which it is written, as 2026-01-31.

    """
    return (
        render(
            "report/certificate",
            who=name or learner or "A learner",
            learner=learner,
            lines=lines,
            tasks=sum(line.tasks for line in lines),
            points=sum(line.points for line in lines),
            trusts={trust for line in lines for trust in line.trusts},
            seen=any(line.seen for line in lines),
            day=day,
        )
        + "\n"
    )
