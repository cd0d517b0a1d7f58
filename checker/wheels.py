"""Fetching the wheels for a bundle."""

from __future__ import annotations

import sys
import tomllib
from typing import TYPE_CHECKING

from checker import bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def fetch(folder: Path, *, tests: bool, say: Callable[[str], None]) -> None:
    """Fetch the wheels of requirements.txt for this Python (and what only the tests need) into ``folder``.

    Arguments:
        folder: where the wheels are put; it must not exist yet.
        tests: whether the packages that only the tests need are fetched as well.
        say: takes each line of progress.

    Raises:
        CourseError: when one cannot be had; quotes pip.

    """
    folder.mkdir()
    say(f"Fetching the wheels of {bootstrap.REQUIREMENTS.name} for this Python …")
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input"]
    pip += ["--only-binary=:all:", f"--dest={folder}"]
    lines = bootstrap.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    extra = _tests_need() if tests else []
    bootstrap.run_step([*pip, "-r", str(bootstrap.REQUIREMENTS), *extra], "the wheels", say, does="Fetching")
    # one at a time: together they contradict each other
    for line in for_other_patches(lines, sys.version_info[:2]):
        bootstrap.run_step([*pip, "--no-deps", "--ignore-requires-python", line], line, say, does="Fetching")


def for_other_patches(lines: list[str], version: tuple[int, ...]) -> list[str]:
    """Return the requirements whose marker tells one patch release of this Python from another.

    A bundle serves every 3.11, so it holds what 3.11.2 needs and what 3.11.9 needs.

    Arguments:
        lines: the lines of requirements.txt.
        version: this Python's version; its first two numbers count.

    """
    patch = f"'{version[0]}.{version[1]}."
    pairs = [line.partition(";") for line in lines]
    return [name.strip() for name, _, marker in pairs if "python_full_version" in marker and patch in marker]


def _tests_need() -> list[str]:
    table = tomllib.loads(bootstrap.PYPROJECT.read_text(encoding="utf-8"))
    return [str(line) for line in table["project"]["optional-dependencies"]["test"]]
