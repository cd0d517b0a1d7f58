"""Reading and writing files: whole or not at all, any line ends, and every problem one message."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from checker import files
from checker.errors import EXIT_INTERNAL, EXIT_USAGE, CourseError, UsageProblem
from checker.files import ROOT, cannot_write, read_text, read_toml, shown, work_root, write_text

# --- where things are


def test_work_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """DOCKER101_WORK names the learner's folder; a relative one is made whole."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER101_WORK", "mine")
    assert work_root() == tmp_path / "mine"


@pytest.mark.parametrize("value", [None, ""])
def test_work_is_beside_the_package(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """Without the variable, or with an empty one, it is work/ in the course's folder."""
    monkeypatch.delenv("DOCKER101_WORK", raising=False)
    if value is not None:
        monkeypatch.setenv("DOCKER101_WORK", value)
    assert work_root() == ROOT / "work"


def test_path_is_shown_as_people_know_it(tmp_path: Path) -> None:
    """Inside the course's folder a path is relative, with slashes; elsewhere it is whole."""
    assert shown(ROOT / "work" / "05_lifecycle" / "lab.md") == "work/05_lifecycle/lab.md"
    assert shown(tmp_path / "lab.md") == str(tmp_path / "lab.md")


# --- reading


@pytest.mark.parametrize("data", [b"a\nb\n", b"a\r\nb\r\n", b"a\rb\r", b"\xef\xbb\xbfa\r\nb\n"])
def test_line_ends_and_mark_make_no_difference(data: bytes, tmp_path: Path) -> None:
    """Files of Windows, of old Macs, and with a byte-order mark read as any other."""
    (tmp_path / "a.txt").write_bytes(data)
    assert read_text(tmp_path / "a.txt") == "a\nb\n"


def test_missing_file_is_named(tmp_path: Path) -> None:
    """What is not there is named, and how to get it back."""
    with pytest.raises(UsageProblem) as problem:
        read_text(tmp_path / "a.txt")
    assert str(problem.value) == f"There is no file {tmp_path}/a.txt.\nGet it back with: checker reset"


def test_other_encoding_is_named(tmp_path: Path) -> None:
    """A file in another encoding is named with the place of the first byte that is no UTF-8."""
    (tmp_path / "a.txt").write_bytes("läuft".encode("utf-16"))
    with pytest.raises(UsageProblem) as problem:
        read_text(tmp_path / "a.txt")
    assert problem.value.message == f"{tmp_path}/a.txt is not plain UTF-8 text (byte 0)."
    assert problem.value.next_step == "Save it as UTF-8 in your editor."


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    """A folder in the place of a file cannot be read, and the system's reason is told."""
    with pytest.raises(UsageProblem) as problem:
        read_text(tmp_path)
    assert problem.value.message == f"{tmp_path} cannot be read: Is a directory."
    assert problem.value.next_step == "Look at its permissions."


def test_toml_is_read(tmp_path: Path) -> None:
    """Values come back as their types, whatever the line ends."""
    (tmp_path / "a.toml").write_bytes(b'\xef\xbb\xbfname = "amber"\r\ncode = 137\r\n')
    assert read_toml(tmp_path / "a.toml") == {"name": "amber", "code": 137}


def test_broken_toml_names_file_and_line(tmp_path: Path) -> None:
    """What is no TOML is named with its line, and how a line looks."""
    (tmp_path / "a.toml").write_text('name = "amber"\ncode = 13 7\n', encoding="utf-8")
    with pytest.raises(UsageProblem) as problem:
        read_toml(tmp_path / "a.toml")
    assert problem.value.message.startswith(f"{tmp_path}/a.toml cannot be read: ")
    assert "line 2" in problem.value.message
    assert problem.value.next_step == 'Fix that line; each one has the form: name = "value". Nothing was changed.'
    assert problem.value.exit_code == EXIT_USAGE


# --- writing


def test_text_is_written_with_its_folders(tmp_path: Path) -> None:
    """Folders are made, line ends stay as they are, and nothing else is left behind."""
    write_text(tmp_path / "new" / "deep" / "a.txt", "läuft\n")
    assert (tmp_path / "new" / "deep" / "a.txt").read_bytes() == "läuft\n".encode()
    assert [path.name for path in (tmp_path / "new" / "deep").iterdir()] == ["a.txt"]


@pytest.mark.parametrize("step", ["write_text", "replace"])
def test_old_file_stays_when_the_new_one_cannot_be_written(
    step: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a full disk the old content is still there, and no half-written file is left."""
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")

    def full(self: Path, *_: object, **__: object) -> None:
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, step, full)
        with pytest.raises(CourseError):
            write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


FULL = "Free some space (docker system df shows what Docker uses), then do this again."
DENIED = "Make the folder /x writable for you, or set DOCKER101_WORK to a folder that is."
MESSAGES = {
    errno.ENOSPC: ("The disk is full: /x/a.txt was not saved. What it held before is still there.", FULL),
    errno.EDQUOT: ("The disk is full: /x/a.txt was not saved. What it held before is still there.", FULL),
    errno.EROFS: ("/x/a.txt may not be written (Read-only file system). Nothing was changed.", DENIED),
    errno.EACCES: ("/x/a.txt may not be written (Permission denied). Nothing was changed.", DENIED),
    errno.EPERM: ("/x/a.txt may not be written (Operation not permitted). Nothing was changed.", DENIED),
    errno.EISDIR: (
        "/x/a.txt could not be written: Is a directory. Nothing was changed.",
        "Look at the folder /x, then do this again.",
    ),
}


@pytest.mark.parametrize("number", MESSAGES, ids=errno.errorcode.get)
def test_reason_is_told_with_a_next_step(number: int) -> None:
    """A full disk, a full quota, a read-only folder, and all else: each says what to do, and that nothing is lost."""
    problem = cannot_write(Path("/x/a.txt"), OSError(number, os.strerror(number)))
    assert (problem.message, problem.next_step) == MESSAGES[number]
    assert problem.exit_code == EXIT_INTERNAL


def test_error_without_a_number_is_told_too() -> None:
    """Some errors carry a text alone."""
    assert cannot_write(Path("/x/a.txt"), OSError("odd")).message.startswith("/x/a.txt could not be written: odd.")


def test_folder_in_the_place_of_the_file_is_one_message(tmp_path: Path) -> None:
    """A folder of that name is left alone."""
    (tmp_path / "a.txt" / "inside").mkdir(parents=True)
    with pytest.raises(CourseError, match=r"a\.txt could not be written: Is a directory\. Nothing was changed\."):
        write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt" / "inside").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_root_is_the_courses_folder() -> None:
    """Labs and notebooks lie beside the package."""
    assert (ROOT / "checker" / "files.py").samefile(files.__file__)
    assert (files.LABS.is_dir(), files.NOTEBOOKS.name) == (True, "notebooks")
