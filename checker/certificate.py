"""The certificate: what a learner has reached in every lab, as one page to keep, once all labs are done."""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.errors import UsageProblem
from checker.files import write_text
from checker.lab import Trust

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checker.lab import Lab
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
    """Return the ids of the labs that are not done: not checked, not passed in full, or changed since then."""
    return [lab.id for lab in labs if not _is_done(lab, work.progress(lab.id))]


def _is_done(lab: Lab, progress: Progress) -> bool:
    checked = {result.id for result in progress.results}
    return progress.done and checked >= {item.id for item in lab.checks if item.visibility == "visible"}


def write(work: Work, labs: Sequence[Lab], name: str = "") -> Path:
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
            f"“{name[:NAME_LENGTH]}” cannot stand on a certificate.",
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
    who = name or learner or "A learner"
    own_id = f"<p>Learner's id: {_esc(learner)}</p>" if learner and learner != who else ""
    rows = "".join(_row(line) for line in lines)
    points, tasks = sum(line.points for line in lines), sum(line.tasks for line in lines)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Docker 101: {_esc(who)}</title>\n<style>{_STYLE}</style></head>\n<body><main>\n"
        f'<header><p class="course">Docker 101</p><h1>{_esc(who)}</h1>\n'
        f"<p>has done all {len(lines)} labs of this course: {tasks} tasks, {points:g} points.</p>{own_id}</header>\n"
        f"<table><caption>The labs</caption>\n<thead><tr>{_HEAD}</tr></thead>\n<tbody>\n{rows}</tbody></table>\n"
        f'<section aria-label="What this page is"><h2>What this page is</h2>\n{_told(lines)}'
        f"<p>Written on {_esc(day)}.</p></section>\n</main></body></html>\n"
    )


_HEAD = "".join(f'<th scope="col">{title}</th>' for title in ("Lab", "Tasks", "Points", "Checked on", "Judged"))


def _row(line: CertificateLine) -> str:
    judged = ", ".join(str(trust) for trust in line.trusts) + (", solution seen" if line.seen else "")
    return (
        f'<tr><th scope="row">{_esc(line.lab[:2])} {_esc(line.title)}</th><td>{line.tasks}</td>'
        f"<td>{line.points:g}</td><td>{_esc(line.date)}</td><td>{_esc(judged)}</td></tr>\n"
    )


_ORIGIN = (
    "The program of the course wrote this page on the learner's own computer, out of the results of its checks. "
    "Nobody has signed it, and whoever owns the computer could have changed it."
)


def _told(lines: Sequence[CertificateLine]) -> str:
    """Say how far the page can be trusted."""
    trusts = {trust for line in lines for trust in line.trusts}
    words = [_ORIGIN]
    if Trust.LIVE in trusts:
        words.append(
            "<strong>live</strong>: the check looked at the learner's own Docker engine. It shows that the work was "
            "there, not who did it."
        )
    if Trust.REPLAYED in trusts:
        words.append(
            "<strong>replayed</strong>: what was handed in was run again on a fresh engine, and that was checked."
        )
    if any(line.seen for line in lines):
        words.append("<strong>solution seen</strong>: the learner looked at a solution before the lab was done.")
    return "".join(f"<p>{text}</p>\n" for text in words)


_STYLE = re.sub(
    r"\n\s*",
    "",
    """
    :root{color-scheme:light}
    body{margin:0;background:#eef2f5;color:#1b2733;font:17px/1.5 system-ui,sans-serif}
    main{max-width:46em;margin:2em auto;padding:2.5em 3em;background:#fff;border:3px double #1f5f8b}
    header{text-align:center;border-bottom:1px solid #1f5f8b;margin-bottom:1.5em;padding-bottom:.8em}
    .course{margin:0;color:#1f5f8b;font-weight:600;letter-spacing:.08em;text-transform:uppercase}
    h1{margin:.2em 0;font-size:2.4em;line-height:1.15;overflow-wrap:anywhere}
    h2{font-size:1.05em;margin:1.6em 0 .3em}
    table{border-collapse:collapse;width:100%}
    caption{text-align:left;font-weight:600;padding-bottom:.3em}
    th,td{text-align:left;vertical-align:top;padding:.35em .7em .35em 0;border-bottom:1px solid #b6c4cf;font-weight:400}
    thead th{font-weight:600}
    section p{margin:.4em 0;font-size:.9em}
    @page{margin:14mm}
    @media print{body{background:#fff;font-size:11pt}main{margin:0;max-width:none;border-width:2px;padding:1.5em 2em}}
    """.strip(),
)


def _esc(text: str) -> str:
    return html.escape(text, quote=True)
