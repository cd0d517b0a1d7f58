"""``checker cheatsheet`` and ``checker certificate``: what a learner takes home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker import cheatsheet as sheets
from checker.cli.commands import say
from checker.errors import EXIT_OK
from checker.files import LABS, read_text, shown, write_text
from checker.lab import load_labs
from checker.learner import Work
from checker.report import write_certificate

if TYPE_CHECKING:
    import argparse


def cheatsheet(options: argparse.Namespace) -> int:
    """Print the cheat sheet; or, for authors, write it again from the lessons."""
    path = LABS / sheets.FILE
    if options.write:
        write_text(path, sheets.page())
        say(f"Wrote {shown(path)}.")
    else:
        say(read_text(path).rstrip())
    return EXIT_OK


def certificate(options: argparse.Namespace) -> int:
    """Write the certificate into the learner's folder."""
    path = write_certificate(Work(), load_labs(), options.name)
    say(f"Your certificate: {shown(path)}. Open it in a browser to read or print it.")
    return EXIT_OK
