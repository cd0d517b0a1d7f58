"""``%%requests``: run docker commands through a recording, and show what the client asked and the daemon answered."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from checker.check import Trust
from checker.engine.proxy import Recording
from checker.jupyter import cells
from checker.play import play

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.engine.proxy import Request
    from checker.jupyter.course import Course

_LONG_ID = re.compile(r"[0-9a-f]{64}")
_NARROWEST = 44


class Options(NamedTuple):
    """What may stand after ``%%requests``.

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


def run_cell(course: Course, text: str, options: Options) -> None:
    """Run each docker command of a cell, and show the requests of each after what it prints.

    Raises:
        UsageProblem: when a line is no docker command; then nothing ran.
        NotHere: where requests cannot be recorded.
        NoEngine: when there is no engine, or no docker program.

    """
    listed, echo = cells.commands_of(course, text)
    for number, command in enumerate(listed.commands):
        if number:
            cells.say()
        with Recording(course.endpoint().host, course.work.state) as recording:
            on_output = _say_nothing if options.quiet else cells.pass_on
            runner = cells.for_cells(course.runner(course.folder(), options.limit_s, on_output, via=recording.host))
            (played,) = play([command], runner, Trust.LIVE, echo, cells.say_end)
            if played.output and not options.quiet:
                cells.say()
            cells.say(as_text(recording.requests(), everything=options.everything))


def _say_nothing(_: str) -> None:
    pass


def as_text(requests: Sequence[Request], *, everything: bool = False) -> str:
    """Return the requests as a sequence diagram in plain text.

    Arguments:
        requests: of one command, in the order in which they were sent.
        everything: as in ``Options``; else only what the command itself asks, in words that all versions share.

    """
    shown = list(requests) if everything else asked_by_the_command(requests)
    if not shown:
        return "No request was sent."
    pairs = [(_question(item, everything=everything), _answer(item, everything=everything)) for item in shown]
    width = max(_NARROWEST, *(len(text) + 8 for pair in pairs for text in pair))
    lines = [f"client{'daemon':>{width - 2}}"]
    for item, (question, answer) in zip(shown, pairs, strict=True):
        lines.append(f"  |{f'-- {question} '.ljust(width - 2, '-')}>|")
        lines.append(f"  |<{f' {answer} --'.rjust(width - 2, '-')}|")
        if item.hijacked:
            lines.append(f"  |<{' a stream of bytes, both ways '.center(width - 3, '=')}>|")
    return "\n".join(lines)


def asked_by_the_command(requests: Sequence[Request]) -> list[Request]:
    """Return the requests without those that only some versions of the docker program send on the way.

    That is the ping, by which it learns the API's version, and, beside others, the question about the engine (/info).
    """
    shown = [item for item in requests if item.route != "/_ping"]
    return [item for item in shown if item.route != "/info"] or shown


def _question(item: Request, *, everything: bool) -> str:
    path = _LONG_ID.sub(lambda found: f"{found[0][:12]}…", item.path) if everything else item.route
    return f"{item.method} {path}"


def _answer(item: Request, *, everything: bool) -> str:
    if not item.status:
        return "no answer yet"
    try:
        words = f"{item.status} {HTTPStatus(item.status).phrase}"
    except ValueError:
        words = str(item.status)
    return f"{words}, {item.seconds * 1000:.0f} ms" if everything else words
