"""The vocabulary of a lab's ``checks.py``: ``@check``, ``Failure``, and the record of a result."""

from __future__ import annotations

import enum
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT_INS = ("engine", "image", "files", "answer", "history", "params")
"""Parameter names that a check may use beside the names of other checks of its lab."""

VISIBILITIES = ("visible", "hidden")
"""Whether a learner sees a check; hidden ones are left out of their report and of a student edition."""

DEFAULT_LIMIT_S = 20.0
"""How long one check may take in all, in seconds, unless ``@check(limit=…)`` says otherwise."""


class Failure(Exception):
    """The learner's state is not what the task asks for.

    Arguments:
        seen: what was observed, as one sentence: "The container nap is paused."
        expected: what the task asks for, as one sentence; empty where the task's own sentence says it.
        look: where to look, or what to read; never the command that solves the task.
        earned: points to give all the same, for a part that is done.
        actual: the observed value alone, for reports that compare.

    """

    def __init__(
        self, seen: str, expected: str = "", look: str = "", *, earned: float = 0, actual: str | None = None
    ) -> None:
        super().__init__(seen)
        self.seen = seen
        self.expected = expected
        self.look = look
        self.earned = earned
        self.actual = actual

    @property
    def message(self) -> str:
        """What was seen and what was expected, as one text."""
        return " ".join(part for part in (self.seen, self.expected) if part)


class CannotTell(Exception):
    """The checker cannot judge (events that were missed, an engine that hangs): an error, never a failure."""


class Status(enum.StrEnum):
    """The four outcomes of a check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


class Trust(enum.StrEnum):
    """How far a result can be trusted: the learner's own engine, or a replay on a fresh one."""

    LIVE = "live"
    REPLAYED = "replayed"


@dataclass(frozen=True)
class Check:
    """One check of a lab, as its author declared it.

    ``needs`` holds the names of the checks that it depends on; ``within_s`` is how long state may take to settle;
    ``limit_s`` is when the checker gives up; ``replay`` is false for a task that only counts live; ``read`` is the part
    of a lesson to read, as ``checker.lab.headings.reading_of`` takes it apart, or empty.
    """

    id: str
    description: str
    points: float
    hint: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    built_ins: tuple[str, ...]
    within_s: float = 0.0
    limit_s: float = DEFAULT_LIMIT_S
    visibility: str = "visible"
    replay: bool = True
    read: str = ""


@dataclass(frozen=True)
class Result:
    """What one check found. ``expected`` and ``actual`` are None where the check compares no single value.

    ``score`` and ``max_score`` are points; ``seconds`` is how long the check took; ``needs`` is the id of the check
    that blocks a skipped one, else None; ``names`` are the containers and images that the check asked the engine about.
    """

    id: str
    description: str
    status: Status
    score: float
    max_score: float
    message: str = ""
    hint: str = ""
    expected: str | None = None
    actual: str | None = None
    needs: str | None = None
    visibility: str = "visible"
    seconds: float = 0.0
    trust: Trust = Trust.LIVE
    names: frozenset[str] = field(default=frozenset(), compare=False)


def check(  # noqa: PLR0913  (each is one word of the author's vocabulary)
    *,
    points: float,
    hint: str,
    within: float = 0.0,
    limit: float = DEFAULT_LIMIT_S,
    visibility: str = "visible",
    replay: bool = True,
    read: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function of ``checks.py`` as a check.

    The function's name is the check's id, its docstring the one sentence that the learner reads, and its parameters
    are other checks (which must have passed, and whose return values it gets) or built-ins (see ``BUILT_INS``). It
    passes by returning, and fails by raising ``Failure``.

    Arguments:
        points: the points of the task, more than 0.
        hint: where to look, when the failure itself says nothing better; may use the sheet's {placeholders}.
        within: seconds for which the state may take to settle; the check is tried again until then. 0: once.
        limit: seconds after which the checker gives up with an ``error``; never less than ``within`` and one more.
        visibility: "visible" or "hidden" (left out of a learner's report and of a student edition).
        replay: whether the task counts in a replay of the command list (an interactive one does not).
        read: what to read, where ``hint`` says where to look: a heading of this lab's lesson.md, "Stop, gracefully", or
            of another lesson, "05: Stop, gracefully"; the lab loader refuses one that is not there. Empty: nothing.

    Raises:
        TypeError: when the declaration cannot be used; the lab loader reports it with the file's name.

    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        names = tuple(inspect.signature(function).parameters)
        doc = inspect.getdoc(function) or ""
        if not doc.strip():
            raise TypeError(f"the check {function.__name__} has no docstring; it is the sentence the learner reads")
        if not hint.strip():
            raise TypeError(f"the check {function.__name__} has no hint")
        if points <= 0:
            raise TypeError(f"the check {function.__name__} is worth {points:g} points; give it more than 0")
        if visibility not in VISIBILITIES:
            known = " or ".join(VISIBILITIES)
            raise TypeError(f"the check {function.__name__} has the visibility “{visibility}”; it is {known}")
        if hasattr(function.__globals__.get(function.__name__), "declared"):
            raise TypeError(f"the check {function.__name__} is there twice; the second would replace the first")
        declared = Check(
            id=function.__name__,
            description=" ".join(doc.split()),
            points=points,
            hint=hint,
            function=function,
            needs=tuple(name for name in names if name not in BUILT_INS),
            built_ins=tuple(name for name in names if name in BUILT_INS),
            within_s=within,
            limit_s=max(limit, within + 1),
            visibility=visibility,
            replay=replay,
            read=read,
        )
        function.declared = declared  # type: ignore[attr-defined]
        return function

    return declare


def declared_checks(module: object) -> list[Check]:
    """Return the checks of a loaded ``checks.py``, in the order in which the author wrote them."""
    found = [getattr(value, "declared", None) for value in vars(module).values()]
    return [item for item in found if isinstance(item, Check)]
