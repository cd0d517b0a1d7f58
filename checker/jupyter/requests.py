"""``%%requests``: run docker commands through a recording, and show what the client asked and the daemon answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from checker.engine import Recording
from checker.jupyter import cells
from checker.jupyter.diagrams import sequence
from checker.jupyter.notebook import show_html
from checker.lab import Trust
from checker.play import play

if TYPE_CHECKING:
    from checker.jupyter.notebook import NotebookState


class Options(NamedTuple):
    """The options of ``%%requests``.

    ``quiet`` leaves out what the command prints; ``everything`` shows each request as it was sent, the ones that every
    command sends too, and how long each took; ``limit_s`` is how long a command may take.
    """

    quiet: bool
    everything: bool
    limit_s: float


def options_in(line: str) -> Options:
    """Return the options of ``%%requests [--quiet] [--all] [--limit SECONDS]``.

    Raises:
        UsageProblem: when the line holds anything else.

    """
    found = cells.options_in("%%requests", line, "--quiet", "--all")
    return Options(found.quiet, found.all, found.limit)


def run_cell(course: NotebookState, text: str, options: Options) -> None:
    """Run each docker command of a cell, and show the requests of each after what it prints.

    Arguments:
        course: what the notebook knows of the course.
        text: the cell, one command per line.
        options: what was given after the magic.

    Raises:
        UsageProblem: when a line is no docker command; then nothing ran.
        NotHere: where requests cannot be recorded.
        NoEngine: when there is no engine, or no docker program.

    """
    listed, echo = cells.commands_of(course, text)
    for command in listed.commands:
        with Recording(course.engine().host, course.work.state) as recording:
            on_output = _say_nothing if options.quiet else cells.pass_on
            runner = cells.for_cells(course.runner(course.folder(), options.limit_s, on_output, via=recording.host))
            play([command], runner, Trust.LIVE, echo, cells.say_end)
            drawing = sequence.draw(recording.requests(), everything=options.everything)
        show_html(drawing.text, drawing.html)


def _say_nothing(_: str) -> None:
    pass
