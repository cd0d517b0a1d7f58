"""Every pinned package has a wheel for every machine that the course promises: nobody needs a compiler.

pip itself is asked, for machines other than this one (``--platform``, ``--python-version``); nothing is installed.
Which lines of requirements.txt count on a machine is worked out here, because pip asks markers of the machine that it
runs on. A wheel for any machine (py3-none-any) is asked for once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from checker.files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LIMIT_S = 300
OLDEST_GLIBC = 35
"""Ubuntu 22.04 has glibc 2.35, Debian 12 has 2.36: a wheel may ask for no newer one."""

OUT_OF_REACH = (
    "(from versions: none)",
    "NewConnectionError",
    "NameResolutionError",
    "Max retries exceeded",
    "timed out",
)
PYTHONS = ("3.11.0", "3.12.0", "3.13.0")


@dataclass(frozen=True)
class Machine:
    """A kind of machine: the tags that its wheels may bear, and what markers see there."""

    name: str
    tags: tuple[str, ...]
    system: str
    os_name: str
    platform: str
    processor: str

    def environment(self, python: str) -> dict[str, str]:
        """Return what markers see on this machine under a given Python."""
        return {
            **{name: str(value) for name, value in default_environment().items()},
            "sys_platform": self.platform,
            "os_name": self.os_name,
            "platform_system": self.system,
            "platform_machine": self.processor,
            "python_version": python.rpartition(".")[0],
            "python_full_version": python,
            "implementation_version": python,
        }


def _linux(processor: str) -> Machine:
    tags = tuple(f"manylinux_2_{minor}_{processor}" for minor in range(5, OLDEST_GLIBC + 1))
    return Machine(f"Linux {processor}", (*tags, f"manylinux2014_{processor}"), "Linux", "posix", "linux", processor)


def _macos(processor: str) -> Machine:
    return Machine(f"macOS {processor}", (f"macosx_14_0_{processor}",), "Darwin", "posix", "darwin", processor)


WINDOWS = Machine("Windows", ("win_amd64",), "Windows", "nt", "win32", "AMD64")
MACHINES = (_linux("x86_64"), _linux("aarch64"), _macos("arm64"), _macos("x86_64"), WINDOWS)
KINDS = [(machine, python) for machine in MACHINES for python in PYTHONS]


def pins(machine: Machine, python: str, lines: Iterable[str]) -> list[str]:
    """Return the lines of requirements.txt that count on this machine, without their markers."""
    found = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    here = machine.environment(python)
    return [f"{one.name}{one.specifier}" for one in found if one.marker is None or one.marker.evaluate(here)]


@dataclass(frozen=True)
class Answer:
    """What pip found: by pin, the Python that a wheel for any machine asks for; or why it found nothing."""

    pure: dict[str, str]
    problem: str = ""


def ask(machine: Machine, python: str, wanted: list[str], folder: Path) -> Answer:
    """Ask pip for wheels of these pins for this machine."""
    name = f"{machine.name}-{python}".replace(" ", "-")
    asked, report = folder / f"{name}.txt", folder / f"{name}.json"
    asked.write_text("\n".join(wanted), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps"]
    command += ["--only-binary", ":all:", "--target", str(folder / "never"), "--disable-pip-version-check"]
    command += ["--implementation", "cp", "--python-version", python, "--timeout", "20", "--retries", "1"]
    command += [word for tag in machine.tags for word in ("--platform", tag)]
    done = subprocess.run(
        [*command, "--report", str(report), "--requirement", str(asked)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        return Answer({}, "\n".join(errors) or done.stderr)
    return Answer(dict(_pure(json.loads(report.read_text(encoding="utf-8"))["install"])))


def _pure(installs: list[dict[str, dict[str, str]]]) -> Iterable[tuple[str, str]]:
    for one in installs:
        if one["download_info"]["url"].partition("#")[0].endswith("-none-any.whl"):
            data = one["metadata"]
            yield f"{canonicalize_name(data['name'])}=={data['version']}", data.get("requires_python", "")


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Return the lines of requirements.txt."""
    return (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def answers(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """Return for each machine and Python what is wrong, if anything is: all are asked at once."""
    if not os.environ.get("CI"):
        pytest.skip("asks the package index for some 150 wheels, which takes a minute or two; CI does it")
    folder = tmp_path_factory.mktemp("wheels")
    first = ask(*KINDS[0], pins(*KINDS[0], lines), folder)
    if any(words in first.problem for words in OUT_OF_REACH):
        pytest.skip(f"the package index is out of reach: {first.problem[:200]}")

    def one(kind: tuple[Machine, str]) -> str:
        if kind == KINDS[0]:
            return first.problem
        left = [pin for pin in pins(*kind, lines) if not _is_pure(pin, first.pure, kind[1])]
        return ask(*kind, left, folder).problem

    with ThreadPoolExecutor(4) as pool:
        problems = pool.map(one, KINDS)
        return {(machine.name, python): said for (machine, python), said in zip(KINDS, problems, strict=True)}


def _is_pure(pin: str, pure: dict[str, str], python: str) -> bool:
    name, _, version = pin.partition("==")
    known = pure.get(f"{canonicalize_name(name)}=={version}")
    return known is not None and SpecifierSet(known).contains(python)


@pytest.mark.parametrize(
    ("machine", "python"), KINDS, ids=[f"{machine.name}, Python {python}" for machine, python in KINDS]
)
def test_every_package_has_a_wheel(machine: Machine, python: str, answers: dict[tuple[str, str], str]) -> None:
    """There is a wheel for each pin that counts on this machine."""
    assert answers[machine.name, python] == ""


def test_every_pin_counts_somewhere(lines: list[str]) -> None:
    """No line is left out everywhere, which would be a marker that this test misreads."""
    everywhere = {pin for machine, python in KINDS for pin in pins(machine, python, lines)}
    newer = pins(MACHINES[0], "3.11.9", lines)
    wanted = {line.partition(";")[0].strip() for line in lines if line.strip() and not line.startswith("#")}
    assert everywhere | {*newer} == wanted


def test_machines_get_what_is_theirs(lines: list[str]) -> None:
    """Windows gets pywinpty and no ptyprocess, macOS gets appnope, Linux neither."""
    names = {m.name: {pin.partition("==")[0] for pin in pins(m, "3.12.0", lines)} for m in MACHINES}
    own = {name: found & {"pywinpty", "ptyprocess", "appnope", "colorama"} for name, found in names.items()}
    assert own["Windows"] == {"pywinpty", "colorama"}
    assert own["macOS arm64"] == {"ptyprocess", "appnope"}
    assert own["Linux x86_64"] == {"ptyprocess"}
