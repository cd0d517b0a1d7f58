"""The check panel below a lab: each task with its state, what was seen, and hints; it ticks while the learner works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.jupyter.notebook import View
from checker.lab import Status, reading_of
from checker.pages import render
from checker.report import MARKS, best_so_far_note, next_step, points, summary, to_show, visible
from checker.report import as_html as report_html
from checker.report import as_text as report_text
from checker.watch import LabStatus, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checker.attempt import Attempt
    from checker.engine import Follower
    from checker.lab import Check, Lab, Result

PANEL_MARKS = {**MARKS, Status.FAILED: ""}
"""As in the report; a task that is still to be done is an empty circle."""

WORDS = {
    Status.PASSED: "passed",
    Status.FAILED: "not passed yet",
    Status.SKIPPED: "waits for another task",
    Status.ERROR: "could not be judged",
}
"""The state of a task for readers who do not see its mark."""


class Panel:
    """One lab's panel: a view, and the watch that keeps it current. Shown twice, it is still one."""

    def __init__(self, attempt: Attempt, follower: Follower) -> None:
        self._lab = attempt.lab
        self._results: tuple[Result, ...] = ()
        self._heard = ""
        self.watch = Watch(attempt, follower, self._show)
        self.view = View("", "", self._press)
        self._show(self.watch.status)

    def _show(self, standing: LabStatus) -> None:
        self._heard = news(self._results, standing.results) or self._heard
        self._results = standing.results
        page = as_html(self._lab, standing, watching=self.watch.watching, heard=self._heard)
        self.view.still = report_html(self._lab, standing.results)
        self.view.show(report_text(self._lab, standing.results), page)

    def appear(self) -> None:
        """Show the panel as the output of the running cell, check now, and tick by itself from now on.

        Raises:
            CourseError: when the lab cannot be checked.

        """
        from IPython.display import display

        shown = display(self.view, display_id=True)  # type: ignore[no-untyped-call]
        try:
            self.watch.check()
        finally:
            self.watch.start()
            self._show(self.watch.status)
            shown.update(self.view)  # what is stored with the notebook is what was found, not what was known before

    def _press(self, name: str, _: Mapping[str, str]) -> None:
        if name == "check" and self.watch.watching:
            self.watch.ask_to_check()
        elif name == "check":
            self.watch.check()
        elif name == "live":
            (self.watch.stop if self.watch.watching else self.watch.start)()
            self._show(self.watch.status)


def news(before: tuple[Result, ...], now: tuple[Result, ...]) -> str:
    """Return what a screen reader is told: the tasks that passed since, or that pass no longer.

    Arguments:
        before: the results of the round before.
        now: the results of this round.

    """
    passed = {item.id for item in before if item.status is Status.PASSED}
    new = [item for item in now if item.status is Status.PASSED and item.id not in passed]
    lost = [item for item in now if item.status is not Status.PASSED and item.id in passed]
    said = [f"Passed: {item.description}" for item in new] + [
        f"Not passed any more: {item.description}" for item in lost
    ]
    return f"{' '.join(said)} {summary(now)}" if said else ""


def as_html(lab: Lab, standing: LabStatus, *, watching: bool, heard: str = "") -> str:
    """Return the panel as HTML.

    Arguments:
        lab: whose tasks these are.
        standing: what is known of them.
        watching: whether it is kept current.
        heard: what changed last, for screen readers.

    """
    return render(
        "jupyter/check",
        lab=lab,
        standing=standing,
        watching=watching,
        heard=heard,
        score=points(standing.results)[0],
        full=sum(item.points for item in _seen(lab)),
        told=summary(standing.results) if _all_known(lab, standing) else "Nothing was checked yet.",
        tasks=[_task(lab, result) for result in to_show(standing.results)],
        notes=list(_notes(lab, standing)),
        number=lab.id.split("_")[0],
    )


@dataclass(frozen=True)
class _Task:
    """A task in the panel: ``words`` are its state, ``read`` is what to read about it."""

    result: Result
    mark: str
    words: str
    read: _Reading | None = None


@dataclass(frozen=True)
class _Reading:
    """A part of a lesson: its heading, and the lesson's number, which is empty for the lesson that the lab is in."""

    heading: str
    lesson: str = ""


def _seen(lab: Lab) -> list[Check]:
    return [item for item in lab.checks if item.visibility == "visible"]


def _all_known(lab: Lab, standing: LabStatus) -> bool:
    return len(visible(standing.results)) == len(_seen(lab))


def _task(lab: Lab, result: Result) -> _Task:
    read = next((item.read for item in lab.checks if item.id == result.id), "")
    return _Task(result, PANEL_MARKS[result.status], WORDS[result.status], _reading(lab, read) if read else None)


def _reading(lab: Lab, read: str) -> _Reading:
    lab_id, heading = reading_of(read, lab.id)
    return _Reading(heading, "" if lab_id[:2] == lab.id[:2] else lab_id[:2])


def _notes(lab: Lab, standing: LabStatus) -> Iterator[str]:
    """Yield what else there is to say, a paragraph each."""
    yield from map(str, standing.problems)
    if not _all_known(lab, standing):
        return
    yield best_so_far_note(standing.results, standing.reached)
    step = next_step(standing.results)
    yield "" if step.startswith("Next:") else step
