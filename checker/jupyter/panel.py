"""The check panel below a lab: each task with its state, what was seen, and hints; it ticks while the learner works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker import report
from checker.jupyter.notebook import UNSEEN, View, escape, quoted, with_breaks
from checker.lab import Status, reading_of
from checker.watch import LabStatus, Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checker.attempt import Attempt
    from checker.engine import Follower
    from checker.lab import Check, Lab, Result

MARKS = {**report.MARKS, Status.FAILED: ""}
"""As in the report; a task that is still to be done is an empty circle."""


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
        self.view.still = report.as_html(self._lab, standing.results)
        self.view.show(report.as_text(self._lab, standing.results), page)

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
    """Return what a screen reader is told: the tasks that passed since, or that pass no longer."""
    passed = {item.id for item in before if item.status is Status.PASSED}
    new = [item for item in now if item.status is Status.PASSED and item.id not in passed]
    lost = [item for item in now if item.status is not Status.PASSED and item.id in passed]
    said = [f"Passed: {item.description}" for item in new] + [
        f"Not passed any more: {item.description}" for item in lost
    ]
    return f"{' '.join(said)} {report.summary(now)}" if said else ""


def as_html(lab: Lab, standing: LabStatus, *, watching: bool, heard: str = "") -> str:
    """Return the panel.

    Arguments:
        lab: whose tasks these are.
        standing: what is known of them.
        watching: whether it is kept current.
        heard: what changed last, for screen readers.

    """
    score, full = report.points(standing.results)[0], sum(item.points for item in _seen(lab))
    told = report.summary(standing.results) if _all_known(lab, standing) else "Nothing was checked yet."
    rows = "".join(_task(lab, result) for result in report.to_show(standing.results))
    return (
        f'<section class="docker101-check" aria-label="Check of {quoted(lab.title)}">{STYLE}'
        f'<div class="head"><strong>{quoted(lab.title)}</strong><span>{quoted(told)}</span>'
        f'<progress max="{full:g}" value="{score:g}" aria-label="Points of {quoted(lab.title)}"></progress></div>'
        f'<ul class="tasks">{rows}</ul>'
        f'<p class="state" data-key="state">{_state(standing, watching=watching)}</p>'
        f'<div class="buttons"><button type="button" data-press="check"{_busy(standing)}>Check now</button>'
        f'<button type="button" data-press="live" aria-pressed="{str(watching).lower()}">'
        f"Live: {'on' if watching else 'off'}</button></div>"
        f'<div class="more">{"".join(_more(lab, standing))}</div>'
        f'<p role="status" class="heard">{quoted(heard)}</p></section>'
    )


def _seen(lab: Lab) -> list[Check]:
    return [item for item in lab.checks if item.visibility == "visible"]


def _all_known(lab: Lab, standing: LabStatus) -> bool:
    return len(report.visible(standing.results)) == len(_seen(lab))


def _task(lab: Lab, result: Result) -> str:
    said = f'<p class="said">{with_breaks(result.message)}</p>' if result.message else ""
    return (
        f'<li data-key="{quoted(result.id)}" class="{result.status}"><span class="mark" aria-hidden="true">'
        f'{MARKS[result.status]}</span><div><span class="unseen">{_words(result)}: </span>{escape(result.description)}'
        f' <span class="points">{result.score:g} of {result.max_score:g}</span>{said}{_hints(lab, result)}</div></li>'
    )


def _words(result: Result) -> str:
    return {Status.SKIPPED: "waits for another task", Status.ERROR: "could not be judged"}.get(
        result.status, "passed" if result.status is Status.PASSED else "not passed yet"
    )


def _hints(lab: Lab, result: Result) -> str:
    """Return the hints in their levels: where to look, and in it, what to read. Neither gives the command away."""
    if result.status is not Status.FAILED or not result.hint:
        return ""
    read = next((item.read for item in lab.checks if item.id == result.id), "")
    return (
        f'<details class="hint"><summary>Where to look</summary><p>{with_breaks(result.hint)}</p>{_reading(lab, read)}'
        "</details>"
    )


def _reading(lab: Lab, read: str) -> str:
    if not read:
        return ""
    lab_id, heading = reading_of(read, lab.id)
    if lab_id[:2] == lab.id[:2]:
        part = f'<button type="button" class="link" data-heading="{quoted(heading)}">{quoted(heading)}</button>'
        told = f"In this lesson, the part {part}"
    else:
        told = f"In lesson {quoted(lab_id[:2])}: the part “{quoted(heading)}”."
    return f'<details class="hint"><summary>What to read</summary><p>{told}</p></details>'


def _state(standing: LabStatus, *, watching: bool) -> str:
    if standing.checking:
        return "Checking …"
    if standing.lost:
        return f"<strong>Not up to date:</strong> {quoted(standing.lost)} Trying again."
    if watching:
        return '<span class="dot" aria-hidden="true">●</span> Live: tasks tick by themselves as you work.'
    return "Live is off: tasks tick when you ask for a check."


def _more(lab: Lab, standing: LabStatus) -> list[str]:
    """Return what else there is to say, a paragraph each."""
    said = [f"<p>{with_breaks(str(problem))}</p>" for problem in standing.problems]
    known = _all_known(lab, standing)
    step = report.next_step(standing.results) if known else ""
    if known and (kept := report.best_so_far_note(standing.results, standing.reached)):
        said.append(f"<p>{quoted(kept)}</p>")
    if step and not step.startswith("Next:"):
        said.append(f"<p>{quoted(step)}</p>")
    if standing.solution_is_open:
        number = lab.id.split("_")[0]
        said.append(f"<p>Stuck? In the terminal you may look at a solution: <code>checker solution {number}</code></p>")
    return said


def _busy(standing: LabStatus) -> str:
    return ' aria-disabled="true"' if standing.checking else ""


STYLE = (
    "<style>.docker101-check{border:1px solid var(--jp-border-color1,#bdbdbd);border-radius:4px;padding:.8em 1em;"
    "background:var(--jp-layout-color1,#fff);color:var(--jp-ui-font-color0,#1f1f1f);"
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);line-height:1.45}"
    ".docker101-check .said{overflow-wrap:anywhere}"
    ".docker101-check p{margin:.3em 0}.docker101-check .head{display:flex;flex-wrap:wrap;gap:.3em 1em;"
    "align-items:center}.docker101-check progress{flex:1 1 8em;height:.9em;accent-color:var(--jp-brand-color1,#1976d2)}"
    ".docker101-check ul.tasks{list-style:none;margin:.6em 0;padding:0}"
    ".docker101-check ul.tasks>li{display:flex;gap:.7em;margin:0;padding:.45em 0;"
    "border-top:1px solid var(--jp-border-color2,#e0e0e0)}"
    ".docker101-check .mark{flex:none;width:1.3em;height:1.3em;line-height:1.3em;text-align:center;border-radius:50%;"
    "font-weight:700;border:1px solid currentColor;transition:background .3s}"
    ".docker101-check .passed .mark{background:var(--jp-success-color0,#1b5e20);border-color:transparent;"
    "color:var(--jp-layout-color1,#fff)}"
    ".docker101-check .points{white-space:nowrap;color:var(--jp-ui-font-color1,#424242)}"
    ".docker101-check .points::before{content:'('}.docker101-check .points::after{content:')'}"
    ".docker101-check summary{cursor:pointer;width:max-content}"
    ".docker101-check .hint{margin:.2em 0}.docker101-check .hint .hint{margin-left:1.2em}"
    ".docker101-check .buttons{display:flex;gap:.6em;margin-top:.6em}"
    ".docker101-check .dot{color:var(--jp-success-color0,#1b5e20)}"
    f".docker101-check :is(.unseen,.heard){{{UNSEEN}}}"
    "@media (prefers-reduced-motion:reduce){.docker101-check *{transition:none!important}}</style>"
)
