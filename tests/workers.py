"""A pytest plugin: how two workers share the tests (``--dist=loadfile``), the longest parts first.

What stays together is a file, one lab of ``test_labs.py``, and all that a browser does: they share an engine's state, a
kernel, or a JupyterLab. Each worker has an engine of its own (``checker/cli/workers.py``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

SECONDS = {
    "": 0.05,
    "notebooks/": 0.5,
    "tests/notebooks/": 1.0,
    "tests/notebooks/test_on_engine.py": 6.0,
    "tests/engine/": 1.5,
    "tests/engine/test_labs.py": 1.0,
    "tests/engine/test_bundle_on_engine.py": 5.0,
    "tests/engine/test_private.py": 3.0,
    "tests/engine/test_second.py": 10.0,
    "tests/packages/": 6.0,
    "tests/browser": 15.0,
}
"""How long one test takes, in seconds, by how its part begins; ``--durations=0`` tells. They need not be exact."""

OUTSIDE = ("tests/packages/", "tests/engine/test_bundle_on_engine.py", "tests/engine/test_course_images.py")
"""What needs the machine's own network: Python's or Debian's packages are fetched."""


def part_of(nodeid: str) -> str:
    """Return the part of the suite that a test belongs to; the tests of a part run on one worker, in their order."""
    file = nodeid.partition("::")[0]
    lab = re.search(r"\[(\d\d_[a-z]+)", nodeid)
    if file == "tests/engine/test_labs.py":
        return f"{file} {lab[1] if lab else ''}".rstrip()
    return "tests/browser" if file.startswith("tests/browser/") else file


def longest(parts: Mapping[str, Collection[str]], may_run: Callable[[str], bool]) -> str | None:
    """Return the part that is to be begun next: the longest one of those that may run here.

    Arguments:
        parts: the tests of each part that waits.
        may_run: whether a part may run on the worker that asks.

    """
    waiting = [part for part in parts if may_run(part)]
    return max(waiting, key=lambda part: seconds(part, len(parts[part])), default=None)


def seconds(part: str, tests: int) -> float:
    """Return how long a part of so many tests takes, in seconds, as far as is known."""
    return tests * SECONDS[max((begin for begin in SECONDS if part.startswith(begin)), key=len)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """Return the scheduler of ``--dist=loadfile``; other ways to share are pytest-xdist's own."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Parts(LoadScopeScheduling):
        """Hand out parts, the longest first."""

        def _split_scope(self, nodeid: str) -> str:
            return part_of(nodeid)

        def _assign_work_unit(self, node: Any) -> None:
            """Assign the longest part that may run on ``node``; where none may, the worker is done."""
            inside = node.gateway.spec.python is not None and any(n.gateway.spec.python is None for n in self.nodes)
            part = longest(self.workqueue, lambda one: not (inside and one.startswith(OUTSIDE)))
            if part is None:
                node.shutdown()
                return
            self.workqueue.move_to_end(part, last=False)
            super()._assign_work_unit(node)

    return Parts(config, log)
