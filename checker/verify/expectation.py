"""What should come of a case, and how what came of it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.lab import Result, Status, Trust
from checker.placeholders import filled
from checker.verify.case import STARTER, Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.lab import Wrong


@dataclass(frozen=True)
class CaseResult:
    """What came of a case, played one way; ``problem`` is empty when all is as it should be.

    ``by_parts``: it was played on the solution's state, and not from nothing; ``seconds`` is how long that took.
    """

    case: Case
    trust: Trust
    results: tuple[Result, ...]
    problem: str
    seconds: float
    by_parts: bool = False


def compare(case: Case, results: Sequence[Result], params: dict[str, str]) -> str:
    """Return how the results differ from what should come of the case, or an empty text.

    Arguments:
        case: what was played.
        results: of all checks of the lab.
        params: the learner's values, which are filled into what is expected.

    """
    broken = [r for r in results if r.status is Status.ERROR]
    if broken:
        return f"{broken[0].id} is an error: {broken[0].message}"
    if case.wrong:
        return _compare_wrong(case.wrong, results, params)
    passed = [r.id for r in results if r.status is Status.PASSED]
    if case.name == STARTER:
        return f"{passed[0]} passes before anything was done" if passed else ""
    failed = [r for r in results if r.status is not Status.PASSED]
    return f"{failed[0].id} {failed[0].status}: {failed[0].message}" if failed else ""


def _compare_wrong(wrong: Wrong, results: Sequence[Result], params: dict[str, str]) -> str:
    failed = [r for r in results if r.status is Status.FAILED]
    if [r.id for r in failed] != [wrong.check]:
        seen = "; ".join(f"{r.id}: {r.message}" for r in failed) or "none"
        return f"should fail {wrong.check} alone, failed: {seen}"
    if any(r.status is Status.SKIPPED and r.needs != wrong.check for r in results):
        return "a check is skipped for another reason"
    told = f"{failed[0].message} {failed[0].hint}"
    says = [filled(word, params) for word in wrong.says]
    missing = [word for word in says if word.lower() not in told.lower()]
    return f"the message does not say {missing[0]!r}: {told}" if missing else ""


def same_again(results: Sequence[Result], again: Sequence[Result]) -> str:
    """Return which check judged differently the second time, as one that changes what it looks at does.

    Arguments:
        results: the results of a first round.
        again: the results of the same checks in a second round.

    """
    for one, other in zip(results, again, strict=True):
        if (one.status, one.score) != (other.status, other.score):
            told = [f"{result.status} ({result.score:g} points)" for result in (one, other)]
            return f"{one.id} gave {told[0]}, and {told[1]} when checked again"
    return ""
