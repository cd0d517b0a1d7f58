"""What the history says of images: which names they were given, and how they went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.engine.history.history import History
from checker.engine.history.journal import Event, Gap
from checker.lab.vocabulary import CannotTell, Failure
from tests.unit.made_events import BEGIN_NS, SECOND_NS, life

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine.history.image_lives import ImageLife


def events(text: str) -> list[Event]:
    """Return events of images, a second apart: "tag:a=sketch:1 untag:a delete:a pull:busybox:1.37"."""
    made = []
    for number, word in enumerate(text.split()):
        action, _, rest = word.partition(":")
        its_id, _, name = rest.partition("=")
        made.append(Event(BEGIN_NS + number * SECOND_NS, its_id, "image", action, name or its_id))
    return made


def image(text: str, ref: str = "sketch:1", more: list[Event] | None = None) -> ImageLife:
    """Return what happened to the image that was named ``ref`` last."""
    return History([*events(text), *(more or [])]).image(ref)


def said(verdict: Callable[..., object], *arguments: object) -> str:
    """Return the message with which a verdict fails."""
    with pytest.raises(Failure) as caught:
        verdict(*arguments)
    return caught.value.message


TWO_NAMES = "tag:a=sketch:1 tag:a=sketch:2"
DELETED = f"{TWO_NAMES} untag:a untag:a delete:a"


def test_names_are_told_in_their_order() -> None:
    """Each name that an image was given counts once, with its tag written out."""
    assert image("tag:a=sketch tag:b=other:1 tag:a=sketch:2 tag:a=sketch", "sketch").names == (
        "sketch:latest",
        "sketch:2",
    )


def test_a_name_that_was_never_given() -> None:
    """Where no image ever had the name, that is said."""
    assert said(History(events(TWO_NAMES)).image, "sketch") == "No image was given the name sketch:latest."


def test_a_name_that_may_have_been_given_unseen() -> None:
    """What nobody watched is no failure of the learner's."""
    gap = Gap(BEGIN_NS + 90 * SECOND_NS, BEGIN_NS + 95 * SECOND_NS)
    with pytest.raises(CannotTell, match="Nobody watched"):
        History(events(TWO_NAMES), [gap]).image("other:1")


def test_a_name_moves_from_build_to_build() -> None:
    """The images that had a name come in the order in which they last got it."""
    assert [one.id for one in History(events("tag:a=x:1 tag:b=x:1 tag:a=x:1")).images("x:1")] == ["b", "a"]


def test_a_second_name() -> None:
    """A name of this image passes; one of another image, and one of none, are told apart."""
    one = image(f"{TWO_NAMES} tag:b=copy:1")
    assert one.was_named("sketch:2") is one
    assert said(one.was_named, "copy:1").startswith("copy:1 was a name of another image.")
    assert said(one.was_named, "copy:2").startswith("No image was ever given the name copy:2.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(TWO_NAMES, "No name of it was taken away", id="untouched"),
        pytest.param(f"{TWO_NAMES} untag:a", "One name of it was taken away", id="untagged"),
        pytest.param(
            f"{TWO_NAMES} tag:a=sketch:3 untag:a untag:a", "2 names of it were taken away", id="untagged twice"
        ),
        pytest.param(f"{DELETED} tag:a=sketch:1", "and it has not been deleted", id="built again, same content"),
    ],
)
def test_untagged_is_not_deleted(text: str, told: str) -> None:
    """Only an image that is deleted, and not back again, counts as deleted."""
    assert told in said(image(text).was_deleted)


def test_deleted() -> None:
    """With its last name an image is deleted."""
    assert image(DELETED).was_deleted().deleted_ns == BEGIN_NS + 4 * SECOND_NS


def container(text: str, image_name: str = "sketch:2") -> list[Event]:
    """Return the events of a container called nap, the first one a tenth of a second after the image had its names."""
    made = life(text, at_s=1.1)
    return [Event(e.time_ns, e.id, e.type, e.action, e.name, image_name, e.attributes) for e in made]


def test_a_container_that_went_first() -> None:
    """A container of any of the image's names, removed before the image was deleted, is in order."""
    its = container("create start die:0 destroy")
    one = image(DELETED, more=its)
    assert one.was_run_by(History(its).of("nap")).was_free_of(History(its).of("nap")) is one


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("create start die:0", "It is still there.", id="left behind"),
        pytest.param("create start die:0 +9 destroy", "It was removed afterwards.", id="removed later"),
    ],
)
def test_an_image_deleted_from_under_its_container(text: str, told: str) -> None:
    """A container that outlives its image shows that the image was deleted by force."""
    its = container(text)
    message = said(image(DELETED, more=its).was_free_of, History(its).of("nap"))
    assert "by force, from under nap" in message
    assert told in message


def test_a_container_of_another_image_or_never_started() -> None:
    """The container must be one of this image's, and must have run."""
    other, created = container("create start", "busybox:1.37"), container("create")
    assert said(image(DELETED).was_run_by, History(other).of("nap")).startswith(
        "nap was made from the image busybox:1.37."
    )
    assert said(image(DELETED).was_run_by, History(created).of("nap")).startswith("nap was made, and never started.")


def test_pulls_are_told_with_whole_names() -> None:
    """Each name that was pulled counts once, whether anything new came or not."""
    assert History(events("pull:busybox:1.37 pull:hello-world pull:busybox:1.37")).pulled() == [
        "busybox:1.37",
        "hello-world:latest",
    ]
