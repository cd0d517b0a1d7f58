"""The journal: what is kept, what a torn line costs, what a cut forgets, how large it may grow; and the lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checker.engine.history.buffer import Buffer, missed, seconds_of
from checker.engine.history.journal import Cut, Gap, Journal, after_cuts, merged, parsed
from checker.errors import CourseError
from checker.locks import FileLock
from tests.unit.made_events import BEGIN_NS, SECOND_NS, life

if TYPE_CHECKING:
    from pathlib import Path

RAW = {
    "status": "kill",
    "Type": "container",
    "Action": "kill",
    "Actor": {"ID": "f00", "Attributes": {"image": "busybox:1.37", "name": "nap", "signal": "9", "a.label": "long"}},
    "time": 1_790_000_000,
    "timeNano": 1_790_000_000_000_000_001,
}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Return a journal that does not exist yet, in a folder that does not either."""
    return Journal(tmp_path / "state" / "journal.jsonl")


def test_an_event_of_the_engine_becomes_a_record() -> None:
    """What tells a history is kept, the learner's labels are not."""
    event = parsed(RAW)
    assert (event.time_ns, event.id, event.action, event.name) == (1_790_000_000_000_000_001, "f00", "kill", "nap")
    assert event.attributes == {"signal": "9"}


@pytest.mark.parametrize("action", ["exec_create: sh", "exec_die", "top", "archive-path", "health_status: healthy"])
def test_looks_from_outside_are_not_kept(action: str) -> None:
    """Noise of exec, health checks and looks is no history."""
    assert parsed({**RAW, "Action": action}) is None


def test_what_was_written_is_read_back(journal: Journal) -> None:
    """Events, gaps and how far somebody watched survive the file."""
    events = life("create start kill:9 die:137 rename:zoë")
    journal.append(events)
    journal.append(gap=Gap(1, 2))
    journal.append(watched_ns=BEGIN_NS * 2)
    found = journal.read()
    assert (tuple(events), (Gap(1, 2),), BEGIN_NS * 2) == (found.events, found.gaps, found.watched_ns)


def test_a_journal_that_is_not_there_is_empty(journal: Journal) -> None:
    """Reading makes no file; nothing written makes none either."""
    journal.append()
    assert (journal.read().events, journal.read().watched_ns) == ((), 0)
    assert not journal.path.exists()


def test_the_same_event_twice_counts_once_and_order_is_by_time(journal: Journal) -> None:
    """Two sources of one event, in any order, are one event."""
    events = life("create start die:0")
    journal.append(reversed(events))
    journal.append(events)
    assert tuple(events) == journal.read().events == merged(events, events)


def test_a_torn_last_line_costs_only_itself(journal: Journal) -> None:
    """A writer that was killed leaves half a line; it is skipped, and the next writer starts a new one."""
    create, start, die = life("create start die:0")
    journal.append([create, start])
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-20])
    assert ((create,), create.time_ns) == (journal.read().events, journal.read().watched_ns)
    journal.append([start, die])
    assert (create, start, die) == journal.read().events


@pytest.mark.parametrize(
    "line", [b"\x00\xff", b"[]", b"3", b'{"t": "x"}', b'{"gap": 1}', b'{"cut": {}}', b'{"t":1,"id":2}']
)
def test_a_line_that_is_none_of_ours_says_nothing(journal: Journal, line: bytes) -> None:
    """A damaged file never breaks its reader."""
    journal.append(life("create"))
    with journal.path.open("ab") as file:
        file.write(line + b"\n")
    assert [event.action for event in journal.read().events] == ["create"]


def test_a_cut_forgets_everything_before_it(journal: Journal) -> None:
    """After a cut only what came later is known, the file holds no more, and the engine's memory is cut too."""
    old, new = life("create start"), life("create", "later", at_s=60)
    journal.append([*old, *new], gap=Gap(1, 2))
    journal.cut(BEGIN_NS + SECOND_NS * 30)
    found = journal.read()
    assert (tuple(new), ()) == (found.events, found.gaps)
    assert b'"nap"' not in journal.path.read_bytes()
    assert tuple(new) == after_cuts(merged(old, found.events), found.cuts)
    assert new[0].time_ns == found.watched_ns


def test_a_cut_of_names_spares_the_others(journal: Journal) -> None:
    """A reset of one lab forgets its containers, also under an earlier name, and no other ones."""
    journal.append(life("create rename:grown", "kitten") + life("create start", "other", at_s=1))
    journal.cut(names=["kitten"])
    assert {"other"} == {event.name for event in journal.read().events}
    assert (life("create", "kitten", id="new", at_s=9**9)[0],) == after_cuts(
        life("create", "kitten", id="new", at_s=9**9), journal.read().cuts
    )


def test_many_cuts_leave_one(journal: Journal) -> None:
    """A cut of everything makes the earlier ones needless."""
    journal.append(life("create"))
    journal.cut(BEGIN_NS + 1, ["nap"])
    for second in range(5):
        journal.cut(BEGIN_NS + second * SECOND_NS)
    assert (Cut(BEGIN_NS + 4 * SECOND_NS),) == journal.read().cuts


def test_a_large_journal_forgets_the_removed_first(journal: Journal) -> None:
    """Above its limit it drops the containers that were removed the longest ago, down to half, and no living one."""
    journal.append(life("create start", "alive"))
    for number in range(50):
        journal.append(life("create start die:0 destroy", f"gone-{number}", at_s=number + 1))
    size = journal.path.stat().st_size
    journal.compact(size)
    assert size == journal.path.stat().st_size
    journal.compact(size - 1)
    names = {event.name for event in journal.read().events}
    assert journal.path.stat().st_size <= size // 2 + 200
    assert {"alive", "gone-49"} <= names
    assert "gone-0" not in names
    assert names == {event.name for event in journal.read().events if event.action == "create"}


def test_a_journal_that_cannot_be_written_is_one_clear_message(tmp_path: Path) -> None:
    """A folder in the place of the file gives a message with the file's name."""
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(CourseError, match="journal"):
        Journal(tmp_path / "journal.jsonl").append(life("create"))


def test_a_lock_has_one_owner_at_a_time(tmp_path: Path) -> None:
    """The second one is refused, also in the same process, until the first one lets go."""
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert (first.acquire(), second.acquire()) == (True, False)
    assert (True, True, os.getpid()) == (second.is_held(), first.is_held(), second.owner())
    first.release()
    assert (second.is_held(), second.acquire()) == (False, True)
    second.release()


def test_a_killed_owner_leaves_no_lock_behind(tmp_path: Path) -> None:
    """However a process ends, what it held is free."""
    code = (
        "import sys, pathlib, time; from checker.locks import FileLock;"
        "lock = FileLock(pathlib.Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "lock")], stdout=subprocess.PIPE) as owner:
        assert owner.stdout.readline().strip() == b"True"
        lock = FileLock(tmp_path / "lock")
        assert (False, owner.pid) == (lock.acquire(), lock.owner())
        owner.kill()
        owner.wait()
    assert lock.acquire()
    lock.release()


def test_a_gap_lies_between_what_was_watched_and_what_is_remembered() -> None:
    """No gap where both overlap, or where nobody has watched before; else from the one to the other, or to now."""
    assert missed(0, Buffer(oldest_ns=5), 9) is None
    assert missed(5, Buffer(oldest_ns=5), 9) is None
    assert Gap(4, 5) == missed(4, Buffer(oldest_ns=5), 9)
    assert Gap(4, 9) == missed(4, Buffer(), 9)


def test_the_engines_times_are_read_to_the_nanosecond() -> None:
    """Nine digits behind the point, and other zones than UTC."""
    assert (
        1_795_494_721.25 == seconds_of("2026-11-24T04:32:01.250000000Z") == seconds_of("2026-11-24T05:32:01.25+01:00")
    )
    with pytest.raises(ValueError, match="x"):
        seconds_of("x")


def test_every_line_is_json(journal: Journal) -> None:
    """Other programs can read the journal line by line."""
    journal.append([replace(event, attributes={}) for event in life("create start")])
    assert [json.loads(line)["action"] for line in journal.path.read_text().splitlines()] == ["create", "start"]


def test_a_time_is_forgotten_and_nothing_else(journal: Journal) -> None:
    """What happened between two moments goes, whatever it happened to; before and after it all stays, for good."""
    events = life("create start pause unpause")
    journal.append(events)
    journal.cut(events[2].time_ns, from_ns=events[0].time_ns)
    for _ in range(2):
        assert journal.read().events == (events[0], events[3])
        assert not any(cut.whole for cut in journal.read().cuts)
        journal.cut(events[3].time_ns, ["nobody"])
