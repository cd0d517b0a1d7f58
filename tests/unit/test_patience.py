"""Time limits on a busy machine: they grow with its load, up to a multiple, and never shrink."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from checker import patience
from checker.patience import MOST, Patience, is_busy, load_per_core, patient_s

if TYPE_CHECKING:
    from pathlib import Path

REAL_LOAD = load_per_core
"""As imported, before the fixture of all unit tests puts a quiet machine in its place."""


def loaded(monkeypatch: pytest.MonkeyPatch, per_core: float) -> None:
    """Let the machine be as busy as this."""
    monkeypatch.setattr(patience, "load_per_core", lambda: per_core)


@pytest.mark.parametrize(
    ("per_core", "limit_s"), [(0.0, 10), (0.9, 10), (1.0, 10), (5.0, 50), (MOST, 10 * MOST), (99.0, 10 * MOST)]
)
def test_a_limit_grows_with_the_load(monkeypatch: pytest.MonkeyPatch, per_core: float, limit_s: float) -> None:
    """A quiet machine has the limit as it was written; a busy one as many times that as each processor is wanted."""
    loaded(monkeypatch, per_core)
    assert patient_s(10) == limit_s


@pytest.mark.parametrize(("per_core", "busy"), [(0.0, False), (1.9, False), (2.0, True)])
def test_a_machine_is_busy_when_a_process_gets_half_a_processor(
    monkeypatch: pytest.MonkeyPatch, per_core: float, *, busy: bool
) -> None:
    """One process for each processor is work; two for each are a crowd."""
    loaded(monkeypatch, per_core)
    assert is_busy() is busy


@pytest.mark.parametrize(
    ("average", "now", "per_core"),
    [(8.0, "1.00 1.00 1.00 2/300 77", 4.0), (0.5, "0.50 0.50 0.50 6/300 77", 3.0), (6.0, "no figures", 3.0)],
)
def test_load_that_has_just_begun_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, average: float, now: str, per_core: float
) -> None:
    """The greater one of the last minute's average and of those that want to run now, for each processor."""
    told = tmp_path / "loadavg"
    told.write_text(now, encoding="ascii")
    monkeypatch.setattr(patience, "_NOW", told)
    monkeypatch.setattr(os, "getloadavg", lambda: (average, 0, 0), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert REAL_LOAD() == per_core


def test_a_system_that_does_not_say_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no load average: its limits stay as they are written; so do those of a system that cannot tell."""

    def cannot() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", cannot, raising=False)
    assert REAL_LOAD() == 0.0
    monkeypatch.delattr(os, "getloadavg")
    assert REAL_LOAD() == 0.0


def test_a_limit_that_has_begun_grows_when_it_would_be_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load that comes while something is waited for counts; when it goes again, the limit stays."""
    clock = [0.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: clock[0])
    limit = Patience(10)
    assert (limit.left_s(), limit.limit_s) == (10, 10)
    clock[0] = 11
    loaded(monkeypatch, 3)
    assert (limit.left_s(), limit.limit_s) == (19, 30)
    loaded(monkeypatch, 0)
    assert (limit.left_s(), limit.limit_s) == (19, 30)
    clock[0] = 31
    assert (limit.left_s(), limit.limit_s) == (0, 30)
