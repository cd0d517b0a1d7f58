"""Build a lesson's notebook: ``lesson.md`` is the source, an engine gives the outputs, two builds give the same."""

from __future__ import annotations

import copy
import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checker.errors import LabProblem
from checker.files import LABS, NOTEBOOKS, ROOT, read_text, shown, work_root, write_text
from checker.lab import find_lab, load_lab
from checker.learner import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from nbformat import NotebookNode

    from checker.engine import Engine
    from checker.lab import Lab

    Execute = Callable[[NotebookNode, Lab], NotebookNode]

IGNORED = "nbval-ignore-output"
"""The tag of a cell whose output may differ from run to run; such a cell says why in its metadata ``reason``."""

NOT_STORED = ("%doctor",)
"""Magics whose output describes the machine that a notebook was built on; it is not stored."""

RANDOM = {r"\b[0-9a-f]{64}\b": "ID"}
"""What no run repeats, though every version prints it: a build keeps what is stored where nothing else differs.

``tests/notebooks/sanitize.cfg`` says the same to nbval.
"""

CELL_LIMIT_S = 120
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
SHOWN_BY = {
    "%sheet": "lab.md",
    "%predict": "lab.toml",
    "%outcome": "checks.py",
    "%check": "checks.py",
    "%setup": "setup.txt",
    "%cheatsheet": "../cheatsheet.md",
    "%course": "../*/lab.toml",
}
"""Which file beside the lesson (``../``: beside all) decides what a cell with this magic prints; ``%%lab`` prints what
``%check`` does."""


@dataclass(frozen=True)
class Built:
    """What a build did: the notebook's file, whether its cells were run, and whether the file changed."""

    path: Path
    executed: bool
    changed: bool


def build(lab_id: str, execute: Execute, labs: Path = LABS, notebooks: Path = NOTEBOOKS) -> Built:
    """Build one notebook; where only prose changed, with the outputs that it has.

    Arguments:
        lab_id: the lab's id.
        execute: runs the cells, called only when it must; see ``on_engine``.
        labs: the folder of the labs.
        notebooks: the folder that gets the notebook.

    Raises:
        LabProblem: when the lesson cannot be read, or one of its cells fails.

    """
    lab = load_lab(lab_id, labs)
    path = notebooks / lab.notebook
    source, stored = source_notebook(lab), _stored(path)
    if stored is not None and _same_code(source, stored):
        return _write(path, with_outputs_of(source, stored), executed=False)
    return _write(path, run_cells(source, stored, lab, execute), executed=True)


def rebuild(lab_id: str, execute: Execute, labs: Path = LABS, notebooks: Path = NOTEBOOKS) -> Built:
    """Build one notebook and run its cells in any case, as after a change of the teaching images.

    Arguments:
        lab_id: the lab's full id.
        execute: runs a notebook's cells and returns the notebook with their outputs.
        labs: the folder of the labs.
        notebooks: the folder that the notebook is written into.

    Raises:
        LabProblem: when a cell fails or did not run.

    """
    lab = load_lab(lab_id, labs)
    path = notebooks / lab.notebook
    return _write(path, run_cells(source_notebook(lab), _stored(path), lab, execute), executed=True)


def is_stale(lab_id: str, labs: Path = LABS, notebooks: Path = NOTEBOOKS) -> str | None:
    """Return None when the notebook is what its lesson would give; else what is old, and the command to run.

    Arguments:
        lab_id: the lab's id, its number, or the start of its topic.
        labs: the folder of the labs.
        notebooks: the folder of the built notebooks.

    """
    lab = load_lab(find_lab(lab_id, labs), labs)
    path = notebooks / lab.notebook
    command = f"Run: checker lab build {lab.id}"
    stored = _stored(path)
    if stored is None:
        return f"There is no {shown(path)}. {command}"
    source = source_notebook(lab)
    if not _same_code(source, stored):
        return f"{shown(path)} is older than the cells of {shown(lab.folder / 'lesson.md')}. {command}"
    if as_text(with_outputs_of(source, stored)) != read_text(path):
        return f"{shown(path)} is older than the text of {shown(lab.folder / 'lesson.md')}. {command}"
    return None


def source_notebook(lab: Lab) -> NotebookNode:
    """Return the lesson as a notebook with sequential cell ids and no outputs.

    Raises:
        LabProblem: when the lesson has no code cell.

    """
    import jupytext  # type: ignore[import-untyped]

    notebook: NotebookNode = jupytext.reads(read_text(lab.folder / "lesson.md"), fmt="md:myst")
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number:02}"
    if not _code(notebook):
        raise LabProblem(f"{shown(lab.folder / 'lesson.md')} has no code cell.", "Write one: ```{code-cell}")
    notebook["metadata"] = {
        "docker101": {"lab": lab.id, "shows": _fingerprint(lab, notebook)},
        "kernelspec": dict(KERNEL),
        "language_info": dict(LANGUAGE),
    }
    return _node(notebook)


def with_outputs_of(source: NotebookNode, stored: NotebookNode) -> NotebookNode:
    """Return ``source`` with the counts and outputs of ``stored``, whose code cells are the same.

    Arguments:
        source: a notebook made from a lesson, without outputs; it is changed.
        stored: the notebook that was built last, with the same code cells.

    """
    for cell, old in zip(_code(source), _code(stored), strict=True):
        cell["execution_count"], cell["outputs"] = old["execution_count"], _to_store(cell, old["outputs"])
    return source


def run_cells(source: NotebookNode, stored: NotebookNode | None, lab: Lab, execute: Execute) -> NotebookNode:
    """Run ``source``; where a cell's output may differ and its code did not change, keep the output that was stored.

    Arguments:
        source: a notebook made from a lesson, without outputs.
        stored: the notebook that was built last; None when there is none.
        lab: the lab that the lesson belongs to.
        execute: runs a notebook's cells and returns the notebook with their outputs.

    Raises:
        LabProblem: when a cell fails or did not run.

    """
    metadata = copy.deepcopy(source["metadata"])
    done = _node(execute(source, lab))
    done["metadata"] = metadata  # running added the version of this machine's Python
    for number, cell in enumerate(_code(done), 1):
        _must_have_run(lab, number, cell)
        cell["metadata"].pop("execution", None)
        cell["outputs"] = _to_store(cell, [_stable(output) for output in _merged(cell["outputs"])])
    for cell, old in _pairs(done, stored):
        if IGNORED in cell["metadata"].get("tags", []) or sanitised(cell["outputs"]) == sanitised(old["outputs"]):
            cell["outputs"] = _to_store(cell, old["outputs"])
    return done


def _to_store(cell: NotebookNode, outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return the outputs of a cell that a notebook holds: none of a cell that examines the machine."""
    return [] if cell["source"].strip().startswith(NOT_STORED) else outputs


def sanitised(value: Any) -> Any:
    """Return outputs, or a part of them, without what is random in every run."""
    if isinstance(value, dict):
        return {name: sanitised(item) for name, item in value.items()}
    if isinstance(value, list):
        return [sanitised(item) for item in value]
    for pattern, instead in RANDOM.items() if isinstance(value, str) else ():
        value = re.sub(pattern, instead, value)
    return value


def as_text(notebook: NotebookNode) -> str:
    """Return the notebook as the text of its file."""
    import nbformat

    nbformat.validate(notebook)
    text = str(nbformat.writes(notebook, version=4))  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def on_engine(find: Callable[[], Engine]) -> Execute:
    """Return what runs notebooks on the engine that ``find`` opens; it is opened only when cells must run.

    Arguments:
        find: opens the course in ``$DOCKER101_WORK``, which must be a folder that is thrown away.

    """

    def execute(notebook: NotebookNode, lab: Lab) -> NotebookNode:
        find().save(work_root())
        return in_folder(work_root())(notebook, lab)

    return execute


def in_folder(work: Path) -> Execute:
    """Return what runs notebooks in a learner's folder.

    Arguments:
        work: a folder that is thrown away afterwards, so that a build finds nothing that someone did before; it knows
            its engine (``.course/engine.json``).

    """

    def execute(notebook: NotebookNode, lab: Lab) -> NotebookNode:
        Work(work).update(lab)
        return _executed(notebook, lab, work)

    return execute


def environment(work: Path, labs: Path = LABS) -> dict[str, str]:
    """Return the environment in which a notebook's kernel gives the outputs that are stored.

    Arguments:
        work: the learner's folder that it is run in.
        labs: the folder of the labs.

    """
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("DOCKER101_")},
        "DOCKER101_WORK": str(work),
        "DOCKER101_LABS": str(labs),
        "DOCKER101_STATIC": "1",
        "IPYTHONDIR": str(work / ".course" / "ipython"),
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "COLUMNS": "120",
    }


def _executed(notebook: NotebookNode, lab: Lab, work: Path) -> NotebookNode:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    client = NotebookClient(
        notebook, timeout=CELL_LIMIT_S, kernel_name="python3", record_timing=False, store_widget_state=False
    )
    try:
        client.execute(cwd=str(work / lab.id), env=environment(work, lab.folder.parent))
    except (CellControlSignal, DeadKernelError) as error:
        raise LabProblem(
            f"{shown(lab.folder / 'lesson.md')}: a cell failed.\n{_plain(str(error))}", "Fix the cell, or its lab."
        ) from error
    return notebook


def _write(path: Path, notebook: NotebookNode, *, executed: bool) -> Built:
    text = as_text(notebook)
    changed = not path.is_file() or read_text(path) != text
    if changed:
        write_text(path, text)
    return Built(path, executed, changed)


def _stored(path: Path) -> NotebookNode | None:
    """Return the notebook that is there; one that cannot be read counts as none, it is made again."""
    import nbformat

    try:
        return _node(nbformat.reads(path.read_text(encoding="utf-8"), as_version=4))  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.ValidationError):
        return None


def _node(notebook: Any) -> NotebookNode:
    import nbformat

    node: NotebookNode = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    return node


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _same_code(source: NotebookNode, stored: NotebookNode) -> bool:
    """Return whether the stored outputs are those of this source: same cells, same tags, same files shown, all run."""
    fresh, old = _code(source), _code(stored)
    return (
        [cell["source"] for cell in fresh] == [cell["source"] for cell in old]
        and [cell["metadata"].get("tags") for cell in fresh] == [cell["metadata"].get("tags") for cell in old]
        and source["metadata"]["docker101"] == stored["metadata"].get("docker101")
        and all(cell["execution_count"] for cell in old)
    )


def _fingerprint(lab: Lab, notebook: NotebookNode) -> str:
    """Return what changes when a file changes that some cell of this lesson shows, or that draws what cells show."""
    code = "\n".join(cell["source"] for cell in _code(notebook)).replace("%%lab", "%check")
    patterns = sorted({file for magic, file in SHOWN_BY.items() if magic in code})
    digest = hashlib.sha256()
    for path in [*_matching(lab, patterns), *drawing_files()]:
        digest.update(f"{path.name}\n{read_text(path)}\n".encode())
    return digest.hexdigest()[:16]


def drawing_files() -> list[Path]:
    """Return what makes the HTML that cells show: modules and templates of all rooms that have templates.

    Style sheets are not in it: how an output looks is no result of a run, and the next run brings a new style in. Nor
    are words that come from elsewhere, such as a failure's: nbval runs the cells and compares them.
    """
    rooms = sorted(path.parent for path in (ROOT / "checker").glob("*/templates"))
    return [path for room in rooms for path in sorted(room.rglob("*")) if path.suffix in (".py", ".html")]


def _matching(lab: Lab, patterns: Iterable[str]) -> Iterator[Path]:
    """Yield the files that the patterns of ``SHOWN_BY`` mean for a lab."""
    for pattern in patterns:
        base = lab.folder.parent if pattern.startswith("../") else lab.folder
        yield from sorted(base.glob(pattern.removeprefix("../")))


def _pairs(fresh: NotebookNode, stored: NotebookNode | None) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    """Yield each fresh code cell with the stored one of the same code; the n-th of several with the n-th."""
    left = [cell for cell in _code(stored) if cell["execution_count"]] if stored else []
    for cell in _code(fresh):
        old = next((item for item in left if item["source"] == cell["source"]), None)
        if old is not None:
            left.remove(old)
            yield cell, old


def _must_have_run(lab: Lab, number: int, cell: NotebookNode) -> None:
    where = f"{shown(lab.folder / 'lesson.md')}: code cell {number}"
    if not cell["execution_count"]:
        raise LabProblem(f"{where} did not run.", "An empty cell runs nothing: fill it or remove it.")
    failed = [output for output in cell["outputs"] if output["output_type"] == "error"]
    if failed:
        raise LabProblem(f"{where} raised {failed[0]['ename']}: {failed[0]['evalue']}", "Fix it.")


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return the outputs with neighbouring texts of one stream as one: how a text was cut up is a matter of timing."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output["output_type"] == last["output_type"] == "stream" and output["name"] == last["name"]:
            last["text"] += output["text"]
        else:
            merged.append(output)
    return merged


def _stable(output: NotebookNode) -> NotebookNode:
    """Return the output without what belongs to one run alone."""
    if "data" in output:
        output["data"].pop("application/vnd.jupyter.widget-view+json", None)
    output.pop("transient", None)
    moved: NotebookNode = _moved(output, f"{work_root()}{os.sep}")
    return moved


def _moved(value: Any, folder: str) -> Any:
    """Return outputs, or a part of them, with paths below ``folder``, which is thrown away, as they are from there."""
    if isinstance(value, dict):
        for name, item in value.items():
            value[name] = _moved(item, folder)
        return value
    if isinstance(value, list):
        return [_moved(item, folder) for item in value]
    return value.replace(folder, "") if isinstance(value, str) else value


def _plain(text: str) -> str:
    """Return a kernel's message without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()
