"""The doctor: what works on this machine, what does not, and the one step that mends each thing.

``machine`` is what can be seen, ``looks`` sees it here, ``examine`` turns it into findings, and ``render`` turns those
into text. Only the standard library is needed: the doctor must work where the set-up has failed, and never loads
docker-py.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from checker.doctor import client, environment, python, render, resources, shells, traces
from checker.doctor.engine import EngineFacts, examine_engine, look_at_engine
from checker.doctor.finding import Finding, FindingState, exit_code
from checker.doctor.looks import this_machine
from checker.doctor.machine import Machine
from checker.errors import UsageProblem
from checker.files import shown, write_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Finding", "FindingState", "Machine", "examine", "exit_code", "this_machine", "write_report"]


def examine(machine: Machine, engine: EngineFacts | None = None) -> list[Finding]:
    """Look at everything.

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
