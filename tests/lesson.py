"""A small lesson of the tests' own, so that they do not change with the course's lessons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbformat import NotebookNode

LAB_ID = "01_sample"

LESSON = """\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Sample

Some prose.

```{code-cell} ipython3
%load_ext checker.jupyter
%lesson 01_sample
```

More prose.

+++

A cell of its own.

```{code-cell} ipython3
:tags: [nbval-ignore-output]
:reason: "The table shows ages."

%%docker
docker ps
```

```{code-cell} ipython3
%sheet
```
"""

LAB_TOML = """\
title = "Sample"
lesson = "Sample"
minutes = 1
images = ["busybox:1.37"]

[params]
box = { kind = "word" }

[[questions]]
id = "code"
prompt = "Which code will {box} leave?"
kind = "number"
predict = true

[[questions]]
id = "listed"
prompt = "Is `{box}` listed?"
kind = "choice"
choices = ["yes", "no"]
predict = true

[[questions]]
id = "mute"
prompt = "Nobody can tell?"
kind = "text"
"""

CHECKS = '''\
"""Checks of the sample."""

from checker.lab.vocabulary import CannotTell, Failure, check


@check(points=1, hint="docker ps -a lists all containers.")
def boxed(files):
    """The file box.txt is there, and {box} knows it."""
    if not files.exists("box.txt"):
        raise Failure("There is no file box.txt.")


@check(points=2, hint="Look into the box.")
def opened(boxed, params):
    """The box is open."""


def outcome_code(params):
    """Return what the sample's engine did."""
    return 137, f"{params.box} was killed."


def outcome_listed(files):
    """Return it without an explanation, or nothing to compare."""
    if not files.exists("box.txt"):
        raise Failure("There is no box yet.", look="Make one.")
    return "yes"
'''


def make_lab(labs: Path, lesson: str = LESSON) -> Path:
    """Write the sample lab into ``labs`` and return that folder."""
    folder = labs / LAB_ID
    folder.mkdir(parents=True)
    sheet = "# Sample\n\nDo it. Yours: {box}.\n"
    texts = {"lesson.md": lesson, "lab.md": sheet, "lab.toml": LAB_TOML, "checks.py": CHECKS}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return labs


def ran(notebook: NotebookNode, *says: Callable[[str], str]) -> NotebookNode:
    """Change the notebook as nbclient does: its cells have run and printed what ``says`` make of their source."""
    notebook.metadata["language_info"]["version"] = "3.11.0"
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = number
        cell.metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
        cell.outputs = [
            nbformat.from_dict({"output_type": "stream", "name": "stdout", "text": said(cell.source)}) for said in says
        ]
    return notebook
