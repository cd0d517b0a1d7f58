"""What a beginner is told about containers."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from checker.engine.words import last_words, listed, not_running, other_name, roll_call, since_s, span


def item(name: str, state: str, status: str = "") -> dict[str, Any]:
    """Return a container as the engine lists it."""
    return {"Id": "a" * 64, "Names": [f"/{name}"], "State": state, "Status": status}


def inspected(**state: Any) -> dict[str, Any]:
    """Return a container as inspect shows it."""
    return {"Name": "/shop", "State": state}


def moment(seconds_ago: float) -> str:
    """Return a moment as the engine writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - seconds_ago)) + ".123456789Z"


def test_roll_call_groups_by_state() -> None:
    """Containers are listed by state, the stopped ones with their exit code."""
    ours = [
        item("db", "running"),
        item("api", "running"),
        item("ice", "paused"),
        item("shop-1", "exited", "Exited (1) 3 minutes ago"),
        item("new", "created"),
        item("ghost", "dead"),
    ]
    assert roll_call(ours, 0) == (
        "Running: api, db. Paused: ice. Stopped: ghost (Dead), shop-1 (Exited 1). Created, never started: new."
    )


@pytest.mark.parametrize(
    ("others", "says"),
    [
        (0, "The course has no container at the moment."),
        (1, "1 other container on this engine is not the course's."),
        (3, "3 other containers on this engine are not the course's."),
    ],
)
def test_roll_call_counts_the_others(others: int, says: str) -> None:
    """Containers that are not the course's are counted, never named."""
    assert roll_call([], others).endswith(says)


def test_roll_call_keeps_what_a_question_asks() -> None:
    """Of a container that a question is about, only that it is there is said."""
    ours = [item("db", "running"), item("row-north", "created")]
    told = roll_call(ours, 0, {"row-north", "row-west"})
    assert told == "Running: db. Also there: row-north; their states are for you to find out."
    assert "no container" not in roll_call(ours[1:], 0, {"row-north"})


def test_lists_of_names() -> None:
    """Names are told in order, and a long list says how many it leaves out."""
    assert listed("cab") == "a, b, c"
    assert listed([f"n{number}" for number in range(10)]).endswith("n7 and 2 more")


@pytest.mark.parametrize(
    ("there", "says"),
    [
        ("Shop", "small and capital letters make a difference"),
        ("shop-1", "Did you mean shop-1?"),
        ("brave_curie", "made up by the engine"),
        ("zebra", "Compare the NAMES column"),
    ],
)
def test_other_name(there: str, says: str) -> None:
    """Another case, a similar name, a made-up name and a foreign one are told apart."""
    assert says in other_name("shop", [item(there, "running")])


@pytest.mark.parametrize(
    ("state", "seen", "look"),
    [
        ({"Status": "paused"}, "is paused: frozen", "neither running nor stopped"),
        ({"Status": "created"}, "was created, and never started", "two steps"),
        (
            {"Status": "created", "Error": "Bind for 0.0.0.0:8100 failed: port is already allocated"},
            "port 8100 of your machine is taken",
            "PORTS column",
        ),
        (
            {"Status": "created", "Error": "listen tcp4 0.0.0.0:8100: bind: address already in use"},
            "port 8100 of your machine is taken",
            "outside of Docker",
        ),
        (
            {"Status": "created", "Error": "Ports are not available: exposing port TCP 0.0.0.0:80 -> 0.0.0.0:0"},
            "of your machine is taken",
            "PORTS column",
        ),
        (
            {"Status": "created", "Error": 'exec: "slep": executable file not found in $PATH: unknown'},
            "its command “slep” was not found",
            "after the image's name",
        ),
        ({"Status": "created", "Error": "no space left"}, "The engine says: no space left", "docker inspect"),
        ({"Status": "restarting", "ExitCode": 4}, "ended with code 4 and is being restarted", "docker logs"),
        ({"Status": "exited", "ExitCode": 0}, "exited with code 0", "without an error"),
        ({"Status": "exited", "ExitCode": 3}, "exited with code 3", "what its main process itself ended with"),
        ({"Status": "exited", "ExitCode": 126}, "exited with code 126", "could not be executed"),
        ({"Status": "exited", "ExitCode": 137}, "exited with code 137", "SIGKILL"),
        ({"Status": "exited", "ExitCode": 137, "OOMKilled": True}, "exited with code 137", "more memory than it may"),
        ({"Status": "dead", "ExitCode": 1}, "exited with code 1", "docker logs"),
        ({"Status": "removing"}, "is removing", "docker ps -a"),
    ],
)
def test_each_state_has_its_own_words(state: dict[str, Any], seen: str, look: str) -> None:
    """Why a container does not run is told by its state, its error and its exit code."""
    told = not_running(inspected(**state), "")
    assert seen in told[0]
    assert told[0].startswith("The container shop ")
    assert look in told[1]


def test_old_container_is_told_from_a_new_one() -> None:
    """A container that ended long ago is said to be an old one, one that ended now says how long it ran."""
    old = inspected(Status="exited", ExitCode=0, StartedAt=moment(7505), FinishedAt=moment(7500))
    new = inspected(Status="exited", ExitCode=0, StartedAt=moment(9), FinishedAt=moment(5))
    assert "That was 2 hours ago." in not_running(old, "")[0]
    assert "an old container, which has kept the name?" in not_running(old, "")[1]
    assert re.search(r"[345] s after its start\.", not_running(new, "")[0])
    assert "ago" not in not_running(new, "")[0]


def test_moments() -> None:
    """The engine's moments are read in any zone; its “never” is none."""
    assert since_s("0001-01-01T00:00:00Z") is None
    assert since_s("") is None
    assert since_s("2020-01-01T01:00:00+01:00") == pytest.approx(since_s("2020-01-01T00:00:00Z"), abs=1)
    assert since_s("2020-01-01T00:00:00.123456789Z") is not None
    assert [span(s) for s in (0.2, 5, 130, 7300, 200000)] == [
        "less than a second",
        "5 s",
        "2 minutes",
        "2 hours",
        "2 days",
    ]


def test_last_words_are_one_line() -> None:
    """The end of a log is quoted in one line, without what prints nothing, and cut where a line is very long."""
    assert last_words("") == " Its log is empty."
    assert last_words("a\nb\n\nc\x1b[31m\nd\n") == " Its log ends with: “b / c [31m / d”."
    assert len(last_words("x" * 5000)) < 200
