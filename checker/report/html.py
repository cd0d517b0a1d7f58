"""The report as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.pages import render
from checker.report.results import MARKS, next_step, points, summary, to_show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.lab import Lab, Result


def as_html(lab: Lab, results: Sequence[Result]) -> str:
    """Return the report as a fragment of HTML that follows JupyterLab's theme and needs no script.

    Arguments:
        lab: the lab that was checked.
        results: of all its checks, hidden ones as well.

    """
    return render("report/report", **_shown(lab, results))


def as_page(lab: Lab, results: Sequence[Result]) -> str:
    """Return the report as one self-contained HTML page.

    Arguments:
        lab: the lab that was checked.
        results: of all its checks, hidden ones as well.

    """
    return render("report/page", **_shown(lab, results)) + "\n"


def _shown(lab: Lab, results: Sequence[Result]) -> dict[str, Any]:
    """Return what the two templates fill in."""
    score, full = points(results)
    return {
        "title": lab.title,
        "summary": summary(results),
        "score": score,
        "full": full,
        "results": to_show(results),
        "marks": MARKS,
        "step": next_step(results),
    }
