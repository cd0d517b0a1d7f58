"""What the command list could have done: the parts of a live check that need no engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker import attempt as attempts
from checker.attempt import Attempt
from checker.engine.engine import Engine
from checker.lab.vocabulary import Status
from checker.learner.work import Work
from tests.unit.made_labs import made_lab, result

if TYPE_CHECKING:
    from pathlib import Path

    from checker.lab.load import Lab
    from checker.lab.vocabulary import Result

PARAMS = {"name": "amber", "port": "8100"}
WEB = "docker101/web:1"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a lab whose images are the course's."""
    return made_lab(tmp_path)


def missing(lab: Lab, commands: str, results: list[Result], folder: Path) -> frozenset[str]:
    """Return the tasks that are missing in a command list."""
    (folder / "commands.txt").write_text(commands, encoding="utf-8")
    attempt = Attempt(lab, Work(folder / "work"), Engine("unix:///none", "private", "a test"), folder)
    attempt.params = PARAMS
    return attempt.missing_in_list(results)


@pytest.mark.parametrize(
    ("names", "commands", "is_missing"),
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
    lab: Lab, tmp_path: Path, names: set[str], commands: str, *, is_missing: bool
) -> None:
    """What a task looks at stands in the list, or the list cannot have done it; the course's images do not count."""
    task = lab.checks[0].id
    found = missing(lab, commands, [result(task, names=frozenset(names))], tmp_path)
    assert found == ({task} if is_missing else set())


def test_only_what_passed_and_counts_in_a_replay_can_be_missing(lab: Lab, tmp_path: Path) -> None:
    """A task that is not done says what is wrong with it, and one that no list can do is not asked of it."""
    task = lab.checks[0].id
    asked = frozenset({"amber"})
    assert missing(lab, "", [result(task, Status.FAILED, names=asked)], tmp_path) == set()
    assert missing(lab, "", [result("in_the_terminal", names=asked)], tmp_path) == set()


def test_a_list_is_read_again_only_when_it_changed(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live round asks once for each result; the file is parsed once."""
    parsed: list[str] = []
    parse = attempts.parse
    monkeypatch.setattr(attempts, "parse", lambda text, params: parsed.append(text) or parse(text, params))
    attempt = Attempt(lab, Work(tmp_path / "work"), Engine("unix:///none", "private", "a test"), tmp_path)
    assert attempt.command_list() is None
    for text in ("docker ps", "docker images"):
        (tmp_path / "commands.txt").write_text(text, encoding="utf-8")
        assert [len(attempt.command_list().commands) for _ in range(3)] == [1, 1, 1]  # type: ignore[union-attr]
    assert parsed == ["docker ps", "docker images"]
