"""What happened to images: their names, and how they went.

Facts, observed on Engine 20.10.24 with both builders: a build and ``docker image tag`` cause a ``tag`` event with the
image's id and its new name; taking a name away causes ``untag``, which tells the id and not the name; the last name's
going, or a prune, causes ``delete``; a pull causes ``pull`` with the image's name in the id's place, whether anything
was new or not. A removal by force from under a container that has ended causes the same events as any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from checker.engine.names import image_name
from checker.engine.words import listed
from checker.lab import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checker.engine.history.journal import Event
    from checker.engine.history.timeline import Timeline


class ImageHistory(Protocol):
    """What an image's life asks the history that it is a part of; see ``checker.engine.history.history.History``."""

    def images(self, ref: str) -> list[ImageLife]:
        """Return what happened to each image that was given the name ``ref``."""

    def must_know_since(self, time_ns: int, what: str) -> None:
        """Raise an error when the engine was not watched at some time since ``time_ns``.

        Arguments:
            time_ns: nanoseconds of the engine's clock.
            what: what the question is about, for the message.

        Raises:
            CannotTell: when there is such a gap: something may have happened unseen.

        """


@dataclass(frozen=True)
class ImageLife:
    """What happened to one image, the oldest event first; the verdict methods return it, or raise ``Failure``."""

    id: str
    events: tuple[Event, ...]
    history: ImageHistory = field(repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it was given, the first one first, also those that were taken away since."""
        return tuple(dict.fromkeys(image_name(event.name) for event in self.events if event.action == "tag"))

    @property
    def deleted_ns(self) -> int:
        """When it was deleted; 0 when it was not, or was made again since, which gives the same image its old id."""
        ends = [event for event in self.events if event.action in ("tag", "delete")]
        return ends[-1].time_ns if ends[-1].action == "delete" else 0

    def was_named(self, ref: str) -> Self:
        """Demand that it was given the name ``ref``, at any time."""
        if image_name(ref) in self.names:
            return self
        others = [life for life in self.history.images(ref) if life.id != self.id]
        seen = f"{ref} was a name of another image" if others else f"No image was ever given the name {ref}"
        raise self._failure(f"{seen}.", f"It should be one more name of the image that is named {listed(self.names)}.")

    def was_deleted(self) -> Self:
        """Demand that it was deleted, not only that names of it were taken away."""
        if self.deleted_ns:
            return self
        lost = sum(event.action == "untag" for event in self.events)
        times = {0: "No name of it was taken away", 1: "One name of it was taken away"}
        seen = f"{times.get(lost, f'{lost} names of it were taken away')}, and it has not been deleted."
        raise self._failure(f"The image was named {listed(self.names)}. {seen}", "It should be deleted.")

    def was_run_by(self, container: Timeline) -> Self:
        """Demand that the container was made from this image, under any of its names, and was started."""
        digits, ref = self.id.removeprefix("sha256:"), container.image.removeprefix("sha256:")
        if image_name(ref) not in self.names and not (len(ref) > 3 and digits.startswith(ref)):
            raise self._failure(
                f"{container.name} was made from the image {container.image}.",
                f"It should be made from the image that is named {listed(self.names)}.",
            )
        if not container.starts:
            raise self._failure(f"{container.name} was made, and never started.", "It should have run.")
        return self

    def was_free_of(self, container: Timeline) -> Self:
        """Demand that the container was removed before this image was deleted, not the image from under it."""
        gone_ns = next((event.time_ns for event in container.events if event.action == "destroy"), 0)
        if gone_ns and (gone_ns < self.deleted_ns or not self.deleted_ns):
            return self
        later = " It was removed afterwards." if gone_ns else " It is still there."
        raise self._failure(
            f"The image was deleted by force, from under {container.name}, a container that was made from it.{later}",
            "The container should go first, and its image then: so nothing has to be forced.",
        )

    def _failure(self, seen: str, expected: str) -> Failure:
        """Return the failure; raise CannotTell when the thing asked for may have happened unseen."""
        self.history.must_know_since(self.events[0].time_ns, listed(self.names))
        return Failure(seen, expected)


def lives_in(history: ImageHistory, events: Iterable[Event], ref: str) -> list[ImageLife]:
    """Return what happened to each image that was given the name ``ref``, in the order in which they last got it.

    Arguments:
        history: answers questions about gaps.
        events: events of all kinds, oldest first.
        ref: the name of an image, with or without a tag.

    """
    images = [event for event in events if event.type == "image"]
    named = [event.id for event in images if event.action == "tag" and image_name(event.name) == image_name(ref)]
    ids = list(dict.fromkeys(reversed(named)))[::-1]
    return [ImageLife(its_id, tuple(event for event in images if event.id == its_id), history) for its_id in ids]


def pulled_in(events: Iterable[Event]) -> list[str]:
    """Return the names of all images that were pulled, the oldest first, each once."""
    pulls = (image_name(event.id) for event in events if event.type == "image" and event.action == "pull")
    return list(dict.fromkeys(pulls))
