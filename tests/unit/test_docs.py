"""What people are told to type exists: commands, flags, docker lines, links, in every text of the course."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from checker.cli.commands import parser
from checker.commands import parse
from checker.files import LABS, ROOT
from checker.lab.load import lab_ids, load_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAINTAINERS = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md") if path.is_file()]
TEXTS = [*MAINTAINERS, *sorted(LABS.rglob("*.md"))]
LESSONS = sorted(LABS.glob("*/lesson.md"))

BLOCK = re.compile(r"^```(?P<language>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
OURS = re.compile(r"(?:(?:python3?|py) -m )?checker(?= |$)")
OTHERS = ("git", "cd", "apt-get", "sudo", "source", "deactivate")
"""Programs that a shell block may name beside ours and docker."""

OFFICIAL = re.compile(r"https://docs\.docker\.com/((?:[a-z0-9-]+/)+)(#[a-z0-9-]+)?")
GROUPS = ("buildx", "builder", "container", "context", "image", "network", "system", "volume")
ALONE = ("inspect", "login", "logout", "search", "version")
"""Commands of the docker CLI that have a page outside a group; every other one has its page in its group alone."""


def named(path: Path) -> str:
    """Return how a test is called that is about this file."""
    return path.relative_to(ROOT).as_posix()


def shell_lines(path: Path) -> list[str]:
    """Return the commands of a text's shell blocks, without comments."""
    blocks = [found["body"] for found in BLOCK.finditer(path.read_text("utf-8")) if found["language"].strip() == "sh"]
    lines = (line.partition(" #")[0].strip() for body in blocks for line in body.replace("\\\n", " ").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def inline(path: Path) -> list[str]:
    """Return what a text's sentences set as code."""
    return INLINE.findall(BLOCK.sub("", path.read_text("utf-8")))


def problem_with(words: list[str], known: argparse.ArgumentParser) -> str:
    """Say which word of a command of ours does not exist; values may be left out, and stand for anything."""
    for place, word in enumerate(words):
        if word == "--":
            return ""
        if word.startswith("-"):
            if word.partition("=")[0] not in known._option_string_actions:
                return f"there is no option {word}"
            continue
        below = next((one for one in known._actions if isinstance(one, argparse._SubParsersAction)), None)
        if below is not None:
            if word not in below.choices:
                return f"there is no command {word}"
            return problem_with(words[place + 1 :], below.choices[word])
    return ""


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_commands_of_shell_blocks_can_be_run(path: Path) -> None:
    """Each line of a shell block is a whole command of ours, a docker command, a module of ours, or a known program."""
    problems = {line: said for line in shell_lines(path) if (said := _shell_problem(line))}
    assert problems == {}


def _shell_problem(line: str) -> str:
    if OURS.match(line):
        words = shlex.split(OURS.sub("", line, count=1))
        return problem_with(words, parser()) or _not_parsed(words)
    words = shlex.split(line)
    if words[0] == "docker":
        return " ".join(str(problem) for problem in parse(line).problems)
    if words[1:2] == ["-m"] and words[0].startswith(("python", "py")):
        return "" if importlib.util.find_spec(words[2]) else f"there is no module {words[2]}"
    return "" if words[0] in OTHERS else f"what is {words[0]}?"


def _not_parsed(words: list[str]) -> str:
    try:
        parser().parse_args(words)
    except SystemExit:
        return "it lacks something, or has too much"
    return ""


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_commands_of_sentences_exist(path: Path) -> None:
    """Each command of ours that a sentence names exists, with its options; LAB and FILE stand for values."""
    ours = [code for code in inline(path) if OURS.match(code)]
    problems = {code: problem_with(OURS.sub("", code, count=1).split(), parser()) for code in ours}
    assert {code: said for code, said in problems.items() if said} == {}


def cells(path: Path) -> Iterator[str]:
    """Yield the docker lines of a lesson's cells."""
    for found in BLOCK.finditer(path.read_text("utf-8")):
        _, magic, lines = found["body"].partition("%%docker")
        if found["language"].startswith("{code-cell}") and magic:
            yield lines.partition("\n")[2]


@pytest.mark.parametrize("path", LESSONS, ids=named)
def test_docker_cells_can_be_read(path: Path) -> None:
    """Each line of a %%docker cell is a docker command in the course's grammar, with the sheet's values filled in."""
    values = load_lab(path.parent.name).values("")
    problems = [str(problem) for cell in cells(path) for problem in parse(cell, values).problems]
    assert problems == []


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    """What a text links to inside the course is there: files beside it, and headings in it."""
    text = BLOCK.sub("", path.read_text("utf-8"))
    headings = {_anchor(line) for line in text.splitlines() if line.startswith("#")}
    lost = []
    for target in LINK.findall(text):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        if not any((folder / file).exists() for folder in _read_from(path)) or (not file and anchor not in headings):
            lost.append(target)
    assert lost == []


def _read_from(path: Path) -> tuple[Path, ...]:
    """Return the folders in which a text is read: a lesson as a notebook, in a learner's folder of that lab or here."""
    return (path.parent, ROOT / "notebooks") if path.name == "lesson.md" else (path.parent,)


def _anchor(heading: str) -> str:
    """Return how a heading is linked to, as GitHub and JupyterLab do."""
    words = heading.lstrip("#").strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_official_pages_have_the_known_form(path: Path) -> None:
    """A link to docs.docker.com ends with a slash, and a command's page is the one in its own group."""
    links = [link for link in LINK.findall(path.read_text("utf-8")) if "docs.docker.com" in link]
    assert [link for link in links if not _is_official(link)] == []


def _is_official(link: str) -> bool:
    found = OFFICIAL.fullmatch(link)
    if not found:
        return False
    page = found.group(1).rstrip("/").split("/")
    if page[:3] != ["reference", "cli", "docker"]:
        return True
    command = page[3:]
    return len(command) <= (2 if command[:1] and command[0] in GROUPS else 1) and {*command[:1]} <= {*GROUPS, *ALONE}


@pytest.mark.parametrize(
    ("link", "good"),
    [
        ("https://docs.docker.com/reference/cli/docker/container/ls/", True),
        ("https://docs.docker.com/reference/cli/docker/container/ls", False),
        ("https://docs.docker.com/reference/cli/docker/ps/", False),
        ("https://docs.docker.com/reference/cli/docker/version/", True),
        ("https://docs.docker.com/reference/cli/docker/", True),
        ("https://docs.docker.com/reference/dockerfile/#from", True),
        ("https://docs.docker.com/engine/reference/run.md", False),
        ("http://docs.docker.com/get-started/", False),
    ],
)
def test_which_official_pages_have_the_known_form(link: str, good: bool) -> None:
    """The old forms, the short commands' pages, and other schemes are found."""
    assert _is_official(link) is good


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("python3 -m checker lab verify 05", ""),
        ("checker test -- -k report", ""),
        ("checker chekc 05", "there is no command chekc"),
        ("checker lab proof", "there is no command proof"),
        ("checker start --browser", "there is no option --browser"),
        ("checker solution", "it lacks something, or has too much"),
        ("python3 -m tests.bench", ""),
        ("python3 -m tests.nothing", "there is no module tests.nothing"),
        ("curl example.org", "what is curl?"),
    ],
)
def test_which_commands_can_be_run(line: str, problem: str) -> None:
    """A misspelt command, an option that is gone, and a value that is missing are found."""
    assert _shell_problem(line) == problem


@pytest.mark.parametrize("lab_id", lab_ids())
def test_every_lesson_names_official_pages(lab_id: str) -> None:
    """A lesson links to the official pages of what it teaches."""
    assert "https://docs.docker.com/reference/cli/docker/" in (LABS / lab_id / "lesson.md").read_text("utf-8")


def test_every_command_is_written_about() -> None:
    """README.md and CONTRIBUTING.md name each command of ours."""
    below = next(one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    told = [code for path in MAINTAINERS for code in (*shell_lines(path), *inline(path)) if OURS.match(code)]
    words = {(OURS.sub("", code, count=1).split() or [""])[0] for code in told}
    assert sorted(set(below.choices) - words) == []


def test_next_steps_name_commands_that_exist() -> None:
    """A message's next step, and a docstring, name only commands of ours that exist."""
    problems = {}
    for path in sorted((ROOT / "checker").rglob("*.py")):
        for code in re.findall(r"(?:: |``|-m )checker ((?:(?:--)?[a-z][a-z-]*(?: |\b))+)", path.read_text("utf-8")):
            said = problem_with(code.split()[:1], parser())
            if said:
                problems[f"{path.name}: checker {code}"] = said
    assert problems == {}
