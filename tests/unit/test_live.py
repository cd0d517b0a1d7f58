"""What the command list could have done: the parts of a live check that need no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.lab.vocabulary import Status
from checker.live import missing_in_list
from tests.unit.made_labs import made_lab, result

if TYPE_CHECKING:
    from pathlib import Path

    from checker.lab.load import Lab

PARAMS = {"name": "amber", "port": "8100"}
WEB = "docker101/web:1"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a lab whose images are the course's."""
    return made_lab(tmp_path)


@pytest.mark.parametrize(
    ("names", "commands", "missing"),
    [
        ({"amber"}, "docker run --name {name} docker101/web:1", False),
        ({"amber"}, "docker ps", True),
        ({"amber"}, "", True),
        ({"amber", WEB}, f"docker run {WEB}", True),
        ({WEB}, "docker ps", False),
        (set(), "docker ps", False),
        ({"amber/shop:1"}, "docker tag x docker.io/amber/shop:1", False),
        ({"amber/shop:latest"}, "docker build -t amber/shop shop", False),
    ],
    ids=[
        "named",
        "not named",
        "no list",
        "only the image is named",
        "what the course brings",
        "only an answer",
        "in full",
        "without a tag",
    ],
)
def test_a_task_is_missing_when_the_list_names_nothing_of_it(
    lab: Lab, names: set[str], commands: str, *, missing: bool
) -> None:
    """What a task looks at stands in the list, or the list cannot have done it; the course's images do not count."""
    task = lab.checks[0].id
    found = missing_in_list(lab, commands, PARAMS, [result(task, names=frozenset(names))])
    assert found == ({task} if missing else set())


def test_only_what_passed_and_counts_in_a_replay_can_be_missing(lab: Lab) -> None:
    """A task that is not done says what is wrong with it, and one that no list can do is not asked of it."""
    task = lab.checks[0].id
    asked = frozenset({"amber"})
    assert missing_in_list(lab, "", PARAMS, [result(task, Status.FAILED, names=asked)]) == set()
    assert missing_in_list(lab, "", PARAMS, [result("in_the_terminal", names=asked)]) == set()
