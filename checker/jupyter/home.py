"""The course panel: how far the learner is in all labs, what comes next, how the engine is, and starting over."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine import CachingReader, container_state, open_client
from checker.errors import CourseError
from checker.jupyter import jupyterlab_settings
from checker.jupyter.notebook import View, show_html
from checker.learner import REOPEN, Progress
from checker.live import LiveLoop
from checker.pages import render
from checker.session import clean_engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checker.engine import Engine, Follower
    from checker.lab import Lab
    from checker.learner import Work
    from checker.live import Turn

LOOK_S = 1.0
"""Seconds between two looks at the results that other notebooks and the terminal write."""


@dataclass(frozen=True)
class Overview:
    """What the panel shows.

    ``labs`` are in the order of the course, ``engine`` is one sentence; ``asks`` is the id of the lab whose reset waits
    for a yes, ``told`` what was done last.
    """

    labs: tuple[tuple[Lab, Progress], ...]
    engine: str
    answers: bool = True
    asks: str = ""
    told: str = ""

    @property
    def todo(self) -> Lab | None:
        """The first lab that is not done; None when all are."""
        return next((lab for lab, progress in self.labs if not progress.done), None)


def show_still(labs: Sequence[Lab]) -> None:
    """Show the course panel as it is for somebody who begins: while a notebook is built or tested."""
    now = Overview(tuple((lab, Progress()) for lab in labs), "The engine answers.")
    show_html(as_text(now), as_html(now))


class Home:
    """The panel, and the thread that keeps it up to date."""

    def __init__(self, work: Work, engine: Engine, labs: Sequence[Lab], follower: Follower) -> None:
        self._work, self._labs = work, tuple(labs)
        self._owns = engine.owns
        self._asks = self._told = self._lost = ""
        self._answers = True
        self._client = open_client(engine.host)
        self._reader = CachingReader(self._client)
        self._loop = LiveLoop("docker101-home", follower, self._reader, self._act)
        self._saved = self._signature()
        self.view = View("", "", self._press)
        self._show()

    def start(self) -> None:
        """Keep it up to date from now on."""
        self._loop.start()

    def close(self) -> None:
        """End the loop."""
        self._loop.stop()
        self._client.close()

    def _act(self, turn: Turn) -> float:
        self._lost = turn.lost
        if not self._answers and not turn.lost:
            self._reader.forget()
        saved = self._signature()
        if not turn.quiet or saved != self._saved or not self._answers:
            self._saved = saved
            self._show()
        return LOOK_S

    def _show(self) -> None:
        with self._loop.lock:  # a press asks through the same reader
            now = self._overview()
            self.view.still = as_html(now)
            self.view.show(as_text(now), as_html(now))

    def _overview(self) -> Overview:
        labs = tuple((lab, self._work.progress(lab.id)) for lab in self._labs)
        engine = self._engine()
        return Overview(labs, engine, self._answers, self._asks, self._told)

    def _engine(self) -> str:
        """Say how the engine is, and note whether it answers."""
        why = self._lost
        if not why:
            try:
                states = [container_state(item) for item in self._reader.containers() if self._owns(item)]
            except CourseError as error:
                why = error.message
            else:
                self._answers = True
                return engine_words(states)
        self._answers = False
        return f"The engine does not answer. {why} Trying again; checker doctor says what is wrong."

    def _signature(self) -> frozenset[tuple[str, int]]:
        found = set()
        for path in (self._work.state / "results").glob("*.json"):
            with contextlib.suppress(OSError):
                found.add((path.name, path.stat().st_mtime_ns))
        return frozenset(found)

    def _press(self, name: str, values: Mapping[str, str]) -> None:
        lab = next((lab for lab in self._labs if lab.id == values.get("lab")), None)
        self._asks = lab.id if lab and name == "reset" else ""
        if lab and name == "really":
            self._told = self._reset(lab)
        self._show()

    def _reset(self, lab: Lab) -> str:
        """Put a lab back as it was handed out; what fails is said, like what was done."""
        try:
            kept = self._work.reset(lab)
            removed = clean_engine(self._work)
        except CourseError as error:
            return str(error)
        files = f" Your old files are in {kept.relative_to(self._work.root).as_posix()}/." if kept else ""
        gone = f" Removed from the engine: {', '.join(removed)}." if removed else ""
        setup = " It begins with containers that are there already: run its cell with %setup." if lab.setup else ""
        return f"{lab.title} is as it was handed out.{files}{gone}{setup} {REOPEN}"


def engine_words(states: Sequence[str]) -> str:
    """Return in one sentence how the engine is.

    Arguments:
        states: of the course's containers.

    """
    if not states:
        return "The engine answers. It holds no container of the course."
    counted = [f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states))]
    return f"The engine answers. Containers of the course: {', '.join(counted)}."


def as_text(now: Overview) -> str:
    """Return the panel as plain text."""
    lines = [f"{lab.id[:2]}  {lab.lesson}: {_words(progress)}" for lab, progress in now.labs]
    return "\n".join(["The course", *lines, f"Next: {_next(now)}", now.engine])


def as_html(now: Overview) -> str:
    """Return the panel; its buttons work where there are widgets."""
    return render(
        "jupyter/course",
        now=now,
        next=_next(now),
        rows=[_row(lab, progress) for lab, progress in now.labs],
        terminal=jupyterlab_settings.TERMINAL,
    )


@dataclass(frozen=True)
class _Row:
    """A lab in the panel: ``full`` are its points."""

    lab: Lab
    score: float
    full: float
    words: str


def _row(lab: Lab, progress: Progress) -> _Row:
    full = sum(result.max_score for result in progress.results) or lab.points
    return _Row(lab, progress.score, full, _words(progress))


def _words(progress: Progress) -> str:
    if not progress.results:
        return "not begun"
    full = sum(result.max_score for result in progress.results)
    done = ", done" if progress.done else ""
    return f"{progress.score:g} of {full:g} points{done}{', solution seen' if progress.seen else ''}"


def _next(now: Overview) -> str:
    todo = now.todo
    return (
        f"{todo.id[:2]} {todo.lesson}, {todo.minutes} minutes." if todo else "all labs are done. %certificate awaits."
    )
