"""Playing a command list, without an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

import checker.play
from checker.commands import parse
from checker.engine.engine import Engine
from checker.engine.guard.guard import Decision
from checker.engine.program import Done
from checker.lab.vocabulary import Trust
from checker.play import NoFile, play, runner, stdin_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass
class Recorded:
    """A runner that notes what it was given; commands that hold "bad" fail, those that hold "slow" are ended."""

    ran: list[tuple[list[str], str | None]] = field(default_factory=list)

    def __call__(self, argv: Sequence[str], stdin_file: str | None) -> Done:
        """Return what a command of this kind would do."""
        self.ran.append((list(argv), stdin_file))
        if stdin_file == "gone.txt":
            raise NoFile("There is no file.", "Make it.")
        if "slow" in argv:
            return Done(137, "", timed_out=True, note="The command was ended after its limit of 1 s.")
        return Done(1 if "bad" in argv else 0, f"{argv[1]} said\n")


def played(text: str, trust: Trust = Trust.LIVE) -> tuple[list[bool], list[str], Recorded]:
    """Play a list; return of each command whether it went as expected, its note, and what was run."""
    recorded = Recorded()
    done = play(parse(text).commands, recorded, trust)
    return [one.as_expected for one in done], [one.note for one in done], recorded


def test_commands_run_in_order_as_typed() -> None:
    """Live, each command runs with the words that were typed, with its file for stdin."""
    expected, notes, runner = played("docker container rm -f a1\ndocker run -i web < in.txt")
    assert (expected, notes) == ([True, True], ["", ""])
    assert runner.ran == [
        (["docker", "container", "rm", "-f", "a1"], None),
        (["docker", "run", "-i", "web"], "in.txt"),
    ]


def test_replayed_commands_are_written_anew() -> None:
    """For a grade, what runs comes from the vocabulary."""
    _, _, runner = played("docker container remove -f a1", Trust.REPLAYED)
    assert runner.ran == [(["docker", "rm", "--force", "a1"], None)]


def test_it_stops_at_the_first_failing_line() -> None:
    """A line that fails is the last one that ran."""
    expected, _, runner = played("docker start ok\ndocker start bad\ndocker start never")
    assert expected == [True, False]
    assert len(runner.ran) == 2


def test_a_line_that_should_fail_may() -> None:
    """A marked line that fails is as expected, and the list goes on."""
    assert played("docker start bad # should fail\ndocker start ok")[0] == [True, True]


def test_a_line_that_should_fail_and_does_not() -> None:
    """It is not as expected, the note says so, and the list goes on."""
    expected, notes, _ = played("docker start ok # should fail\ndocker start ok")
    assert expected == [False, True]
    assert notes[0] == "Line 1 is marked as one that should fail, and it did not fail."


def test_a_command_that_was_ended_stops_the_list() -> None:
    """A time limit is no failure that one can mean."""
    expected, notes, runner = played("docker start slow # should fail\ndocker start ok")
    assert (expected, len(runner.ran)) == ([False], 1)
    assert "limit of 1 s" in notes[0]


def test_what_is_not_taught_stops_a_replay_and_no_live_run() -> None:
    """A line outside the vocabulary names itself in a replay; on the learner's own engine anything goes."""
    text = "docker ps\ndocker run --privileged web # should fail\ndocker ps"
    assert played(text)[2].ran[1][0] == ["docker", "run", "--privileged", "web"]
    expected, notes, runner = played(text, Trust.REPLAYED)
    assert (expected, len(runner.ran)) == ([True, False], 1)
    assert notes[1].startswith("Line 2: docker run --privileged would open the whole machine")


def test_a_missing_file_stops_the_list() -> None:
    """A command whose file is not there never runs, and the note names the line."""
    expected, notes, _ = played("docker run -i web < gone.txt")
    assert (expected, notes) == ([False], ["Line 1: There is no file.\nMake it."])


def test_progress_is_told() -> None:
    """Whoever shows the list hears of each command before and after it ran."""
    told: list[str] = []
    commands = parse("docker ps\ndocker images").commands
    play(commands, Recorded(), Trust.LIVE, lambda c: told.append(c.text), lambda p: told.append(p.output.strip()))
    assert told == ["docker ps", "ps said", "docker images", "images said"]


def test_the_file_for_stdin_lies_in_the_folder(tmp_path: Path) -> None:
    """A file is found in the lab's folder; one that is missing, or a link out of it, is refused."""
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "in.txt").write_text("x", encoding="utf-8")
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    (folder / "link").symlink_to(tmp_path / "secret")
    assert stdin_path(folder, None) is None
    assert stdin_path(folder, "in.txt") == (folder / "in.txt").resolve()
    with pytest.raises(NoFile, match="leads out of the lab's folder"):
        stdin_path(folder, "link")
    with pytest.raises(NoFile, match=r"no file “none\.txt”"):
        stdin_path(folder, "none.txt")


def test_a_recording_gets_the_command_and_the_guard_asks_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the guard looks up, and the wait for what was started, are none of the command's requests."""
    asked: list[str] = []

    def judge(argv: list[str], host: str, _: object) -> Decision:
        asked.append(f"guard: {host}")
        return Decision(argv)

    def run(_: list[str], host: str, *__: object, **___: object) -> Done:
        asked.append(f"docker: {host}")
        return Done(0, "")

    monkeypatch.setattr(checker.play, "judge", judge)
    monkeypatch.setattr(checker.play, "run_docker", run)
    monkeypatch.setattr(checker.play, "wait_until_ready", lambda host, *_: asked.append(f"ready: {host}"))
    endpoint = Engine("unix:///engine", "current", "the test")
    runner(endpoint, tmp_path, tmp_path, via="unix:///recording")(["docker", "ps"], None)
    assert asked == ["guard: unix:///engine", "docker: unix:///recording", "ready: unix:///engine"]


def test_a_command_that_was_ended_leaves_nothing_to_wait_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its limit the list stops, and what it may have started is looked at by nobody."""
    monkeypatch.setattr(checker.play, "judge", lambda argv, *_: Decision(argv))
    monkeypatch.setattr(checker.play, "run_docker", lambda *_, **__: Done(137, "", timed_out=True, note="Ended."))
    monkeypatch.setattr(checker.play, "wait_until_ready", lambda *_: pytest.fail("waited"))
    endpoint = Engine("unix:///engine", "current", "the test")
    assert runner(endpoint, tmp_path, tmp_path)(["docker", "start", "x"], None).note == "Ended."
