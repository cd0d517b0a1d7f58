"""Turn results into text, HTML or JSON. Pure functions: nothing here reads, writes or asks an engine."""

from __future__ import annotations

import html
import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from checker.lab import Result, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checker.lab import Lab

FORMAT = 1
"""The number of the JSON format; it changes when a field changes its meaning."""

MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.SKIPPED: "·", Status.ERROR: "!"}
COLOURS = {Status.PASSED: "32", Status.FAILED: "31", Status.SKIPPED: "2", Status.ERROR: "33"}


def as_text(lab: Lab, results: Sequence[Result], *, colour: bool = False) -> str:
    """Return the report as lines of plain text, or with ANSI colours for a terminal."""
    lines = [f"{lab.title}: {summary(results)}", ""]
    for result in to_show(results):
        lines += _text_of(result, colour=colour)
    step = next_step(results)
    return "\n".join(lines + (["", step] if step else [])).rstrip() + "\n"


def _text_of(result: Result, *, colour: bool) -> list[str]:
    mark = MARKS[result.status]
    points = f"{result.score:g}/{result.max_score:g}"
    word = "" if result.status in (Status.PASSED, Status.FAILED) else f" [{result.status}]"
    head = f"{mark} {points:>5}  {result.description}{word}"
    if colour:
        head = f"\x1b[{COLOURS[result.status]}m{head}\x1b[0m"
    told = [result.message, f"Look: {result.hint}" if result.hint else ""]
    return [head, *(f"         {line}" for text in told for line in text.splitlines())]


def as_html(lab: Lab, results: Sequence[Result]) -> str:
    """Return the report as a fragment of HTML that follows JupyterLab's theme and needs no script."""
    rows = "".join(_row(result) for result in to_show(results))
    score, full = points(results)
    step = next_step(results)
    return (
        f'<section class="docker101-report" aria-label="Results of {_esc(lab.title)}">{STYLE}'
        f"<p><strong>{_esc(lab.title)}</strong>: {_esc(summary(results))} "
        f'<progress max="{full:g}" value="{score:g}" aria-label="Points of {_esc(lab.title)}"></progress></p>'
        f'<table><thead><tr><th scope="col">State</th><th scope="col">Points</th><th scope="col">Task</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>" + (f"<p>{_esc(step)}</p>" if step else "") + "</section>"
    )


STYLE = (
    # The class stands twice: JupyterLab's own rules for tables (right-aligned, equal columns) would win otherwise.
    "<style>.docker101-report.docker101-report table{border-collapse:collapse;width:100%;table-layout:auto}"
    ".docker101-report.docker101-report :is(th,td){text-align:left;vertical-align:top;padding:.4em .6em;"
    "white-space:normal;border-bottom:1px solid var(--jp-border-color2,#bdbdbd)}"
    ".docker101-report.docker101-report :is(th,td):last-child{width:100%}"
    ".docker101-report.docker101-report td:last-child{overflow-wrap:anywhere}"
    ".docker101-report.docker101-report .state{white-space:nowrap;font-weight:600}"
    ".docker101-report .passed{color:var(--jp-success-color0,#1b5e20)}"
    ".docker101-report .failed{color:var(--jp-error-color0,#b71c1c)}"
    ".docker101-report .said{margin:.3em 0 0}"
    ".docker101-report .look{margin:.3em 0 0;color:var(--jp-ui-font-color1,#424242)}</style>"
)


def _row(result: Result) -> str:
    said = f'<p class="said">{_lines(result.message)}</p>' if result.message else ""
    look = f'<p class="look"><em>Look:</em> {_lines(result.hint)}</p>' if result.hint else ""
    return (
        f'<tr><td class="state {result.status}">{MARKS[result.status]} {result.status}</td>'
        f"<td>{result.score:g}/{result.max_score:g}</td><td>{_esc(result.description)}{said}{look}</td></tr>"
    )


def as_page(lab: Lab, results: Sequence[Result]) -> str:
    """Return the report as one self-contained HTML page."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_esc(lab.title)}</title>'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:50em;margin:2em auto;padding:0 1em}</style></head>"
        f"<body><h1>{_esc(lab.title)}</h1>{as_html(lab, results)}</body></html>\n"
    )


def as_json(lab: Lab, results: Sequence[Result]) -> str:
    """Return the report as JSON; the fields are those of ``Result``, described in ``report.schema.json``."""
    score, full = points(results)
    data = {
        "format": FORMAT,
        "lab": lab.id,
        "title": lab.title,
        "score": score,
        "max_score": full,
        "results": [_record(result) for result in visible(results)],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _record(result: Result) -> dict[str, Any]:
    record = {item.name: getattr(result, item.name) for item in fields(result) if item.name != "names"}
    return {**record, "seconds": round(result.seconds, 4)}


def visible(results: Iterable[Result]) -> list[Result]:
    """Return the results that a learner may see."""
    return [result for result in results if result.visibility == "visible"]


def to_show(results: Iterable[Result]) -> list[Result]:
    """Return the results that a learner may see; of several in a row that wait for the same task, one says so."""
    found: list[Result] = []
    waits: str | None = ""
    for result in visible(results):
        found.append(replace(result, message="") if result.needs and result.needs == waits else result)
        waits = result.needs
    return found


def points(results: Sequence[Result]) -> tuple[float, float]:
    """Return the points reached and the points there are, of what a learner may see."""
    seen = visible(results)
    return sum(result.score for result in seen), sum(result.max_score for result in seen)


def summary(results: Sequence[Result]) -> str:
    """Return one line: tasks passed, and points."""
    seen = visible(results)
    passed = sum(result.status is Status.PASSED for result in seen)
    score, full = points(results)
    return f"{passed} of {len(seen)} tasks passed, {score:g} of {full:g} points."


def best_so_far_note(results: Sequence[Result], reached: float) -> str:
    """Say that an earlier check was better, and counts; empty where these are the best results.

    Arguments:
        results: of a check.
        reached: the points of the best check so far.

    """
    score, full = points(results)
    return f"Your best check so far, {reached:g} of {full:g} points, is kept." if reached > score else ""


def next_step(results: Sequence[Result]) -> str:
    """Return what to do now."""
    seen = visible(results)
    failed = next((result for result in seen if result.status is Status.FAILED), None)
    if failed:
        return f"Next: {failed.description}"
    if any(result.status is Status.ERROR for result in seen):
        return "Some tasks could not be judged; you lose nothing by that. See what is wrong with: checker doctor"
    if any(result.message for result in seen):
        return "All passed live. For a grade, put what you did into the command list too, then check again."
    return "All done."


def _esc(text: str) -> str:
    return html.escape(text, quote=True)


def _lines(text: str) -> str:
    return "<br>".join(_esc(line) for line in text.splitlines())
