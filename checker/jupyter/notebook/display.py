"""Put something into the notebook: always with plain text beside it, for readers, tests and other front ends."""

from __future__ import annotations

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
