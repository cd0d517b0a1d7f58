"""Signs of life from a step that moves many bytes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STEP_S = 2.0
"""Seconds between two lines."""


class BundleProgress:
    """Says from time to time how many of ``total_bytes`` are done, and how long it took when it took over a second."""

    def __init__(self, say: Callable[[str], None], total_bytes: int) -> None:
        self._say = say
        self._total_bytes = total_bytes
        self._done_bytes = 0
        self._started = self._shown = time.monotonic()

    def add(self, size_bytes: int) -> None:
        """Count what was done."""
        self._done_bytes += size_bytes
        now = time.monotonic()
        if now - self._shown > STEP_S:
            self._shown = now
            of = f" of {megabytes(self._total_bytes)}" if self._total_bytes else ""
            self._say(f"  … {megabytes(self._done_bytes)}{of}, {now - self._started:.0f} s")

    def done(self) -> None:
        """Say how long it took."""
        seconds = time.monotonic() - self._started
        if seconds > 1:
            self._say(f"  done in {seconds:.0f} s")


def megabytes(size_bytes: int) -> str:
    """Return a size for people."""
    return f"{max(size_bytes / 1e6, 0.1):.1f} MB" if size_bytes < 1e7 else f"{size_bytes / 1e6:.0f} MB"
