"""The steps of an image's history in words that do not depend on which builder wrote them down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAKERS = ("RUN", "COPY", "ADD", "WORKDIR")
_CLASSIC = re.compile(r"^/bin/sh -c #\(nop\)\s+")
_RAN = re.compile(r"^(?:RUN\s+)?(?:\|\d+\s.*?)?/bin/sh -c\s+")


def step_words(created_by: str) -> str:
    """Return a step as a Dockerfile says it.

    Arguments:
        created_by: as ``docker history`` shows it. ``/bin/sh -c #(nop) WORKDIR /app`` and ``/bin/sh -c pip install x``
            come from the classic builder, ``WORKDIR /app`` and ``RUN /bin/sh -c pip install x # buildkit`` from
            BuildKit.

    """
    text = created_by.strip().removesuffix("# buildkit").strip()
    if _CLASSIC.match(text):
        text = _CLASSIC.sub("", text)
        return re.sub(r"^(COPY|ADD) (?:file|dir|multi):\S+ in ", r"\1 … ", text).strip()
    if _RAN.match(text):
        return "RUN " + _RAN.sub("", text)
    return text


@dataclass(frozen=True)
class Step:
    """One step of an image's history: the instruction as the builder noted it, and what it added."""

    text: str
    size_bytes: int

    @property
    def words(self) -> str:
        """The step as a Dockerfile says it."""
        return step_words(self.text)


def own_recipe(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return what identifies how an image was made: its RUN steps word for word, its COPY steps by their place.

    What the other instructions set is read from the image's settings; COPY is noted with a hash by one builder only.
    """
    words = [step.words for step in steps]
    return tuple("COPY" if one.startswith(("COPY", "ADD")) else one for one in words if one.startswith(_MAKERS[:3]))


def steps_of_layers(steps: Sequence[Step], count: int) -> list[Step]:
    """Return the step that made each of an image's ``count`` layers, the lowest first.

    A history does not say which of its steps made a layer: RUN, COPY and ADD do, and WORKDIR where the folder is new.

    Arguments:
        steps: the image's history, oldest first.
        count: how many layers the image has.

    """
    makers = [step for step in steps if step.size_bytes or step.words.startswith(_MAKERS)]
    if len(makers) > count:
        makers = [step for step in makers if step.size_bytes or not step.words.startswith("WORKDIR")]
    if len(makers) > count:
        makers = [step for step in makers if step.size_bytes]
    unknown = [Step("", 0)] * (count - len(makers))
    return [*unknown, *makers][-count:] if count else []
