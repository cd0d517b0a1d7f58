"""The notebooks of the course: built from their lessons, run to the end, and compared cell by cell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from checker.build import IGNORED, RANDOM, is_stale
from checker.files import NOTEBOOKS, ROOT
from checker.lab.load import lab_ids, load_lab
from checker.learner.work import Work

LABS = lab_ids()


def code_cells(lab_id: str) -> list[dict[str, Any]]:
    """Return the code cells of a notebook."""
    data = json.loads((NOTEBOOKS / f"{lab_id}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in data["cells"] if cell["cell_type"] == "code"]


def ignored(cell: dict[str, Any]) -> bool:
    """Return whether nbval does not compare this cell."""
    return IGNORED in cell["metadata"].get("tags", [])


def test_every_notebook_belongs_to_a_lab() -> None:
    """No notebook is left over from a lesson that is gone or renamed."""
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == LABS


@pytest.mark.parametrize("lab_id", LABS)
def test_notebook_is_up_to_date(lab_id: str) -> None:
    """The notebook is what its lesson gives; else the message names the command to run."""
    assert is_stale(lab_id) is None


@pytest.mark.parametrize("lab_id", LABS)
def test_every_code_cell_has_a_count(lab_id: str) -> None:
    """A cell without a count would pass nbval without being compared."""
    counts = [cell["execution_count"] for cell in code_cells(lab_id)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("lab_id", LABS)
def test_no_cell_raised(lab_id: str) -> None:
    """No stored output is an error."""
    assert not [o for cell in code_cells(lab_id) for o in cell["outputs"] if o["output_type"] == "error"]


@pytest.mark.parametrize("lab_id", LABS)
def test_few_cells_are_not_compared(lab_id: str) -> None:
    """At most a fifth of the cells may differ from run to run."""
    cells = code_cells(lab_id)
    assert sum(ignored(cell) for cell in cells) <= len(cells) / 5


@pytest.mark.parametrize("lab_id", LABS)
def test_cells_that_are_not_compared_say_why(lab_id: str) -> None:
    """Each of them has a reason, and one of the next two cells is compared."""
    cells = code_cells(lab_id)
    assert not [cell["source"] for cell in cells if ignored(cell) and not cell["metadata"].get("reason", "").strip()]
    assert not [
        three[0]["source"] for three in zip(cells, cells[1:], cells[2:], strict=False) if all(map(ignored, three))
    ]
    assert not ignored(cells[-1])


@pytest.mark.parametrize("lab_id", LABS)
def test_tags_are_known(lab_id: str) -> None:
    """A misspelt tag does nothing, so no other tag than nbval's stands in a lesson."""
    assert {tag for cell in code_cells(lab_id) for tag in cell["metadata"].get("tags", [])} <= {IGNORED}


@pytest.mark.parametrize("lab_id", LABS)
def test_notebook_holds_no_widgets_and_nothing_of_a_machine(lab_id: str) -> None:
    """No widget state, no timing, no version of Python, no path of whoever built it."""
    text = (NOTEBOOKS / f"{lab_id}.ipynb").read_text(encoding="utf-8")
    data = json.loads(text)
    assert sorted(data["metadata"]) == ["docker101", "kernelspec", "language_info"]
    assert "version" not in data["metadata"]["language_info"]
    assert "application/vnd.jupyter.widget-view+json" not in text
    assert "iopub" not in text
    assert str(ROOT) not in text
    assert str(Path.home()) + "/" not in text


@pytest.mark.parametrize("lab_id", LABS)
def test_no_notebook_holds_what_the_doctor_found(lab_id: str) -> None:
    """What was wrong on the machine of whoever built it is no visitor's business."""
    assert not [cell for cell in code_cells(lab_id) if "%doctor" in "".join(cell["source"]) and cell["outputs"]]


@pytest.mark.parametrize("lab_id", LABS)
def test_learners_copy_has_no_outputs(lab_id: str, work: Path) -> None:
    """A stored output would give the prediction away."""
    lab = load_lab(lab_id)
    Work(work).update(lab)
    cells = json.loads((work / lab_id / lab.notebook).read_text(encoding="utf-8"))["cells"]
    found = [(cell["outputs"], cell["execution_count"]) for cell in cells if cell["cell_type"] == "code"]
    assert found == [([], None)] * len(code_cells(lab_id))


def test_nbval_does_not_compare_what_the_build_says() -> None:
    """What is random, in the same words; and styles, of which the build stores the new ones."""
    text = Path(__file__).with_name("sanitize.cfg").read_text(encoding="utf-8")
    assert dict(re.findall(r"^regex: (.*)\nreplace: (.*)$", text, re.MULTILINE)) == RANDOM | {r"(?s)<style>.*?</style>": "STYLE"}
