"""How much of the package the tests run: measured in every process, and told in a few lines."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from checker.cli import coverage
from checker.cli.coverage import FLOOR_PERCENT, Covered, as_text, measured, read, report
from checker.files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STARTED = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import checker.placeholders'], check=True)"


@pytest.fixture
def outside() -> dict[str, str]:
    """Return an environment in which no process is measured for somebody else."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}


def test_processes_that_a_test_starts_are_measured(
    tmp_path: Path, outside: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A module that only a process of a process loads is among the files."""
    (tmp_path / "starts.py").write_text(STARTED, encoding="utf-8")
    command, more = measured([sys.executable, "-m", "starts"], tmp_path / "data" / "coverage")
    (tmp_path / "data").mkdir()
    environment = {**outside, **more, "PYTHONPATH": str(tmp_path)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    monkeypatch.setattr(coverage, "LEAST", 1000)
    assert report(tmp_path / "data" / "coverage", outside) == 1
    said = capsys.readouterr().out.splitlines()
    (found,) = [line for line in said if line.endswith("checker/placeholders.py")]
    assert float(found.split()[0]) > 0
    assert said[-1].endswith(f"below the floor of {FLOOR_PERCENT:g} %")


def test_data_that_is_not_there_is_a_failure(
    tmp_path: Path, outside: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that measured nothing is not taken for one that covered all."""
    assert report(tmp_path / "coverage", outside) == 1
    assert capsys.readouterr().out.startswith("Coverage could not be read: ")


def test_least_covered_files_come_first() -> None:
    """The total is last, and only ten files are named."""
    files = {f"checker/f{number:02}.py": {"summary": {"percent_covered": number * 1.0}} for number in range(50, 70)}
    total, found = read({"totals": {"percent_covered": 91.25}, "files": files})  # type: ignore[dict-item]
    lines = as_text(total, found).splitlines()
    assert lines[0] == "  50.0 %  checker/f50.py"
    assert len(lines) == 11
    assert lines[-1] == "  91.2 %  checker/ in all, lines and branches (the target is 90 %)"


def test_total_below_the_floor_says_so() -> None:
    """The last words say why it fails."""
    assert as_text(Covered("checker/", FLOOR_PERCENT - 0.1), []).endswith(f", below the floor of {FLOOR_PERCENT:g} %")
