"""What a watch tells and keeps, and what a check does that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from requests.exceptions import ConnectionError as NoConnection

from checker.attempt import Attempt
from checker.engine.history.follower import News
from checker.errors import CourseError, NoEngine, UsageProblem
from checker.learner.work import Work
from checker.watch import LabStatus, Watch
from tests.unit.fake_client import FakeClient, FakeFollower, event
from tests.unit.made_labs import CHECKS, made_lab
from tests.unit.watching.watched import settled, statuses

if TYPE_CHECKING:
    from pathlib import Path

    from checker.lab.load import Lab


# --- what is told and kept


def test_results_are_told_as_they_become_known(all_done: Watch, told: list[LabStatus]) -> None:
    """Each new result is told; one that only took another time is not."""
    assert [len(one.results) for one in told] == [1, 2, 3, 4]
    all_done.loop.turn([News(event("start", "elsewhere"))])
    assert len(told) == 4


def test_live_results_are_kept_and_are_no_try(all_done: Watch, work: Work, lab: Lab, client: FakeClient) -> None:
    """What came by watching counts for how far the learner is, and stays; it is no try."""
    assert work.progress(lab.id).done
    del client.held["amber"]
    all_done.loop.turn([News(event("destroy", "amber"))])
    assert (work.progress(lab.id).done, work.progress(lab.id).failed_checks) == (True, 0)
    assert all_done.status.reached == work.progress(lab.id).score


def test_results_are_saved_only_when_all_are_known_and_new(
    all_done: Watch, work: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the results are no progress, and the same ones need no writing."""
    saved: list[int] = []
    monkeypatch.setattr(Work, "save_live", lambda _, __, results: saved.append(len(results)))
    all_done.loop.turn([News(event("start", "elsewhere"))])
    assert saved == []


def test_full_disk_is_said_and_stops_nothing(watch: Watch, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be kept is still shown."""

    def full(*_: object) -> None:
        raise CourseError("The disk is full.")

    monkeypatch.setattr(Work, "save_live", full)
    watch.loop.turn([News()])
    assert [str(one) for one in watch.status.problems] == ["The disk is full."]
    assert len(watch.status.results) == 4


def test_lab_that_was_not_set_up_is_said(
    tmp_path: Path, work: Work, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the report: who begins without the lab's starting state is told which cell makes it."""
    problem = UsageProblem("This lab begins with containers.", "Run the cell with %setup.")
    monkeypatch.setattr(Attempt, "not_set_up", lambda *_: (problem,))
    told: list[LabStatus] = []
    lab = made_lab(tmp_path / "again", {"checks.py": CHECKS})
    made = Watch(Attempt.here(lab, work), FakeFollower(), told.append)  # type: ignore[arg-type]
    made.loop.turn([News()])
    made.close()
    assert told[-1].problems == (problem,)


# --- a check that is asked for


def test_check_counts_as_a_try(watch: Watch, work: Work, lab: Lab, client: FakeClient, told: list[LabStatus]) -> None:
    """That it is under way is told first; the third one that does not pass opens the solution."""
    settled(lab, client)
    found = [watch.check() for _ in range(3)]
    assert [one.solution_is_open for one in found] == [False, False, True]
    assert work.progress(lab.id).failed_checks == 3
    assert (told[0].checking, told[-1].checking, watch.status) == (True, False, told[-1])


def test_check_asks_the_engine_anew(all_done: Watch, client: FakeClient) -> None:
    """Who asks by hand gets the present, whatever was remembered; and that is remembered from now on."""
    del client.held["amber"]
    assert statuses(all_done.check()) == ["passed", "passed", "failed", "passed"]
    all_done.loop.turn([News(event("start", "elsewhere"))])
    assert statuses(all_done.status) == ["passed", "passed", "failed", "passed"]


def test_check_without_an_engine_is_no_try(all_done: Watch, work: Work, lab: Lab, client: FakeClient) -> None:
    """An engine that does not answer is said, and no result is lost by it."""
    client.problem = NoConnection("gone")
    with pytest.raises(NoEngine):
        all_done.check()
    assert (work.progress(lab.id).failed_checks, work.progress(lab.id).done) == (0, True)
    assert all_done.status.checking is False


def test_check_with_broken_answers_is_no_try(watch: Watch, work: Work, lab: Lab) -> None:
    """They are said once and clearly, before anything is judged."""
    (work.folder(lab) / "answers.toml").write_text("code = \n", encoding="utf-8")
    with pytest.raises(UsageProblem, match=r"answers\.toml"):
        watch.check()
    assert work.progress(lab.id).failed_checks == 0
