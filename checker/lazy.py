"""The doors of rooms: a package offers names of its modules, and loads a module when a name of it is first asked for.

A room's ``__init__`` imports what the room offers under ``if TYPE_CHECKING``; everybody else imports from there, and
never past it (``tests/unit/test_house.py``). ``door`` reads that list, so that each name is written in one place;
lazy-loader's ``attach_stub`` does the same with a stub file. Loading late keeps the quick commands quick: a command
that asks ``checker.engine`` for the address of an engine does not load docker-py.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_OFFER = re.compile(r"^    from (checker[\w.]*) import (?:\(([^)]*)\)|(.*))$", re.MULTILINE)


def door(room: str, file: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a room (PEP 562).

    Arguments:
        room: the package's ``__name__``.
        file: its ``__file__``, whose imports under ``if TYPE_CHECKING`` are what the room offers.

    """

    @cache
    def offers() -> dict[str, str]:
        """Return the module of each name."""
        found = _OFFER.findall(Path(file).read_text(encoding="utf-8"))
        return {name.strip(): module for module, *names in found for name in "".join(names).split(",") if name.strip()}

    def find(name: str) -> Any:
        module = offers().get(name)
        if module is None:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        return import_module(f"{room}.{name}") if module == room else getattr(import_module(module), name)

    return find
