"""How the tests are shared among two workers: what stays together, and what is begun first."""

from __future__ import annotations

import pytest

from checker.files import ROOT
from tests import workers
from tests.workers import SECONDS, longest, part_of


@pytest.mark.parametrize(
    ("nodeid", "part"),
    [
        ("tests/unit/test_words.py::test_a[x]", "tests/unit/test_words.py"),
        ("tests/engine/test_labs.py::test_case[05_lifecycle-wrong-nap-live]", "tests/engine/test_labs.py 05_lifecycle"),
        (
            "tests/engine/test_labs.py::test_every_check_can_fail[05_lifecycle]",
            "tests/engine/test_labs.py 05_lifecycle",
        ),
        ("tests/engine/test_labs.py::test_no_message_answers_a_question", "tests/engine/test_labs.py"),
        ("tests/browser/test_lessons.py::test_a_lesson[05_lifecycle]", "tests/browser"),
        ("tests/browser/test_course.py::test_all", "tests/browser"),
        ("notebooks/05_lifecycle.ipynb::Cell 3", "notebooks/05_lifecycle.ipynb"),
        ("tests/engine/guard/test_shim.py::test_x", "tests/engine/guard/test_shim.py"),
    ],
)
def test_what_stays_together(nodeid: str, part: str) -> None:
    """A file does, one lab of all labs does, and all that shares a JupyterLab does."""
    assert part_of(nodeid) == part


def test_the_longest_part_is_begun_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its number of tests and what one of them takes; then two workers end at about one time."""
    monkeypatch.setattr(workers, "SECONDS", {"": 0.1, "engine/": 2.0, "engine/quick.py": 0.5})
    parts = {"many.py": ["x"] * 30, "engine/a.py": ["x"] * 2, "engine/quick.py": ["x"] * 3, "few.py": ["x"]}
    begun = []
    while part := longest(parts, lambda _: True):
        begun.append(part)
        del parts[part]
    assert begun == ["engine/a.py", "many.py", "engine/quick.py", "few.py"]


def test_a_worker_gets_only_what_may_run_on_it() -> None:
    """What needs the machine's network waits for the worker that has it; where nothing else waits, there is nothing."""
    parts = {"tests/packages/test_wheels.py": ["x", "y"], "few.py": ["x"]}
    assert longest(parts, lambda part: "packages" not in part) == "few.py"
    assert longest({"tests/packages/test_wheels.py": ["x"]}, lambda part: "packages" not in part) is None


def test_measured_parts_exist() -> None:
    """A part whose file was renamed would be begun last."""
    assert [begin for begin in SECONDS if not (ROOT / begin).exists()] == []
