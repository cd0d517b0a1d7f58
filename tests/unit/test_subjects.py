"""``labs/README.md``: every subject is seen, done and told apart, and all that its tables name exists."""

from __future__ import annotations

import re

import pytest

from checker.files import LABS, read_text
from checker.lab.headings import parts_of
from checker.lab.load import Lab, load_labs

SUBJECTS = """
pull; images; image rm; image tag; run, attached; run, arguments; run -d; run -a stdout; run -a stderr; run -a stdin;
run -i; run -t; run -p; run -P; run --name; container list; ps; ps -a; rm, container rm, container remove;
container prune; start; restart; pause; unpause; stop; kill; rename; id or name; FROM; FROM scratch; WORKDIR; COPY; RUN;
EXPOSE; ENV; USER; CMD; build -t; base images and layers; example application
"""
"""Every subject that the course must teach."""

MISCONCEPTIONS = """
container against image mixed up; ports reversed; only EXPOSE, not published; published to another port;
listening on 127.0.0.1 inside; port taken, container left Created; container exited at once under -d;
container running but under another name; right name, other image; an old stopped container of that name;
-i without -t and the reverse; run twice: a second container with a random name; paused taken for stopped;
stop where kill was asked and the reverse; forced stop where a graceful one was asked;
removed and re-created where restart was asked (new id); renamed by removing and re-creating;
prune that took the one to spare; rm -f where stop then rm was asked; tag made from another image;
original removed with the tag; image removed by force from under a container; untagged but not deleted;
build under another name; tag left out; context wrong; COPY of everything before the dependencies;
RUN useradd without USER; USER before a step that needs root; CMD in shell form where exec form matters;
EXPOSE against the app's port; ENV hard-coded in the app; secret copied in and deleted in a later layer;
latest base where a pinned one was asked; image of the right name but not built from the learner's Dockerfile;
HEALTHCHECK or /bin/sh that lies; an answer typed in the wrong unit or with spaces
"""
"""Every wrong answer that some lab must tell apart."""

LABS_BY_NUMBER: dict[str, Lab] = {lab.id[:2]: lab for lab in load_labs()}


def listed(text: str) -> list[str]:
    """Return the entries of a list."""
    return [" ".join(item.split()) for item in text.split(";")]


def rows(title: str) -> list[list[str]]:
    """Return the rows of the table under a heading of ``labs/README.md``, without its head."""
    section = read_text(LABS / "README.md").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def sections(lab: Lab) -> dict[str, str]:
    """Return the parts of a lesson by their headings."""
    return parts_of(read_text(lab.folder / "lesson.md"))


def has_live_cell(part: str) -> bool:
    """Return whether a part of a lesson runs docker."""
    return bool(re.search(r"^%%(docker|requests|lab)\b", part, re.MULTILINE))


SUBJECT_ROWS = rows("Subjects")
MISCONCEPTION_ROWS = rows("Misconceptions")


@pytest.mark.parametrize("subject", listed(SUBJECTS))
def test_every_subject_has_a_row(subject: str) -> None:
    """What the course must teach is in the table, once."""
    assert [row[0] for row in SUBJECT_ROWS].count(subject) == 1


@pytest.mark.parametrize("misconception", listed(MISCONCEPTIONS))
def test_every_misconception_has_a_row(misconception: str) -> None:
    """What must be told apart is in the table, once."""
    assert [row[0] for row in MISCONCEPTION_ROWS].count(misconception) == 1


@pytest.mark.parametrize("row", SUBJECT_ROWS, ids=[row[0] for row in SUBJECT_ROWS])
def test_subject_is_seen_done_and_told_apart(row: list[str]) -> None:
    """Its part of a lesson runs docker, and its tasks and wrong answers exist."""
    _, seen, tasks, wrongs = row
    for place in listed(seen):
        number, _, heading = place.partition(" § ")
        part = sections(LABS_BY_NUMBER[number]).get(heading)
        assert part is not None, f"lesson {number} has no part “{heading}”"
        assert has_live_cell(part), f"“{heading}” of lesson {number} runs nothing"
    assert [task for task in listed(tasks) if not is_task(*task.split(" "))] == []
    assert [wrong for wrong in listed(wrongs) if not is_wrong(*wrong.split(" "))] == []


@pytest.mark.parametrize("row", MISCONCEPTION_ROWS, ids=[row[0] for row in MISCONCEPTION_ROWS])
def test_misconception_is_a_wrong_answer(row: list[str]) -> None:
    """Some lab tells it apart."""
    assert [wrong for wrong in listed(row[1]) if not is_wrong(*wrong.split(" "))] == []


def is_task(number: str, name: str) -> bool:
    """Return whether a lab has a check or a question of this name."""
    lab = LABS_BY_NUMBER[number]
    return name in {item.id for item in (*lab.checks, *lab.questions)}


def is_wrong(number: str, name: str) -> bool:
    """Return whether a lab has a wrong answer of this name."""
    return name in {wrong.name for wrong in LABS_BY_NUMBER[number].wrongs}


def test_there_are_many_wrong_answers() -> None:
    """Sixty at least, over all labs."""
    assert sum(len(lab.wrongs) for lab in LABS_BY_NUMBER.values()) >= 60
