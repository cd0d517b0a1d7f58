"""``checker doctor``: what works here, what does not, and how to fix it. No docker import: it must always work."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from checker import terminal
from checker.cli.commands import say
from checker.doctor import as_brief, as_rows, as_steps, as_text, examine, exit_code, this_machine, write_report
from checker.output import coloured

if TYPE_CHECKING:
    import argparse


def doctor(options: argparse.Namespace) -> int:
    """Print the findings; with --report, write them and the facts that they rest on into one file."""
    machine = this_machine()
    findings = write_report(Path(options.report), machine) if options.report else examine(machine)
    columns = min(shutil.get_terminal_size().columns, 120)
    if options.brief:
        sys.stdout.write(as_brief(findings, columns=columns))
        return exit_code(findings)
    if terminal.draws():
        terminal.table(("", "Looked at", "Found"), as_rows(findings))
        say(f"\n{as_steps(findings)}")
    else:
        sys.stdout.write(as_text(findings, colour=coloured(), columns=columns))
    if options.report:
        say(f"Written: {options.report}. Read it, and send it to your teacher.")
    return exit_code(findings)
