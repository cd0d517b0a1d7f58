"""Which checks of a watched lab run at what: events, files, images, what settles, and the engine itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker import affected
from checker.engine.history.follower import News
from tests.unit.fake_client import FakeClient, event
from tests.unit.watching.watched import ALL, globals_of, ran, statuses

if TYPE_CHECKING:
    from checker.lab.load import Lab
    from checker.learner.work import Work
    from checker.watch import LabStatus, Watch


# --- events, files, images


def test_connection_runs_everything(watch: Watch, lab: Lab) -> None:
    """The first thing that is heard of the engine is reason to look at all there is."""
    watch.loop.turn([])
    assert ran(lab) == []
    watch.loop.turn([News()])
    assert ran(lab) == ["pinned", "shop", "other"]
    assert statuses(watch.status) == ["failed", "skipped", "failed", "failed"]


def test_nothing_runs_where_nothing_happens(all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """Neither checks nor the engine are asked."""
    all_done.loop.turn([])
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
    all_done.loop.turn([News(happens)])
    assert ran(lab) == run


def test_many_events_are_one_round(all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """A storm runs each check once, and asks about each container once."""
    all_done.loop.turn([News(event(action, "amber")) for action in ("die", "start", "die", "start")])
    assert ran(lab) == ["shop", "other"]
    assert {name: count for name, count in client.asked.items() if "inspect" in name} == {"inspect amber": 1}


@pytest.mark.parametrize("name", ["amber:1", "elsewhere:1"])
def test_names_of_images_touch_what_builds(name: str, all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """That a name is given, goes or moves on may not be told by that name; the list of images tells it."""
    client.held_images[name] = {"Id": "sha256:2"}
    all_done.loop.turn([News(event("untag", "sha256:1", "image", "sha256:1"))])
    assert ran(lab) == ["shop", "other", "pinned", "built"]


def test_names_that_checks_give_touch_nothing(all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """A build of a check's own, seen while it is under way, is no reason to build again."""
    for name in ("docker101-check:123", "<none>:<none>"):
        client.held_images[name] = {"Id": "sha256:3"}
    all_done.loop.turn([News(event("tag", "docker101-check:123", "image", "sha256:3"))])
    assert ran(lab) == ["shop", "other"]


def test_what_takes_long_is_left_alone_unless_touched(
    all_done: Watch, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow check is as costly as one that builds; when it is quick again, it is run like the others."""
    monkeypatch.setattr(affected, "COSTLY_S", -1.0)
    all_done.loop.turn([News(event("start", "elsewhere"))])
    assert ran(lab) == ["shop", "other"]
    monkeypatch.undo()
    all_done.loop.turn([News(event("start", "elsewhere"))])
    assert ran(lab) == []
    all_done.loop.turn([News(event("start", "amber"))])
    assert ran(lab) == ["shop"]
    all_done.loop.turn([News(event("start", "elsewhere"))])
    assert ran(lab) == ["shop"]


def test_patient_check_is_not_slow_for_its_patience(all_done: Watch, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a check took that was asked for by hand says nothing about a look."""
    monkeypatch.setattr(affected, "COSTLY_S", -1.0)
    all_done.check()
    monkeypatch.undo()
    ran(lab)
    all_done.loop.turn([News(event("start", "elsewhere"))])
    assert ran(lab) == ["shop", "other"]


def test_file_runs_everything(all_done: Watch, work: Work, lab: Lab) -> None:
    """A file that is made, changed or removed may matter to any check; what builds comes last."""
    for change in ("made", "changed and longer", ""):
        path = work.folder(lab) / "new.txt"
        path.write_text(change, encoding="utf-8") if change else path.unlink()
        all_done.loop.turn([])
        assert ran(lab) == ["shop", "other", "pinned", "built"]


def test_notebook_is_no_file_of_the_lab(all_done: Watch, work: Work, lab: Lab) -> None:
    """A notebook saves itself again and again."""
    (work.folder(lab) / ".ipynb_checkpoints").mkdir()
    for name in ("08_shop.ipynb", ".ipynb_checkpoints/x.txt"):
        (work.folder(lab) / name).write_text("{}", encoding="utf-8")
    all_done.loop.turn([])
    assert ran(lab) == []


def test_what_settles_is_looked_at_without_an_event(all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """A check that gives its state time is tried again until it passes, and then rests."""
    globals_of(lab)["SETTLED"].clear()
    all_done.loop.turn([News(event("start", "other"))])
    all_done.loop.turn([])
    ran(lab)
    for _ in range(3):
        all_done.loop.turn([])
        assert ran(lab) == ["other"]
    globals_of(lab)["SETTLED"].append(1)
    all_done.loop.turn([])
    all_done.loop.turn([])
    ran(lab)
    all_done.loop.turn([])
    assert ran(lab) == []
    assert statuses(all_done.status) == ["passed"] * 4


# --- the engine goes and comes


def test_lost_engine_is_said_and_nothing_runs(all_done: Watch, lab: Lab, told: list[LabStatus], work: Work) -> None:
    """What is known stays, and is said to be of the past; files change nothing then."""
    (work.folder(lab) / "new.txt").write_text("", encoding="utf-8")
    all_done.loop.turn([News(lost="It is gone."), News(event("die", "amber"))])
    all_done.loop.turn([])
    assert ran(lab) == []
    assert (told[-1].lost, statuses(told[-1])) == ("It is gone.", ["passed"] * 4)


@pytest.mark.parametrize("at_once", [False, True])
def test_engine_that_is_back_runs_everything(at_once: bool, all_done: Watch, lab: Lab, client: FakeClient) -> None:
    """Whatever was known may be wrong now, also when it was gone only for a moment."""
    client.held.clear()
    lost, back = News(lost="It is gone."), News()
    for batch in [[lost, back]] if at_once else [[lost], [back]]:
        all_done.loop.turn(batch)
    assert sorted(ran(lab)) == sorted(ALL)
    assert (all_done.status.lost, statuses(all_done.status)) == ("", ["passed", "passed", "failed", "failed"])
