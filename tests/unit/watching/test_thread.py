"""The thread of a watch: it works unasked, outlives mistakes, and ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from checker.attempt import Attempt
from checker.errors import NoEngine
from checker.learner.work import Work
from checker.watch import LabStatus, Watch
from tests.engine.made import until
from tests.unit.fake_client import FakeClient, FakeFollower, event
from tests.unit.watching.watched import done, settled, statuses

if TYPE_CHECKING:
    from pathlib import Path

    from checker.lab.load import Lab


def threads() -> list[str]:
    """Return the names of the threads that watch."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("docker101-watch")]


def test_tasks_tick_by_themselves(
    watch: Watch, work: Work, lab: Lab, client: FakeClient, follower: FakeFollower
) -> None:
    """Nobody asks for a check: files are seen, and events are heard."""
    watch.start()
    until(lambda: statuses(watch.status) == ["failed", "skipped", "failed", "failed"])
    (work.folder(lab) / "here.txt").write_text("", encoding="utf-8")
    until(lambda: statuses(watch.status) == ["passed", "failed", "failed", "failed"])
    done(work, lab, client)
    for happens in (event("tag", "amber:1", "image"), event("start", "amber"), event("start", "other")):
        follower.tell(happens)
    until(lambda: statuses(watch.status) == ["passed"] * 4)
    assert work.progress(lab.id).failed_checks == 0


def test_asking_lets_the_watch_itself_check(watch: Watch, work: Work, lab: Lab, client: FakeClient) -> None:
    """The one who asks does not wait; what goes wrong is told."""
    settled(lab, client)
    watch.start()
    watch.ask_to_check()
    until(lambda: work.progress(lab.id).failed_checks == 1)
    (work.folder(lab) / "answers.toml").write_text("code = \n", encoding="utf-8")
    watch.ask_to_check()
    until(lambda: any("answers.toml" in str(one) for one in watch.status.problems))
    assert watch.watching


def test_mistake_of_ours_is_told_and_ends_nothing(
    watch: Watch, follower: FakeFollower, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thread that dies unseen would leave a panel that looks alive."""
    watch.start()
    until(lambda: len(watch.status.results) == 4)
    monkeypatch.setattr(watch, "_run", lambda _: {}["x"])
    follower.tell(event("start", "amber"))
    until(lambda: bool(watch.status.problems))
    assert str(watch.status.problems[0]) == (
        "Watching broke (KeyError: 'x'). This is not your mistake.\nAsk for a check by hand."
    )
    monkeypatch.undo()
    follower.tell(event("start", "amber"))
    until(lambda: not watch.status.problems)
    assert capfd.readouterr() == ("", "")


def test_listener_that_breaks_ends_nothing(
    work: Work, lab: Lab, client: FakeClient, follower: FakeFollower, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever shows the results may fail to: it is heard and looked on."""

    def broken(_: LabStatus) -> None:
        raise BrokenPipeError

    made = Watch(Attempt.here(lab, work), follower, broken)  # type: ignore[arg-type]
    made.start()
    until(lambda: bool(made.status.problems))
    done(work, lab, client)

    def all_known() -> bool:
        follower.tell(event("start", "amber"))
        return statuses(made.status) == ["passed"] * 4

    until(all_known)
    assert len(threads()) == 1
    made.close()
    assert capfd.readouterr() == ("", "")


def test_watch_ends_and_begins_anew(watch: Watch, follower: FakeFollower, client: FakeClient, lab: Lab) -> None:
    """Stopped, it hears nothing and checks when asked to; closed, its connection is gone too."""
    for _ in range(2):
        assert (watch.watching, threads(), follower.listening) == (False, [], [])
        watch.start()
        watch.start()
        assert (watch.watching, len(threads()), len(follower.listening)) == (True, 1, 1)
        watch.stop()
        watch.stop()
    settled(lab, client)
    assert len(watch.check().results) == 4
    assert client.closed is False
    watch.close()
    assert (threads(), client.closed) == ([], True)


def test_course_that_was_not_started(tmp_path: Path, lab: Lab, follower: FakeFollower) -> None:
    """Without an engine there is nothing to watch, and the next step is said."""
    with pytest.raises(NoEngine, match="not been started here") as caught:
        Attempt.here(lab, Work(tmp_path / "empty"))
    assert "checker start" in caught.value.next_step
