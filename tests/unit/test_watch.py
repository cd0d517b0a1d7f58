"""Watching a lab without an engine: which checks run at what, what is told, and what is kept."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from requests.exceptions import ConnectionError as NoConnection

from checker import watch as watching
from checker import work as work_module
from checker.engine.endpoint import Endpoint
from checker.engine.follow import News
from checker.engine.reader import Reader
from checker.errors import CourseError, NoEngine, UsageProblem
from checker.watch import Standing, Watch
from checker.work import Work
from tests.engine.made import until
from tests.unit.fake_client import FakeClient, FakeFollower, event
from tests.unit.made_labs import CHECKS, made_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checker.lab import Lab

WATCHED = '''\
"""Checks that note that they ran."""

from checker.check import Failure, check

RAN = []
SETTLED = []


@check(points=1, hint="Look.")
def pinned(files):
    """The file here.txt is there."""
    RAN.append("pinned")
    if not files.exists("here.txt"):
        raise Failure("There is no here.txt.")


@check(points=1, hint="Look.")
def built(pinned, engine):
    """The image {name}:1 is built."""
    RAN.append("built")
    engine.has_built = True
    engine.image("amber:1")


@check(points=2, hint="docker ps lists what runs.")
def shop(engine, params):
    """The container {name} runs."""
    RAN.append("shop")
    engine.container(params.name).is_running()


@check(points=1, hint="Look.", within=30)
def other(engine):
    """The container other runs, and has settled."""
    RAN.append("other")
    engine.container("other").is_running()
    if not SETTLED:
        raise Failure("It has not settled.")


def outcome_goes_on(engine):
    """Say what the engine did."""
    return "yes"
'''
ALL = ["pinned", "built", "shop", "other"]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a lab of four checks, of which one builds."""
    wrong = {"wrong/no_name/expected.toml": 'check = "shop"\nsays = ["x"]\nwhy = "y"\n'}
    return made_lab(tmp_path, {"checks.py": WATCHED, **wrong})


@pytest.fixture
def work(tmp_path: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Return a learner's folder with the lab's files, in a course that was started."""
    monkeypatch.setattr(work_module, "NOTEBOOKS", tmp_path / "notebooks")
    mine = Work(tmp_path / "work")
    mine.update(lab)
    Endpoint("unix:///fake", "private", "a test", isolated=True).save(mine.root)
    return mine


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """Return the client of an engine that holds nothing."""
    made = FakeClient()
    monkeypatch.setattr(watching, "open_client", lambda _: made)
    monkeypatch.setattr(Reader, "settle_s", 0.0)
    return made


@pytest.fixture
def follower() -> FakeFollower:
    """Return what tells of the engine's events."""
    return FakeFollower()


@pytest.fixture
def told() -> list[Standing]:
    """Return the list of what was told."""
    return []


@pytest.fixture
def watch(work: Work, lab: Lab, client: FakeClient, follower: FakeFollower, told: list[Standing]) -> Iterator[Watch]:
    """Return a watch that was not started."""
    made = Watch(work, lab, follower, told.append)  # type: ignore[arg-type]
    yield made
    made.close()


def globals_of(lab: Lab) -> dict[str, Any]:
    """Return what the lab's checks can see."""
    return lab.checks[0].function.__globals__


def settled(lab: Lab, client: FakeClient) -> None:
    """Do the one task that a patient check waits for."""
    client.make("other")
    globals_of(lab)["SETTLED"].append(1)


def ran(lab: Lab) -> list[str]:
    """Return, and forget, which checks ran."""
    found = list(globals_of(lab)["RAN"])
    globals_of(lab)["RAN"].clear()
    return found


def done(work: Work, lab: Lab, client: FakeClient) -> None:
    """Do all that the lab asks for."""
    (work.folder(lab) / "here.txt").write_text("", encoding="utf-8")
    client.held_images["amber:1"] = {"Id": "sha256:1"}
    client.make("amber")
    settled(lab, client)


def statuses(standing: Standing) -> list[str]:
    """Return the status of each result."""
    return [str(item.status) for item in standing.results]


# --- which checks run at what


@pytest.fixture
def all_done(watch: Watch, work: Work, lab: Lab, client: FakeClient) -> Watch:
    """Return the watch of a lab that is done, and has been looked at once."""
    done(work, lab, client)
    watch._files = watch._signature()
    watch._take([News()])
    assert ran(lab) == ALL
    client.asked.clear()
    return watch


def test_connection_runs_everything(watch: Watch, lab: Lab) -> None:
    """The first thing that is heard of the engine is reason to look at all there is."""
    watch._take([])
    assert ran(lab) == []
    watch._take([News()])
    assert ran(lab) == ["pinned", "shop", "other"]
    assert statuses(watch.standing) == ["failed", "skipped", "failed", "failed"]


def test_nothing_runs_where_nothing_happens(all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """Neither checks nor the engine are asked."""
    all_done._take([])
    assert (ran(lab), client.asked) == ([], {})


@pytest.mark.parametrize(
    ("happens", "run"),
    [
        (event("die", "amber"), ["shop", "other"]),
        (event("die", "other"), ["other", "shop"]),
        (event("rename", "new", oldName="/other"), ["other", "shop"]),
        (event("start", "elsewhere"), ["shop", "other"]),
        (event("tag", "docker101-check:123", "image", "sha256:1"), ["shop", "other"]),
        (event("untag", "sha256:1", "image", "sha256:1"), ["shop", "other"]),
        (event("tag", "amber:1", "image", "sha256:1"), ["shop", "other", "built"]),
    ],
    ids=["its container", "another one's", "an old name", "nobody's", "a build of a check", "its end", "its image"],
)
def test_event_runs_what_it_touches_first(happens: dict[str, Any], run: list[str], all_done: Watch, lab: Lab) -> None:
    """First the checks that had asked about it, then the others; what builds only where it is touched, and last."""
    all_done._take([News(happens)])
    assert ran(lab) == run


def test_many_events_are_one_round(all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """A storm runs each check once, and asks about each container once."""
    all_done._take([News(event(action, "amber")) for action in ("die", "start", "die", "start")])
    assert ran(lab) == ["shop", "other"]
    assert {name: count for name, count in client.asked.items() if "inspect" in name} == {"inspect amber": 1}


@pytest.mark.parametrize("name", ["amber:1", "elsewhere:1"])
def test_names_of_images_touch_what_builds(name: str, all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """That a name is given, goes or moves on may not be told by that name; the list of images tells it."""
    client.held_images[name] = {"Id": "sha256:2"}
    all_done._take([News(event("untag", "sha256:1", "image", "sha256:1"))])
    assert ran(lab) == ["shop", "other", "pinned", "built"]


def test_names_that_checks_give_touch_nothing(all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """A build of a check's own, seen while it is under way, is no reason to build again."""
    for name in ("docker101-check:123", "<none>:<none>"):
        client.held_images[name] = {"Id": "sha256:3"}
    all_done._take([News(event("tag", "docker101-check:123", "image", "sha256:3"))])
    assert ran(lab) == ["shop", "other"]


def test_what_takes_long_is_left_alone_unless_touched(
    all_done: Watch, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow check is as costly as one that builds; when it is quick again, it is run like the others."""
    monkeypatch.setattr(watching, "COSTLY_S", -1.0)
    all_done._take([News(event("start", "elsewhere"))])
    assert ran(lab) == ["shop", "other"]
    monkeypatch.undo()
    all_done._take([News(event("start", "elsewhere"))])
    assert ran(lab) == []
    all_done._take([News(event("start", "amber"))])
    assert ran(lab) == ["shop"]
    all_done._take([News(event("start", "elsewhere"))])
    assert ran(lab) == ["shop"]


def test_patient_check_is_not_slow_for_its_patience(all_done: Watch, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a check took that was asked for by hand says nothing about a look."""
    monkeypatch.setattr(watching, "COSTLY_S", -1.0)
    all_done.check()
    monkeypatch.undo()
    ran(lab)
    all_done._take([News(event("start", "elsewhere"))])
    assert ran(lab) == ["shop", "other"]


def test_file_runs_everything(all_done: Watch, work: Work, lab: Lab) -> None:
    """A file that is made, changed or removed may matter to any check; what builds comes last."""
    for change in ("made", "changed and longer", ""):
        path = work.folder(lab) / "new.txt"
        path.write_text(change, encoding="utf-8") if change else path.unlink()
        all_done._take([])
        assert ran(lab) == ["shop", "other", "pinned", "built"]


def test_notebook_is_no_file_of_the_lab(all_done: Watch, work: Work, lab: Lab) -> None:
    """A notebook saves itself again and again."""
    (work.folder(lab) / ".ipynb_checkpoints").mkdir()
    for name in ("08_shop.ipynb", ".ipynb_checkpoints/x.txt"):
        (work.folder(lab) / name).write_text("{}", encoding="utf-8")
    all_done._take([])
    assert ran(lab) == []


def test_what_settles_is_looked_at_without_an_event(all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """A check that gives its state time is tried again until it passes; then there is nothing to wait for."""
    globals_of(lab)["SETTLED"].clear()
    all_done._take([News(event("start", "other"))])
    ran(lab)
    for _ in range(3):
        all_done._take([])
        assert ran(lab) == ["other"]
    globals_of(lab)["SETTLED"].append(1)
    all_done._take([])
    all_done._take([])
    assert ran(lab) == ["other"]
    assert statuses(all_done.standing) == ["passed"] * 4


# --- the engine goes and comes


def test_lost_engine_is_said_and_nothing_runs(all_done: Watch, lab: Lab, told: list[Standing], work: Work) -> None:
    """What is known stays, and is said to be of the past; files change nothing then."""
    (work.folder(lab) / "new.txt").write_text("", encoding="utf-8")
    all_done._take([News(lost="It is gone."), News(event("die", "amber"))])
    all_done._take([])
    assert ran(lab) == []
    assert (told[-1].lost, statuses(told[-1])) == ("It is gone.", ["passed"] * 4)


@pytest.mark.parametrize("at_once", [False, True])
def test_engine_that_is_back_runs_everything(at_once: bool, all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """Whatever was known may be wrong now, also when it was gone only for a moment."""
    client.held.clear()
    lost, back = News(lost="It is gone."), News()
    for batch in [[lost, back]] if at_once else [[lost], [back]]:
        all_done._take(batch)
    assert sorted(ran(lab)) == sorted(ALL)
    assert (all_done.standing.lost, statuses(all_done.standing)) == ("", ["passed", "passed", "failed", "failed"])


# --- what is told and kept


def test_results_are_told_as_they_become_known(all_done: Watch, told: list[Standing]) -> None:
    """Each new result is told; one that only took another time is not."""
    assert [len(one.results) for one in told] == [1, 2, 3, 4]
    all_done._take([News(event("start", "elsewhere"))])
    assert len(told) == 4


def test_live_results_are_kept_and_are_no_try(all_done: Watch, work: Work, lab: Lab, client: FakeClient) -> None:
    """What came by watching counts for how far the learner is, not for the solution."""
    assert work.progress(lab.id).done
    del client.held["amber"]
    all_done._take([News(event("destroy", "amber"))])
    assert (work.progress(lab.id).done, work.progress(lab.id).failed_checks) == (False, 0)


def test_results_are_saved_only_when_all_are_known_and_new(
    all_done: Watch, work: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the results are no progress, and the same ones need no writing."""
    saved: list[int] = []
    monkeypatch.setattr(Work, "save_live", lambda _, __, results: saved.append(len(results)))
    all_done._take([News(event("start", "elsewhere"))])
    assert saved == []


def test_full_disk_is_said_and_stops_nothing(watch: Watch, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be kept is still shown."""

    def full(*_: object) -> None:
        raise CourseError("The disk is full.")

    monkeypatch.setattr(Work, "save_live", full)
    watch._take([News()])
    assert [str(one) for one in watch.standing.problems] == ["The disk is full."]
    assert len(watch.standing.results) == 4


def test_lab_that_was_not_set_up_is_said(
    tmp_path: Path, work: Work, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the report: who begins without the lab's starting state is told which cell makes it."""
    problem = UsageProblem("This lab begins with containers.", "Run the cell with %setup.")
    monkeypatch.setattr(watching, "not_set_up", lambda *_: (problem,))
    told: list[Standing] = []
    lab = made_lab(tmp_path / "again", {"checks.py": CHECKS})
    made = Watch(work, lab, FakeFollower(), told.append)  # type: ignore[arg-type]
    made._take([News()])
    made.close()
    assert told[-1].problems == (problem,)


# --- a check that is asked for


def test_check_counts_as_a_try(watch: Watch, work: Work, lab: Lab, client: FakeClient, told: list[Standing]) -> None:
    """That it is under way is told first; the third one that does not pass opens the solution."""
    settled(lab, client)
    found = [watch.check() for _ in range(3)]
    assert [one.solution_is_open for one in found] == [False, False, True]
    assert work.progress(lab.id).failed_checks == 3
    assert (told[0].checking, told[-1].checking, watch.standing) == (True, False, told[-1])


def test_check_asks_the_engine_anew(all_done: Watch, client: FakeClient) -> None:
    """Who asks by hand gets the present, whatever was remembered; and that is remembered from now on."""
    del client.held["amber"]
    assert statuses(all_done.check()) == ["passed", "passed", "failed", "passed"]
    all_done._take([News(event("start", "elsewhere"))])
    assert statuses(all_done.standing) == ["passed", "passed", "failed", "passed"]


def test_check_without_an_engine_is_no_try(all_done: Watch, work: Work, lab: Lab, client: FakeClient) -> None:
    """An engine that does not answer is said, and no result is lost by it."""
    client.problem = NoConnection("gone")
    with pytest.raises(NoEngine):
        all_done.check()
    assert (work.progress(lab.id).failed_checks, work.progress(lab.id).done) == (0, True)
    assert all_done.standing.checking is False


def test_check_with_broken_answers_is_no_try(watch: Watch, work: Work, lab: Lab) -> None:
    """They are said once and clearly, before anything is judged."""
    (work.folder(lab) / "answers.toml").write_text("code = \n", encoding="utf-8")
    with pytest.raises(UsageProblem, match=r"answers\.toml"):
        watch.check()
    assert work.progress(lab.id).failed_checks == 0


# --- the thread


def threads() -> list[str]:
    """Return the names of the threads that watch."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("docker101-watch")]


def test_tasks_tick_by_themselves(
    watch: Watch, work: Work, lab: Lab, client: FakeClient, follower: FakeFollower
) -> None:
    """Nobody asks for a check: files are seen, and events are heard."""
    watch.start()
    until(lambda: statuses(watch.standing) == ["failed", "skipped", "failed", "failed"])
    (work.folder(lab) / "here.txt").write_text("", encoding="utf-8")
    until(lambda: statuses(watch.standing) == ["passed", "failed", "failed", "failed"])
    done(work, lab, client)
    for happens in (event("tag", "amber:1", "image"), event("start", "amber"), event("start", "other")):
        follower.tell(happens)
    until(lambda: statuses(watch.standing) == ["passed"] * 4)
    assert work.progress(lab.id).failed_checks == 0


def test_asking_lets_the_watch_itself_check(watch: Watch, work: Work, lab: Lab, client: FakeClient) -> None:
    """The one who asks does not wait; what goes wrong is told."""
    settled(lab, client)
    watch.start()
    watch.ask_to_check()
    until(lambda: work.progress(lab.id).failed_checks == 1)
    (work.folder(lab) / "answers.toml").write_text("code = \n", encoding="utf-8")
    watch.ask_to_check()
    until(lambda: any("answers.toml" in str(one) for one in watch.standing.problems))
    assert watch.watching


def test_mistake_of_ours_is_told_and_ends_nothing(
    watch: Watch, follower: FakeFollower, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thread that dies unseen would leave a panel that looks alive."""
    watch.start()
    until(lambda: len(watch.standing.results) == 4)
    monkeypatch.setattr(watch, "_run_touched", lambda _: {}["x"])
    follower.tell(event("start", "amber"))
    until(lambda: bool(watch.standing.problems))
    assert str(watch.standing.problems[0]) == (
        "Watching broke (KeyError: 'x'). This is not your mistake.\nAsk for a check by hand."
    )
    monkeypatch.undo()
    follower.tell(event("start", "amber"))
    until(lambda: not watch.standing.problems)
    assert capfd.readouterr() == ("", "")


def test_listener_that_breaks_ends_nothing(
    work: Work, lab: Lab, client: FakeClient, follower: FakeFollower, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever shows the results may fail to: it is heard and looked on."""

    def broken(_: Standing) -> None:
        raise BrokenPipeError

    made = Watch(work, lab, follower, broken)  # type: ignore[arg-type]
    made.start()
    until(lambda: bool(made.standing.problems))
    done(work, lab, client)

    def all_known() -> bool:
        follower.tell(event("start", "amber"))
        return statuses(made.standing) == ["passed"] * 4

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
        Watch(Work(tmp_path / "empty"), lab, follower, print)  # type: ignore[arg-type]
    assert "checker start" in caught.value.next_step
