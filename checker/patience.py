"""How long to wait on a machine that is busy: limits are meant for the work, not for its turn at a processor."""

from __future__ import annotations

import os
import time
from pathlib import Path

MOST = 10.0
"""How many times a limit may grow: whoever waits for something that hangs must not wait for ever."""

BUSY = 2.0
"""From this load per processor on a machine counts as busy: whatever runs gets half of one, or less."""

_NOW = Path("/proc/loadavg")


def load_per_core() -> float:
    """Return how many processes want each processor; 0.0 where the system does not say (Windows).

    The greater of two figures counts: the average of the last minute, and, where the system is Linux, how many want to
    run at this moment (proc(5), /proc/loadavg, fourth field), since the average of a load that has just begun is small.
    """
    average = getattr(os, "getloadavg", None)
    if average is None:
        return 0.0
    try:
        last_minute = float(average()[0])
    except OSError:
        return 0.0
    return max(last_minute, _wanting_now()) / (os.cpu_count() or 1)


def is_busy() -> bool:
    """Return whether a command that took too long may have waited for a processor most of the time."""
    return load_per_core() >= BUSY


def patient_s(limit_s: float) -> float:
    """Return a time limit for this machine as it is now: times the load per processor, and ``MOST`` times at most.

    Arguments:
        limit_s: the limit in seconds on a machine that has nothing else to do.

    """
    return limit_s * min(max(load_per_core(), 1.0), MOST)


class Patience:
    """A time limit that has begun, and grows when the machine turns out to be busy; it never shrinks.

    Arguments:
        limit_s: the limit in seconds on a machine that has nothing else to do.

    ``limit_s`` is the limit as it has grown so far.
    """

    def __init__(self, limit_s: float) -> None:
        self._quiet_s, self._began = limit_s, time.monotonic()
        self.limit_s = patient_s(limit_s)

    def left_s(self) -> float:
        """Return the seconds that are left; 0 when the limit is over, by how busy the machine is then."""
        left = self._left_s()
        if left <= 0:
            self.limit_s = max(self.limit_s, patient_s(self._quiet_s))
            left = self._left_s()
        return max(left, 0.0)

    def _left_s(self) -> float:
        return self._began + self.limit_s - time.monotonic()


def _wanting_now() -> float:
    """Return how many processes want to run at this moment; 0.0 where the system does not say."""
    try:
        return float(_NOW.read_text(encoding="ascii").split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return 0.0
