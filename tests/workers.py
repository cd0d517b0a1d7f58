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

WEIGHTS: dict[str, float] = {}
"""How long the parts take that take long, in seconds, as measured by ``--durations=0``; they need not be exact."""

USUAL_S = 0.05
"""What one test of any other part takes, in seconds."""

OUTSIDE = ("tests/packages/",)
"""What needs the machine's own network: the package index is asked."""


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
    return max(waiting, key=lambda part: WEIGHTS.get(part, USUAL_S * len(parts[part])), default=None)


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
