"""Lines for a person, printed at once, and what the place where they go can show.

Apart from ``terminal``, which draws, because every command says something and few draw.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

above_bar: list[Callable[[str], None]] = []
"""What prints a line above the bar on the screen; empty while there is no bar."""


def say(text: str) -> None:
    """Print one line now, also when the output goes into a pipe; above the bar where there is one."""
    if above_bar:
        above_bar[-1](text)
    else:
        print(text, flush=True)


def redraws() -> bool:
    """Return whether the output goes to a terminal that can redraw a line."""
    return sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def coloured() -> bool:
    """Return whether the output goes to a terminal that shows colours, to someone who wants them."""
    return redraws() and not os.environ.get("NO_COLOR")
