"""The personal values of a lab's sheet: what lab.toml says about them, and which one a learner gets."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checker.tables import Table

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""How placeholders and questions are named."""

PARAM_KINDS = ("port", "word", "number")

PORTS = range(8100, 8900)
"""Host ports that personal sheets draw from: unprivileged, and off the ones that course texts use."""

WORDS = tuple(
    "amber basil cedar coral daisy ember fable ginger hazel indigo jasper kelp "  # noqa: SIM905  (a list is 24 lines)
    "lotus maple nectar olive pepper quartz raven saffron tansy umber violet willow".split()
)


@dataclass(frozen=True)
class Param:
    """A value of the sheet that is personal: drawn from the learner's name, the same on every machine."""

    name: str
    kind: str
    choices: tuple[str, ...]

    def draw(self, learner: str, lab: str, taken: Iterable[str]) -> str:
        """Return this learner's value: no value that another parameter of the sheet has, while there is a choice.

        Arguments:
            learner: the learner's id, which decides the value.
            lab: the lab's id.
            taken: the values of the sheet's other parameters.

        """
        used = set(taken)
        free = [choice for choice in self.choices if choice not in used] or self.choices
        digest = hashlib.sha256(f"docker101/{learner}/{lab}/{self.name}".encode()).digest()
        return free[int.from_bytes(digest[:8], "big") % len(free)]


def read_params(table: Table) -> tuple[Param, ...]:
    """Return the parameters that the table ``params`` of a lab.toml declares.

    Raises:
        LabProblem: when one cannot be drawn.

    """
    params = []
    for name in table.keys():  # noqa: SIM118  (a method of ours, not a dictionary's)
        if not NAME.fullmatch(name):
            raise table.problem(name, "is no name for a placeholder", "Use small letters, digits and _.")
        one = table.table(name)
        kind = one.choice("kind", PARAM_KINDS)
        choices = one.texts("of", default=_default_choices(kind))
        one.nothing_else()
        if not choices:
            raise one.problem("of", "is empty", "List the values to draw from.")
        for choice in choices:
            if kind != "word" and not _is_number(choice, port=kind == "port"):
                raise one.problem("of", f"holds “{choice}”, which is no {kind}", "Fix it, or change the kind.")
        params.append(Param(name, kind, choices))
    return tuple(params)


def _is_number(text: str, *, port: bool) -> bool:
    """Return whether a value can be drawn for a parameter of the kind number, or port."""
    if port:
        return text.isascii() and text.isdigit() and 0 < int(text) < 65536
    return bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text))


def _default_choices(kind: str) -> tuple[str, ...]:
    """Return what a parameter of this kind is drawn from when lab.toml does not say."""
    if kind == "port":
        return tuple(str(port) for port in PORTS)
    return WORDS if kind == "word" else ()
