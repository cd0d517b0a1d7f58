"""Turn findings into text: for the terminal, and for the file that goes to a teacher. Pure functions."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from checker.doctor.finding import FindingState
from checker.terminal import TableRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from checker.doctor.finding import Finding

MARKS = {FindingState.OK: "✓", FindingState.WARN: "!", FindingState.BAD: "✗"}
COLOURS = {FindingState.OK: "32", FindingState.WARN: "33", FindingState.BAD: "31"}
COLOUR_NAMES = {FindingState.OK: "green", FindingState.WARN: "yellow", FindingState.BAD: "red"}

REPORT_HEAD = "# Report of the Docker course's doctor"
"""The first line of every report; a file that begins with it may be written over."""

WHAT_IT_HOLDS = """\
# Send this file to your teacher. It holds: what the doctor found; the versions of your system, of Python, of Docker and
# of the course; a few settings that steer Docker; your id in the course and the points of your last checks; the names
# and states of the course's containers; the last lines of the log of the course's own engine, if it has one.
# It holds no password and no token. Your home folder is written as ~. Read it before you send it.
"""

_SECRETS = (
    (re.compile(r"(\w+://)[^\s/@]+@"), r"\1***@"),
    (
        re.compile(
            r"(?i)\b((?:[\w-]*(?:token|password|passwd|secret|api[_-]?key))\b[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,]+"
        ),
        r"\1***",
    ),
    (re.compile(r"(?i)\b((?:authorization|x-registry-auth)[\"']?\s*[=:]\s*[\"']?)(?:\w+ )?[^\s\"',]+"), r"\1***"),
)


def as_text(findings: Sequence[Finding], *, colour: bool = False, columns: int = 100) -> str:
    """Return the findings as lines for a terminal; steps to take stay on one line each, so that they can be copied.

    Arguments:
        findings: all of them, in the order of the examination.
        colour: whether marks have ANSI colours; default: they have none.
        columns: the width of the text, in characters.

    """
    width = max((len(finding.title) for finding in findings), default=0)
    lines: list[str] = []
    for finding in findings:
        lines += _lines(finding, width, columns, colour=colour)
    return "\n".join([*lines, "", closing(findings)]) + "\n"


def as_rows(findings: Sequence[Finding]) -> list[TableRow]:
    """Return the findings as rows of a table: a mark, what was looked at, what was seen."""
    return [TableRow((MARKS[found.state], found.title, found.seen), COLOUR_NAMES[found.state]) for found in findings]


def as_steps(findings: Sequence[Finding]) -> str:
    """Return what goes below the table: the steps to take, one line each, so that they can be copied, and the close."""
    lines: list[str] = []
    for finding in findings:
        if finding.fix:
            steps = (f"  {step}" for step in finding.fix.splitlines())
            lines += [f"{MARKS[finding.state]} {finding.title}", *steps, ""]
    return "\n".join([*lines, closing(findings)])


def as_brief(findings: Sequence[Finding], *, columns: int = 100) -> str:
    """Return what needs a fix in full, and of the rest only the names: for a cell of a lesson.

    Arguments:
        findings: all of them, in the order of the examination.
        columns: the width of the text, in characters.

    """
    fine = [finding.title for finding in findings if finding.state is FindingState.OK]
    others = [finding for finding in findings if finding.state is not FindingState.OK]
    names = textwrap.fill(f"{MARKS[FindingState.OK]} In order: {', '.join(fine)}.", columns, subsequent_indent="  ")
    return f"{names}\n\n{as_text(others, columns=columns) if others else closing(findings)}".rstrip() + "\n"


def _lines(finding: Finding, width: int, columns: int, *, colour: bool) -> list[str]:
    head = f"{MARKS[finding.state]} {finding.title:<{width}}"
    if colour:
        head = f"\x1b[{COLOURS[finding.state]}m{head}\x1b[0m"
    margin = " " * (width + 4)
    room = max(columns - len(margin), 30)
    seen = textwrap.wrap(finding.seen, room, break_long_words=False, break_on_hyphens=False) or [""]
    steps = [f"{'→ ' if number == 0 else '  '}{step}" for number, step in enumerate(finding.fix.splitlines())]
    return [f"{head}  {seen[0]}", *(margin + line for line in [*seen[1:], *steps])]


def closing(findings: Sequence[Finding]) -> str:
    """Return the last line: how many things to fix, and which one to begin with."""
    broken = [finding for finding in findings if finding.state is FindingState.BAD]
    doubtful = [finding for finding in findings if finding.state is FindingState.WARN]
    if broken:
        many = "One thing keeps" if len(broken) == 1 else f"{len(broken)} things keep"
        return f"{many} the course from working. Begin with: {broken[0].title}."
    if doubtful:
        many = "one thing" if len(doubtful) == 1 else f"{len(doubtful)} things"
        return f"The course works here; {many} above, marked with !, may get in your way."
    return "Everything that the course needs works here."


def as_report(findings: Sequence[Finding], facts: Mapping[str, Mapping[str, str]], *, when: str, home: Path) -> str:
    """Return the text of the file for a teacher.

    Arguments:
        findings: all of them.
        facts: more about this machine, by heading; each one name and value.
        when: the time of the report.
        home: the user's home folder, which is not shown.

    """
    parts = [f"{REPORT_HEAD}, {when}", WHAT_IT_HOLDS, as_text(findings, columns=120)]
    for heading, values in facts.items():
        parts += [f"## {heading}", *(_fact(name, value) for name, value in values.items() if value), ""]
    return masked("\n".join(parts), home)


def _fact(name: str, value: str) -> str:
    lines = value.splitlines()
    if len(lines) == 1:
        return f"{name}: {value}"
    return "\n".join([f"{name}:", *(f"    {line}" for line in lines)])


def masked(text: str, home: Path) -> str:
    """Return ``text`` without passwords in addresses, without tokens, and with ``home`` as ~.

    Arguments:
        text: what may be shown to others afterwards.
        home: the user's home folder.

    """
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    folder = str(home).rstrip("/\\")
    if len(folder) > 3:
        for written in (folder, folder.replace("\\", "/"), folder.replace("\\", "\\\\")):
            text = re.sub(re.escape(written) + r"(?![\w.-])", "~", text, flags=re.IGNORECASE)
    return text
