"""Rounds: checks that are run again and again, each time those that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker import run as running
from checker.lab.vocabulary import Failure, Result, Status, Trust
from checker.run import CheckRunner
from tests.unit.made_checks import FakeFacts, made, raises

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once where a check may settle."""
    monkeypatch.setattr(running, "POLL_S", 0.0)


@pytest.fixture
def ran() -> list[str]:
    """Return the list of checks that ran."""
    return []


@pytest.fixture
def house(ran: list[str]) -> CheckRunner:
    """Return the rounds of a house: a door needs a wall, which needs the ground; beside it there is a tree."""

    def noted(name: str) -> Callable[..., str]:
        return lambda **_: ran.append(name) or name  # type: ignore[func-returns-value]

    needs = {"door": "wall", "wall": "ground", "ground": "", "tree": ""}
    return CheckRunner([made(name, noted(name), need) for name, need in needs.items()], params={})


def statuses(results: list[Result]) -> dict[str, Status]:
    """Return the status of each check."""
    return {item.id: item.status for item in results}


def test_first_round_runs_everything(house: CheckRunner, ran: list[str]) -> None:
    """Nothing is known before; then all is, in the author's order."""
    assert house.results == []
    found = house.run(FakeFacts())
    assert ran == ["ground", "wall", "door", "tree"]
    assert found == house.results
    assert [item.id for item in found] == ["door", "wall", "ground", "tree"]


@pytest.mark.parametrize(
    ("asked", "run"),
    [
        ({"tree"}, ["tree"]),
        ({"door"}, ["door"]),
        ({"wall"}, ["wall", "door"]),
        ({"ground"}, ["ground", "wall", "door"]),
        ({"ground", "tree"}, ["ground", "wall", "door", "tree"]),
        (set(), []),
        ({"no such check"}, []),
        (None, ["ground", "wall", "door", "tree"]),
    ],
)
def test_later_rounds_run_what_is_asked_for_and_what_needs_it(
    asked: set[str] | None, run: list[str], house: CheckRunner, ran: list[str]
) -> None:
    """What a check needs stands as it was; what needs it, directly or not, is run with it."""
    house.run(FakeFacts())
    ran.clear()
    assert len(house.run(FakeFacts(), asked)) == 4
    assert ran == run


def test_asking_takes_nothing_from_the_asker(house: CheckRunner) -> None:
    """The set that was handed over stays as it is."""
    asked = {"ground"}
    house.run(FakeFacts())
    house.run(FakeFacts(), asked)
    assert asked == {"ground"}


def test_check_that_never_ran_is_run_in_any_case(house: CheckRunner, ran: list[str]) -> None:
    """Whatever is asked for first, a round leaves nothing unknown."""
    assert len(house.run(FakeFacts(), {"tree"})) == 4
    assert sorted(ran) == ["door", "ground", "tree", "wall"]


def test_value_stays_for_who_needs_it_later() -> None:
    """A check that is run alone still gets what the ones that it needs have returned earlier."""
    got: list[Any] = []
    rounds = CheckRunner([made("shop", lambda: 7), made("door", lambda **given: got.append(given), "shop")], params={})
    rounds.run(FakeFacts())
    rounds.run(FakeFacts(), {"door"})
    assert got == [{"shop": 7}, {"shop": 7}]


def test_value_of_a_check_that_fails_now_is_gone() -> None:
    """What passed before and fails now lets those that need it wait; passing again, it hands on what is new."""
    answers: list[Any] = [1, Failure("Closed."), 2]
    got: list[Any] = []

    def shop() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Failure):
            raise answer
        return answer

    rounds = CheckRunner([made("shop", shop), made("door", lambda **given: got.append(given), "shop")], params={})
    found = [statuses(rounds.run(FakeFacts(), {"shop"})) for _ in range(3)]
    assert found == [
        {"shop": Status.PASSED, "door": Status.PASSED},
        {"shop": Status.FAILED, "door": Status.SKIPPED},
        {"shop": Status.PASSED, "door": Status.PASSED},
    ]
    assert got == [{"shop": 1}, {"shop": 2}]


def test_skipped_check_that_is_asked_for_stays_skipped() -> None:
    """What it waits for was not asked for, and is not run."""
    rounds = CheckRunner([made("shop", raises(Failure("Closed."))), made("door", lambda **_: 1, "shop")], params={})
    rounds.run(FakeFacts())
    assert statuses(rounds.run(FakeFacts(), {"door"}))["door"] is Status.SKIPPED


def test_each_result_is_told_as_it_is_known(house: CheckRunner) -> None:
    """Only those that were run are told."""
    told: list[str] = []
    house.run(FakeFacts())
    house.run(FakeFacts(), {"wall"}, on_result=lambda result: told.append(result.id))
    assert told == ["wall", "door"]


def test_results_carry_trust_and_values(ran: list[str]) -> None:
    """The sheet's values and the trust hold for all rounds."""
    check = made("shop", raises(Failure("No {name}.")))
    rounds = CheckRunner([check], params={"name": "amber"}, trust=Trust.REPLAYED)
    for _ in range(2):
        (found,) = rounds.run(FakeFacts())
        assert (found.message, found.trust) == ("No amber.", Trust.REPLAYED)


def settling(seen: list[int]) -> Callable[..., Any]:
    """Return a check's function that passes at the third look."""

    def looks() -> str:
        seen.append(1)
        if len(seen) < 3:
            raise Failure("Not yet.")
        return "there"

    return looks


def test_patient_round_waits_for_what_settles() -> None:
    """Asked patiently, a check has its time to settle."""
    seen: list[int] = []
    rounds = CheckRunner([made("shop", settling(seen), within_s=60)], params={})
    assert statuses(rounds.run(FakeFacts())) == {"shop": Status.PASSED}


def test_impatient_round_looks_once() -> None:
    """Asked impatiently, each round is one look; who watches asks again."""
    seen: list[int] = []
    rounds = CheckRunner([made("shop", settling(seen), within_s=60)], params={})
    found = [statuses(rounds.run(FakeFacts(), patient=False))["shop"] for _ in range(3)]
    assert found == [Status.FAILED, Status.FAILED, Status.PASSED]
    assert len(seen) == 3
