"""Checks and facts for tests, made without a lab and without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.lab.vocabulary import Check

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeFacts:
    """Stands for an engine: built-ins are texts, and names asked for are what the test put there."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def built_in(self, name: str) -> Any:
        """Return a text that tells which built-in it is."""
        return f"the {name}"

    def names_asked(self) -> frozenset[str]:
        """Return, and forget, the names."""
        asked, self.asked = frozenset(self.asked), set()
        return asked


def made(name: str, function: Callable[..., Any], needs: str = "", built_ins: str = "", **words: Any) -> Check:
    """Return a check worth 2 points."""
    values = {"description": f"The {name} is open.", "points": 2, "hint": "Look.", **words}
    return Check(id=name, function=function, needs=tuple(needs.split()), built_ins=tuple(built_ins.split()), **values)


def passes(*_: Any, **__: Any) -> str:
    """Pass."""
    return "passed"


def raises(error: BaseException) -> Callable[..., Any]:
    """Return a check's function that raises."""

    def function(*_: Any, **__: Any) -> None:
        raise error

    return function
