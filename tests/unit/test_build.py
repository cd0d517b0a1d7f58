"""Building notebooks from lessons: what is run, what is kept, and what counts as stale."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nbformat
import pytest

from checker import build
from checker.errors import LabProblem
from checker.files import ROOT
from tests.lesson import LESSON, make_lab, ran

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

    from checker.lab.load import Lab


class Engine:
    """Stands for the engine: counts its runs, and says something new each time."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, notebook: NotebookNode, _: Lab) -> NotebookNode:
        """Run the cells."""
        self.runs += 1
        return ran(notebook, lambda source: "ages\n" if "docker ps" not in source else f"{self.runs} seconds ago\n")


@pytest.fixture
def labs(tmp_path: Path) -> Path:
    """Return a folder with one lab."""
    return make_lab(tmp_path / "labs")


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """Return an empty folder for notebooks."""
    (tmp_path / "notebooks").mkdir()
    return tmp_path / "notebooks"


def rewrite(labs: Path, old: str, new: str, name: str = "lesson.md") -> None:
    """Change one file of the lab."""
    path = labs / "01_sample" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_first_build_runs_the_cells(labs: Path, notebooks: Path) -> None:
    """The first build executes, and every code cell has a count."""
    done = build.build("01_sample", Engine(), labs, notebooks)
    cells = json.loads(done.path.read_text(encoding="utf-8"))["cells"]
    assert (done.executed, done.changed) == (True, True)
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"] == [1, 2, 3]


def test_ids_are_sequential_and_metadata_holds_nothing_of_the_machine(labs: Path, notebooks: Path) -> None:
    """Ids count from 1; no version of Python, no timing, no jupytext."""
    path = build.build("01_sample", Engine(), labs, notebooks).path
    data = json.loads(path.read_text(encoding="utf-8"))
    assert [cell["id"] for cell in data["cells"]] == [f"cell-{n:02}" for n in range(1, len(data["cells"]) + 1)]
    assert sorted(data["metadata"]) == ["docker101", "kernelspec", "language_info"]
    assert "version" not in data["metadata"]["language_info"]
    assert not [cell for cell in data["cells"] if "execution" in cell["metadata"]]


def test_second_build_needs_no_engine_and_changes_nothing(labs: Path, notebooks: Path) -> None:
    """Nothing changed: nothing is run, and the bytes stay."""
    engine = Engine()
    path = build.build("01_sample", engine, labs, notebooks).path
    before = path.read_bytes()
    again = build.build("01_sample", engine, labs, notebooks)
    assert (again.executed, again.changed, engine.runs, path.read_bytes()) == (False, False, 1, before)


def test_changed_prose_needs_no_engine(labs: Path, notebooks: Path) -> None:
    """Only prose changed: the outputs are kept, and the prose is new."""
    engine = Engine()
    build.build("01_sample", engine, labs, notebooks)
    rewrite(labs, "Some prose.", "Other prose.")
    again = build.build("01_sample", engine, labs, notebooks)
    assert (again.executed, again.changed, engine.runs) == (False, True, 1)
    assert "Other prose." in again.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lesson.md", "docker ps", "docker ps -a"),
        ("lesson.md", "nbval-ignore-output", "other"),
        ("lab.md", "Do it.", "Do it now."),
    ],
    ids=["code", "tags", "a file that a cell shows"],
)
def test_what_makes_cells_run_again(labs: Path, notebooks: Path, name: str, old: str, new: str) -> None:
    """A change of code, of tags, or of a file that a cell shows needs the engine."""
    engine = Engine()
    build.build("01_sample", engine, labs, notebooks)
    rewrite(labs, old, new, name)
    assert build.build("01_sample", engine, labs, notebooks).executed


@pytest.mark.parametrize(
    ("name", "stale"),
    [
        ("art/drawn.py", True),
        ("art/deep/drawn.py", True),
        ("art/templates/drawn.html", True),
        ("art/css/drawn.css", False),
        ("other/drawn.py", False),
    ],
)
def test_what_draws_makes_cells_run_again(
    labs: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch, name: str, stale: bool
) -> None:
    """A change of a template, or of a module in a room that has templates, makes notebooks stale; style does not."""
    monkeypatch.setattr(build, "ROOT", labs.parent)
    for path in (labs.parent / "checker" / other for other in ("art/templates/drawn.html", name)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old\n", encoding="utf-8")
    build.build("01_sample", Engine(), labs, notebooks)
    assert build.is_stale("01_sample", labs, notebooks) is None
    (labs.parent / "checker" / name).write_text("new\n", encoding="utf-8")
    assert ("checker lab build 01_sample" in (build.is_stale("01_sample", labs, notebooks) or "")) == stale


def test_what_draws_is_found_by_its_templates() -> None:
    """Nobody keeps a list: reports, what lessons draw, and what fills in templates are found, and no style sheet."""
    found = {path.relative_to(ROOT / "checker").as_posix() for path in build.drawing_files()}
    assert {"report/html.py", "report/results.py", "report/templates/report.html", "pages/rendering.py"} <= found
    assert {"jupyter/home.py", "jupyter/diagrams/ports.py", "jupyter/templates/ports.html"} <= found
    assert not [name for name in found if name.endswith(".css") or name.startswith("engine/")]


def test_new_style_is_stored_by_the_next_run(labs: Path, notebooks: Path) -> None:
    """Where only the style of an output is new, a build that runs the cells takes it."""
    styles = iter(("old", "new"))

    def engine(notebook: NotebookNode, lab: Lab) -> NotebookNode:
        style = next(styles)
        return ran(notebook, lambda _: f"<style>p {{ color: {style} }}</style>\n")

    build.build("01_sample", engine, labs, notebooks)
    text = build.rebuild("01_sample", engine, labs, notebooks).path.read_text(encoding="utf-8")
    assert "color: new" in text


def test_rebuild_runs_and_is_the_same_bytes(labs: Path, notebooks: Path) -> None:
    """A cell whose output may differ keeps the stored one while its code stays the same."""
    engine = Engine()
    path = build.build("01_sample", engine, labs, notebooks).path
    before = path.read_bytes()
    again = build.rebuild("01_sample", engine, labs, notebooks)
    assert (again.executed, again.changed, engine.runs, path.read_bytes()) == (True, False, 2, before)


def test_ids_of_containers_do_not_change_a_rebuild(labs: Path, notebooks: Path) -> None:
    """Where only a container's id differs, the stored output stays."""
    ids = iter("ab")

    def engine(notebook: NotebookNode, lab: Lab) -> NotebookNode:
        container = next(ids) * 64
        return ran(notebook, lambda source: f"$ docker create\n{container}\n" if "docker" in source else "same\n")

    before = build.build("01_sample", engine, labs, notebooks).path.read_bytes()
    assert build.rebuild("01_sample", engine, labs, notebooks).path.read_bytes() == before


def test_folder_of_the_build_is_not_in_the_notebook(labs: Path, notebooks: Path, work: Path) -> None:
    """Paths of the learner's folder that is thrown away are told from there; in streams and in data."""

    def engine(notebook: NotebookNode, lab: Lab) -> NotebookNode:
        done = ran(notebook, lambda _: f"no file {work / 'lab' / 'Dockerfile'}\n")
        data = {"output_type": "display_data", "data": {"text/plain": f"{work}/x"}, "metadata": {}}
        done.cells[-1].outputs.append(nbformat.from_dict(data))
        return done

    text = build.build("01_sample", engine, labs, notebooks).path.read_text(encoding="utf-8")
    assert str(work) not in text
    assert "no file lab" in text


def test_texts_cut_up_by_timing_are_joined(labs: Path, notebooks: Path) -> None:
    """One stream in pieces is stored as one text."""

    def engine(notebook: NotebookNode, lab: Lab) -> NotebookNode:
        return ran(notebook, lambda _: "one\n", lambda _: "two\n")

    cells = json.loads(build.build("01_sample", engine, labs, notebooks).path.read_text(encoding="utf-8"))["cells"]
    outputs = [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]
    assert [[output["text"] for output in found] for found in outputs] == [[["one\n", "two\n"]]] * 3


DOCTOR = LESSON.replace("%%docker\ndocker ps", "%doctor")


def test_what_the_doctor_found_where_it_was_built_is_not_stored(tmp_path: Path, notebooks: Path) -> None:
    """The findings are those of the build machine, and a reader would take them for their own."""
    path = build.build("01_sample", Engine(), make_lab(tmp_path / "doctor", DOCTOR), notebooks).path
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [bool(cell["outputs"]) for cell in cells] == [True, False, True]
    assert [cell["execution_count"] for cell in cells] == [1, 2, 3]


def test_findings_that_were_stored_once_make_a_notebook_stale(tmp_path: Path, notebooks: Path) -> None:
    """A notebook that holds findings is built again, without an engine, and holds none."""
    labs, engine = make_lab(tmp_path / "doctor", DOCTOR), Engine()
    path = build.build("01_sample", engine, labs, notebooks).path
    clean = path.read_text(encoding="utf-8")
    data = json.loads(clean)
    found = next(cell for cell in data["cells"] if "%doctor" in "".join(cell["source"]))
    found["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["✗ Disk\n"]}]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert "is older" in (build.is_stale("01_sample", labs, notebooks) or "")
    assert build.build("01_sample", engine, labs, notebooks).executed is False
    assert path.read_text(encoding="utf-8") == clean


def test_fresh_notebook_is_not_stale(labs: Path, notebooks: Path) -> None:
    """What was built a moment ago is up to date."""
    build.build("01_sample", Engine(), labs, notebooks)
    assert build.is_stale("01_sample", labs, notebooks) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [("docker ps", "docker ps -a", "older than the cells"), ("Some prose.", "Other prose.", "older than the text")],
    ids=["code", "prose"],
)
def test_stale_notebook_names_the_command(labs: Path, notebooks: Path, old: str, new: str, says: str) -> None:
    """A notebook that is older than its lesson is said to be, with what to run."""
    build.build("01_sample", Engine(), labs, notebooks)
    rewrite(labs, old, new)
    told = build.is_stale("01_sample", labs, notebooks) or ""
    assert says in told
    assert "checker lab build 01_sample" in told


def test_notebook_edited_by_hand_is_stale(labs: Path, notebooks: Path) -> None:
    """Notebooks are built: one that somebody edited differs from its source."""
    path = build.build("01_sample", Engine(), labs, notebooks).path
    path.write_text(path.read_text(encoding="utf-8").replace("Some prose.", "My prose."), encoding="utf-8")
    assert "checker lab build 01_sample" in (build.is_stale("01_sample", labs, notebooks) or "")


def test_missing_or_damaged_notebook_is_stale(labs: Path, notebooks: Path) -> None:
    """No notebook, or one that cannot be read: the command to run is named."""
    assert "There is no" in (build.is_stale("01_sample", labs, notebooks) or "")
    (notebooks / "01_sample.ipynb").write_text("{", encoding="utf-8")
    assert "checker lab build 01_sample" in (build.is_stale("01_sample", labs, notebooks) or "")


def test_cell_that_raises_stops_the_build(labs: Path, notebooks: Path) -> None:
    """A cell with an error is the author's problem, and no notebook is written."""

    def engine(notebook: NotebookNode, lab: Lab) -> NotebookNode:
        done = ran(notebook, lambda _: "")
        done.cells[-1].outputs = [
            {"output_type": "error", "ename": "NoEngine", "evalue": "none answers", "traceback": []}
        ]
        return done

    with pytest.raises(LabProblem, match="code cell 3 raised NoEngine: none answers"):
        build.build("01_sample", engine, labs, notebooks)
    assert not (notebooks / "01_sample.ipynb").exists()


def test_cell_that_did_not_run_stops_the_build(labs: Path, notebooks: Path) -> None:
    """A cell without a count would pass nbval without being looked at."""

    def engine(notebook: NotebookNode, lab: Lab) -> NotebookNode:
        return notebook

    with pytest.raises(LabProblem, match="code cell 1 did not run"):
        build.build("01_sample", engine, labs, notebooks)


def test_lesson_without_code_is_the_authors_problem(labs: Path, notebooks: Path) -> None:
    """A lesson needs a cell to run."""
    (labs / "01_sample" / "lesson.md").write_text("# Title\n\nProse.\n", encoding="utf-8")
    with pytest.raises(LabProblem, match="has no code cell"):
        build.build("01_sample", Engine(), labs, notebooks)


def test_lesson_with_windows_line_ends_builds_the_same(labs: Path, notebooks: Path) -> None:
    """CRLF in a lesson changes nothing in its notebook."""
    before = build.build("01_sample", Engine(), labs, notebooks).path.read_bytes()
    (labs / "01_sample" / "lesson.md").write_bytes(LESSON.replace("\n", "\r\n").encode())
    assert not build.build("01_sample", Engine(), labs, notebooks).changed
    assert (notebooks / "01_sample.ipynb").read_bytes() == before


def test_environment_of_a_build_has_nothing_of_the_learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build sees a folder of its own, and gives the outputs that are the same for everybody."""
    monkeypatch.setenv("DOCKER101_GUARD", "off")
    found = build.environment(tmp_path)
    assert (found["DOCKER101_WORK"], found["DOCKER101_STATIC"]) == (str(tmp_path), "1")
    assert "DOCKER101_GUARD" not in found
