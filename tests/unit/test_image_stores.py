"""Lab 02 judges alike on both image stores, of which one keeps an image that lost its last name, without a name.

What the containerd store does, from its source (moby, daemon/containerd): ``image rm --force`` of the last name under a
container causes ``untag`` and keeps the image without a name, and a prune then causes ``delete``; ``image tag`` onto a
name that is taken keeps the image that had it, without a name. A build onto a name that is taken keeps none.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from checker.engine.history.history import History
from checker.engine.history.journal import Event
from checker.files import LABS
from checker.lab.load_checks import load_module
from checker.lab.vocabulary import Failure
from tests.unit.made_events import BEGIN_NS, SECOND_NS

PARAMS = SimpleNamespace(sketch="sketch", model="model", draft="draft", artist="ada")


@pytest.fixture(scope="module")
def lab() -> ModuleType:
    """Return the checks of lab 02."""
    return load_module(LABS / "02_images/checks.py")


def history(text: str) -> History:
    """Return events a second apart: "tag:a=sketch:1" of images, "run", "gone" of the container model."""
    events = []
    for second, word in enumerate(text.split()):
        now_ns = BEGIN_NS + second * SECOND_NS
        if word in ("run", "gone"):
            for action in ("create", "start", "die") if word == "run" else ("destroy",):
                events.append(Event(now_ns, "m", "container", action, "model", "sketch:1", {"exitCode": "0"}))
                now_ns += 1
            continue
        action, _, rest = word.partition(":")
        its_id, _, name = rest.partition("=")
        events.append(Event(now_ns, its_id, "image", action, name or its_id))
    return History(events)


BEGUN = "tag:a=sketch:1 tag:a=sketch:2 run"


@pytest.mark.parametrize(
    "way",
    [
        pytest.param("gone untag:a untag:a delete:a", id="container first"),
        pytest.param("untag:a gone untag:a delete:a", id="one of two names before the container"),
    ],
)
def test_freed_in_order(lab: ModuleType, way: str) -> None:
    """The last name goes after the container, and both stores tell so."""
    seen = history(f"{BEGUN} {way}")
    lab.freed(seen.image("sketch:1"), seen, PARAMS)


@pytest.mark.parametrize(
    "way",
    [
        pytest.param("untag:a untag:a delete:a gone", id="classic store: deleted at once"),
        pytest.param("untag:a untag:a gone delete:a", id="containerd store: kept without a name until a prune"),
    ],
)
def test_freed_by_force(lab: ModuleType, way: str) -> None:
    """Force shows in the order of the last name and the container, whatever the store does with the image."""
    seen = history(f"{BEGUN} {way}")
    with pytest.raises(Failure, match="by force"):
        lab.freed(seen.image("sketch:1"), seen, PARAMS)


class Engine:
    """An engine with images by name and by id: ``images`` maps a reference to (id, labels, names)."""

    def __init__(self, **images: tuple[str, dict[str, str], tuple[str, ...]]) -> None:
        by_id = {image[0]: image for image in images.values()}
        by_name = {name: image for image in images.values() for name in image[2]}
        self._images = {**by_id, **by_name}

    def image(self, ref: str) -> Any:
        """Return the image of this name or id."""
        if ref not in self._images:
            raise Failure(f"There is no image named {ref}.")
        its_id, labels, tags = self._images[ref]
        return SimpleNamespace(id=its_id, short_id=its_id, labels=labels, tags=tags)

    def no_image(self, ref: str) -> None:
        """Expect that there is none."""
        if ref in self._images:
            raise Failure(f"The image {ref} is still there, without a name.")


SECOND = ("b", {"draft": "ada", "edition": "second"}, ("draft:1", "draft:2"))
FIRST = ("a", {"draft": "ada", "edition": "first"}, ())
MOVED = "tag:a=draft:1 tag:b=draft:2 tag:b=draft:1"


def test_tidy_where_the_first_image_is_gone(lab: ModuleType) -> None:
    """By a prune, by its id, or let go by the store: only that it is gone counts."""
    lab.tidy(Engine(second=SECOND), history(MOVED), PARAMS)


def test_tidy_asks_for_nothing_that_another_task_keeps(lab: ModuleType) -> None:
    """An image that bore the name by a slip, and is of another folder, may stay."""
    slip = ("c", {}, ("card:first",))
    lab.tidy(Engine(second=SECOND, slip=slip), history(f"tag:c=draft:1 {MOVED}"), PARAMS)


def test_tidy_where_the_first_image_is_left(lab: ModuleType) -> None:
    """Both stores keep the image whose name moved by a tag."""
    with pytest.raises(Failure, match="a is still there"):
        lab.tidy(Engine(second=SECOND, first=FIRST), history(MOVED), PARAMS)


def test_tidy_without_a_first_image(lab: ModuleType) -> None:
    """A name that no other image ever had was not moved."""
    with pytest.raises(Failure, match="never been the name of another image"):
        lab.tidy(Engine(second=SECOND), history("tag:b=draft:2 tag:b=draft:1"), PARAMS)
