"""What counts as another verdict under load: everything but that a check cannot tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.lab.load import load_lab
from checker.lab.vocabulary import Result, Status, Trust
from checker.verify import CaseResult, cases
from tests.load import busy_machine, differs, misjudged, told

LAB = load_lab("05")
CASES = {case.name: case for case in cases(LAB)}
LETTERS = {"P": Status.PASSED, "F": Status.FAILED, "S": Status.SKIPPED, "E": Status.ERROR}


def verdict(statuses: str, name: str = "solution", problem: str = "", needs: str = "a") -> CaseResult:
    """Return what came of a case: one letter a check, which are called a, b, graceful."""
    ids = ("a", "b", "graceful")
    results = [
        Result(id=one, description=one, status=LETTERS[letter], score=0, max_score=1, visibility="visible",
               needs=needs if letter == "S" else "", message="told")
        for one, letter in zip(ids, statuses, strict=True)
    ]  # fmt: skip
    return CaseResult(CASES[name], Trust.LIVE, tuple(results), problem, 1.0)


@pytest.mark.parametrize(
    ("quiet", "loaded", "other"),
    [
        ("PPP", "PPP", ""),
        ("PPP", "EPP", ""),
        ("PPP", "ESP", ""),
        ("PPP", "FPP", "a"),
        ("PPP", "EFP", "b"),
        ("PPF", "PPP", "graceful"),
        ("PPF", "PPE", ""),
        ("PPP", "FSP", "a, b"),
    ],
)
def test_a_check_may_only_turn_into_one_that_cannot_tell(quiet: str, loaded: str, other: str) -> None:
    """Also one that needs such a check is not held against it."""
    assert differs(verdict(quiet), verdict(loaded)) == other


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [
        (verdict("PPP"), ""),
        (verdict("PPF", problem="graceful failed"), "graceful failed"),
        (verdict("EPP", problem="a is an error"), ""),
        (verdict("EFP", problem="a is an error"), "b failed: told"),
        (verdict("EPF", "wrong/graceful_forced", "a is an error"), ""),
        (verdict("EPP", "wrong/graceful_forced", "a is an error"), "graceful passed: told"),
    ],
)
def test_an_error_hides_no_wrong_verdict(seen: CaseResult, wrong: str) -> None:
    """What one check cannot tell says nothing of the others."""
    assert misjudged(seen) == wrong


def test_a_verdict_in_a_few_words() -> None:
    """How many passed, what failed, what could not be told."""
    assert told(verdict("PPP")) == "3/3 passed"
    assert told(verdict("PFE")) == "1/3 passed; failed: b; cannot tell: graceful"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="children are counted in /proc")
def test_the_loops_end_with_the_block() -> None:
    """Nothing goes on afterwards, also where the block ends in an error."""

    def children() -> int:
        tasks = Path("/proc/self/task").glob("*/children")
        return sum(len(task.read_text(encoding="ascii").split()) for task in tasks)

    def end_in_an_error() -> None:
        with busy_machine(2):
            assert children() == before + 2
            raise KeyError

    before = children()
    with pytest.raises(KeyError):
        end_in_an_error()
    assert children() == before
