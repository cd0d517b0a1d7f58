"""The course panel: how far the learner is in all labs, what comes next, how the engine is, and starting over."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine import CachingReader, Inbox, container_state, open_client
from checker.errors import CourseError
from checker.jupyter import jupyterlab_settings
from checker.jupyter.notebook import View, quoted, show_html
from checker.learner import REOPEN, Progress
from checker.live import clean_engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checker.engine import Engine, Follower, News
    from checker.lab import Lab
    from checker.learner import Work

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
        self._work, self._labs, self._follower = work, tuple(labs), follower
        self._owns = engine.owns
        self._asks = self._told = self._lost = ""
        self._answers = True
        self._client = open_client(engine.host)
        self._reader = CachingReader(self._client)
        self._lock = threading.Lock()
        self._inbox = Inbox()
        self._thread: threading.Thread | None = None
        self._saved = self._signature()
        self.view = View("", "", self._press)
        self._show()

    def start(self) -> None:
        """Keep it up to date from now on."""
        if self._thread is None:
            self._leave = self._follower.listen(self._inbox.put)
            self._thread = threading.Thread(target=self._keep_current, name="docker101-home", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._leave()
            self._inbox.put("stop")
            self._thread.join(5)
            self._thread = None
        self._client.close()

    def _keep_current(self) -> None:
        lags = False
        while "stop" not in (batch := self._inbox.take(LOOK_S)):
            with self._lock:  # a press asks through the same reader
                for news in batch:
                    if not isinstance(news, str):
                        self._hear(news)
                if not self._answers and not self._lost:
                    self._reader.forget()
                elif lags:
                    self._reader.forget_list()
            saved = self._signature()
            if batch or lags or saved != self._saved or not self._answers:
                self._saved = saved
                self._show()
            lags = any(not isinstance(news, str) and news.event for news in batch)

    def _hear(self, news: News) -> None:
        if not news.lost:
            self._reader.forget(news.event)
        if news.event is None:
            self._lost = news.lost

    def _show(self) -> None:
        with self._lock:
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
    rows = "".join(_row(lab, progress, now) for lab, progress in now.labs)
    todo = now.todo
    go_on = _open(f"{todo.id}/{todo.notebook}", f"Open lesson {todo.id[:2]}", main=True) if todo else ""
    return (
        f'<section class="docker101-home" aria-label="The course">{STYLE}'
        f'<p class="next"><strong>Next:</strong> {quoted(_next(now))} {go_on} '
        f"{_command('terminal:open', {'name': jupyterlab_settings.TERMINAL}, 'Open the terminal')}</p>"
        '<table><thead><tr><th scope="col">Lesson and lab</th><th scope="col">How far you are</th>'
        f'<th scope="col">Start over</th></tr></thead><tbody>{rows}</tbody></table>'
        f'<p class="engine"><span aria-hidden="true">{"●" if now.answers else "○"}</span> {quoted(now.engine)}</p>'
        f'<p role="status">{quoted(now.told)}</p></section>'
    )


def _row(lab: Lab, progress: Progress, now: Overview) -> str:
    title = _open(f"{lab.id}/{lab.notebook}", f"{lab.id[:2]} {lab.lesson}")
    label = f"Points of {lab.title}"
    full = sum(result.max_score for result in progress.results) or lab.points
    bar = f'<progress max="{full:g}" value="{progress.score:g}" aria-label="{quoted(label)}"></progress>'
    return (
        f'<tr data-key="{quoted(lab.id)}"><th scope="row">{title} <span class="lab">{quoted(lab.title)}</span></th>'
        f'<td>{bar} <span class="words">{quoted(_words(progress))}</span></td><td>{_again(lab, now)}</td></tr>'
    )


def _again(lab: Lab, now: Overview) -> str:
    """Return the button that starts a lab over, or the question whether that is really meant."""
    number = lab.id[:2]
    if now.asks != lab.id:
        return f'<button type="button" data-press="reset" data-lab="{quoted(lab.id)}">Reset {number}</button>'
    return (
        f"<span>Remove all containers of the course, and hand out {number} anew? Your files are kept.</span> "
        f'<button type="button" data-press="really" data-lab="{quoted(lab.id)}">Yes, reset {number}</button> '
        '<button type="button" data-press="no">No</button>'
    )


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


def _open(path: str, words: str, *, main: bool = False) -> str:
    return _command("docmanager:open", {"path": path}, words, "main" if main else "link")


def _command(name: str, arguments: Mapping[str, str], words: str, kind: str = "") -> str:
    """Return a button that runs a command of JupyterLab's own, which its page finds by these attributes."""
    css = f' class="{kind}"' if kind else ""
    return (
        f'<button type="button"{css} data-commandlinker-command="{quoted(name)}" '
        f'data-commandlinker-args="{quoted(json.dumps(arguments))}">{quoted(words)}</button>'
    )


STYLE = (
    "<style>.docker101-home{border:1px solid var(--jp-border-color1,#bdbdbd);border-radius:4px;padding:.8em 1em;"
    "background:var(--jp-layout-color1,#fff);color:var(--jp-ui-font-color0,#1f1f1f)}"
    ".docker101-home.docker101-home table{border-collapse:collapse;width:100%;table-layout:auto;margin:.6em 0}"
    ".docker101-home.docker101-home :is(th,td){text-align:left;vertical-align:middle;padding:.3em .6em;"
    "font-size:inherit;border-bottom:1px solid var(--jp-border-color2,#e0e0e0);white-space:normal;max-width:none}"
    ".docker101-home.docker101-home tbody tr{background:none}.docker101-home.docker101-home tbody th{font-weight:400}"
    ".docker101-home.docker101-home .lab{color:var(--jp-ui-font-color1,#424242);white-space:nowrap}"
    ".docker101-home .words{white-space:nowrap}.docker101-home button{text-align:left}"
    ".docker101-home progress{width:5em;height:.9em;accent-color:var(--jp-brand-color1,#1976d2)}"
    ".docker101-home p{margin:.4em 0}.docker101-home [role=status]:empty{display:none}</style>"
)
