"""The recorder on a real engine: two of them, killed ones, torn journals, an engine that restarts."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.history.buffer import EventSource, read_buffer
from checker.engine.history.history import read_history
from checker.engine.history.journal import Journal
from checker.engine.history.recorder import Doing, Recorder, is_recorded
from checker.errors import CourseError
from checker.lab.vocabulary import Failure
from tests.engine.made import BUSYBOX, busybox, make, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.namespace import Namespace

pytestmark = pytest.mark.engine

RECORD = (
    "import sys, pathlib, time; from checker.engine.history.recorder import Recorder;"
    "print(Recorder(sys.argv[1], pathlib.Path(sys.argv[2])).start().state.doing, flush=True); time.sleep(60)"
)
EMPTY_TAR = bytes(10240)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Return where a journal may be written."""
    return tmp_path / "state" / "journal.jsonl"


@pytest.fixture
def rename(client: Any, engine_host: str) -> Callable[[], str]:
    """Return a way to make something happen: a container gets a new name each time, which is returned."""
    busybox(client, engine_host)
    prefix = f"d101-{uuid.uuid4().hex[:8]}"
    made = client.create_container(BUSYBOX, ["true"], name=prefix)["Id"]
    count = iter(range(10_000))

    def again() -> str:
        name = f"{prefix}-{next(count)}"
        client.rename(made, name)
        return name

    return again


def names(journal: Path) -> set[str]:
    """Return the names in a journal."""
    return {event.name for event in Journal(journal).read().events}


def test_what_happens_while_it_is_open_is_written(journal: Path, engine_host: str, rename: Callable[[], str]) -> None:
    """From the engine's memory first, then as it happens; flush does not wait for the thread."""
    before = rename()
    with Recorder(engine_host, journal) as recorder:
        assert recorder.state.doing is Doing.RECORDING
        assert before in names(journal)
        live = rename()
        until(lambda: live in names(journal))
        flushed = rename()
        assert recorder.flush()
        assert flushed in names(journal)
    assert recorder.state.doing is Doing.STOPPED
    assert not recorder.flush()
    assert not is_recorded(journal)
    events = Journal(journal).read().events
    assert len({event.key for event in events}) == len(journal.read_text(encoding="utf-8").splitlines()) == len(events)


def test_flush_up_to_a_moment_leaves_out_what_came_later(
    journal: Path, engine_host: str, rename: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier moment than the last event keeps that one out."""
    with Recorder(engine_host, journal) as recorder:
        monkeypatch.setattr(recorder, "_take", lambda _: None)  # the thread sleeps
        first, last = rename(), rename()
        moment = max(event.time_ns for event in read_buffer(EventSource(engine_host)).events if event.name == first)
        assert recorder.flush(moment)
        assert first in names(journal)
        assert last not in names(journal)


def test_the_second_one_is_passive_and_takes_over(journal: Path, engine_host: str, rename: Callable[[], str]) -> None:
    """One recorder a journal; the other one says who records, and goes on when that one ends."""
    with Recorder(engine_host, journal) as first, Recorder(engine_host, journal, retry_s=0.1) as second:
        assert (first.state.doing, second.state.doing) == (Doing.RECORDING, Doing.PASSIVE)
        assert "records already" in second.state.detail
        assert not second.flush()
        first.close()
        until(lambda: second.state.doing is Doing.RECORDING)
        name = rename()
        until(lambda: name in names(journal))
    assert Journal(journal).read().gaps == ()


def test_a_killed_one_leaves_no_gap_and_no_lock(journal: Path, engine_host: str, rename: Callable[[], str]) -> None:
    """Killed in the middle of a line: the next one records at once, and gets from the engine what is missing."""
    with subprocess.Popen([sys.executable, "-c", RECORD, engine_host, str(journal)], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline().strip() == b"recording"
        torn = rename()
        until(lambda: torn in names(journal))
        assert is_recorded(journal)
        owner.kill()
        owner.wait()
    journal.write_bytes(journal.read_bytes()[:-15])
    assert torn not in names(journal)
    unseen = rename()
    with Recorder(engine_host, journal) as recorder:
        assert recorder.state.doing is Doing.RECORDING
        assert {torn, unseen} <= names(journal)
    assert Journal(journal).read().gaps == ()


def test_what_was_pushed_out_meanwhile_is_a_gap(journal: Path, engine_host: str, rename: Callable[[], str]) -> None:
    """From the last event that was seen to the oldest one that the engine still remembers."""
    with Recorder(engine_host, journal):
        last = rename()
        until(lambda: last in names(journal))
    seen = max(event.time_ns for event in Journal(journal).read().events)
    for _ in range(300):
        rename()
    oldest = read_buffer(EventSource(engine_host)).oldest_ns
    with Recorder(engine_host, journal):
        pass
    assert [(gap.from_ns, gap.to_ns) for gap in Journal(journal).read().gaps] == [(seen, oldest)]


def test_much_noise_moves_on_what_was_watched(journal: Path, engine_host: str, client: Any) -> None:
    """Events that are not kept push out others too; the journal notes that it watched them."""
    busybox(client, engine_host)
    name = f"d101-{uuid.uuid4().hex[:8]}"
    make(client, name, "sleep", "600", tty=True)
    with Recorder(engine_host, journal):
        for number in range(300):
            client.resize(name, 20, 40 + number)
        until(lambda: Journal(journal).read().watched_ns > read_buffer(EventSource(engine_host)).oldest_ns)
    life = read_history(engine_host, journal).of(name)
    with pytest.raises(Failure, match="is running"):
        life.was_killed()
    assert len(journal.read_text(encoding="utf-8").splitlines()) < 300


def test_a_full_disk_loses_nothing(
    journal: Path, engine_host: str, rename: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written now is written with the next event."""
    with Recorder(engine_host, journal) as recorder:
        write = recorder._journal.append

        def full(*_: object, **__: object) -> None:
            raise CourseError("The disk is full.")

        monkeypatch.setattr(recorder._journal, "append", full)
        first = rename()
        until(lambda: bool(recorder._pending))
        assert not recorder.flush()
        assert recorder.state.doing is Doing.RECORDING
        monkeypatch.setattr(recorder._journal, "append", write)
        second = rename()
        until(lambda: {first, second} <= names(journal))


def test_no_engine_is_a_state_and_no_error(journal: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Where no engine answers it waits, says so, writes nothing, and prints nothing."""
    with Recorder(f"unix://{tmp_path}/none.sock", journal, retry_s=0.05) as recorder:
        assert recorder.state.doing is Doing.WAITING
        assert "No Docker engine answers" in recorder.state.detail
        time.sleep(0.2)
    assert not journal.exists()
    assert capfd.readouterr() == ("", "")


def test_it_survives_a_restart_of_the_engine(
    journal: Path, namespace: Namespace, capfd: pytest.CaptureFixture[str]
) -> None:
    """Followed to its end, an engine that begins anew leaves no gap: containers of before can still be judged."""
    start = "from checker.engine.own import private; private.start(print)"
    host = f"unix://{namespace.home}/run/docker.sock"
    docker = ["docker", "--host", host]
    namespace.run(start)
    subprocess.run([*docker, "import", "-", "nothing"], input=EMPTY_TAR, check=True, capture_output=True)
    with Recorder(host, journal, retry_s=0.05) as recorder:
        subprocess.run([*docker, "create", "--name", "old", "nothing", "x"], check=True, capture_output=True)
        namespace.run("from checker.engine.own import private; private.stop(print)")
        until(lambda: recorder.state.doing is Doing.WAITING)
        namespace.run(start)
        until(lambda: recorder.state.doing is Doing.RECORDING)
        with pytest.raises(Failure, match="never started"):
            read_history(host, journal).of("old").was_killed()
        subprocess.run([*docker, "rename", "old", "new"], check=True, capture_output=True)
        read_history(host, journal).of("new").was_renamed("old", "new")
        assert recorder.flush()
    assert Journal(journal).read().gaps == ()
    assert capfd.readouterr() == ("", "")


def test_a_restart_that_nobody_watched_is_a_gap(journal: Path, namespace: Namespace) -> None:
    """An engine that was restarted while no recorder ran has forgotten; that is said, not guessed."""
    start = "from checker.engine.own import private; private.start(print)"
    host = f"unix://{namespace.home}/run/docker.sock"
    docker = ["docker", "--host", host]
    namespace.run(start)
    subprocess.run([*docker, "import", "-", "nothing"], input=EMPTY_TAR, check=True, capture_output=True)
    subprocess.run([*docker, "create", "--name", "old", "nothing", "x"], check=True, capture_output=True)
    with Recorder(host, journal):
        pass
    namespace.run("from checker.engine.own import private; private.stop(print)")
    namespace.run(start)
    with Recorder(host, journal):
        assert len(Journal(journal).read().gaps) == 1
