"""The vocabulary of checks: what a declaration holds, and what it refuses."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import pytest

from checker.lab.vocabulary import DEFAULT_LIMIT_S, Check, Failure, check, declared_checks

if TYPE_CHECKING:
    from collections.abc import Callable


def declare(**words: Any) -> Check:
    """Return the declaration of a small check."""

    @check(**{"points": 1, "hint": "Look.", **words})
    def shop() -> None:
        """Say that the shop is open."""

    return shop.declared  # type: ignore[attr-defined, no-any-return]


def test_function_is_the_declaration() -> None:
    """Name, docstring and parameters of the function become id, sentence, needs and built-ins."""

    @check(points=1.5, hint="Look.")
    def published(params: object, shop: object, engine: object) -> None:
        """Port 80 of shop
        is published.
        """  # noqa: D205  (a docstring of two lines is one sentence)

    assert published.declared == Check(  # type: ignore[attr-defined]
        id="published",
        description="Port 80 of shop is published.",
        points=1.5,
        hint="Look.",
        function=published,
        needs=("shop",),
        built_ins=("params", "engine"),
        within_s=0,
        limit_s=DEFAULT_LIMIT_S,
        visibility="visible",
        replay=True,
    )


def test_declared_function_stays_callable() -> None:
    """The decorator returns the function itself, so that one check's code can be called by hand."""

    @check(points=1, hint="Look.")
    def shop() -> int:
        """Return what the shop holds."""
        return 7

    assert shop() == 7


def test_words_of_a_declaration_are_kept() -> None:
    """What the author says about time, visibility, replay and reading reaches the declaration."""
    made = declare(within=3, limit=30, visibility="hidden", replay=False, read="05: Kill")
    assert (made.within_s, made.limit_s, made.visibility, made.replay) == (3, 30, "hidden", False)
    assert (made.read, declare().read) == ("05: Kill", "")


def test_limit_leaves_room_to_settle() -> None:
    """A check that waits longer than its limit gets a limit one second above its wait."""
    assert declare(within=60).limit_s == 61


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"hint": " "}, "the check shop has no hint"),
        ({"points": 0}, "the check shop is worth 0 points; give it more than 0"),
        ({"points": -1.5}, "the check shop is worth -1.5 points; give it more than 0"),
        ({"visibility": "hiden"}, "the check shop has the visibility “hiden”; it is visible or hidden"),
    ],
)
def test_declaration_is_refused(words: dict[str, Any], said: str) -> None:
    """A declaration that cannot be used is refused with the check's name."""
    with pytest.raises(TypeError) as refused:
        declare(**words)
    assert str(refused.value) == said


@pytest.mark.parametrize("docstring", [None, "  "])
def test_sentence_is_asked_for(docstring: str | None) -> None:
    """A check without a docstring has no sentence for the learner."""

    def shop() -> None: ...

    shop.__doc__ = docstring
    with pytest.raises(TypeError, match=r"^the check shop has no docstring; it is the sentence the learner reads"):
        check(points=1, hint="Look.")(shop)


def module_of(source: str) -> types.ModuleType:
    """Return a module with this source, as a lab's checks.py is one."""
    module = types.ModuleType("checks")
    exec(source, vars(module))  # noqa: S102  (the source is the test's)
    return module


SHOP = '@check(points=1, hint="Look.")\ndef shop(): "The shop is open."\n'
IMPORTS = "from checker.lab import check\n"


def test_second_check_of_a_name_is_refused() -> None:
    """A second function of the same name would silently replace the first, and its points."""
    with pytest.raises(TypeError, match=r"^the check shop is there twice; the second would replace the first"):
        module_of(IMPORTS + SHOP + SHOP)


def test_checks_are_found_in_the_authors_order() -> None:
    """Declared checks come in the order of the file; other things of the module are passed over."""
    door = SHOP.replace("shop", "door")
    assert [item.id for item in declared_checks(module_of(IMPORTS + SHOP + "helper = 7\n" + door))] == ["shop", "door"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Failure("It is paused."), "It is paused."),
        (lambda: Failure("It is paused.", "It should run."), "It is paused. It should run."),
    ],
)
def test_failure_says_seen_then_expected(make: Callable[[], Failure], said: str) -> None:
    """A failure's message is what was seen, and what was expected where that is said."""
    assert make().message == said
    assert str(make()) == "It is paused."


def test_failure_earns_nothing_by_default() -> None:
    """Points for a part that is done are given only where the check says so."""
    assert (Failure("No.").earned, Failure("Half.", earned=1).earned) == (0, 1)
