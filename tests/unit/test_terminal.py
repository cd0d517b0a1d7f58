"""What a person sees while the course works: bars and tables on a terminal, and the same in lines elsewhere."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from checker import output, terminal
from checker.cli import doctor as doctor_command
from checker.cli.commands import run
from checker.doctor.finding import bad, ok
from checker.output import say
from checker.terminal import BYTES, TableRow, amount, bar, progress, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Terminal:
    """Stands for a terminal that someone looks at."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._written = ""

    def getvalue(self) -> str:
        """Return all that was written."""
        self._written += self._capsys.readouterr().out
        return self._written


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Return a terminal of 80 columns, as the place where all output goes."""
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True, raising=False)  # its object changes with each phase
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    return Terminal(capsys)


def text(seen: Terminal) -> str:
    """Return what was written without colours and without what moves the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.getvalue())


@pytest.mark.parametrize(
    ("done", "total", "unit", "expected"),
    [
        (3, 8, "images", "3 of 8 images"),
        (3, 0, "packages", "3 packages so far"),
        (0, 0, "packages", ""),
        (12_000_000, 80_000_000, BYTES, "12 MB of 80 MB"),
        (1, 0, BYTES, "0.1 MB"),
    ],
)
def test_amounts_are_told_in_words(done: int, total: int, unit: str, expected: str) -> None:
    """How much is done, of how much where that is known."""
    assert amount(done, total, unit) == expected


def test_terminal_gets_one_bar_with_the_time_left(seen: Terminal) -> None:
    """The bar says how much is done and how long it takes yet, and is gone when the step has ended."""
    with progress(say, 8, "images") as done:
        done.add(8)
        terminal._bars[0].refresh()
    assert re.search(r"━+ 0 of 8 images -:--:-- left", text(seen))
    assert re.search(r"━+ 8 of 8 images 0:00:00 left", text(seen))
    assert not terminal._bars


def test_step_within_a_step_gets_a_line_of_the_same_bar(seen: Terminal) -> None:
    """Two bars would write over each other."""
    with bar(say, 2, "images"):
        with progress(say, 80_000_000, BYTES) as done:
            done.add(80_000_000)
            (screen,) = terminal._bars
            assert [task.fields["amount"] for task in screen.tasks] == ["0 of 2 images", "80 MB of 80 MB"]
        assert [task.fields["amount"] for task in screen.tasks] == ["0 of 2 images"]


def test_lines_are_said_above_the_bar_as_they_are(seen: Terminal) -> None:
    """What is said meanwhile is neither cut, nor wrapped, nor read as markup or as an emoji."""
    long = f"Loading [bold]x[/bold] :whale: {'y' * 100} …"
    with bar(say, 2, "images"):
        say(long)
    assert long in text(seen)


def test_step_that_fails_leaves_no_bar(seen: Terminal) -> None:
    """The error is said on a screen that is as before."""
    with pytest.raises(KeyboardInterrupt), bar(say, 2, "images"):
        raise KeyboardInterrupt
    assert not terminal._bars
    assert seen.getvalue().rfind("\x1b[?25h") > seen.getvalue().rfind("\x1b[?25l")  # the cursor is back


def _pipe(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(type(sys.stdout), "isatty", lambda _: False)


def _dumb(patch: pytest.MonkeyPatch) -> None:
    patch.setenv("TERM", "dumb")


def _bare(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(terminal.importlib.util, "find_spec", lambda _: None)


@pytest.mark.parametrize("place", [_pipe, _dumb, _bare], ids=["pipe", "dumb terminal", "Python without rich"])
def test_elsewhere_the_same_is_said_in_lines(
    place: Callable[[pytest.MonkeyPatch], None], seen: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no line can be redrawn, a line from time to time says how far a step is, and the last how long it took."""
    place(monkeypatch)
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(clock))
    with progress(say, 8, "images") as done:
        done.add(3)
    lines = seen.getvalue().splitlines()
    assert lines[0].startswith("  … 3 of 8 images, ")
    assert lines[1].startswith("  done in ")


def test_who_listens_to_the_lines_gets_lines(seen: Terminal) -> None:
    """Where somebody else takes what is said, as a test does, nothing is drawn on the screen."""
    said: list[str] = []
    with bar(said.append, 2, "images") as done, progress(said.append, 8, "images"):
        done.add(1)
    assert seen.getvalue() == ""


def test_colours_are_left_out_for_whom_they_disturb(seen: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR a table is drawn all the same, without one colour, and not in bold."""
    table(("", "What"), [TableRow(("✗", "broken"), "red")])
    coloured = seen.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    table(("", "What"), [TableRow(("✗", "broken"), "red")])
    plain = seen.getvalue().removeprefix(coloured)
    assert "\x1b[31m" in coloured
    assert "broken" in plain
    assert "\x1b" not in plain
    assert not output.coloured()


@pytest.mark.parametrize("columns", ["80", "120"])
def test_status_is_a_table_on_a_terminal(
    columns: str, seen: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The labs in a table with headings, no line wider than the terminal; below it what the lines say elsewhere."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("DOCKER101_WORK", str(tmp_path))
    assert run(["status"]) == 0
    lines = text(seen).splitlines()
    assert lines[0].split() == ["Lab", "Progress", "Points"]
    assert lines[2].split()[0] == "00_welcome"
    assert "Next: 00_welcome" in lines
    assert max(map(len, lines[:10])) <= int(columns)


def test_doctor_is_a_table_and_its_steps_can_be_copied(seen: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found is a table; each step below it is one line, however long, for a table would cut a command up."""
    step = f"Run: sudo usermod -aG docker {'k' * 80}"
    found = [ok("Python", "Python 3.13."), bad("Docker engine", f"You may not use it. {'Why? ' * 30}", step)]
    monkeypatch.setattr(doctor_command, "this_machine", lambda: None)
    monkeypatch.setattr(doctor_command, "examine", lambda _: found)
    assert run(["doctor"]) == 3
    lines = text(seen).splitlines()
    assert lines[0].split() == ["Looked", "at", "Found"]
    assert f"  {step}" in lines
    assert max(len(line) for line in lines if step not in line) <= 80
    assert lines[-1] == "One thing keeps the course from working. Begin with: Docker engine."
