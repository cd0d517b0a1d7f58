"""Every lab is proved on a real engine: starter, solutions and wrong answers, live and replayed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from checker.engine.client import open_client
from checker.engine.endpoint import CURRENT, PRIVATE, Endpoint
from checker.engine.images import ensure
from checker.engine.private import status
from checker.engine.recorder import Recorder
from checker.engine.views import EngineView
from checker.lab import load_labs
from checker.session import journal_path
from checker.verify import Case, cases, unproved, verdict_of, ways
from checker.work import COMMANDS, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checker.check import Trust
    from checker.lab import Lab

LABS = load_labs()
CASES = [(case, trust) for lab in LABS for case in cases(lab) for trust in ways(case)]


@pytest.fixture(scope="module")
def engine(engine_host: str) -> Endpoint:
    """Return the engine under test with every lab's images."""
    ours = engine_host == status().host
    ensure([name for lab in LABS for name in lab.images], engine_host)
    return Endpoint(engine_host, PRIVATE if ours else CURRENT, "the engine under test", isolated=ours)


@pytest.fixture(scope="module")
def learner(engine: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """Return a learner's folder whose journal is being written."""
    work = Work(tmp_path_factory.mktemp("learner"))
    with Recorder(engine.host, journal_path(work)):
        yield work


@pytest.fixture(scope="module")
def reaches_registry(engine: Endpoint) -> bool:
    """Say whether the engine can pull: from Docker Hub, or from the registry that the course runs beside its own."""
    client = open_client(engine.host)
    try:
        return EngineView(client).reaches_registry_of("hello-world:linux")
    finally:
        client.close()


def pulls(lab: Lab) -> bool:
    """Say whether a solution of the lab pulls an image."""
    lists = [folder / COMMANDS for folder in lab.solutions]
    texts = [path.read_text(encoding="utf-8") for path in lists if path.is_file()]
    return any(re.search(r"^docker (image )?pull ", text, re.MULTILINE) for text in texts)


@pytest.mark.parametrize(
    ("case", "trust"), CASES, ids=[f"{case.lab.id}-{case.name}-{trust}".replace("/", "-") for case, trust in CASES]
)
def test_case_ends_as_it_should(
    case: Case, trust: Trust, engine: Endpoint, learner: Work, reaches_registry: bool
) -> None:
    """The starter passes nothing, a solution passes all, a wrong answer fails its one check in its own words."""
    if pulls(case.lab) and not reaches_registry and not os.environ.get("CI"):
        pytest.skip("the engine under test reaches no registry to pull from, and docker-registry is not installed")
    assert verdict_of(case, trust, engine, learner).problem == ""


@pytest.mark.parametrize("lab", LABS, ids=[lab.id for lab in LABS])
def test_every_check_can_fail(lab: Lab) -> None:
    """No check exists that no wrong answer fails."""
    assert unproved(lab) == []


@pytest.mark.parametrize("lab", LABS, ids=[lab.id for lab in LABS])
def test_lab_accepts_more_than_one_way(lab: Lab) -> None:
    """Each lab is proved with two different solutions or more."""
    assert len(lab.solutions) >= 2
