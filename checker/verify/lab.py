"""Prove one lab, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.verify.case import unproved
from checker.verify.prover import Prover, in_proving_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine import Engine
    from checker.lab import Lab
    from checker.learner import Work
    from checker.verify.expectation import CaseResult


def verify_lab(
    lab: Lab, engine: Engine, work: Work, on_result: Callable[[CaseResult], object], *, whole: bool = False
) -> list[str]:
    """Prove one lab; return what is wrong with it, one sentence each.

    Arguments:
        lab: loaded.
        engine: one that holds the lab's images; the course's things on it are removed.
        work: a folder whose journal a recorder is writing.
        on_result: called with each result as it is known.
        whole: play each case from nothing, and each way that it can be played.

    Raises:
        CourseError: when the engine does not answer, or the lab cannot be proved.

    """
    problems = []
    with Prover(lab, engine, work, whole=whole) as prover:
        for case, trust in in_proving_order(lab, whole=whole):
            result = prover.prove(case, trust)
            on_result(result)
            if result.problem:
                problems.append(f"{lab.id} {case.name} ({trust}): {result.problem}")
    return problems + unproved(lab)
