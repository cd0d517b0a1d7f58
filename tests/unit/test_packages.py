"""The list that pip installs, and the one that it is made from: they name the same packages."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from checker.files import ROOT, read_text

PROJECT = tomllib.loads(read_text(ROOT / "pyproject.toml"))["project"]
LINES = [line for line in read_text(ROOT / "requirements.txt").splitlines() if line and not line.startswith("#")]
PINS = [Requirement(line) for line in LINES]


def pinned(name: str) -> list[str]:
    """Return the versions that the list pins of a package; several, where platforms differ."""
    found = [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(name)]
    return [spec.version for pin in found for spec in pin.specifier]


@pytest.mark.parametrize("needed", PROJECT["dependencies"])
def test_what_the_course_needs_is_pinned_in_a_version_that_will_do(needed: str) -> None:
    """Each dependency of pyproject.toml is in requirements.txt, and its pin is one that pyproject.toml allows."""
    wanted = Requirement(needed)
    versions = pinned(wanted.name)
    assert versions
    assert [version for version in versions if version not in wanted.specifier] == []


def test_every_line_is_one_exact_version() -> None:
    """A range in the list would give another course on each machine."""
    assert [str(pin) for pin in PINS if [spec.operator for spec in pin.specifier] != ["=="]] == []


@pytest.mark.parametrize("needed", PROJECT["optional-dependencies"]["test"])
def test_what_the_tests_need_is_pinned_and_agrees_with_the_list(needed: str) -> None:
    """A package that is in both has one version."""
    wanted = Requirement(needed)
    assert [spec.operator for spec in wanted.specifier] == ["=="]
    assert [version for version in pinned(wanted.name) if version not in wanted.specifier] == []


def test_the_command_that_makes_the_list_is_told_the_same_everywhere() -> None:
    """The list's own head, pyproject.toml and CONTRIBUTING.md name one command."""
    texts = [read_text(ROOT / name) for name in ("requirements.txt", "pyproject.toml", "CONTRIBUTING.md")]
    commands = [re.findall(r"uv pip compile .*", text) for text in texts]
    assert commands == [commands[0]] * 3
    assert len(commands[0]) == 1
    assert not (ROOT / "uv.lock").exists()
