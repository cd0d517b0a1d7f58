"""The requests of a docker command as a sequence diagram: the client on the left, the daemon on the right."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from checker.jupyter.notebook import Drawing, escape

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


# --- HTML: two lifelines, which are the borders of the list between them. A class named twice outweighs JupyterLab's
# own rules for lists in outputs.

_STYLE = """<style>
.docker101-seq{margin:.4em 0 .8em;width:100%;max-width:46em;color:var(--jp-ui-font-color1,#424242);
font-family:var(--jp-ui-font-family,sans-serif);font-size:var(--jp-ui-font-size1,13px);line-height:1.4;
background:var(--jp-layout-color0,#fff)}
.docker101-seq :is(p,ol,li){margin:0;padding:0;list-style:none}
.docker101-seq .ends{display:flex;justify-content:space-between}
.docker101-seq .ends span{width:10.4em;box-sizing:border-box;padding:.25em 0;text-align:center;border-radius:3px;
border:2px solid currentcolor}
.docker101-seq.docker101-seq .talk{margin:0 calc(5.2em - 1px);padding:.5em 0 .7em;border:solid currentcolor;
border-width:0 2px}
.docker101-seq p.ask,.docker101-seq p.answer,.docker101-seq p.stream{position:relative;padding:.35em 1.2em .2em;
border-bottom:2px solid currentcolor;overflow-wrap:anywhere}
.docker101-seq li + li{margin-top:.4em}
.docker101-seq p.ask{color:var(--jp-ui-font-color0,#1f1f1f)}
.docker101-seq p.answer{text-align:right;border-bottom-style:dashed}
.docker101-seq p.stream{margin:.5em 0;padding:.35em 1.6em;text-align:center;border-top:2px solid currentcolor;
background:var(--jp-layout-color2,#eee);color:var(--jp-ui-font-color0,#1f1f1f)}
.docker101-seq p.ask::after,.docker101-seq p.answer::before,.docker101-seq p.stream::before,
.docker101-seq p.stream::after{content:"";position:absolute;border:solid transparent;border-width:.4em .6em}
.docker101-seq p.ask::after{right:0;bottom:calc(-.4em - 1px);border-left-color:currentcolor;border-right-width:0}
.docker101-seq p.answer::before{left:0;bottom:calc(-.4em - 1px);border-right-color:currentcolor;border-left-width:0}
.docker101-seq p.stream::before,.docker101-seq p.stream::after{top:50%;margin-top:-.4em}
.docker101-seq p.stream::before{left:.2em;border-right-color:currentcolor;border-left-width:0}
.docker101-seq p.stream::after{right:.2em;border-left-color:currentcolor;border-right-width:0}
.docker101-seq .no{display:inline-block;padding:0 .5em;border:2px solid var(--jp-error-color1,#d32f2f);
border-radius:3px;color:var(--jp-ui-font-color0,#1f1f1f)}
.docker101-seq code{color:inherit;font-family:var(--jp-code-font-family,monospace);
font-size:var(--jp-code-font-size,13px)}
.docker101-seq .said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
</style>""".replace("\n", "")


def _html(shown: Sequence[Request], *, everything: bool) -> str:
    if not shown:
        return f"<p>{NOTHING}</p>"
    items = "".join(_item(item, everything=everything) for item in shown)
    ends = '<p class="ends"><span>client <code>docker</code></span> <span>daemon <code>dockerd</code></span></p>'
    label = 'role="group" aria-label="Requests between client and daemon"'
    return f'{_STYLE}<div class="docker101-seq" {label}>{ends}<ol class="talk" role="list">{items}</ol></div>'


def _item(item: Request, *, everything: bool) -> str:
    question, answer = (escape(make(item, everything=everything)) for make in (_question, _answer))
    method, _, path = question.partition(" ")
    refusal = _refusal(item.status)
    answer = f'<span class="no">✗ {refusal}: {answer}</span>' if refusal else answer
    stream = f'<p class="stream"><span class="said">both: </span>{STREAM}</p>' if item.hijacked else ""
    return (
        f'<li><p class="ask"><span class="said">client asks: </span><code><strong>{method}</strong> {path}</code></p>'
        f'<p class="answer"><span class="said">daemon answers: </span>{answer}</p>{stream}</li>'
    )


def _refusal(status: int) -> str:
    """Return the word for an answer by which nothing was done; empty for all others."""
    return "failed" if status >= 500 else "refused" if status >= 400 else ""
