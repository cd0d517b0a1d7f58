"""Cleaning up on a real engine: everything of the course's goes, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from checker.commands import parse
from checker.engine.engine import Engine
from checker.engine.guard.clean import clean_up
from checker.engine.guard.owned import RECORD, Owned
from checker.lab.vocabulary import Trust
from checker.play import play, runner
from tests.engine.guard.foreign import IMAGE, OTHER, Foreign

pytestmark = pytest.mark.engine


def course_things(mine: Foreign) -> None:
    """Make one of everything through the course: running, paused, created, a network, a volume, images."""
    (mine.work / "Dockerfile").write_text(f"FROM {IMAGE}\nCMD true\n", encoding="utf-8")
    listed = parse(
        f"docker tag {IMAGE} ours/tagged:1\ndocker build -q -t ours/built:1 .\n"
        f"docker run -d --name run1 -v /data {IMAGE} sleep 600\ndocker run -d --name pause1 {IMAGE} sleep 600\n"
        "docker pause pause1\ndocker create --name create1 ours/built:1\n"
        "docker network create net1\ndocker network connect net1 run1\ndocker volume create vol1"
    )
    done = play(listed.commands, runner(mine.endpoint, mine.state, mine.work), Trust.LIVE)
    assert [one.note or one.exit_code for one in done] == [0] * 9, done


def their_things(mine: Foreign) -> None:
    """Make one of everything without the course."""
    mine.container("theirs")
    mine.container("theirs2", start=False)
    mine.client.create_network("nettheirs")
    mine.client.create_volume("voltheirs")


def there(mine: Foreign) -> set[str]:
    """Return the names of everything on the engine but the images that other tests need."""
    networks = {n["Name"] for n in mine.client.networks()} - {"bridge", "host", "none"}
    volumes = {v["Name"] for v in mine.client.volumes()["Volumes"] or []}
    return mine.names() | networks | volumes | {t for t in mine.tags() if t.startswith(("ours/", "foreign/"))}


THEIRS = {"theirs", "theirs2", "nettheirs", "voltheirs", IMAGE, OTHER}


def test_only_the_course_goes(mine: Foreign, kept: list[str]) -> None:
    """Foreign containers, images, networks and volumes survive; of the course nothing is left, its record included."""
    their_things(mine)
    course_things(mine)
    removed = clean_up(mine.client, mine.endpoint, mine.state, kept)
    assert there(mine) == THEIRS
    assert sorted(removed) == ["create1", "net1", "ours/built:1", "ours/tagged:1", "pause1", "run1", "vol1"]
    assert Owned(mine.state, mine.host).images() == {}
    assert clean_up(mine.client, mine.endpoint, mine.state, kept) == []


def test_what_a_crash_left_goes_too(mine: Foreign, kept: list[str]) -> None:
    """A run that was killed in the middle of a command and of a note leaves nothing that the next one cannot remove."""
    their_things(mine)
    course_things(mine)
    killed = subprocess.run(
        [sys.executable, "-c", f"""
import os, pathlib, signal
from checker.engine.guard.owned import Owned
owned = Owned(pathlib.Path({str(mine.state)!r}), {mine.host!r})
owned.note_image("ours/later:1")
with owned.path.open("a") as file:
    file.write('{{"image": "ours/ha')
os.kill(os.getpid(), signal.SIGKILL)
"""],
        check=False,
    )  # fmt: skip
    assert killed.returncode == -9
    mine.client.tag(OTHER, "ours/later", "1")  # the pull that was going on ended by itself
    clean_up(mine.client, mine.endpoint, mine.state, kept)
    assert there(mine) == THEIRS


def test_without_its_record_the_label_still_tells(mine: Foreign, kept: list[str]) -> None:
    """Where the record is lost, what bears the label goes; a name that only the record knew stays."""
    their_things(mine)
    course_things(mine)
    (mine.state / RECORD).unlink()
    clean_up(mine.client, mine.endpoint, mine.state, kept)
    assert there(mine) == THEIRS | {"ours/tagged:1"}


def test_an_image_that_somebody_else_brought_anew_stays(mine: Foreign, kept: list[str]) -> None:
    """A noted name that leads to another image by now is no longer the course's."""
    course_things(mine)
    mine.client.tag(OTHER, "ours/tagged", "1")
    clean_up(mine.client, mine.endpoint, mine.state, kept)
    assert there(mine) == {IMAGE, OTHER, "ours/tagged:1"}


def test_an_image_that_others_use_stays(mine: Foreign, kept: list[str]) -> None:
    """The engine keeps what a foreign container was made from, and cleaning goes on."""
    course_things(mine)
    mine.client.create_container("ours/built:1", name="theirs", labels={"org.docker101": ""})
    removed = clean_up(mine.client, mine.endpoint, mine.state, kept)
    assert "ours/built:1" not in removed
    assert there(mine) == {IMAGE, OTHER, "theirs", "ours/built:1"}


def test_kept_images_stay(mine: Foreign, kept: list[str]) -> None:
    """The catalog's images stay for the next lab, and stay noted."""
    course_things(mine)
    clean_up(mine.client, mine.endpoint, mine.state, [*kept, "ours/tagged:1", "ours/built:1"])
    assert there(mine) == {IMAGE, OTHER, "ours/tagged:1", "ours/built:1"}
    assert "ours/tagged:1" in Owned(mine.state, mine.host).images()


def test_a_private_engine_is_emptied(emptied: Foreign, kept: list[str]) -> None:
    """Where everything is the course's own, everything goes but the images that are to be kept, labelled or not."""
    their_things(emptied)
    course_things(emptied)
    private = Engine(emptied.host, "private", "the test")
    emptied.client.tag(OTHER, "ours/unlabelled", "1")
    clean_up(emptied.client, private, emptied.state, [*kept, IMAGE, OTHER])
    assert there(emptied) == {IMAGE, OTHER}


def test_an_image_noted_before_it_came_is_settled(mine: Foreign) -> None:
    """A terminal notes an image before docker pulls it; its id is filled in afterwards."""
    owned = Owned(mine.state, mine.host)
    owned.note_image("ours/later")
    assert owned.images() == {"ours/later:latest": ""}
    owned.settle()
    assert owned.images() == {"ours/later:latest": ""}
    mine.client.tag(IMAGE, "ours/later", "latest")
    owned.settle()
    assert owned.images() == {"ours/later:latest": mine.client.inspect_image(IMAGE)["Id"]}


def test_notes_of_another_engine_do_not_count(mine: Foreign) -> None:
    """A learner may change engines; what the course brought to one says nothing about another."""
    Owned(mine.state, mine.host).note_image(IMAGE)
    assert Owned(mine.state, "unix:///elsewhere.sock").images() == {}
