"""Examine a machine: every finding, and the report that a teacher gets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from checker.doctor import client, environment, python, render, resources, shells, traces
from checker.doctor.engine import EngineFacts, examine_engine, look_at_engine
from checker.errors import UsageProblem
from checker.files import shown, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from checker.doctor.finding import Finding
    from checker.doctor.machine import Machine


def examine(machine: Machine, engine: EngineFacts | None = None) -> list[Finding]:
    """Return all findings about a machine, in the order in which they are shown.

    Arguments:
        machine: what can be seen; ``this_machine()`` for the real one.
        engine: what the engine said; default: it is asked now.

    """
    engine = engine or look_at_engine(machine)
    return [
        *python.examine_python(machine),
        *client.examine_client(machine, engine),
        *examine_engine(machine, engine),
        *resources.examine_resources(machine, engine),
        *traces.examine_traces(machine, engine),
        *shells.examine_shells(machine),
    ]


def write_report(path: Path, machine: Machine) -> list[Finding]:
    """Write the findings and what a teacher needs to know beside them into one file; return the findings.

    Arguments:
        path: the file to write.
        machine: what can be seen; ``this_machine()`` for the real one.

    Raises:
        UsageProblem: when ``path`` holds something that is not a report of the doctor.
        CourseError: when it cannot be written; nothing is lost.

    """
    if path.exists() and not machine.read(path).startswith(render.REPORT_HEAD):
        raise UsageProblem(
            f"{shown(path)} is there already, and is no report: it was left as it is.", "Name another file."
        )
    engine = look_at_engine(machine)
    findings = examine(machine, engine)
    when = time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(machine.now()))
    text = render.as_report(findings, environment.facts(machine, engine), when=when, home=machine.home)
    write_text(path, text)
    return findings
