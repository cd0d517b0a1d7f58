"""Notebooks on a real engine: two builds give the same bytes, and a changed output is found."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from checker import build
from checker.engine.engine import Engine
from checker.files import LABS, NOTEBOOKS, ROOT
from checker.lab.load import lab_ids, load_lab
from checker.learner.work import Work
from tests.lesson import make_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

NBVAL = ("--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", "-q", "-x", "-p", "no:cacheprovider")

LESSON = """\
# Sample

```{code-cell} ipython3
%load_ext checker.jupyter
%lesson 01_sample
```

```{code-cell} ipython3
%predict listed
```

```{code-cell} ipython3
%%docker
docker create --name docker101-sample --label org.docker101=1 busybox:1.37
docker container list --all --filter name=docker101-sample --format "{{.Names}} is {{.State}}"
```

```{code-cell} ipython3
%outcome code
```

```{code-cell} ipython3
:tags: [nbval-ignore-output]
:reason: "Ages differ."

%%docker
docker ps -a --filter name=docker101-sample
```

```{code-cell} ipython3
%%docker
docker rm docker101-sample
docker rm docker101-sample-never-there
```

```{code-cell} ipython3
%sheet
```

```{code-cell} ipython3
%check
```
"""


@pytest.fixture
def course(work: Path, engine_host: str, client: Any) -> Iterator[Path]:
    """Return a learner's folder that knows the engine under test; the engine is cleaned afterwards."""
    Engine(engine_host, "current", "the tests").save(work)
    before = {image["Id"] for image in client.images(all=True)}
    yield work
    made = [image["Id"] for image in client.images() if image["Id"] not in before]
    for container in client.containers(all=True):  # nbval stops at the first failure, so a lesson's last cell is not run
        if container["ImageID"] in made:
            client.remove_container(container["Id"], force=True)
    for image in made:
        client.remove_image(image, force=True)


def nbval(notebook: Path, work: Path, labs: Path) -> subprocess.CompletedProcess[str]:
    """Run nbval over one notebook, as ``checker test`` does."""
    command = [sys.executable, "-m", "pytest", *NBVAL, "--nbval-sanitize-with=tests/notebooks/sanitize.cfg"]
    return subprocess.run(
        [*command, "-c", "pyproject.toml", "--rootdir", str(notebook.parent), str(notebook)],
        cwd=ROOT,
        env=build.environment(work, labs),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def alter_one_output(path: Path) -> None:
    """Change one stored text, of a cell that nbval compares and that ran docker where there is one."""
    data = json.loads(path.read_text(encoding="utf-8"))
    compared = [
        cell
        for cell in data["cells"]
        if cell["cell_type"] == "code" and cell["outputs"] and build.IGNORED not in cell["metadata"].get("tags", [])
    ]
    ran = [cell for cell in compared if "".join(cell["source"]).startswith("%%docker")] or compared
    _alter(ran[0]["outputs"][0])
    path.write_text(json.dumps(data), encoding="utf-8")


def _alter(output: dict[str, Any]) -> None:
    if "text" in output:
        output["text"] = [*output["text"], "never printed\n"]
    else:
        output["data"]["text/plain"] = [*output["data"]["text/plain"], "never printed"]


@pytest.fixture
def sample(tmp_path: Path, course: Path) -> tuple[Path, Path]:
    """Return the folders of the sample's lab and of its built notebook."""
    labs, notebooks = make_lab(tmp_path / "labs", LESSON), tmp_path / "notebooks"
    notebooks.mkdir()
    assert build.build("01_sample", build.in_folder(course), labs, notebooks).executed
    return labs, notebooks


def outputs(notebooks: Path) -> list[list[dict[str, Any]]]:
    """Return the outputs of the sample's code cells."""
    cells = json.loads((notebooks / "01_sample.ipynb").read_text(encoding="utf-8"))["cells"]
    return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]


def text_of(output: dict[str, Any]) -> str:
    """Return the plain text of an output."""
    return "".join(output["text"] if "text" in output else output["data"]["text/plain"])


def test_what_the_cells_of_a_lesson_show(sample: tuple[Path, Path]) -> None:
    """Each magic shows what it says; the built notebook holds no widget and no traceback."""
    opened, predict, created, outcome, _, removed, sheet, check = outputs(sample[1])
    lab = load_lab("01_sample", sample[0])
    box = lab.values("")["box"]
    assert text_of(opened[0]) == "The engine answers.\n"
    assert text_of(predict[0]) == f"Predict: Is `{box}` listed?\n  - yes\n  - no"
    assert text_of(created[0]).splitlines()[-1] == "docker101-sample is created"
    assert text_of(created[0]).startswith("$ docker create --name docker101-sample")
    assert text_of(outcome[0]) == f"No prediction yet. The engine says 137: {box} was killed.\n"
    assert text_of(removed[0]).rstrip().endswith("[exit code 1]")
    assert text_of(sheet[0]) == f"# Sample\n\nDo it. Yours: {box}.\n"
    assert text_of(check[0]).startswith("Sample: 0 of 2 tasks passed, 0 of 3 points.")
    assert sorted(check[0]["data"]) == ["text/html", "text/plain"]


def test_two_builds_are_the_same_bytes(sample: tuple[Path, Path], course: Path) -> None:
    """Running every cell again changes no byte."""
    labs, notebooks = sample
    before = (notebooks / "01_sample.ipynb").read_bytes()
    again = build.rebuild("01_sample", build.in_folder(course), labs, notebooks)
    assert (again.executed, again.path.read_bytes()) == (True, before)


def test_nbval_passes_what_was_built(sample: tuple[Path, Path], course: Path) -> None:
    """Fresh outputs, plain text and HTML, equal the stored ones."""
    done = nbval(sample[1] / "01_sample.ipynb", course, sample[0])
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout


@pytest.mark.parametrize("mime", ["text/plain", "text/html"])
def test_nbval_compares_both_forms_of_a_report(sample: tuple[Path, Path], course: Path, mime: str) -> None:
    """A change in a stored report is found in its text and in its HTML."""
    path = sample[1] / "01_sample.ipynb"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["cells"][-1]["outputs"][0]["data"][mime][0] += "x"
    path.write_text(json.dumps(data), encoding="utf-8")
    done = nbval(path, course, sample[0])
    assert done.returncode == 1
    assert f'mismatch "{mime}"' in done.stdout.replace("'", '"')


@pytest.mark.parametrize("lab_id", lab_ids())
def test_nbval_finds_an_altered_output(lab_id: str, tmp_path: Path, course: Path) -> None:
    """One stored output of the course's notebook is changed in a copy: nbval fails."""
    copy = tmp_path / f"{lab_id}.ipynb"
    copy.write_bytes((NOTEBOOKS / f"{lab_id}.ipynb").read_bytes())
    alter_one_output(copy)
    Work(course).update(load_lab(lab_id))
    done = nbval(copy, course, LABS)
    assert done.returncode == 1, done.stdout
    assert "never printed" in done.stdout


def test_problem_in_a_cell_stops_the_build(tmp_path: Path, course: Path) -> None:
    """A message that only a learner would read is an error while a notebook is built."""
    lesson = LESSON.replace("%predict listed", "%predict lisetd")
    labs = make_lab(tmp_path / "labs", lesson)
    with pytest.raises(build.LabProblem, match="has no question “lisetd”"):
        build.build("01_sample", build.in_folder(course), labs, tmp_path)
