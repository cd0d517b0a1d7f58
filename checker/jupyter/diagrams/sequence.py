"""The requests of a docker command as a sequence diagram: the client on the left, the daemon on the right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from checker.jupyter.notebook import Drawing
from checker.pages import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.engine import Request

NOTHING = "No request was sent."
STREAM = "a stream of bytes, both ways"

_LONG_ID = re.compile(r"[0-9a-f]{64}")
_NARROWEST = 44


def draw(requests: Sequence[Request], *, everything: bool = False) -> Drawing:
    """Return the requests as a diagram, in plain text and in HTML.

    Arguments:
        requests: of one command, in the order in which they were sent.
        everything: show each as it was sent, the ones that every command sends too, and how long each took; else only
            what the command itself asks, in words that all versions share.

    """
    shown = list(requests) if everything else asked_by_the_command(requests)
    return Drawing(_text(shown, everything=everything), _html(shown, everything=everything))


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


# --- plain text


def _text(shown: Sequence[Request], *, everything: bool) -> str:
    if not shown:
        return NOTHING
    pairs = [(_question(item, everything=everything), _answer(item, everything=everything)) for item in shown]
    width = max(_NARROWEST, *(len(text) + 8 for pair in pairs for text in pair))
    lines = [f"client{'daemon':>{width - 2}}"]
    for item, (question, answer) in zip(shown, pairs, strict=True):
        lines.append(f"  |{f'-- {question} '.ljust(width - 2, '-')}>|")
        lines.append(f"  |<{f' {answer} --'.rjust(width - 2, '-')}|")
        if item.hijacked:
            lines.append(f"  |<{f' {STREAM} '.center(width - 3, '=')}>|")
    return "\n".join(lines)


# --- HTML


@dataclass(frozen=True)
class _Turn:
    """A request and its answer, in words; ``refusal`` is the word for an answer by which nothing was done."""

    method: str
    path: str
    answer: str
    refusal: str
    stream: str


def _html(shown: Sequence[Request], *, everything: bool) -> str:
    return render("jupyter/requests", turns=[_turn(item, everything=everything) for item in shown], nothing=NOTHING)


def _turn(item: Request, *, everything: bool) -> _Turn:
    method, _, path = _question(item, everything=everything).partition(" ")
    answer = _answer(item, everything=everything)
    return _Turn(method, path, answer, _refusal(item.status), STREAM if item.hijacked else "")


def _refusal(status: int) -> str:
    """Return the word for an answer by which nothing was done; empty for all others."""
    return "failed" if status >= 500 else "refused" if status >= 400 else ""
