"""Every lab is proved on a real engine: starter, solutions and wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.history.recorder import Recorder
from checker.lab.load import load_labs
from checker.lab.vocabulary import Trust
from checker.learner.work import Work
from checker.verify import Case, Prover, cases, in_proving_order, unproved, verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from checker.engine.engine import Engine
    from checker.lab.load import Lab

LABS = load_labs()


def _proof(case: Case, trust: Trust) -> Any:
    name = f"{case.lab.id}-{case.name}-{trust}".replace("/", "-")
    return pytest.param(case, trust, id=name, marks=pytest.mark.xdist_group(f"lab {case.lab.id}"))


PROOFS = [_proof(case, trust) for lab in LABS for case, trust in in_proving_order(lab)]


@pytest.fixture(scope="module")
def learner(lab_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """Return a learner's folder whose journal is being written."""
    work = Work(tmp_path_factory.mktemp("learner"))
    with Recorder(lab_engine.host, work.journal):
        yield work


@pytest.fixture(scope="module")
def prover_of(lab_engine: Engine, learner: Work) -> Iterator[Callable[[Lab], Prover]]:
    """Return what gives the prover of a lab; the one of the lab before is closed, because they share the engine."""
    open_now: dict[str, Prover] = {}

    def find(lab: Lab) -> Prover:
        if lab.id not in open_now:
            _close(open_now)
            open_now[lab.id] = Prover(lab, lab_engine, learner)
        return open_now[lab.id]

    yield find
    _close(open_now)


def _close(provers: dict[str, Prover]) -> None:
    for prover in provers.values():
        prover.close()
    provers.clear()


@pytest.mark.parametrize(("case", "trust"), PROOFS)
def test_case_ends_as_it_should(
    case: Case, trust: Trust, prover_of: Callable[[Lab], Prover], must_be_playable: Callable[[Lab], None]
) -> None:
    """The starter passes nothing, a solution passes all, a wrong answer fails its one check in its own words."""
    must_be_playable(case.lab)
    assert prover_of(case.lab).prove(case, trust).problem == ""


def test_no_message_answers_a_question(
    lab_engine: Engine, learner: Work, must_be_playable: Callable[[Lab], None]
) -> None:
    """What is there at the beginning is named; which of the stalls could not open is left to the learner."""
    lab = next(lab for lab in LABS if lab.id == "04_ports")
    must_be_playable(lab)
    results = verdict_of(cases(lab)[0], Trust.LIVE, lab_engine, learner).results
    told = " ".join(f"{result.message} {result.hint}" for result in results)
    assert f"Also there: {learner.params(lab)['row']}-" in told
    assert "never started" not in told


@pytest.mark.parametrize("lab", LABS, ids=[lab.id for lab in LABS])
def test_every_check_can_fail(lab: Lab) -> None:
    """No check exists that no wrong answer fails."""
    assert unproved(lab) == []


@pytest.mark.parametrize("lab", LABS, ids=[lab.id for lab in LABS])
def test_lab_accepts_more_than_one_way(lab: Lab) -> None:
    """Each lab is proved with two different solutions or more."""
    assert len(lab.solutions) >= 2
