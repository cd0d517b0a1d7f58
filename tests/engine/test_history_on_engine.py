"""The facts behind the history, each caused on a real engine with the docker CLI, and judged from what it told."""

from __future__ import annotations

import contextlib
import os
import subprocess
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.history.history import History, forget_history, read_history
from checker.engine.history.lives import Kind
from checker.engine.history.recorder import Recorder
from checker.lab.vocabulary import CannotTell, Failure
from tests.engine.made import BUSYBOX, busybox, ended, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engine

POLITE = f"{BUSYBOX} sh -c 'trap \"exit 0\" TERM; touch /ready; while :; do sleep 0.1; done'"
STUBBORN = f"{BUSYBOX} sh -c 'trap \"\" TERM; touch /ready; while :; do sleep 0.1; done'"
NAPS = 300
"""More events than an engine remembers."""


class Learner:
    """Someone who types docker commands; every @ in them becomes a name that nobody else uses."""

    def __init__(self, client: Any, host: str, journal: Path) -> None:
        self.name = f"d101-{uuid.uuid4().hex[:8]}"
        self.client, self.host, self.journal = client, host, journal

    def types(self, *lines: str) -> None:
        """Run each line as a docker command; a container is given the time to set its traps."""
        for line in lines:
            script = f"exec docker {line.replace('@', self.name)}"
            subprocess.run(["sh", "-c", script], env=self._environment(), check=False, capture_output=True)
            if line.startswith(("run -d", "start", "restart")):
                self._settled()

    def history(self) -> History:
        """Return what the checker knows."""
        return read_history(self.host, self.journal)

    def busy(self) -> None:
        """Make the engine forget everything that happened before."""
        other = f"{self.name}-busy"
        made = self.client.create_container(BUSYBOX, ["true"], name=other)["Id"]
        for number in range(NAPS):
            self.client.rename(made, f"{other}{number}")
        self.client.remove_container(made)

    def _settled(self) -> None:
        """Wait until the container has set its traps; one that sets none has ended, or is given a moment."""
        with contextlib.suppress(AssertionError):
            until(self._ready, 1)

    def _ready(self) -> bool:
        from docker.errors import APIError

        try:
            self.client.get_archive(self.name, "/ready")
        except APIError:
            return self.name not in self._running()
        return True

    def _running(self) -> list[str]:
        return [name[1:] for item in self.client.containers() for name in item["Names"]]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "DOCKER_HOST": self.host, "DOCKER_CLI_HINTS": "false"}


@pytest.fixture
def learner(client: Any, engine_host: str, tmp_path: Path) -> Learner:
    """Return a learner whose engine has busybox, and whom nobody has watched yet."""
    busybox(client, engine_host)
    return Learner(client, engine_host, tmp_path / "journal.jsonl")


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        pytest.param([f"run -d --name @ {POLITE}", "stop @"], Kind.GRACEFUL, id="stop"),
        pytest.param([f"run -d --name @ {POLITE}", "pause @", "stop @"], Kind.GRACEFUL, id="stop of a paused one"),
        pytest.param([f"run -d --init --name @ {BUSYBOX} sleep 60", "stop @"], Kind.GRACEFUL, id="stop under --init"),
        pytest.param([f"run -d --name @ {STUBBORN}", "stop -t 1 @"], Kind.FORCED, id="stop that was ignored"),
        pytest.param([f"run -d --name @ {POLITE}", "stop -t 0 @"], Kind.FORCED, id="stop without grace time"),
        pytest.param([f"run -d --name @ {POLITE}", "kill @"], Kind.KILLED, id="kill"),
        pytest.param([f"run -d --name @ {POLITE}", "pause @", "kill @"], Kind.KILLED, id="kill of a paused one"),
        pytest.param([f"run -d --name @ {POLITE}", "kill -s TERM @"], Kind.KILLED, id="kill with TERM"),
        pytest.param([f"run -d --name @ {POLITE}", "exec @ kill 1"], Kind.OWN, id="ended from inside"),
        pytest.param([f"run -d --name @ {BUSYBOX} sh -c 'exit 3'"], Kind.OWN, id="own exit"),
    ],
)
def test_each_way_to_end_is_recognised(learner: Learner, client: Any, steps: list[str], kind: Kind) -> None:
    """What the engine tells of each command is enough to know how the container ended."""
    learner.types(*steps)
    until(ended(client, learner.name))
    assert [ending.kind for ending in learner.history().of(learner.name).endings] == [kind]


@pytest.mark.parametrize(
    ("steps", "foreground"),
    [
        pytest.param([f"run --name @ {BUSYBOX} true"], True, id="run"),
        pytest.param([f"run -d --name @ {BUSYBOX} true"], False, id="run -d"),
        pytest.param([f"create --name @ {BUSYBOX} true", "start -a @"], True, id="start -a"),
        pytest.param([f"run --name @ {BUSYBOX} true", "start @"], False, id="start after a run"),
    ],
)
def test_a_start_in_the_foreground_is_recognised(
    learner: Learner, client: Any, steps: list[str], foreground: bool
) -> None:
    """Who is attached from the start on waits for the container's end."""
    learner.types(*steps)
    until(ended(client, learner.name))
    assert learner.history().of(learner.name).foreground is foreground


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        pytest.param([f"run -d --name @ {POLITE}", "pause @", "unpause @"], "was_paused_and_resumed", id="unpause"),
        pytest.param([f"run -d --name @ {POLITE}", "restart @"], "was_restarted", id="restart of a running one"),
        pytest.param([f"run -d --name @ {POLITE}", "pause @", "restart @"], "was_restarted", id="restart, paused"),
        pytest.param([f"run -d --name @ {POLITE}", "stop @", "start @"], "was_restarted", id="stop and start"),
        pytest.param([f"run -d --name @ {POLITE}", "kill @", "restart @"], "was_restarted", id="restart, exited"),
        pytest.param([f"run -d --name @ {POLITE}", "start @"], "never_restarted", id="start of a running one"),
        pytest.param([f"create --name @ {POLITE}", "restart @"], "never_restarted", id="restart of a created one"),
        pytest.param([f"run --rm --name @ {BUSYBOX} true"], "was_removed", id="run --rm"),
        pytest.param([f"create --name @ {BUSYBOX}", "rm @"], "was_removed", id="rm of a created one"),
        pytest.param([f"run -d --name @ {POLITE}", "stop @", "rm @"], "was_removed", id="stop and rm"),
        pytest.param(
            [f"run -d --label d101=@ --name @ {POLITE}", "stop @", "container prune -f --filter label=d101=@"],
            "was_pruned",
            id="prune",
        ),
    ],
)
def test_what_was_done_passes(learner: Learner, steps: list[str], verdict: str) -> None:
    """Every way that leads to what a task names is accepted."""
    learner.types(*steps)
    getattr(learner.history().of(learner.name), verdict)()


def said(learner: Learner, verdict: str) -> str:
    """Return the message with which a verdict on the learner's container fails now."""
    with pytest.raises(Failure) as caught:
        getattr(learner.history().of(learner.name), verdict)()
    return caught.value.message


@pytest.mark.parametrize(
    ("steps", "verdict", "words"),
    [
        pytest.param(["pause @"], "was_paused_and_resumed", "paused still", id="left paused"),
        pytest.param(["pause @", "restart @"], "was_paused_and_resumed", "by a restart", id="woken by a restart"),
        pytest.param(["pause @", "kill -s USR2 @"], "was_paused_and_resumed", "signal", id="woken by a signal"),
        pytest.param(["stop @", "start @"], "was_paused_and_resumed", "stopped and started", id="stop and start"),
        pytest.param(["commit @ d101:@"], "was_paused_and_resumed", "commit", id="commit"),
        pytest.param(["kill @"], "was_stopped_gracefully", "KILL from kill", id="kill for stop"),
        pytest.param(["stop -t 0 @"], "was_stopped_gracefully", "too short", id="no grace time"),
        pytest.param(["rm -f @"], "was_stopped_gracefully", "rm -f", id="rm -f for stop and rm"),
        pytest.param(["pause @"], "was_stopped_gracefully", "is paused", id="paused for stopped"),
        pytest.param(["stop @"], "was_killed", "was stopped with stop", id="stop for kill"),
        pytest.param(["stop @"], "was_removed", "still there: it has exited with code 0", id="stop for rm"),
        pytest.param(["pause @", "unpause @"], "was_restarted", "not restarted", id="unpause for restart"),
        pytest.param(["rm -f @", f"run -d --name @ {POLITE}"], "was_restarted", "new container", id="made anew"),
    ],
)
def test_what_was_done_instead_is_named(
    learner: Learner, client: Any, steps: list[str], verdict: str, words: str
) -> None:
    """A polite container that was treated in another way than the task asks for gets a message of its own."""
    learner.types(f"run -d --name @ {POLITE}", *steps)
    until(lambda: words in said(learner, verdict), 5)  # what a signal causes is told a moment after the command
    with contextlib.suppress(Exception):
        client.remove_image(f"d101:{learner.name}")


def test_a_renamed_container_is_no_new_one(learner: Learner) -> None:
    """Rename keeps the id; removing and creating under the new name does not."""
    learner.types(f"create --name @ {BUSYBOX}", "rename @ @-new")
    history = learner.history()
    history.of(f"{learner.name}-new").was_renamed(learner.name, f"{learner.name}-new")
    assert history.of(learner.name).id == history.of(f"{learner.name}-new").id
    learner.types("rm @-new", f"create --name @-b {BUSYBOX}")
    with pytest.raises(Failure, match="new container"):
        learner.history().of(f"{learner.name}-b").was_renamed(learner.name, f"{learner.name}-b")


def test_a_prune_that_spares_one(learner: Learner) -> None:
    """Of two that have ended, the prune takes the one that its filter names."""
    learner.types(f"create --label d101=@ --name @ {BUSYBOX}", f"create --name @-keep {BUSYBOX}")
    learner.types("container prune -f --filter label=d101=@")
    history = learner.history()
    history.of(learner.name).was_pruned()
    history.of(f"{learner.name}-keep").was_spared()
    assert [prune.removed for prune in history.prunes()][-1] == {history.of(learner.name).id}


def test_the_image_of_a_removed_container_is_known(learner: Learner) -> None:
    """By its name, by its id, and told from another one."""
    image_id = learner.client.inspect_image(BUSYBOX)["Id"]
    learner.types(f"create --name @ {image_id}", "rm @")
    found = learner.history().of(learner.name)
    found.ran_image(BUSYBOX)
    with pytest.raises(Failure, match="made from the image"):
        found.ran_image("hello-world")


def test_what_the_engine_forgot_cannot_be_told(learner: Learner) -> None:
    """Without a recorder, 256 events later: an error with the times, for old containers; new ones are judged."""
    learner.types(f"run -d --name @ {POLITE}", "pause @", "unpause @")
    learner.busy()
    with pytest.raises(CannotTell, match=r"Nobody watched the engine from \d\d:\d\d:\d\d until \d\d:\d\d:\d\d"):
        learner.history().of(learner.name).was_paused_and_resumed()
    learner.types("stop @")
    learner.history().of(learner.name).was_stopped_gracefully()
    with pytest.raises(CannotTell, match="from"):
        learner.history().of(learner.name).was_killed()
    learner.types("rm @", f"run -d --name @ {POLITE}")
    with pytest.raises(Failure, match="never been paused"):
        learner.history().of(learner.name).was_paused_and_resumed()


def test_what_happened_after_the_recorder_ended_cannot_be_told(learner: Learner) -> None:
    """The time between the journal's end and the engine's memory is a gap, for containers that lived in it."""
    with Recorder(learner.host, learner.journal):
        learner.types(f"create --name @ {BUSYBOX}", f"create --name @-gone {BUSYBOX}", "rm @-gone")
    learner.busy()
    with pytest.raises(CannotTell, match=r"from \d\d:\d\d:\d\d until"):
        learner.history().of(learner.name).was_killed()
    with pytest.raises(Failure, match="had never been started"):
        learner.history().of(f"{learner.name}-gone").was_killed()


def test_a_recorder_closes_that_gap(learner: Learner) -> None:
    """Watched all the time, an old container is judged like a new one, however much happened since."""
    with Recorder(learner.host, learner.journal):
        learner.types(f"run -d --name @ {POLITE}", "pause @", "unpause @")
        learner.busy()
        found = learner.history().of(learner.name)
        found.was_paused_and_resumed().never_restarted()
        with pytest.raises(Failure, match="is running"):
            found.was_killed()


def test_nothing_is_missed_right_after_a_command(learner: Learner) -> None:
    """What a command did is known as soon as it has ended, with and without a recorder."""
    learner.types(f"create --name @ {BUSYBOX}")
    for number in range(20):
        learner.types(f"rename @{'' if not number else f'-{number - 1}'} @-{number}")
        assert learner.history().of(f"{learner.name}-{number}").name == f"{learner.name}-{number}"
    with Recorder(learner.host, learner.journal):
        learner.types("rename @-19 @-end")
        assert learner.history().of(learner.name).name == f"{learner.name}-end"


def test_a_reset_forgets(learner: Learner) -> None:
    """After a cut the history begins anew, although the engine still remembers."""
    learner.types(f"create --name @ {BUSYBOX}", "rm @", f"create --name @-b {BUSYBOX}")
    forget_history(learner.host, learner.journal, [learner.name])
    assert learner.history().lives(learner.name) == []
    assert len(learner.history().lives(f"{learner.name}-b")) == 1
    forget_history(learner.host, learner.journal)
    assert learner.history().events == ()
    with pytest.raises(Failure, match="no container named"):
        learner.history().of(learner.name)
    with pytest.raises(CannotTell):
        learner.history().of(f"{learner.name}-b")


def test_a_client_serves_as_well_as_a_host(learner: Learner) -> None:
    """Facts pass the client that they have open."""
    learner.types(f"create --name @ {BUSYBOX}")
    assert learner.name in read_history(learner.client, learner.journal).of(learner.name).names
