"""Load a lab's ``checks.py``, strictly: the module itself, and the checks that it declares."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from checker.errors import LabProblem
from checker.files import shown
from checker.lab.vocabulary import BUILT_INS, Check, declared_checks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType


def load_module(path: Path) -> ModuleType:
    """Return a lab's ``checks.py``, run.

    Raises:
        LabProblem: when it cannot be loaded; names the line.

    """
    spec = importlib.util.spec_from_file_location(f"labs.{path.parent.name}.checks", path)
    if spec is None or spec.loader is None:
        raise LabProblem(f"{shown(path)}: cannot be loaded.", "Look at its name.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        what = f"{shown(path)}{_line_in(path, error)}: {type(error).__name__}: {error}."
        raise LabProblem(what, "Fix it; every lab needs its checks.") from error
    return module


def checks_of(module: ModuleType, path: Path) -> tuple[Check, ...]:
    """Return the checks of a loaded ``checks.py``, in its order.

    Arguments:
        module: the loaded module.
        path: its file, for messages.

    Raises:
        LabProblem: when there is none, or what one needs cannot be had.

    """
    checks = declared_checks(module)
    if not checks:
        raise LabProblem(f"{shown(path)}: declares no check.", "Put @check(points=…, hint=…) on each task.")
    ids = {item.id for item in checks}
    for item in checks:
        if item.id in BUILT_INS:
            raise LabProblem(f"{shown(path)}: the check {item.id} has the name of a built-in.", "Rename it.")
        for need in item.needs:
            if need not in ids:
                what = f"the check {item.id} has the parameter {need}, which is neither a check nor a built-in"
                known = f"Built-ins: {', '.join(BUILT_INS)}. Checks: {', '.join(sorted(ids))}."
                raise LabProblem(f"{shown(path)}: {what}.", known)
        _no_hidden_need(item, {other.id for other in checks if other.visibility == "hidden"}, path)
    _no_circle({item.id: item.needs for item in checks}, path)
    return tuple(checks)


def _no_hidden_need(item: Check, hidden: set[str], path: Path) -> None:
    """Refuse a visible check that needs a hidden one: a student edition is made without those, and must work."""
    found = [need for need in item.needs if need in hidden]
    if found and item.id not in hidden:
        what = f"the check {item.id} is visible and needs {found[0]}, which is hidden"
        raise LabProblem(f"{shown(path)}: {what}.", "Hide both, or none.")


def _no_circle(needs: Mapping[str, tuple[str, ...]], path: Path) -> None:
    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            circle = " -> ".join((*way[way.index(name) :], name))
            raise LabProblem(f"{shown(path)}: checks need each other in a circle: {circle}.", "Break it.")
        for need in needs[name]:
            visit(need, (*way, name))

    for name in needs:
        visit(name, ())


def _line_in(path: Path, error: BaseException) -> str:
    """Return ":LINE" for the last line of ``path`` that the error passed through, or an empty text."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f":{error.lineno}"
    line, step = "", error.__traceback__
    while step:
        if Path(step.tb_frame.f_code.co_filename) == path:
            line = f":{step.tb_lineno}"
        step = step.tb_next
    return line
