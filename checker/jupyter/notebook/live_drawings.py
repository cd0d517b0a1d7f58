"""Drawings of what the engine holds, drawn anew when it changes: one thread for all that a notebook shows."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.engine import Inbox
from checker.errors import CourseError
from checker.jupyter.notebook.display import show_html, show_view, static
from checker.pages import render

if TYPE_CHECKING:
    from collections.abc import Callable

    import docker

    from checker.engine import CachingReader, Follower, Reader
    from checker.jupyter.notebook.view import View

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
    """The drawings that a notebook shows. Its thread runs while there is one to keep up to date."""

    def __init__(self, follower: Follower, reader: Callable[[], CachingReader]) -> None:
        self._follower, self._open_reader = follower, reader
        self._lock = threading.Lock()
        self._shown: dict[str, _Shown] = {}
        self._news = Inbox()
        self._thread: threading.Thread | None = None

    def show(self, name: str, draw: Callable[[Reader], Drawing], first: Drawing) -> View:
        """Keep a drawing, which is ``first`` now, up to date from now on, and return the view of it.

        Raises:
            NoEngine: when the engine does not answer.

        """
        from checker.jupyter.notebook.view import View

        with self._lock:
            known = self._shown.get(name)
            view = known.view if known else View(first.text, first.html)
            self._shown[name] = _Shown(view, draw, first)
            view.show(first.text, first.html)
            if self._thread is None:
                reader = self._open_reader()
                self._thread = threading.Thread(target=self._work, args=(reader,), name="docker101-easel", daemon=True)
                self._leave = self._follower.listen(self._news.put)
                self._thread.start()
        self._news.put("draw")  # something may have happened since the first one
        return view

    def close(self) -> None:
        """End the thread; what is shown stays as it is."""
        if self._thread:
            self._leave()
            self._news.put("stop")
            self._thread.join(5)
            self._thread = None

    # --- the thread

    def _work(self, reader: CachingReader) -> None:
        settling_until, lost = 0.0, ""
        while True:
            settling = time.monotonic() < settling_until
            batch = self._news.take(SETTLING_STEP_S if settling else None)
            if "stop" in batch:
                return
            for news in batch:
                if isinstance(news, str):
                    continue
                if not news.lost:
                    reader.forget(news.event)
                if news.event is None:
                    lost = news.lost
            if lost:
                self._say_of_all(lost)
                continue
            settles_s = self._draw_all(reader)
            if batch:
                settling_until = time.monotonic() + settles_s

    def _draw_all(self, reader: CachingReader) -> float:
        with self._lock:
            shown = list(self._shown.values())
        return max([one.draw_again(reader) for one in shown], default=0.0)

    def _say_of_all(self, lost: str) -> None:
        with self._lock:
            for one in self._shown.values():
                one.say_old(f"{lost} Trying again.")


@dataclass
class _Shown:
    """A drawing on the page, and how it is made anew."""

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
