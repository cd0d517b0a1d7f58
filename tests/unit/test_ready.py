"""Waiting until what a command has started is ready, against an engine that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker.engine import ready
from checker.engine.ready import COMMAND_LABEL, LINE_LABEL, wait_until_ready
from checker.engine.transport import http
from checker.errors import EngineProblem
from tests.unit.fake_engines import answer, engine

if TYPE_CHECKING:
    from pathlib import Path

ID = "4f" * 32
NEVER = "0001-01-01T00:00:00Z"
LABELS = {COMMAND_LABEL: "sh /polite.sh", LINE_LABEL: "polite: ready"}
SPEAKS = "\x01\x00\x00\x00\x00\x00\x00\x0epolite: ready\n"
"""A log as the engine sends it: eight bytes, which stream and how much, before each piece."""


def container(**changes: Any) -> dict[str, Any]:
    """Return what inspect says of a container that runs polite.sh, with ``changes`` in its state or configuration."""
    config = {"Labels": LABELS, "Entrypoint": None, "Cmd": ["sh", "/polite.sh"]}
    state = {"Running": True, "Paused": False, "FinishedAt": NEVER}
    for part in (config, state):
        part |= {name: value for name, value in changes.items() if name in part}
    return {"Id": ID, "Config": config, "State": state}


class Asked:
    """An engine in place of ``get``: answers each question from ``answers``, the last one again and again."""

    def __init__(self, found: dict[str, Any] | None, *logs: str | None) -> None:
        self.found, self.logs, self.paths = found, list(logs), list[str]()

    def __call__(self, _: str, path: str) -> tuple[int, dict[str, str], Any]:
        """Answer one question."""
        self.paths.append(path)
        if "/logs" not in path:
            return (404, {}, {"message": "no such container"}) if self.found is None else (200, {}, self.found)
        log = self.logs.pop(0) if len(self.logs) > 1 else self.logs[0]
        return (500, {}, "the log driver cannot be read") if log is None else (200, {}, log)

    @property
    def looks(self) -> int:
        """How often the log was asked for."""
        return sum("/logs" in path for path in self.paths)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look in quick succession, and not for long."""
    monkeypatch.setattr(ready, "POLL_S", 0.001)
    monkeypatch.setattr(ready, "LIMIT_S", 0.05)


def waited(monkeypatch: pytest.MonkeyPatch, asked: Asked, line: str, output: str = f"{ID}\n") -> Asked:
    """Wait after the command ``line`` that said ``output``; return what was asked."""
    monkeypatch.setattr(ready, "get", asked)
    wait_until_ready("unix:///engine", line.split(), output)
    return asked


@pytest.mark.parametrize(
    "line",
    [
        "docker run -d polite",
        "docker container run --detach --name lady polite",
        "docker run -dit polite",
        "docker start lady",
        "docker container start lady",
        "docker restart -t 1 lady",
    ],
)
def test_what_was_started_is_waited_for(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Each way to start a container in the background ends when its log holds the line."""
    assert waited(monkeypatch, Asked(container(), "", "", SPEAKS), line).looks == 3


@pytest.mark.parametrize(
    "line",
    ["docker ps", "docker run polite", "docker create polite", "docker stop lady", "docker rm -f lady", "docker"],
)
def test_other_commands_cost_no_question(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """What starts nothing, or waits for the end itself, asks the engine nothing."""
    assert waited(monkeypatch, Asked(container(), ""), line).paths == []


@pytest.mark.parametrize(
    "found",
    [
        None,
        container(Labels=None),
        container(Labels={}),
        container(Cmd=["sleep", "9"]),
        container(Entrypoint=["nice"]),
        container(Running=False),
        container(Paused=True),
    ],
    ids=["gone", "no labels", "no label", "another command", "another program", "ended", "paused"],
)
def test_where_nothing_tells_nothing_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any] | None
) -> None:
    """One question, and no look at the log."""
    assert waited(monkeypatch, Asked(found, ""), "docker run -d polite").paths == [f"/containers/{ID}/json"]


def test_an_entrypoint_counts_as_part_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The label names what runs, whichever instruction says it."""
    found = container(Entrypoint=["sh"], Cmd=["/polite.sh"])
    assert waited(monkeypatch, Asked(found, SPEAKS), "docker run -d polite").looks == 1


def test_several_are_waited_for_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name of a start counts."""
    asked = waited(monkeypatch, Asked(container(), SPEAKS), "docker start one other")
    assert [path for path in asked.paths if "/logs" not in path] == ["/containers/one/json", "/containers/other/json"]


def test_the_id_of_a_run_is_its_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else a run says, of an image that it pulls or in a warning, names no container."""
    said = f"Digest: sha256:{'ab' * 32}\n{'cd' * 32}\nWARNING: no swap limit\n{ID}\n"
    asked = waited(monkeypatch, Asked(container(), SPEAKS), "docker run -d polite", said)
    assert asked.paths[0] == f"/containers/{ID}/json"
    assert waited(monkeypatch, Asked(container(), ""), "docker run -d polite", "docker: no such image\n").paths == []


@pytest.mark.parametrize(("finished", "since"), [(NEVER, "0.000000"), ("2026-11-24T04:30:00.25Z", "1795494600.250000")])
def test_an_earlier_run_has_said_nothing_of_this_one(
    monkeypatch: pytest.MonkeyPatch, finished: str, since: str
) -> None:
    """Of a container that was started again, only what it logged since its last end counts."""
    asked = waited(monkeypatch, Asked(container(FinishedAt=finished), SPEAKS), "docker restart lady")
    assert asked.paths[1] == f"/containers/{ID}/logs?stdout=1&stderr=1&since={since}"


@pytest.mark.parametrize("log", ["polite: SIGTERM, goodbye\n", ""])
def test_the_last_words_of_an_earlier_run_do_not_count(monkeypatch: pytest.MonkeyPatch, log: str) -> None:
    """The engine may log them late: only the label's line counts, and the limit ends the wait."""
    assert waited(monkeypatch, Asked(container(), log), "docker restart lady").looks > 1


def test_a_log_that_cannot_be_read_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With another log driver nobody can tell."""
    assert waited(monkeypatch, Asked(container(), None), "docker start lady").looks == 1


def test_an_engine_that_goes_away_is_left_to_the_next_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command has done its work; what comes after it says what is wrong."""

    def gone(*_: object) -> Any:
        raise EngineProblem("The engine did not answer.", "Look.")

    monkeypatch.setattr(ready, "get", gone)
    wait_until_ready("unix:///engine", ["docker", "start", "lady"], "lady\n")


def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a real socket: no engine, and one that speaks of something else, do no harm."""
    monkeypatch.setattr(http, "TIMEOUT_S", 0.2)
    wait_until_ready(f"unix://{tmp_path}/none", ["docker", "start", "lady"], "")
    with engine(tmp_path / "e", answer({"message": "no such container"}, "404 Not Found")) as host:
        wait_until_ready(host, ["docker", "start", "lady"], "")
