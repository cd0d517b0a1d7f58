"""The parts of a solution's command list, which of them belong together, and what a wrong answer changes of them.

A part may be played again by itself where nothing else hangs on what it makes. Parts that name the same container or
image hang together; so do all parts from a prune on, which asks for no name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from checker.commands import NotTaught, entries, parse
from checker.engine import image_name
from checker.verify.case import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from checker.commands import Command
    from checker.lab import Lab

_NAMES = frozenset({"container", "new-name", "object", "network"})
_IMAGES = frozenset({"image", "image-or-id", "new-image", "object"})


@dataclass(frozen=True)
class Part:
    """One part of a command list: its name, its commands, the containers and images that they name, what they read.

    ``reads`` are the folders that it builds from and the files that it feeds to a command, as they are in the lab's
    folder.
    """

    name: str
    commands: tuple[Command, ...]
    names: frozenset[str]
    reads: frozenset[str]


def read_parts(text: str, lab: Lab, params: Mapping[str, str]) -> tuple[Part, ...] | None:
    """Return the parts of a command list; None when they cannot be told apart: then the list is played as a whole.

    Arguments:
        text: the list, with its ``# == name`` lines.
        lab: whose images are everybody's, so that two parts that use one do not hang together by that.
        params: the values of the sheet's {placeholders}.

    """
    shared = {image_name(name) for name in lab.images}
    found = []
    for name, part in parts_of(text, "solution").items():
        listed = parse(part, params)
        if listed.problems:
            return None
        try:
            names = frozenset(one for command in listed.commands for one in _named(command)) - shared
        except NotTaught:
            return None
        found.append(Part(name, listed.commands, names, frozenset(_read(listed.commands))))
    return tuple(found) or None


def groups(parts: Iterable[Part]) -> tuple[frozenset[str], ...]:
    """Return the names of the parts that hang together, group by group, in the order of the list."""
    found: list[tuple[set[str], set[str]]] = []
    for part in parts:
        mine = [group for group in found if group[1] & part.names]
        for group in mine:
            found.remove(group)
        members = {part.name}.union(*(group[0] for group in mine))
        found.append((members, set(part.names).union(*(group[1] for group in mine))))
    return tuple(frozenset(members) for members, _ in found)


def touched(solution: Iterable[Part], wrong: Iterable[Part], files: Iterable[PurePosixPath]) -> frozenset[str]:
    """Return the names of the parts that a wrong answer plays in another way.

    Arguments:
        solution: the parts of the solution.
        wrong: the parts of the wrong answer, the solution's among them where it has none of its own.
        files: the files of the lab's folder that are different in the wrong answer.

    """
    lines = {part.name: [command.argv for command in part.commands] for part in solution}
    changed = {part.name for part in wrong if [command.argv for command in part.commands] != lines.get(part.name)}
    changed |= {part.name for part in wrong for path in files for read in part.reads if path.is_relative_to(read)}
    return frozenset(changed)


def changed_files(one: Path, other: Path) -> frozenset[PurePosixPath]:
    """Return the files that differ between two folders, with the paths that they have in them.

    Arguments:
        one: a folder.
        other: the folder to compare it with.

    """
    files = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (one, other)
    ]
    every = files[0].keys() | files[1].keys()
    return frozenset(PurePosixPath(path.as_posix()) for path in every if files[0].get(path) != files[1].get(path))


def _named(command: Command) -> Iterable[str]:
    """Return what a command names: containers as they are, images in full."""
    known = command.known()
    kinds = entries()[known.name].args
    for number, text in enumerate(known.args):
        yield from _as_names(kinds[min(number, len(kinds) - 1)][0], text)
    for option, text in known.options:
        yield from _as_names(option.kind, text)


def _as_names(kind: str, text: str) -> Iterable[str]:
    if kind in _NAMES:
        yield text
    if kind in _IMAGES:
        yield image_name(text)


def _read(commands: Iterable[Command]) -> Iterable[str]:
    for command in commands:
        if command.stdin_file:
            yield command.stdin_file
        known = command.known()
        if known.name == "build":
            yield "." if known.args[0] in ("-", ".") else known.args[0].removeprefix("./")
            yield from (text.removeprefix("./") for option, text in known.options if option.spelling == "--file")
