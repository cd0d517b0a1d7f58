"""Run a lab's checks: in the order of their dependencies, each within its limit, into records."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from checker.errors import CourseError
from checker.lab import CannotTell, Check, Failure, Result, Status, Trust
from checker.patience import Patience
from checker.placeholders import filled, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

POLL_S = 0.1
"""Seconds between two looks at state that may still settle."""


class _GivenUp(Exception):
    """The check did not end within its limit, which is given in seconds."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(limit_s)
        self.limit_s = limit_s


class BuiltIns(Protocol):
    """Where the built-ins of a check come from."""

    def built_in(self, name: str) -> Any:
        """Return the built-in called ``name``."""

    def names_asked(self) -> frozenset[str]:
        """Return, and forget, the names of containers and images that were asked for since the last call."""


@dataclass
class _Outcome:
    """What the thread that runs one check found."""

    value: Any = None
    problem: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


def run_checks(
    checks: Sequence[Check],
    facts: BuiltIns,
    *,
    params: Mapping[str, str],
    trust: Trust = Trust.LIVE,
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Run ``checks`` and return one result each, in the same order.

    Arguments:
        checks: from a loaded lab; their dependencies form no circle (the loader has made sure).
        facts: the built-ins.
        params: the values of the sheet's {placeholders}, for descriptions and hints.
        trust: what the results are marked with.
        on_result: called with each result as it is known.

    """
    return CheckRunner(checks, params=params, trust=trust).run(facts, on_result=on_result)


class CheckRunner:
    """The checks of a lab, run again and again: each round those that are asked for; the results of the others stay.

    Arguments:
        checks, params, trust: as for ``run_checks``.

    """

    def __init__(self, checks: Sequence[Check], *, params: Mapping[str, str], trust: Trust = Trust.LIVE) -> None:
        self._checks, self._params, self._trust = tuple(checks), params, trust
        self._values: dict[str, Any] = {}
        self._found: dict[str, Result] = {}

    @property
    def results(self) -> list[Result]:
        """What is known by now, in the author's order."""
        return [self._found[item.id] for item in self._checks if item.id in self._found]

    def run(
        self,
        facts: BuiltIns,
        ids: Iterable[str] | None = None,
        *,
        patient: bool = True,
        on_result: Callable[[Result], None] | None = None,
    ) -> list[Result]:
        """Run checks, and those that need one of them, and return all results.

        Arguments:
            facts: the built-ins.
            ids: of the checks to run; those that never ran are run in any case. Default: all.
            patient: whether state may take its time to settle (``within``); else one look is all.
            on_result: called with each result as it is known.

        """
        wanted = {item.id for item in self._checks} if ids is None else {*ids}
        for item in _in_order(self._checks):
            if item.id in self._found and item.id not in wanted and not wanted.intersection(item.needs):
                continue
            wanted.add(item.id)
            self._values.pop(item.id, None)
            tried = item if patient else replace(item, within_s=0.0)
            result = replace(_run_one(tried, facts, self._values, self._found, self._params), trust=self._trust)
            self._found[item.id] = result
            if on_result:
                on_result(result)
        return self.results


def _in_order(checks: Sequence[Check]) -> list[Check]:
    """Return the checks with each one after those that it needs; otherwise in the author's order."""
    by_id = {item.id: item for item in checks}
    ordered: list[Check] = []

    def place(item: Check) -> None:
        if item in ordered:
            return
        for need in item.needs:
            place(by_id[need])
        ordered.append(item)

    for item in checks:
        place(item)
    return ordered


def _run_one(
    item: Check, facts: BuiltIns, values: dict[str, Any], results: Mapping[str, Result], params: Mapping[str, str]
) -> Result:
    """Run one check, unless one that it needs has not passed."""
    blank = Result(
        id=item.id,
        description=filled(item.description, params),
        status=Status.PASSED,
        score=0,
        max_score=item.points,
        visibility=item.visibility,
    )
    blocker = _blocker(item, results)
    if blocker:
        message = f"Not looked at yet: it needs “{blocker.description}”, which has not passed."
        return replace(blank, status=Status.SKIPPED, message=message, needs=blocker.id)
    started = time.monotonic()
    outcome = _within_limit(item, facts, values)
    result = _judged(item, blank, outcome, params)
    if result.status is Status.PASSED:
        values[item.id] = outcome.value
    return replace(result, seconds=time.monotonic() - started, names=facts.names_asked())


def _blocker(item: Check, results: Mapping[str, Result]) -> Result | None:
    """Return the check that blocks this one: the first that failed, not one that was skipped because of it."""
    for need in item.needs:
        result = results[need]
        if result.status is Status.PASSED:
            continue
        while result.status is Status.SKIPPED and result.needs:
            result = results[result.needs]
        return result
    return None


def _within_limit(item: Check, facts: BuiltIns, values: Mapping[str, Any]) -> _Outcome:
    """Run the check in a thread of its own, so that an engine that hangs cannot hold up the report."""
    outcome = _Outcome()
    thread = threading.Thread(target=_attempts, args=(item, facts, dict(values), outcome), daemon=True)
    thread.start()
    patience = Patience(item.limit_s)
    while left_s := patience.left_s():
        if outcome.done.wait(left_s):
            return outcome
    return _Outcome(problem=_GivenUp(patience.limit_s))


def _attempts(item: Check, facts: BuiltIns, values: Mapping[str, Any], outcome: _Outcome) -> None:
    """Call the check until it passes, or its time to settle is over."""
    patience = Patience(item.within_s)
    while True:
        try:
            arguments = {name: facts.built_in(name) for name in item.built_ins}
            arguments |= {name: values[name] for name in item.needs}
            outcome.value, outcome.problem = item.function(**arguments), None
        except Failure as failure:
            outcome.problem = failure
        except BaseException as error:  # noqa: BLE001  (whatever happens in a check becomes its result)
            outcome.problem = error
            break
        if outcome.problem is None or patience.left_s() <= POLL_S:
            break
        time.sleep(POLL_S)
    outcome.done.set()


def _judged(item: Check, blank: Result, outcome: _Outcome, params: Mapping[str, str]) -> Result:
    """Turn what the check did into its result."""
    problem = outcome.problem
    if problem is None:
        return replace(blank, score=item.points)
    if isinstance(problem, Failure):
        return replace(
            blank,
            status=Status.FAILED,
            score=min(max(problem.earned, 0), item.points),
            message=plain(filled(problem.message, params)),
            hint=plain(filled(problem.look or item.hint, params)),
            expected=plain(filled(problem.expected, params)) or None,
            actual=None if problem.actual is None else plain(problem.actual),
        )
    return replace(blank, status=Status.ERROR, message=plain(_our_fault(problem)))


def _our_fault(problem: BaseException) -> str:
    """Say why the check could not judge; the learner loses nothing by it."""
    if isinstance(problem, _GivenUp):
        return (
            f"The check was given up after {problem.limit_s:.3g} s: the engine did not answer in time. "
            "This is not your mistake. Look at it with: checker doctor"
        )
    if isinstance(problem, CannotTell | CourseError):
        return str(problem)
    return (
        f"The check itself broke ({type(problem).__name__}: {problem}). This is not your mistake; "
        "please send your teacher the file that this writes: checker doctor --report report.txt"
    )
