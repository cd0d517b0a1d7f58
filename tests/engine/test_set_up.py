"""The state that a lab begins with, on a real engine: made, made again, taken away, and never at the cost of others."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from checker.attempt import Attempt, SetUp, set_up_in_words
from checker.engine.engine import CURRENT, Engine
from checker.engine.history.history import read_history
from checker.engine.history.recorder import Recorder
from checker.engine.images.provide import ensure_images
from checker.errors import CourseError
from checker.lab.vocabulary import Trust
from checker.learner.work import Work
from tests.engine.guard.foreign import IMAGE, bring_images, remove_images
from tests.unit.made_labs import TOML, made_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

PORT = 8957
SETUP = """\
docker run -d --name {name}-1 -p {port}:80 docker101/web:1
docker run -d --name {name}-2 -p {port}:80 docker101/web:1  # should fail
docker create --name {name}-3 docker101/web:1
docker rename {name}-3 {name}-4
"""
NAMES = ("d101setup-1", "d101setup-2", "d101setup-3", "d101setup-4")
VALUES = {
    'of = ["amber"]': 'of = ["d101setup"]',
    'of = ["8100"]': f'of = ["{PORT}"]',
}


class Set:
    """A lab with a starting state, an engine, and a learner."""

    def __init__(self, root: Path, work: Path, host: str, setup: str = SETUP) -> None:
        toml = TOML
        for old, new in VALUES.items():
            toml = toml.replace(old, new)
        self.lab = made_lab(root, {"lab.toml": toml, "setup.txt": setup})
        self.work, self.engine = Work(work), Engine(host, CURRENT, "the tests")
        self.attempt = Attempt(self.lab, self.work, self.engine)

    def set_up(self, trust: Trust = Trust.LIVE) -> SetUp:
        """Make the starting state."""
        return self.attempt.set_up(trust)

    def clear(self) -> tuple[str, ...]:
        """Take it away."""
        return self.attempt.clear_set_up()


@pytest.fixture
def stage(tmp_path: Path, work: Path, engine_host: str, client: Any) -> Iterator[Set]:
    """Return a lab whose starting state can be made; the engine is cleaned afterwards."""
    ensure_images(["docker101/web:1"], engine_host)
    made = Set(tmp_path, work, engine_host)
    with Recorder(engine_host, made.work.journal):
        yield made
        made.clear()


def states(client: Any) -> dict[str, str]:
    """Return the state of each container of the starting state."""
    found = {item["Names"][0].lstrip("/"): item["State"] for item in client.containers(all=True)}
    return {name: state for name, state in found.items() if name.startswith("d101setup")}


@pytest.mark.parametrize("trust", list(Trust))
def test_it_is_made_and_made_again(stage: Set, client: Any, trust: Trust) -> None:
    """The second time removes what the first one made; the containers are new, and bear the course's label."""
    there = {"d101setup-1": "running", "d101setup-2": "created", "d101setup-4": "created"}
    assert stage.set_up(trust) == SetUp(NAMES, ())
    assert states(client) == there
    first = client.inspect_container("d101setup-1")["Id"]
    assert sorted(stage.set_up(trust).removed) == sorted(there)
    assert states(client) == there
    assert client.inspect_container("d101setup-1")["Id"] != first
    assert client.inspect_container("d101setup-4")["Config"]["Labels"]["org.docker101"] == "1"


def test_it_is_taken_away(stage: Set, client: Any) -> None:
    """Nothing of it is left, and nothing is said to be removed that was not there."""
    assert stage.attempt.starting_names == NAMES
    stage.set_up()
    assert sorted(stage.clear()) == ["d101setup-1", "d101setup-2", "d101setup-4"]
    assert (states(client), stage.clear()) == ({}, ())


def test_its_history_begins_anew(stage: Set, client: Any) -> None:
    """What a learner did to the containers of before is no part of the new ones' history."""
    stage.set_up()
    client.kill("d101setup-1")
    stage.set_up()
    history = read_history(client, stage.work.journal)
    assert [len(life.endings) for life in history.lives("d101setup-1")] == [0]


def test_words_for_the_learner(stage: Set, tmp_path: Path, work: Path) -> None:
    """Each thing that was done is one sentence."""
    names = "d101setup-1, d101setup-2, d101setup-3, d101setup-4"

    def say(*, only_clear: bool = False) -> str:
        return set_up_in_words(stage.attempt, only_clear=only_clear)

    assert say() == f"The lab's starting state is there. Made: {names}."
    assert say() == f"The lab's starting state is there. Made again: {names}."
    assert say(only_clear=True) == "Removed: d101setup-1, d101setup-2, d101setup-4."
    assert say(only_clear=True) == "There is nothing left of the starting state."
    bare = made_lab(tmp_path / "bare")
    assert set_up_in_words(Attempt(bare, Work(work), stage.engine), only_clear=False) == (
        "The lab 08_shop begins with nothing: there is nothing to set up."
    )


def test_check_says_that_it_was_not_made(stage: Set) -> None:
    """Nobody wonders why nothing is there; once it was made, nothing is said, whatever became of it."""
    stage.engine.save(stage.work.root)
    stage.work.update(stage.lab)
    stage.clear()  # what an earlier test did is no part of this one
    (problem,) = stage.attempt.check_and_keep().problems
    assert problem.message.startswith("This lab begins with containers that are there already (d101setup-1, ")
    assert problem.next_step == "Run the cell with %setup, or in the terminal: checker setup 08"
    stage.set_up()
    assert stage.attempt.check_and_keep().problems == ()


def test_foreign_container_is_left_alone(stage: Set, client: Any) -> None:
    """A container of that name that is not the course's stays, and nothing else is removed either."""
    stage.set_up()
    client.remove_container("d101setup-2")
    bring_images(client, "busybox:1.37")
    foreign = client.create_container(IMAGE, ["sleep", "60"], name="d101setup-2")["Id"]
    try:
        with pytest.raises(CourseError, match="The name d101setup-2, which this lab needs, is taken") as problem:
            stage.set_up()
        assert problem.value.next_step.endswith("docker rename d101setup-2 my-d101setup-2")
        assert sorted(states(client)) == ["d101setup-1", "d101setup-2", "d101setup-4"]
    finally:
        client.remove_container(foreign)
        remove_images(client, "foreign/")


def test_taken_port_is_named(stage: Set) -> None:
    """A port of the sheet that something else on this machine has."""
    with socket.create_server(("0.0.0.0", PORT)):  # noqa: S104  (what is taken must be taken)
        try:
            stage.set_up()
            said = ""
        except CourseError as problem:
            said = problem.message
    if not said:
        pytest.skip("the engine is on another machine or in another network than the tests")
    assert f"Port {PORT} of your machine, which this lab needs, is taken" in said


def test_command_that_fails_is_quoted(tmp_path: Path, work: Path, engine_host: str, client: Any) -> None:
    """What stood in the way is said with the command, and what ought to have failed and did not as well."""
    ensure_images(["docker101/web:1"], engine_host)
    good = "docker create --name {name}-1 docker101/web:1\n"
    for number, (line, says) in enumerate(
        [
            (good + "docker start {name}-9\n", "docker start {name}-9"),
            (good + "docker start {name}-1  # should fail\n", "it did not fail"),
        ]
    ):
        stage = Set(tmp_path / str(number), work, engine_host, line)
        with pytest.raises(CourseError, match=says) as problem:
            stage.set_up()
        assert problem.value.next_step.endswith("checker reset 08")
        stage.clear()
