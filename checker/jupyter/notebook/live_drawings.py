"""Drawings of what the engine holds, redrawn when that changes: one thread for all drawings of a notebook."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.errors import CourseError
from checker.jupyter.notebook.display import show_html, show_view, static
from checker.live import LiveLoop
from checker.pages import render

if TYPE_CHECKING:
    from collections.abc import Callable

    import docker

    from checker.engine import CachingReader, Follower, Reader
    from checker.jupyter.notebook.view import View
    from checker.live import Turn

SETTLING_STEP_S = 0.3
"""Seconds between two looks at what settles without an event, such as a server that needs a moment to begin."""


@dataclass(frozen=True)
class Drawing:
    """What a drawing shows, as plain text and as a fragment of HTML that says the same.

    ``settles_s``: for how many seconds after an event it may still change without another one.
    """

    text: str
    html: str
    settles_s: float = 0.0


def show_drawing(
    client: docker.APIClient, easel: Callable[[], LiveDrawings], name: str, draw: Callable[[Reader], Drawing]
) -> None:
    """Show what ``draw`` makes of the engine; live, it is drawn again after each event.

    Arguments:
        client: of the engine; its first picture is drawn with it.
        easel: returns the notebook's; asked only where outputs are live.
        name: what is drawn; a cell that draws the same again takes the view of before along.
        draw: called with a reader that asks only about what has changed; called from a thread of its own.

    Raises:
        NoEngine: when the engine does not answer.

    """
    from checker.engine import Reader

    drawing = draw(Reader(client))
    if static():
        show_html(drawing.text, drawing.html)
        return
    show_view(easel().show(name, draw, drawing))


class LiveDrawings:
    """The drawings that a notebook shows, kept up to date by one loop while there is one of them.

    Arguments:
        follower: tells of the engine's events.
        reader: asks the engine, for these drawings alone.

    """

    def __init__(self, follower: Follower, reader: CachingReader) -> None:
        self._lock = threading.Lock()
        self._shown: dict[str, _Shown] = {}
        self._settling_until = 0.0
        self._reader = reader
        self._loop = LiveLoop("docker101-drawings", follower, reader, self._act)

    def show(self, name: str, draw: Callable[[Reader], Drawing], first: Drawing) -> View:
        """Keep a drawing, which is ``first`` now, up to date from now on, and return the view of it.

        Arguments:
            name: what is drawn: the same name again takes the view of before along.
            draw: makes the drawing; called from the loop's thread.
            first: the drawing as it is now.

        """
        from checker.jupyter.notebook.view import View

        with self._lock:
            known = self._shown.get(name)
            view = known.view if known else View(first.text, first.html)
            self._shown[name] = _Shown(view, draw, first)
            view.show(first.text, first.html)
        self._loop.start()
        self._loop.put("draw")  # something may have happened since the first one
        return view

    def close(self) -> None:
        """End the loop; what is shown stays as it is."""
        self._loop.stop()

    def _act(self, turn: Turn) -> float | None:
        with self._lock:
            shown = list(self._shown.values())
        if turn.lost:
            for one in shown:
                one.say_old(f"{turn.lost} Trying again.")
            return None
        settles_s = max([one.draw_again(self._reader) for one in shown], default=0.0)
        if not turn.quiet:
            self._settling_until = time.monotonic() + settles_s
        return SETTLING_STEP_S if time.monotonic() < self._settling_until else None


@dataclass
class _Shown:
    """A drawing on the page, and how it is redrawn."""

    view: View
    draw: Callable[[Any], Drawing]
    last: Drawing

    def draw_again(self, reader: CachingReader) -> float:
        """Draw it, show what is new, and return for how long it may change by itself, in seconds."""
        try:
            self.last = self.draw(reader)
        except CourseError as error:
            self.say_old(error.message)
        except Exception as error:  # noqa: BLE001  (the thread draws for all; one bad drawing must not end it)
            self.say_old(f"{type(error).__name__}: {error}.")
        else:
            self.view.show(self.last.text, self.last.html)
        return self.last.settles_s

    def say_old(self, why: str) -> None:
        """Say that the drawing tells of the past."""
        page = render("jupyter/not_up_to_date", why=why, page=self.last.html)
        self.view.show(f"Not up to date: {why}\n{self.last.text}", page)
