"""The report as JSON, for programs; ``report.schema.json`` describes it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from checker.report.results import points, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.lab import Lab, Result

FORMAT = 1
"""The number of the JSON format; it changes when a field changes its meaning."""


def as_json(lab: Lab, results: Sequence[Result]) -> str:
    """Return the report as JSON; the fields are those of ``Result``, described in ``report.schema.json``.

    Arguments:
        lab: the lab that was checked.
        results: of all its checks; hidden ones are left out.

    """
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
