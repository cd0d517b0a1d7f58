"""Put something into the notebook: always with plain text beside it, for readers, tests and other front ends."""

from __future__ import annotations

import html
import os


def static() -> bool:
    """Return whether outputs must be the same for everybody: while a notebook is built or tested."""
    return bool(os.environ.get("DOCKER101_STATIC"))


def show_markdown(text: str) -> None:
    """Show Markdown."""
    _show({"text/plain": text, "text/markdown": text})


def show_html(text: str, markup: str) -> None:
    """Show HTML.

    Arguments:
        text: the same in plain text.
        markup: a fragment of HTML that needs no script and follows JupyterLab's theme.

    """
    _show({"text/plain": text, "text/html": markup})


def show_view(view: object) -> None:
    """Show what brings its own text and HTML along, as a live view does."""
    from IPython.display import display

    display(view)  # type: ignore[no-untyped-call]


def _show(data: dict[str, str]) -> None:
    from IPython.display import display

    display(data, raw=True)  # type: ignore[no-untyped-call]


PANEL = (
    "<style>.docker101-panel{border-left:4px solid var(--jp-brand-color1,#1976d2);padding:.4em .9em;margin:.2em 0;"
    "background:var(--jp-layout-color1,#fff);color:var(--jp-ui-font-color0,#1f1f1f);white-space:normal}"
    ".docker101-panel :is(p,ul){margin:.3em 0}.docker101-panel ul{padding-left:1.4em}</style>"
)


def panel(label: str, *parts: str) -> str:
    """Return a framed piece of HTML.

    Arguments:
        label: what it is, for screen readers.
        parts: its paragraphs and lists, as HTML.

    """
    return f'{PANEL}<div class="docker101-panel" role="group" aria-label="{escape(label)}">{"".join(parts)}</div>'


UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
"""The style of words that only a screen reader is told."""


def quoted(text: str) -> str:
    """Return text as HTML shows it, and as an attribute holds it, letter by letter."""
    return html.escape(text, quote=True)


def with_breaks(text: str) -> str:
    """Return text of several lines as HTML shows it, `code` in backticks included."""
    return "<br>".join(escape(line) for line in text.splitlines())


def escape(text: str) -> str:
    """Return text as HTML shows it, `code` in backticks included."""
    pieces = quoted(text).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))
