"""A course as a notebook has it, with the sample lesson open."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from checker.engine.engine import Engine
from checker.jupyter.notebook.state import NotebookState
from checker.lab.learner_files import FilesView
from tests.lesson import LAB_ID, make_lab

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def open_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NotebookState:
    """Open the sample lesson, as a learner has it; what its outcomes ask for are the learner's files."""
    monkeypatch.delenv("DOCKER101_STATIC", raising=False)
    monkeypatch.setenv("DOCKER101_LABS", str(make_lab(tmp_path / "labs")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(NotebookState, "facts", facts)
    course = NotebookState()
    course.open(LAB_ID)
    return course


def started(course: NotebookState, host: str = "unix:///fake") -> None:
    """Let the course use an engine."""
    Engine(host, "private", "a test").save(course.work.root)


def facts(course: NotebookState, lab: Any) -> Any:
    """Return facts that know the learner's files and values alone."""
    folder, params = course.work.folder(lab), course.work.params(lab)
    values = {"files": FilesView(folder), "params": SimpleNamespace(**params)}
    return SimpleNamespace(built_in=values.__getitem__, names_asked=frozenset)
