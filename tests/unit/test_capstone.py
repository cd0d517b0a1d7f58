"""The capstone fits the rest: its cells are its files, and every part of a lesson that it points to exists."""

from __future__ import annotations

import re

from checker.cheatsheet import cells
from checker.files import LABS, read_text
from checker.lab.load import load_lab, load_labs

FOLDER = LABS / "07_capstone"


def test_cells_are_the_files_to_mend() -> None:
    """The lesson's two cells hold what lies in starter/, so that editor and notebook begin with the same."""
    lesson = cells(read_text(FOLDER / "lesson.md"))
    texts = {cell.partition("\n")[0]: cell.partition("\n")[2] for cell in lesson}
    assert texts["%%file shop/Dockerfile"] == read_text(FOLDER / "starter/shop/Dockerfile")
    assert texts["%%lab"] == read_text(FOLDER / "starter/commands.txt")


def test_every_hint_names_a_lesson() -> None:
    """Each fault comes from a lesson; where the hint quotes a part of it, that part exists."""
    texts = {lab.id[:2]: read_text(lab.folder / "lesson.md") for lab in load_labs()}
    for check in load_lab("07").checks:
        assert re.search(r"[Ll]esson 0[1-6]", check.hint), check.id
        for number, part in re.findall(r"esson (0\d), “([^”]+)”", check.hint):
            assert f"\n## {part}\n" in texts[number], check.hint


def test_debrief_has_fifteen_faults_out_of_all_lessons() -> None:
    """As many as the story promises, each with the lesson that it comes from."""
    debrief = read_text(FOLDER / "lesson.md").partition("\n## Debrief\n")[2].partition("</details>")[0]
    faults = re.findall(r"^\| (\d+) \| .* \| (0[1-6]) \|$", debrief, re.MULTILINE)
    assert [int(number) for number, _ in faults] == list(range(1, 16))
    assert {lesson for _, lesson in faults} == {f"0{number}" for number in range(1, 7)}
