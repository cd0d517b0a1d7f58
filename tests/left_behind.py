"""A pytest plugin: after the last cell of each notebook the engine is compared with what it was before the first one.

Containers, images (those without a name and those that only hold layers too), networks and volumes: what a lesson left
behind, and what it took away, fails the run under a name of its own beside the cells.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.engine import remembered_engine
from checker.engine.transport import http
from checker.errors import NoEngine
from checker.files import work_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SETTLE_S = 5.0
"""How long something may take to be gone: a container that was run with --rm goes a moment after its end."""

POLL_S = 0.2
SUFFIX = ".ipynb"
NAME = "leaves the engine as it found it"


@dataclass(frozen=True)
class Seen:
    """What is on an engine: every thing by its kind and id, in words for people."""

    things: dict[tuple[str, str], str] = field(default_factory=dict)

    def without(self, other: Seen) -> list[str]:
        """Return what is here and not in the other, in words, sorted."""
        return sorted(words for key, words in self.things.items() if key not in other.things)


def look(host: str) -> Seen:
    """Return what is on the engine now.

    Raises:
        NoEngine: when it does not answer.

    """
    containers = _told(host, "/containers/json?all=1")
    images = _told(host, "/images/json?all=1")
    networks = _told(host, "/networks")
    volumes = _told(host, "/volumes").get("Volumes") or []
    things = {("container", c["Id"]): f"container {c['Names'][0][1:]} ({c['State']})" for c in containers}
    things |= {("image", f"{i['Id']} {tag}"): f"image {_image_words(i, tag)}" for i in images for tag in _tags(i)}
    things |= {("network", n["Id"]): f"network {n['Name']}" for n in networks}
    things |= {("volume", v["Name"]): f"volume {v['Name']}" for v in volumes}
    return Seen(things)


def _told(host: str, path: str) -> Any:
    status, _, body = http.get(host, path)
    if status != 200:
        raise NoEngine(f"The engine answered {status} to {path}: {body}", "Run: checker doctor")
    return body


def _tags(image: dict[str, Any]) -> list[str]:
    """Return an image's names; of one without any, the empty one."""
    return [tag for tag in image.get("RepoTags") or [] if tag != "<none>:<none>"] or [""]


def _image_words(image: dict[str, Any], tag: str) -> str:
    return tag or f"{image['Id'].removeprefix('sha256:')[:12]} (without a name)"


def difference(before: Seen, now: Callable[[], Seen], settle_s: float = SETTLE_S) -> str:
    """Return what differs, in words; empty when nothing does within ``settle_s`` seconds."""
    deadline = time.monotonic() + settle_s
    while True:
        after = now()
        left, taken = after.without(before), before.without(after)
        if not left and not taken:
            return ""
        if time.monotonic() > deadline:
            break
        time.sleep(POLL_S)
    lines = [f"  {what}: {', '.join(items)}" for what, items in (("left behind", left), ("taken away", taken)) if items]
    return "\n".join(lines)


class NotAsFound(Exception):
    """The engine is not as it was before the notebook; the message says what differs."""


class AsFound(pytest.Item):
    """The comparison after the last cell of one notebook; ``before`` is filled in before the first one."""

    before: Seen | None = None

    def runtest(self) -> None:
        """Compare."""
        if self.before is None:
            pytest.skip("no engine is known: run `python3 -m checker test`, or set DOCKER101_TEST_HOST")
        found = difference(self.before, lambda: look(_host()))
        if found:
            raise NotAsFound(found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object) -> str:
        """Say it without a traceback."""
        if not isinstance(excinfo.value, NotAsFound):
            return f"The engine could not be looked at after the notebook: {excinfo.value}"
        return (
            f"{self.path.name} does not leave the engine as it found it:\n{excinfo.value}\n"
            f"The last cell of its lesson (labs/{self.path.stem}/lesson.md) should put that right."
        )

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return how the report names it."""
        return self.path, None, NAME


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the comparison behind the last cell of each notebook."""
    items[:] = [item for path, cells in groupby(items, lambda one: one.path) for item in _with_comparison(path, cells)]


def _with_comparison(path: Path, cells: Iterator[pytest.Item]) -> list[pytest.Item]:
    found = list(cells)
    if path.suffix != SUFFIX or found[0].parent is None:
        return found
    return [*found, AsFound.from_parent(found[0].parent, name=NAME)]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Before the first cell of a notebook, note what is on the engine."""
    if item.path.suffix != SUFFIX or isinstance(item, AsFound) or not _host():
        return
    comparison = next(one for one in item.session.items if isinstance(one, AsFound) and one.path == item.path)
    comparison.before = comparison.before or look(_host())


def _host() -> str:
    """Return the engine on which the notebooks run; empty when none is known."""
    known = os.environ.get("DOCKER101_TEST_HOST")
    if known:
        return known
    remembered = remembered_engine(work_root())
    return remembered.host if remembered else ""
