"""Which checks of a lab run again after an event, and in which order: what it touches first, what is costly last.

A check that builds an image makes events itself. So it runs again only where its own subject has changed: else each of
its builds would be the reason for the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.engine import REPOSITORY, names_in_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checker.engine import Data, News
    from checker.lab import Check, Result

COSTLY_S = 1.0
"""A check that took longer than this many seconds is costly, as is each one that builds an image."""


class AffectedChecks:
    """Knows of a lab's checks what they cost and what they asked about, and so which ones a change touches.

    Arguments:
        checks: of the lab.

    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self._needs = {item.id: item.needs for item in checks}
        self._builders: set[str] = set()
        self._slow: set[str] = set()
        self._asked: dict[str, frozenset[str]] = {}
        self._images: frozenset[tuple[str, str]] = frozenset()

    def note(self, result: Result, *, has_built: bool, patient: bool) -> None:
        """Record what a check cost, and which names it asked for.

        Arguments:
            result: what it found.
            has_built: whether it built an image.
            patient: whether it was given time: how long it took says nothing then.

        """
        self._asked[result.id] = result.names
        if has_built:
            self._builders.add(result.id)
        if not patient:
            (self._slow.add if result.seconds > COSTLY_S else self._slow.discard)(result.id)

    def everything(self, images: Iterable[Data]) -> list[set[str]]:
        """Return all checks: those to run first, and those to run then.

        Arguments:
            images: as the engine lists them now.

        """
        self._images = _named(images)
        every, costly = set(self._needs), self._costly()
        return [every - costly, costly]

    def by(self, batch: Iterable[News], images: Iterable[Data]) -> list[set[str]]:
        """Return the checks that had asked about what events name, then the other cheap ones, then touched costly ones.

        An image's events do not always name it: that the names of images have changed touches every costly check.

        Arguments:
            batch: what has happened.
            images: as the engine lists them now.

        """
        names, costly = _subjects(batch), self._costly()
        touched = {check_id for check_id, asked in self._asked.items() if asked & names}
        before, self._images = self._images, _named(images)
        if before != self._images:
            touched |= costly
        return [touched - costly, set(self._needs) - touched - costly, touched & costly]

    def _costly(self) -> set[str]:
        """Return the costly checks, and those that they need: a check runs again with each one that it needs."""
        costly, found = self._builders | self._slow, set[str]()
        while costly:
            found |= costly
            costly = {need for check_id in costly for need in self._needs[check_id]} - found
        return found


def _named(images: Iterable[Data]) -> frozenset[tuple[str, str]]:
    """Return the names of images and the ids that they mean, without names that checks give."""
    found = [(str(name), str(item["Id"])) for item in images for name in item.get("RepoTags") or ()]
    return frozenset(pair for pair in found if not pair[0].startswith((f"{REPOSITORY}:", "<none>")))


def _subjects(batch: Iterable[News]) -> set[str]:
    """Return the names and ids of the containers and images that events are about."""
    return {name for news in batch for name in names_in_event(news.event or {})}
