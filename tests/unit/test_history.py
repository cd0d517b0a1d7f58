"""What the history says of each sequence of events that was observed on an engine, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.engine.history.history import History
from checker.engine.history.journal import Event, Gap
from checker.engine.history.lives import Kind
from checker.lab.vocabulary import CannotTell, Failure
from tests.unit.made_events import BEGIN_NS, SECOND_NS, life

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine.history.timeline import Timeline

RUN = "create start "
GRACEFUL = RUN + "+1 kill:15 die:0 stop"
FORCED = RUN + "+1 kill:15 +10 kill:9 die:137 stop"
TOO_SHORT = RUN + "+1 kill:15 kill:9 die:137 stop"
KILLED = RUN + "+1 kill:9 die:137"
KILLED_BY_TERM = RUN + "+1 kill:15 die:0"
RESTARTED = GRACEFUL + " start restart"
PAUSED_AND_RESTARTED = RUN + "pause +1 kill:15 unpause die:0 stop start restart"
RM_F = KILLED + " destroy"


def of(text: str) -> Timeline:
    """Return the timeline of the one container that these events are about, called nap."""
    return History(life(text)).of("nap")


def said(verdict: Callable[..., object], *arguments: object, **more: object) -> str:
    """Return the message with which a verdict fails."""
    with pytest.raises(Failure) as caught:
        verdict(*arguments, **more)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(GRACEFUL, Kind.GRACEFUL, id="graceful stop"),
        pytest.param(RUN + "kill:15 die:143 stop", Kind.GRACEFUL, id="graceful stop under --init"),
        pytest.param(RUN + "kill:2 die:0 stop", Kind.GRACEFUL, id="stop signal INT"),
        pytest.param(RUN + "pause kill:15 unpause die:0 stop", Kind.GRACEFUL, id="stop of a paused one"),
        pytest.param(FORCED, Kind.FORCED, id="forced stop"),
        pytest.param(TOO_SHORT, Kind.FORCED, id="stop with no grace time"),
        pytest.param(RUN + "pause kill:15 unpause kill:9 die:137 stop", Kind.FORCED, id="forced stop of a paused one"),
        pytest.param(KILLED, Kind.KILLED, id="kill"),
        pytest.param(RUN + "die:137 kill:9", Kind.KILLED, id="kill told after die"),
        pytest.param(RUN + "pause kill:9 die:137", Kind.KILLED, id="kill of a paused one"),
        pytest.param(KILLED_BY_TERM, Kind.KILLED, id="kill with TERM"),
        pytest.param(RUN + "kill:2 die:130", Kind.KILLED, id="kill with INT"),
        pytest.param(RUN + "kill:15 +60 kill:9 die:137", Kind.KILLED, id="kill after a TERM that was ignored"),
        pytest.param(RUN + "kill:SIGKILL die:137", Kind.KILLED, id="signal by name"),
        pytest.param(RUN + "die:3", Kind.OWN, id="own exit"),
        pytest.param(RUN + "die:137", Kind.OWN, id="killed from inside"),
        pytest.param(RUN + "kill:10 +1 die:3", Kind.OWN, id="own exit after USR1"),
        pytest.param(RUN + "kill:15 +60 die:3", Kind.OWN, id="own exit long after a TERM that was ignored"),
        pytest.param("create attach start die:0 destroy", Kind.OWN, id="run --rm"),
    ],
)
def test_an_ending_is_told_from_the_events_of_its_run(text: str, kind: Kind) -> None:
    """Each way to end is recognised by what is in its run."""
    assert [kind] == [ending.kind for ending in of(text).endings]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("create", "was created and never started", id="never started"),
        pytest.param("create destroy", "had never been started", id="removed unused"),
        pytest.param(RUN, "is running", id="goes on"),
        pytest.param(RUN + "die:3", "exit code 3", id="other code"),
        pytest.param(RM_F + " ", "rm -f", id="removed by force"),
        pytest.param(GRACEFUL, "was stopped with stop", id="stopped"),
    ],
)
def test_an_own_end_is_told_from_others(text: str, words: str) -> None:
    """Only a process that ends on its own, with the code asked for, has ended by itself."""
    assert of(RUN + "die:0 destroy").ended_by_itself(0).removed
    assert words in said(of(text).ended_by_itself)


def test_an_old_container_that_was_stopped_keeps_its_name() -> None:
    """One that was stopped or killed is told from one that ended by itself, and from one that goes on."""
    assert "stopped with stop" in said(of(GRACEFUL).was_left_alone)
    assert "keeps its name" in said(of(KILLED).was_left_alone)
    for text in (RUN, RUN + "die:0", GRACEFUL + " start"):
        assert of(text).was_left_alone().name == "nap"


@pytest.mark.parametrize(
    ("text", "foreground"),
    [
        ("create attach start", True),
        ("create attach start attach", True),
        (RUN, False),
        (RUN + "attach", False),
        ("create attach start detach", False),
        ("create attach start die:0 start", False),
        ("create", False),
    ],
)
def test_a_start_in_the_foreground_attaches_first(text: str, foreground: bool) -> None:
    """What is attached before the start was started in the foreground; who attaches later only looks."""
    assert of(text).foreground is foreground
    if foreground:
        assert "in the foreground" in said(of(text).was_started_in_background)
    else:
        assert of(text).was_started_in_background()


def test_a_container_that_is_gone_is_not_kept() -> None:
    """With --rm nothing is left to look at."""
    assert of(RUN + "die:3").is_kept()
    assert "exit code 3; it was neither stopped nor killed. It was removed" in said(of(RUN + "die:3 destroy").is_kept)
    assert said(of("create destroy").is_kept).startswith("nap was removed")


def test_a_run_that_goes_on_has_no_ending() -> None:
    """A signal that ends nothing is no ending."""
    assert of(RUN + "kill:10").endings == []


def test_each_run_has_its_own_ending() -> None:
    """A restart by policy, a kill and a stop are three endings of three runs."""
    found = of(RUN + "die:1 start kill:9 die:137 start kill:15 die:0 stop")
    assert [ending.kind for ending in found.endings] == [Kind.OWN, Kind.KILLED, Kind.GRACEFUL]
    assert (found.starts, found.restarts) == (3, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(RUN + "pause", "is paused still", id="never resumed"),
        pytest.param(PAUSED_AND_RESTARTED, "woken by a restart", id="restarted"),
        pytest.param(RUN + "pause kill:15 unpause die:0 stop", "paused and then stopped", id="stopped"),
        pytest.param(RUN + "pause kill:9 die:137", "paused and then killed", id="killed"),
        pytest.param(RUN + "pause kill:9 die:137 destroy", "rm -f", id="removed by force"),
        pytest.param(RUN + "pause kill:10 unpause", "a signal from kill woke it", id="woken by a signal"),
        pytest.param(RUN + "pause commit unpause", "moment of a commit", id="commit"),
        pytest.param(RESTARTED, "was not paused; it was restarted", id="restart instead"),
        pytest.param(GRACEFUL + " +5 start", "stopped and started again", id="stop and start instead"),
        pytest.param(GRACEFUL, "has never been paused. It was stopped", id="stop instead"),
        pytest.param(RUN, "has never been paused: it is running", id="nothing"),
        pytest.param("create", "created and never started", id="only created"),
    ],
)
def test_what_is_no_pause_and_resume_is_told_apart(text: str, words: str) -> None:
    """Whoever was not paused and resumed hears what happened instead."""
    assert words in said(of(text).was_paused_and_resumed)


def test_paused_and_resumed_passes_once_it_happened() -> None:
    """A pause that was resumed counts, whatever came before or after it."""
    found = of(RUN + "pause kill:15 unpause die:0 stop start pause unpause pause")
    assert found is found.was_paused_and_resumed()


@pytest.mark.parametrize("text", [GRACEFUL, KILLED_BY_TERM, KILLED + " start kill:15 die:0 stop"])
def test_a_graceful_end_passes(text: str) -> None:
    """The program was asked, and ended by itself: by stop, by TERM, also after an earlier kill."""
    found = of(text)
    assert found is found.was_stopped_gracefully()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(FORCED, "had 10 s, which passed in vain", id="grace time over"),
        pytest.param(TOO_SHORT, "had 0 s, too short for most programs", id="grace time too short"),
        pytest.param(KILLED, "ended by KILL from kill: at once", id="killed"),
        pytest.param(RM_F, "removed by force (rm -f)", id="removed by force"),
        pytest.param(KILLED + " +5 destroy", "KILL, from kill or from rm -f: at once", id="removed after a while"),
        pytest.param(KILLED + " +60 destroy", "ended by KILL from kill: at once", id="removed long after"),
        pytest.param(RUN + "die:3", "ended by itself with exit code 3", id="own exit"),
        pytest.param(RUN, "is running; nobody has stopped or killed it", id="running"),
        pytest.param(RUN + "kill:10", "sent USR1, and goes on", id="signal without an end"),
        pytest.param(RUN + "pause", "is paused", id="paused taken for stopped"),
        pytest.param("create", "created and never started", id="never started"),
    ],
)
def test_what_is_no_graceful_stop_is_told_apart(text: str, words: str) -> None:
    """Whoever did not stop gracefully hears what happened instead."""
    assert words in said(of(text).was_stopped_gracefully)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(GRACEFUL, "was stopped with stop, and ended by itself", id="stop"),
        pytest.param(FORCED, "stopped by force", id="forced stop"),
        pytest.param(KILLED_BY_TERM, "ended by TERM from kill", id="TERM"),
        pytest.param(RESTARTED, "stopped by a restart", id="restart"),
        pytest.param(RUN + "kill:15", "is running. It was sent TERM, and goes on.", id="ignored signal"),
    ],
)
def test_what_is_no_kill_is_told_apart(text: str, words: str) -> None:
    """Whoever stopped where kill was asked hears so."""
    assert words in said(of(text).was_killed)


def test_killed_by_the_signal_that_was_asked() -> None:
    """KILL is the default; another signal is asked for by its number, and KILL does not count for it."""
    of(KILLED).was_killed()
    of(KILLED_BY_TERM).was_killed(15)
    assert "ended by TERM" in said(of(KILLED).was_killed, 15)


def test_a_renamed_container_bears_both_names() -> None:
    """The same id under the old name, then under the new one, also by way of a third."""
    found = History(life(RUN + "rename:tmp rename:grown", "kitten")).of("grown")
    assert found.names == ("kitten", "tmp", "grown")
    assert found is found.was_renamed("kitten", "grown")
    assert found.id == History(found.events).of("kitten").id


@pytest.mark.parametrize(
    ("other", "words"),
    [
        pytest.param(life(RM_F, "kitten"), "new container, made under that name; kitten was removed", id="re-created"),
        pytest.param(life(RUN, "kitten"), "kitten is another one, and is still there", id="two containers"),
        pytest.param([], "no container was ever named kitten", id="never there"),
    ],
)
def test_what_is_no_rename_is_told_apart(other: list[Event], words: str) -> None:
    """A container made under the new name is not the old one renamed."""
    history = History(other + life(RUN, "grown", at_s=20))
    assert words in said(history.of("grown").was_renamed, "kitten", "grown")


def test_a_wrong_new_name_is_quoted() -> None:
    """A container renamed to something else is told with that name; one not renamed too."""
    renamed = History(life(RUN + "rename:gown", "kitten")).of("kitten")
    assert "has the name gown now" in said(renamed.was_renamed, "kitten", "grown")
    assert "still has the name nap" in said(of(RUN).was_renamed, "nap", "grown")


@pytest.mark.parametrize(
    "text", [RESTARTED, PAUSED_AND_RESTARTED, GRACEFUL + " +60 start", RUN + "die:0 start restart"]
)
def test_started_again_is_restarted(text: str) -> None:
    """A restart counts, and so does a start after the end; both are no first process any more."""
    found = of(text)
    assert found is found.was_restarted()
    assert "started 2 times" in said(found.never_restarted)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(RUN + "pause unpause", "paused, not restarted", id="unpaused"),
        pytest.param(GRACEFUL, "It was not restarted after that", id="only stopped"),
        pytest.param(RUN, "has not been restarted: it is running", id="nothing"),
        pytest.param("create start restart", "has not been restarted", id="restart of a created one"),
    ],
)
def test_what_is_no_restart_is_told_apart(text: str, words: str) -> None:
    """Whoever did not restart hears what happened instead."""
    assert words in said(of(text).was_restarted)


def test_re_created_is_not_restarted() -> None:
    """A new container under the old name is told from a restarted one."""
    history = History(life(RM_F, id="a") + life(RUN, id="b", at_s=20))
    assert [one.id for one in history.lives("nap")] == ["a", "b"]
    assert "nap is a new container: the one before was removed" in said(history.of("nap").was_restarted)


def test_removed_after_its_end_or_by_force() -> None:
    """Plain rm and rm -f are told apart, both ways round, and from a container that is still there.

    Seconds after a kill it may have been either: an engine on a busy machine is as slow as a person that types.
    """
    of(GRACEFUL + " destroy").was_removed()
    of(KILLED + " +5 destroy").was_removed()
    of("create destroy").was_removed()
    of(RM_F).was_removed(force=True)
    of(KILLED + " +5 destroy").was_removed(force=True)
    assert "had ended before it was removed" in said(of(KILLED + " +60 destroy").was_removed, force=True)
    assert "rm -f" in said(of(RM_F).was_removed)
    assert "had ended before it was removed" in said(of(GRACEFUL + " destroy").was_removed, force=True)
    assert "still there: it has exited with code 0" in said(of(GRACEFUL).was_removed)


def pruning(text: str) -> History:
    """Return a history of two containers that have ended, and then of what ``text`` says of the first and second."""
    events = life(RUN + "die:3", "stray") + life(RUN + "die:3", "keeper")
    at_s = 10.0
    for word in text.split():
        name, _, action = word.partition(".")
        events += life(action, name, at_s=at_s)
        at_s += 0.1
    return History(events)


def test_a_prune_knows_whom_it_removed() -> None:
    """What was destroyed right before a prune was taken by it, and what is still there was spared."""
    history = pruning("stray.destroy .prune:4096")
    assert [frozenset({"stray"})] == [one.removed for one in history.prunes()]
    history.of("stray").was_pruned()
    history.of("keeper").was_spared()
    assert (history.of("stray").pruned, history.of("keeper").pruned) == (True, False)


def test_what_is_no_prune_is_told_apart() -> None:
    """Removed one by one, taken though it was to spare, left behind: each has its own words."""
    assert "no prune; stray was removed by itself" in said(pruning("stray.destroy").of("stray").was_pruned)
    assert "no prune; stray is still there" in said(pruning("").of("stray").was_pruned)
    assert "stray is still there" in said(pruning("keeper.destroy .prune").of("stray").was_pruned)
    by_hand = pruning("stray.destroy keeper.start .prune")
    assert "was not removed by a prune" in said(by_hand.of("stray").was_pruned)
    both = pruning("stray.destroy keeper.destroy .prune")
    assert "keeper is gone: a prune took it" in said(both.of("keeper").was_spared)
    assert "it was removed" in said(pruning("keeper.destroy stray.start .prune").of("keeper").was_spared)
    assert "no prune since keeper was made" in said(pruning("").of("keeper").was_spared)


def test_the_name_means_its_present_bearer_or_the_last_one() -> None:
    """A name given away by a rename and given again means the newer container; of removed ones, the last."""
    history = History(life(RUN + "rename:old", id="a") + life(RUN, id="b", at_s=5))
    assert history.of("nap").id == "b"
    removed = History(life(RM_F, id="a") + life(RM_F, id="b", at_s=5))
    assert removed.of("nap").id == "b"


def test_a_name_that_never_was_fails_with_the_one_that_may_be_meant() -> None:
    """A typing error is answered with the name that looks like it."""
    assert "no container named nap." in said(History([]).of, "nap")
    assert "There was one named nap-1." in said(History(life(RUN, "nap-1")).of, "nap")


def test_the_image_is_compared_as_a_name_and_as_an_id() -> None:
    """What a name leaves out is filled in; another name of the same image counts too."""
    ids = {"busybox:1.37": "sha256:1", "mine": "sha256:1", "clock": "sha256:2"}
    found = History(life(RUN), image_id=lambda ref: ids.get(ref, "")).of("nap")
    found.ran_image("busybox:1.37").ran_image("docker.io/library/busybox:1.37").ran_image("mine")
    assert (
        said(found.ran_image, "clock").partition("was ")[2]
        == "made from the image busybox:1.37. It should be made from clock."
    )


def gap(from_s: float, to_s: float) -> Gap:
    """Return a gap in seconds after the beginning of the test."""
    return Gap(BEGIN_NS + int(from_s * SECOND_NS), BEGIN_NS + int(to_s * SECOND_NS))


def test_what_was_not_watched_cannot_be_told() -> None:
    """A gap after the create makes every "no" an error that says from when to when; what was seen stays proved."""
    history = History(life(RUN + "pause unpause"), [gap(60, 120)])
    history.of("nap").was_paused_and_resumed()
    with pytest.raises(CannotTell, match=r"from [\d :-]+ until [\d :-]+, so what happened to nap .*not your mistake"):
        history.of("nap").was_killed()
    with pytest.raises(CannotTell):
        history.of("nap").never_restarted()
    with pytest.raises(CannotTell):
        _ = history.of("nap").pruned
    with pytest.raises(CannotTell):
        history.of("other")


def test_a_gap_before_its_create_or_after_its_end_does_no_harm() -> None:
    """Only the time of the container's own life has to be watched."""
    before = History(life(RUN, at_s=200), [gap(60, 120)])
    before.of("nap").never_restarted()
    after = History(life(RM_F), [gap(60, 120)])
    assert "rm -f" in said(after.of("nap").was_stopped_gracefully)


def test_a_beginning_that_nobody_saw_cannot_be_told() -> None:
    """Without its create the record is not complete; the engine tells when the container was made."""
    created = BEGIN_NS - 3600 * SECOND_NS
    unseen = History(life("pause"), created_ns=lambda _: created)
    with pytest.raises(CannotTell, match="from"):
        unseen.of("nap").was_stopped_gracefully()
    there = History(life(RUN, "other"), created_ns=lambda _: created)
    with pytest.raises(CannotTell, match="from"):
        there.of("nap")
