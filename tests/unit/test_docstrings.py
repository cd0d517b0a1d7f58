"""Docstrings of public functions name each parameter, so that a reader need not open the body."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from checker.files import ROOT, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW = 2
"""From so many parameters on, a summary line is not enough to tell what each of them is."""

CALLED_BY_OTHERS = {"cell_magic", "check"}
"""Decorators of functions that IPython or the checker calls: their users never see these parameters."""


class Docstring:
    """A function and what its docstring says."""

    def __init__(self, where: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.where, self.function = where, function
        self.text = ast.get_docstring(function) or ""

    @property
    def parameters(self) -> list[str]:
        """Its parameters without ``self`` and ``cls``, in order."""
        given = self.function.args
        every = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
        return [one.arg for one in every if one and one.arg not in ("self", "cls")]

    @property
    def described(self) -> set[str]:
        """The names before the colons of its section ``Arguments:``; ``a, b: …`` describes two."""
        found = re.search(r"^Arguments:\n((?:    .*\n?)+)", self.text, re.MULTILINE)
        heads = re.findall(r"^    ((?:\w+, )*\w+): \S", found[1] if found else "", re.MULTILINE)
        return {name for head in heads for name in head.split(", ")}

    @property
    def is_called_by_others(self) -> bool:
        """Whether a decorator registers it with what calls it."""
        used = {n.id for one in self.function.decorator_list for n in ast.walk(one) if isinstance(n, ast.Name)}
        return bool(used & CALLED_BY_OTHERS)


def public_functions(source: str, file: str) -> Iterator[Docstring]:
    """Yield the functions and methods that others may call: none in a function, none with a leading underscore."""

    def visit(body: list[ast.stmt], within: str) -> Iterator[Docstring]:
        for node in body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield from visit(node.body, f"{within}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                yield Docstring(f"{file}:{node.lineno} {within}{node.name}", node)
            elif isinstance(node, ast.If):
                yield from visit([*node.body, *node.orelse], within)

    return visit(ast.parse(source).body, "")


def undescribed(functions: Iterator[Docstring]) -> list[str]:
    """Return which parameters the docstrings leave out, and which they name that are not there."""
    found = []
    for one in functions:
        needed = set(one.parameters) if len(one.parameters) >= FEW and not one.is_called_by_others else set()
        missing, unknown = needed - one.described, one.described - set(one.parameters)
        found += [f"{one.where}: {name} is not described" for name in one.parameters if name in missing]
        found += [f"{one.where}: there is no {name}" for name in sorted(unknown)]
    return found


FILES = sorted((ROOT / "checker").rglob("*.py"))


def test_every_parameter_is_described() -> None:
    """A public function with two parameters or more has a section ``Arguments:`` that names them all, and no others."""
    found = [line for path in FILES for line in undescribed(public_functions(path.read_text("utf-8"), shown(path)))]
    assert found == []


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Arguments:\n        a: one.\n        b: two.\n", []),
        ("Arguments:\n        a, b: a pair.\n", []),
        ("", ["m.py:1 f: a is not described", "m.py:1 f: b is not described"]),
        ("Arguments:\n        a: one.\n\n    b: is told elsewhere.\n", ["m.py:1 f: b is not described"]),
        ("Arguments:\n        a, b, c: three.\n", ["m.py:1 f: there is no c"]),
        ("Arguments:\n        a: one.\n        b:\n", ["m.py:1 f: b is not described"]),
    ],
)
def test_what_is_not_described_is_named(docstring: str, expected: list[str]) -> None:
    """The rule itself: each name counts only in the section, with words after its colon."""
    source = f'def f(a, *, b=0):\n    """Do it.\n\n    {docstring}\n    """\n'
    assert undescribed(public_functions(source, "m.py")) == expected


@pytest.mark.parametrize(
    "source",
    [
        "def _f(a, b):\n    pass\n",
        "class _C:\n    def f(self, a, b):\n        pass\n",
        "class C:\n    def f(self, a):\n        pass\n",
        "class C:\n    def __call__(self, a, b):\n        pass\n",
        "class C:\n    @cell_magic\n    def f(self, line, cell):\n        pass\n",
        "@check(points=1)\ndef f(engine, params):\n    pass\n",
        "def f(a):\n    def g(b, c):\n        pass\n",
    ],
)
def test_who_needs_no_section(source: str) -> None:
    """Neither private, nested and short functions, nor those that only IPython or the checker calls."""
    assert undescribed(public_functions(source, "m.py")) == []
