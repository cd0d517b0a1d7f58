"""The cheat sheet: every command that the lessons run, and their key points, on one page made from the lessons.

What the lessons run is read from their cells, what is to be remembered from their key points, and the official pages
from their links. Only the few words on each command are written down for this page, in ``labs/cheatsheet.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checker.commands import Entry, NotTaught, Option, entries, parse
from checker.errors import LabProblem
from checker.files import LABS, read_text, shown
from checker.lab import load_labs
from checker.tables import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from checker.commands import Command
    from checker.lab import Lab

FILE = "cheatsheet.md"
WORDS = "cheatsheet.toml"
COMMAND = "checker cheatsheet --write"
"""The command that writes the file."""

PAGES = "https://docs.docker.com/reference/cli/docker/"
DOCKERFILE = "https://docs.docker.com/reference/dockerfile/"

_PLAIN = {
    "image-or-id": "image",
    "new-image": "name:tag",
    "image-pattern": "image",
    "new-name": "name",
    "exposed": "port",
    "context": "folder",
    "object": "container",
}
"""Kinds of values of the vocabulary, in plainer words."""

_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n|\n)*(.*?)^```", re.MULTILINE | re.DOTALL)
_RUNS = ("%%docker", "%%requests", "%%lab")
_POINT = re.compile(r"^- (.+)$", re.MULTILINE)
_INSTRUCTION = re.compile(r"^([A-Z]+) \S", re.MULTILINE)


@dataclass
class Used:
    """What the lessons run: by a command's entry, the spellings and the options that were typed; and instructions."""

    spellings: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, dict[Option, str]] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    instructions: dict[str, str] = field(default_factory=dict)


def page(labs: Path = LABS) -> str:
    """Return the cheat sheet as Markdown.

    Arguments:
        labs: the folder of the labs, with ``cheatsheet.toml`` in it.

    Raises:
        LabProblem: when the words or the official page of a command are missing; names the lesson that runs it.

    """
    lessons = load_labs(labs)
    texts = {lab.id: read_text(lab.folder / "lesson.md") for lab in lessons}
    words = read_table(labs / WORDS)
    used = _used(lessons, texts)
    sheet = _Sheet(words, used, "\n".join(texts.values()))
    parts = [_BEGINNING]
    for lab in lessons:
        section = [part for part in sheet.section(lab.id, key_points(texts[lab.id])) if part]
        parts += [f"## {lab.id[:2]} {lab.lesson}\n", *section]
    words.nothing_else()
    sheet.complete()
    return "\n".join(parts).rstrip() + "\n"


_BEGINNING = """\
# Docker on one page

What to remember of each lesson, and every command that the lessons run, with the options that they use.
Words in capitals are yours to fill in; each command leads to its official page.
"""


def key_points(lesson: str) -> list[str]:
    """Return the key points of a lesson, as it writes them."""
    _, _, rest = lesson.partition("\n## Key points\n")
    return _POINT.findall(re.split(r"^(?!- |$)", rest.lstrip("\n"), maxsplit=1, flags=re.MULTILINE)[0])


def cells(lesson: str) -> list[str]:
    """Return the code cells of a lesson's text, without their tags."""
    return _CELL.findall(lesson)


def _used(lessons: Iterable[Lab], texts: dict[str, str]) -> Used:
    """Read what the lessons run."""
    used = Used()
    for lab in lessons:
        for cell in cells(texts[lab.id]):
            magic, _, body = cell.partition("\n")
            if magic.split(" ")[0] in _RUNS:
                for command in parse(body, lab.values("")).commands:
                    _note(used, command, lab.id)
            elif re.match(r"%%file \S*Dockerfile", magic):
                for name in _INSTRUCTION.findall(body):
                    used.instructions.setdefault(name, lab.id)
    return used


def _note(used: Used, command: Command, lab_id: str) -> None:
    """Note one command: its spelling, and its options."""
    words = list(command.argv[1:])
    typed = next((name for length in (2, 1) if (name := " ".join(words[:length])) in entries()), words[0])
    if typed.startswith("-"):
        return
    name = entries()[typed].name if typed in entries() else typed
    used.where.setdefault(name, lab_id)
    _add(used.spellings.setdefault(name, []), typed)
    try:
        options = [option for option, _ in command.known().options]
    except NotTaught:
        return
    known = used.options.setdefault(name, {})
    for option in options:
        known.setdefault(option, _typed(command, entries()[name], option))


def _add(to: list[str], item: str) -> None:
    if item not in to:
        to.append(item)


def _typed(command: Command, entry: Entry, option: Option) -> str:
    """Return an option as it was typed; of several in one word, as in -it, its short form."""
    flags = [flag for flag, one in entry.options.items() if one is option]
    words = [word.partition("=")[0] for word in command.argv]
    return next((flag for flag in flags if flag in words), min(flags, key=len))


class _Sheet:
    """Writes the sections, and keeps account of what has been written.

    Arguments:
        words: ``cheatsheet.toml``.
        used: what the lessons run.
        text: all lessons, for their links and for commands that they name and do not run.

    """

    def __init__(self, words: Table, used: Used, text: str) -> None:
        self._words, self._used, self._text = words, used, text
        self._links = re.findall(rf"\]\(({re.escape(PAGES)}[^)\s]*)\)", text)
        self._told: set[str] = set()

    def section(self, lab_id: str, points: Sequence[str]) -> Iterator[str]:
        """Yield the parts of one lesson's section."""
        own = self._words.table(lab_id) if lab_id in self._words.keys() else None  # noqa: SIM118  (no dictionary)
        yield _list("", points)
        if own is None:
            return
        yield _list("Commands", self._commands(own))
        for command in own.table("options").keys() if "options" in own.keys() else ():  # noqa: SIM118
            yield _list(f"Options of docker {command}", self._options(own.table("options"), command))
        yield _list("In a Dockerfile", self._instructions(own))
        own.nothing_else()

    def complete(self) -> None:
        """Demand that the cheat sheet has every command that the lessons run.

        Raises:
            LabProblem: for the first thing that has not.

        """
        for name, lab_id in self._used.where.items():
            if name not in self._told:
                raise self._missing(f"docker {name}", lab_id, "commands", name)
        for name, lab_id in self._used.instructions.items():
            if name not in self._told:
                raise self._missing(name, lab_id, "instructions", name)

    def _missing(self, what: str, lab_id: str, table: str, key: str) -> LabProblem:
        return LabProblem(
            f"{shown(self._words.file)} has no words for {what}, which lesson {lab_id} uses.",
            f'Add a line under [{lab_id}.{table}]: "{key}" = "what it does"',
        )

    def _commands(self, own: Table) -> Iterator[str]:
        """Yield the commands that some lesson names."""
        explained = own.table("options").keys()
        for name, does in _pairs(own, "commands"):
            typed = self._used.spellings.get(name) or ([name] if re.search(rf"docker {name}\b", self._text) else [])
            if not typed:
                continue
            self._told.add(name)
            entry = entries().get(name)
            first, *others = sorted(typed, key=lambda spelling: spelling != name)
            also = "".join(f", also `docker {other}`" for other in others)
            used = [] if name in explained else self._used_options(name)
            options = f" ({', '.join(f'`{option}`' for option in used)})" if used else ""
            yield f"[`{_form(first, entry)}`]({self._page(name, entry)}){also}: {does}{options}"

    def _used_options(self, name: str) -> list[str]:
        return list(self._used.options.get(name, {}).values())

    def _options(self, tables: Table, command: str) -> Iterator[str]:
        """Yield the options of a command, all that the lessons use."""
        own = tables.table(command)
        used = self._used_options(command)
        for option in used:
            if option not in own.keys():  # noqa: SIM118  (a method of ours, not a dictionary's)
                raise own.problem(option, f"has no words, and a lesson uses docker {command} {option}", "Add a line.")
        yield from (f"`{option}`: {own.text(option)}" for option in own.keys() if option in used)  # noqa: SIM118

    def _instructions(self, own: Table) -> Iterator[str]:
        """Yield the instructions that some lesson's Dockerfile has."""
        for name, does in _pairs(own, "instructions"):
            if name in self._used.instructions:
                self._told.add(name)
                yield f"[`{name}`]({DOCKERFILE}#{name.lower()}): {does}"

    def _page(self, name: str, entry: Entry | None) -> str:
        """Return the official page that a lesson links."""
        spellings = [spelling for spelling, one in entries().items() if one is entry] if entry else [name]
        wanted = {f"{PAGES}{spelling.replace(' ', '/')}/" for spelling in spellings}
        # the page of docker events is system/events there; docker context ls may link to its group's page
        wanted |= {f"{PAGES}{group}/{name}/" for group in ("container", "image", "system", "buildx")}
        wanted |= {f"{PAGES}{name.split(' ', maxsplit=1)[0]}/"} if " " in name else set()
        for link in self._links:
            if link in wanted:
                return str(link)
        raise LabProblem(
            f"No lesson links the official page of docker {name}.",
            f"Link it where the lesson names its pages: {PAGES}…",
        )


def _pairs(own: Table, name: str) -> Iterator[tuple[str, str]]:
    if name in own.keys():  # noqa: SIM118  (a method of ours, not a dictionary's)
        table = own.table(name)
        for key in table.keys():  # noqa: SIM118
            yield key, table.text(key)
        table.nothing_else()


def _form(typed: str, entry: Entry | None) -> str:
    """Return a command with its arguments, as one types it."""
    ends = {"1": "{}", "?": "[{}]", "+": "{} …", "*": "[{} …]"}
    kinds = [(_PLAIN.get(kind, kind), count) for kind, count in entry.args] if entry else []
    if typed.startswith("network"):
        kinds = [("network", count) for _, count in kinds]
    args = [ends[count].format(kind.upper()) for kind, count in kinds]
    return " ".join(["docker", typed, *args])


def _list(title: str, items: Iterable[str]) -> str:
    """Return a list as Markdown, with its title above it; nothing when there is nothing to list."""
    lines = [f"- {item}\n" for item in items]
    return "".join([f"**{title}**\n\n" if title else "", *lines]) if lines else ""


def problem(labs: Path = LABS) -> str | None:
    """Return None when ``labs/cheatsheet.md`` is what the lessons give; else what is wrong, and the command to run."""
    path = labs / FILE
    if path.is_file() and read_text(path) == page(labs):
        return None
    return f"{shown(path)} is older than the lessons. Run: {COMMAND}"
