"""Following an engine: what is heard, in which order, and what of the connection itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.history.follower import QUIET, Follower, Inbox, News
from tests.engine.made import until
from tests.unit.fake_engines import Telling, answer, chunked
from tests.unit.fake_engines import engine as answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONNECTED = News()
ENDED = News(lost="The engine closed the connection.")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Telling]:
    """Return an engine that tells events."""
    with Telling(tmp_path / "s") as made:
        yield made


@pytest.fixture
def heard() -> list[News]:
    """Return a list that hears."""
    return []


@pytest.fixture
def listening(heard: list[News]) -> Iterator[Callable[..., Follower]]:
    """Return a way to follow a host, which ends with the test."""
    leave: list[Callable[[], None]] = []

    def listen(host: str, **words: Any) -> Follower:
        made = Follower(host, retry_s=0.01, **words)
        leave.append(made.listen(heard.append))
        return made

    yield listen
    for one in leave:
        one()
    until(lambda: threads() == 0)


def threads() -> int:
    """Return how many threads follow an engine."""
    names = {"docker101-follower", "docker101-renewer"}
    return sum(thread.name in names for thread in threading.enumerate())


def events(heard: list[News]) -> list[Any]:
    """Return the events alone."""
    return [news.event for news in heard if news.event is not None]


# --- what is heard


def test_first_is_how_the_connection_stands(
    engine: Telling, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """The first news is that the engine is heard; who comes later hears it at once."""
    follower = listening(engine.host)
    until(lambda: heard == [CONNECTED])
    later: list[News] = []
    leave = follower.listen(later.append)
    assert later == [CONNECTED]
    leave()


def test_stream_that_ends_well_is_a_loss_too(
    tmp_path: Path, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """An engine that closes the connection is lost, whether or not it said goodbye."""
    with answering(tmp_path / "s", chunked()) as host:
        listening(host)
        until(lambda: heard[:2] == [CONNECTED, ENDED])


def test_events_reach_all_in_their_order(
    engine: Telling, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """Each event is passed on as the engine told it, to everybody, once."""
    follower, other = listening(engine.host), []
    leave = follower.listen(other.append)
    until(lambda: engine.heard_by == 1 and bool(other))
    told = [engine.tell(action, ID=f"{number}") for number, action in enumerate(("create", "start", "die"))]
    until(lambda: len(heard) == len(other) == 4)
    assert (events(heard), events(other)) == (told, told)
    leave()


@pytest.mark.parametrize("action", sorted(QUIET | {"exec_create: sh -c true"}))
def test_what_changes_nothing_is_not_told(
    action: str, engine: Telling, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """Looks from outside, which views themselves cause, are left out; what comes next is heard."""
    listening(engine.host)
    until(lambda: engine.heard_by == 1)
    engine.tell(action)
    last = engine.tell("exec_die")
    until(lambda: bool(events(heard)))
    assert events(heard) == [last]


def test_copy_into_a_container_is_told(engine: Telling, heard: list[News], listening: Callable[..., Follower]) -> None:
    """It changes the container's files."""
    listening(engine.host)
    until(lambda: engine.heard_by == 1)
    told = engine.tell("extract-to-dir")
    until(lambda: events(heard) == [told])


def test_what_happens_while_the_engine_answers_is_told(
    engine: Telling, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """An engine begins to listen a moment after its answer: what falls in between is asked for, and not lost."""
    with engine.busy:
        listening(engine.host)
        told = engine.tell("start")
    until(lambda: heard == [CONNECTED, News(told)])


# --- the engine goes and comes


def test_loss_and_return_are_said_once(engine: Telling, heard: list[News], listening: Callable[..., Follower]) -> None:
    """However often it is tried, a lost engine is said once for each reason, and so is that it is back."""
    listening(engine.host)
    until(lambda: heard == [CONNECTED] and engine.heard_by == 1)
    engine.stop()
    until(lambda: "there is nothing at that address" in heard[-1].lost)
    engine.start()
    until(lambda: heard[-1] == CONNECTED)
    first, *reasons, last = heard
    assert (first, last) == (CONNECTED, CONNECTED)
    assert all(news.lost for news in reasons)
    assert len({news.lost for news in reasons}) == len(reasons)
    until(lambda: engine.heard_by == 1)
    told = engine.tell("start")
    until(lambda: events(heard) == [told])


def test_engine_that_comes_later_is_waited_for(
    tmp_path: Path, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """Without an engine the first news is why; one that comes is heard."""
    late = Telling(tmp_path / "s")
    listening(late.host)
    until(lambda: [bool(news.lost) for news in heard] == [True])
    with late:
        until(lambda: heard[1:] == [CONNECTED])


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        ((answer({"message": "no"}, "500 Server Error"),), "it answered 500"),
        ((b"hello",), "does not speak HTTP"),
        ((chunked(b"no json\n"),), "JSONDecodeError"),
    ],
    ids=["refuses", "is no engine", "tells nonsense"],
)
def test_whatever_answers_is_a_reason_and_no_traceback(
    pieces: tuple[bytes, ...],
    says: str,
    tmp_path: Path,
    heard: list[News],
    listening: Callable[..., Follower],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """An answer that is none becomes the reason why the engine is not heard; nothing is printed."""
    with answering(tmp_path / "s", *pieces) as host:
        listening(host)
        until(lambda: any(says in news.lost for news in heard))
    assert capfd.readouterr() == ("", "")


# --- a stream that is silent


def test_silent_stream_is_renewed_without_a_word(
    engine: Telling, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """After a long silence the stream is opened anew; nobody is told, and every event is heard once."""
    listening(engine.host, silence_s=0.02)
    told = []
    for number in range(3):
        asked = len(engine.asked)
        until(lambda asked=asked: len(engine.asked) > asked + 1)
        told.append(engine.tell("start", ID=str(number)))
    until(lambda: len(events(heard)) == 3)
    asked = len(engine.asked)
    until(lambda: len(engine.asked) > asked + 1)
    assert heard == [CONNECTED, *map(News, told)]


def test_event_between_two_streams_is_not_missed(
    engine: Telling, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """What happens after the old stream was closed and before the new one is open is told by the new one."""
    listening(engine.host, silence_s=0.02)
    until(lambda: heard == [CONNECTED])
    with engine.busy:
        until(lambda: engine.heard_by == 0)
        told = engine.tell("die")
    until(lambda: events(heard) == [told])
    asked = len(engine.asked)
    until(lambda: len(engine.asked) > asked + 1)
    assert heard == [CONNECTED, News(told)]


def test_engine_that_is_gone_when_the_stream_is_renewed_is_said(
    engine: Telling, heard: list[News], listening: Callable[..., Follower]
) -> None:
    """That the stream was to be renewed hides no loss."""
    listening(engine.host, silence_s=0.02)
    until(lambda: len(engine.asked) > 2)
    engine.stop()
    until(lambda: bool(heard[-1].lost))


# --- who listens


def test_threads_end_with_the_last_listener(engine: Telling) -> None:
    """There are two threads while somebody listens, however many do; they begin anew with the next."""
    follower, heard = Follower(engine.host), []
    for number in (1, 2):
        first, second = follower.listen(heard.append), follower.listen(print)
        until(lambda number=number: engine.heard_by == 1 and len(heard) == number)
        assert threads() == 2
        second()
        assert threads() == 2
        first()
        until(lambda: threads() == engine.heard_by == 0)
    assert heard == [CONNECTED, CONNECTED]


def test_leaving_twice_takes_nobody_elses_place(engine: Telling, heard: list[News]) -> None:
    """Who has left hears nothing more, and leaving again changes nothing."""
    follower, gone = Follower(engine.host), []
    leave_first, leave = follower.listen(gone.append), follower.listen(heard.append)
    until(lambda: gone == heard == [CONNECTED] and engine.heard_by == 1)
    leave_first()
    leave_first()
    engine.tell("start")
    until(lambda: len(heard) == 2)
    assert gone == [CONNECTED]
    leave()
    until(lambda: threads() == 0)


def test_listener_that_leaves_while_nobody_answers(tmp_path: Path) -> None:
    """Threads that wait for an engine end as well."""
    leave = Follower(f"unix://{tmp_path}/none", retry_s=60).listen(lambda _: None)
    leave()
    until(lambda: threads() == 0)


def test_news_of_a_run_that_was_replaced_is_nobodys(engine: Telling, heard: list[News]) -> None:
    """A thread that is on its way out may still have something to say; it reaches no new listener."""
    follower = Follower(engine.host)
    leave = follower.listen(print)
    old = follower._run
    assert old is not None
    leave()
    leave = follower.listen(heard.append)
    until(lambda: heard == [CONNECTED])
    follower.tell(old, News({"Action": "start"}))
    follower.tell(old, ENDED)
    assert heard == [CONNECTED]
    leave()
    until(lambda: threads() == 0)


# --- what waits


def test_storm_is_one_piece_of_work() -> None:
    """All that waits is taken at once, in its order; then there is nothing."""
    inbox = Inbox()
    for item in (CONNECTED, "check", ENDED):
        inbox.put(item)
    assert inbox.take(None) == [CONNECTED, "check", ENDED]
    assert inbox.take(0.001) == []
