"""The learner's folder: nothing of the learner's is lost, whatever happens to it or to the disk."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checker.errors import CourseError, UsageProblem
from checker.lab.load import Lab, load_lab
from checker.lab.vocabulary import Status, Trust
from checker.learner import work as work_module
from checker.learner.work import Progress, Update, Work, answers_text, cleared, read_answers
from tests.unit.made_labs import CHECKS, LAB_ID, TOML, make_labs, result, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.lab.vocabulary import Result

COPIES = ("lab.md", "answers.toml", "app/app.py", "commands.txt")
ALL = tuple(f"{LAB_ID}/{name}" for name in COPIES)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return the folder of labs."""
    return make_labs(tmp_path)


@pytest.fixture
def lab(course: Path) -> Lab:
    """Return the lab."""
    return load_lab(LAB_ID, course)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Return a learner's folder that does not exist yet, in a course without notebooks."""
    monkeypatch.setattr(work_module, "NOTEBOOKS", tmp_path / "notebooks")
    return Work(tmp_path / "work")


def newer(course: Path, files: dict[str, str | None]) -> Lab:
    """Return the lab after its authors changed it."""
    write(course / LAB_ID, files)
    return load_lab(LAB_ID, course)


def content(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# --- copies


def test_first_start_makes_the_copies(mine: Work, lab: Lab) -> None:
    """A learner gets the sheet with values filled in, a form for answers, and the starter; no solution, no check."""
    assert mine.update(lab) == Update(made=ALL)
    assert sorted(content(mine.folder(lab))) == sorted(COPIES)
    sheet = (mine.folder(lab) / "lab.md").read_text(encoding="utf-8")
    assert sheet == "# The shop\n\nRun `amber` on port 8100.\n\n    docker ps --format '{{.Names}}'\n"


def test_second_start_changes_nothing(mine: Work, lab: Lab) -> None:
    """What is there is left alone, and nothing is said about it."""
    mine.update(lab)
    before = content(mine.root)
    assert mine.update(lab) == Update()
    assert content(mine.root) == before


def test_lab_without_questions_has_no_answers(mine: Work, course: Path) -> None:
    """There is no form where there is nothing to answer."""
    toml = TOML.split("[[questions]]")[0]
    lab = newer(course, {"lab.toml": toml, "checks.py": CHECKS.replace("def outcome_goes_on", "def other")})
    assert f"{LAB_ID}/answers.toml" not in mine.update(lab).made


def test_untouched_copy_is_brought_up_to_date(mine: Work, lab: Lab, course: Path) -> None:
    """When the course has a newer file, a copy that nobody edited follows it; the others stay."""
    mine.update(lab)
    lab = newer(course, {"starter/app/app.py": "print('new')\n"})
    assert mine.update(lab) == Update(updated=(f"{LAB_ID}/app/app.py",))
    assert (mine.folder(lab) / "app/app.py").read_text(encoding="utf-8") == "print('new')\n"
    assert mine.update(lab) == Update()


def test_edited_copy_is_kept_and_said_so(mine: Work, lab: Lab, course: Path) -> None:
    """When the course has a newer file, an edited copy stays as the learner left it, at every start."""
    mine.update(lab)
    (mine.folder(lab) / "commands.txt").write_text("docker ps\n", encoding="utf-8")
    lab = newer(course, {"starter/commands.txt": "# new\n"})
    for _ in range(2):
        assert mine.update(lab) == Update(kept=(f"{LAB_ID}/commands.txt",))
    assert (mine.folder(lab) / "commands.txt").read_text(encoding="utf-8") == "docker ps\n"


def test_edited_copy_is_not_mentioned_while_there_is_nothing_newer(mine: Work, lab: Lab) -> None:
    """Editing a file is what it is for."""
    mine.update(lab)
    (mine.folder(lab) / "commands.txt").write_text("docker ps\n", encoding="utf-8")
    assert mine.update(lab) == Update()
    assert (mine.folder(lab) / "commands.txt").read_text(encoding="utf-8") == "docker ps\n"


@pytest.mark.parametrize("change", [lambda d: d.replace(b"\n", b"\r\n"), lambda d: b"\xef\xbb\xbf" + d])
def test_line_ends_and_mark_are_no_edit(change: Callable[[bytes], bytes], mine: Work, lab: Lab, course: Path) -> None:
    """An editor of Windows that changed no text leaves an untouched copy."""
    mine.update(lab)
    path = mine.folder(lab) / "app/app.py"
    path.write_bytes(change(path.read_bytes()))
    assert mine.update(newer(course, {"starter/app/app.py": "print('new')\n"})).updated == (f"{LAB_ID}/app/app.py",)


def test_deleted_copy_is_made_again(mine: Work, lab: Lab) -> None:
    """A file that the learner removed comes back at the next start."""
    mine.update(lab)
    (mine.folder(lab) / "lab.md").unlink()
    assert mine.update(lab) == Update(made=(f"{LAB_ID}/lab.md",))


def test_copy_that_is_no_text_counts_as_edited(mine: Work, lab: Lab, course: Path) -> None:
    """A file that an editor saved as UTF-16 is the learner's: it is kept, and the course still starts."""
    mine.update(lab)
    saved = "docker ps\n".encode("utf-16")
    (mine.folder(lab) / "commands.txt").write_bytes(saved)
    assert mine.update(lab) == Update()
    assert mine.update(newer(course, {"starter/commands.txt": "# new\n"})).kept == (f"{LAB_ID}/commands.txt",)
    assert (mine.folder(lab) / "commands.txt").read_bytes() == saved


@pytest.mark.parametrize("damage", ["", "{", "[]", "7", '{"x": ', "\x00"])
def test_damaged_memory_of_copies_loses_nothing(damage: str, mine: Work, lab: Lab, course: Path) -> None:
    """Without it, what equals the course's file counts as untouched again, and all else as edited."""
    mine.update(lab)
    (mine.folder(lab) / "commands.txt").write_text("docker ps\n", encoding="utf-8")
    (mine.state / "copies.json").write_text(damage, encoding="utf-8")
    assert mine.update(lab) == Update(kept=(f"{LAB_ID}/commands.txt",))
    lab = newer(course, {"starter/app/app.py": "print('new')\n"})
    assert mine.update(lab).updated == (f"{LAB_ID}/app/app.py",)


def test_copies_follow_the_learner(mine: Work, course: Path) -> None:
    """When someone says who they are, untouched sheets get their values, and an edited form is kept."""
    lab = newer(course, {"lab.toml": TOML.replace(', of = ["amber"]', "")})
    mine.update(lab)
    mine.save_answer(lab, lab.question("code"), "0")
    mine.set_learner("ada")
    assert mine.update(lab) == Update(updated=(f"{LAB_ID}/lab.md",), kept=(f"{LAB_ID}/answers.toml",))
    assert f"`{mine.params(lab)['name']}`" in (mine.folder(lab) / "lab.md").read_text(encoding="utf-8")


# --- notebooks


def notebook(source: str = "1 + 1", output: str = "2", count: int | None = 3) -> str:
    """Return the text of a notebook that was run."""
    text = {"output_type": "stream", "name": "stdout", "text": output}
    code = {"cell_type": "code", "execution_count": count, "outputs": [text], "source": source, "metadata": {}}
    return json.dumps({"cells": [{"cell_type": "markdown", "source": ["# A\n", "b"]}, code], "nbformat": 4})


@pytest.fixture
def notebooks(tmp_path: Path, mine: Work) -> Path:
    """Return the folder of the course's notebooks, with one."""
    write(tmp_path / "notebooks", {f"{LAB_ID}.ipynb": notebook()})
    return tmp_path / "notebooks"


def test_copy_of_a_notebook_has_no_outputs(mine: Work, lab: Lab, notebooks: Path) -> None:
    """A stored output would give the prediction away."""
    assert f"{LAB_ID}/{LAB_ID}.ipynb" in mine.update(lab).made
    cells = json.loads((mine.folder(lab) / lab.notebook).read_text(encoding="utf-8"))["cells"]
    assert (cells[1]["outputs"], cells[1]["execution_count"], cells[1]["source"]) == ([], None, "1 + 1")
    assert cells[0] == {"cell_type": "markdown", "source": ["# A\n", "b"]}


def test_running_a_notebook_is_no_edit(mine: Work, lab: Lab, notebooks: Path) -> None:
    """A copy whose cells were only run follows a newer notebook, however its sources are cut into lines."""
    mine.update(lab)
    ran = notebook(output="learner's").replace('["# A\\n", "b"]', '"# A\\nb"')
    (mine.folder(lab) / lab.notebook).write_text(ran, encoding="utf-8")
    assert mine.update(lab) == Update()
    write(notebooks, {lab.notebook: notebook("2 + 2")})
    assert mine.update(lab) == Update(updated=(f"{LAB_ID}/{LAB_ID}.ipynb",))


@pytest.mark.parametrize("edited", [notebook("1 + 7"), '{"cells": [', '{"cells": [{}]}', "[]", '{"cells": 7}'])
def test_edited_notebook_is_kept(edited: str, mine: Work, lab: Lab, notebooks: Path) -> None:
    """A copy with other cells, or one that cannot be read as a notebook, is the learner's."""
    mine.update(lab)
    (mine.folder(lab) / lab.notebook).write_text(edited, encoding="utf-8")
    write(notebooks, {lab.notebook: notebook("2 + 2")})
    assert mine.update(lab) == Update(kept=(f"{LAB_ID}/{LAB_ID}.ipynb",))
    assert (mine.folder(lab) / lab.notebook).read_text(encoding="utf-8") == edited


def test_clearing_keeps_letters_readable() -> None:
    """A cleared notebook is JSON with one line end at its end, and letters as they are."""
    text = cleared(notebook("läuft"))
    assert "läuft" in text
    assert text.endswith("}\n")


# --- reset


def test_reset_keeps_the_old_files(mine: Work, lab: Lab) -> None:
    """Everything that was in the folder, files of the learner's own too, lies under kept/ afterwards."""
    mine.update(lab)
    write(mine.folder(lab), {"commands.txt": "docker ps\n", "notes/own.txt": "mine"})
    before = content(mine.folder(lab))
    kept = mine.reset(lab)
    assert kept is not None
    assert re.fullmatch(rf"{LAB_ID}-\d{{8}}-\d{{6}}", kept.name)
    assert kept.parent == mine.root / "kept"
    assert content(kept) == before
    assert sorted(content(mine.folder(lab))) == sorted(COPIES)
    assert (mine.folder(lab) / "commands.txt").read_text(encoding="utf-8").startswith("# Your commands")
    assert mine.update(lab) == Update()


def test_resets_of_one_second_keep_all(mine: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several resets within a second do not overwrite what the first one kept."""
    monkeypatch.setattr(work_module.time, "strftime", lambda _: "20260101-000000")
    kept = []
    for number in range(3):
        write(mine.folder(lab), {"commands.txt": f"docker ps -n {number}\n"})
        kept.append(mine.reset(lab))
    names = [f"{LAB_ID}-20260101-000000", f"{LAB_ID}-20260101-000000+2", f"{LAB_ID}-20260101-000000+3"]
    assert [path.name for path in kept if path] == names
    assert [(path / "commands.txt").read_text(encoding="utf-8")[-2] for path in kept if path] == ["0", "1", "2"]


def test_reset_leaves_the_folder_itself(mine: Work, lab: Lab) -> None:
    """A terminal that is in the lab's folder stays there, and does not move along into kept/."""
    mine.update(lab)
    before = mine.folder(lab).stat().st_ino
    mine.reset(lab)
    assert mine.folder(lab).stat().st_ino == before


@pytest.mark.parametrize("made", [False, True])
def test_reset_of_nothing_keeps_nothing(mine: Work, lab: Lab, made: bool) -> None:
    """Where there is no file yet, reset makes the copies."""
    if made:
        mine.folder(lab).mkdir(parents=True)
    assert mine.reset(lab) is None
    assert sorted(content(mine.folder(lab))) == sorted(COPIES)


def test_reset_begins_anew_and_remembers_what_was_seen(mine: Work, lab: Lab) -> None:
    """Results and counted checks are gone; that the solution was looked at is not."""
    mine.save_results(lab.id, [result(status=Status.FAILED)])
    mine.mark_seen(lab.id)
    mine.reset(lab)
    assert mine.progress(lab.id) == Progress(seen=True)


def full_disk(*_: object, **__: object) -> None:
    """Fail as a write on a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_only(*_: object, **__: object) -> None:
    """Fail as a write in a read-only folder does."""
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_reset_on_a_full_disk_puts_everything_back(mine: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new copies cannot be written, the learner's files are back where they were, and so are the results."""
    mine.update(lab)
    write(mine.folder(lab), {"commands.txt": "docker ps\n", "notes/own.txt": "mine"})
    mine.save_results(lab.id, [result()])
    before = content(mine.root)
    written: list[Path] = []
    really = work_module.write_text

    def second_fails(path: Path, text: str) -> None:
        if len(written) > 1:
            raise CourseError("The disk is full.")
        written.append(path)
        really(path, text)

    monkeypatch.setattr(work_module, "write_text", second_fails)
    with pytest.raises(CourseError, match="The disk is full"):
        mine.reset(lab)
    assert len(written) == 2
    assert content(mine.root) == before
    assert list((mine.root / "kept").iterdir()) == []


def test_reset_that_cannot_move_changes_nothing(mine: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """When one file cannot be moved, those before it are moved back, and the message says that nothing was changed."""
    mine.update(lab)
    before = content(mine.root)
    really = shutil.move

    def fails_for_lab_md(source: Path, target: Path) -> None:
        if source.name == "lab.md" and source.parent == mine.folder(lab):
            read_only()
        really(source, target)

    monkeypatch.setattr(work_module.shutil, "move", fails_for_lab_md)
    with pytest.raises(CourseError) as problem:
        mine.reset(lab)
    assert problem.value.message == (
        f"{mine.folder(lab)} may not be written (Read-only file system). Nothing was changed."
    )
    assert content(mine.root) == before
    assert list((mine.root / "kept").iterdir()) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [(full_disk, r"The disk is full: .*lab\.md was not saved"), (read_only, r"lab\.md may not be written \(Read-only")],
)
def test_first_start_that_cannot_write_is_one_message(
    error: Callable[..., None], said: str, mine: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk or in a read-only folder, the first file that cannot be made is named."""
    monkeypatch.setattr(Path, "write_text", error)
    with pytest.raises(CourseError, match=said):
        mine.update(lab)


def test_start_that_was_broken_off_goes_on(mine: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written before the disk was full counts as untouched afterwards."""
    really = work_module.write_text

    def fails_for_the_last(path: Path, text: str) -> None:
        if path.name == "commands.txt":
            raise CourseError("The disk is full.")
        really(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(work_module, "write_text", fails_for_the_last)
        with pytest.raises(CourseError):
            mine.update(lab)
    assert mine.update(lab) == Update(made=(f"{LAB_ID}/commands.txt",))
    assert mine.update(lab) == Update()


# --- who is learning


def test_learner_is_remembered(mine: Work) -> None:
    """An id that was given once is known to every later command; before, it is empty."""
    assert mine.learner == ""
    mine.set_learner("ada.l-1@uni_x")
    assert Work(mine.root).learner == "ada.l-1@uni_x"


@pytest.mark.parametrize("learner", ["", "a b", "../x", "a" * 65, "a\n", "{name}"])
def test_id_that_cannot_be_one_is_refused(learner: str, mine: Work) -> None:
    """What would not do as a name of a file or in a table is refused, and nothing is kept."""
    with pytest.raises(UsageProblem) as problem:
        mine.set_learner(learner)
    assert problem.value.message == f"“{learner}” cannot be a learner's id."
    assert problem.value.next_step == "Use up to 64 letters, digits, dots, dashes, @ or _."
    assert mine.learner == ""


def test_values_follow_the_learner(mine: Work, course: Path) -> None:
    """The sheet's values are drawn for the learner of this folder."""
    lab = newer(course, {"lab.toml": TOML.replace(', of = ["amber"]', "")})
    mine.set_learner("ada")
    assert mine.params(lab) == lab.values("ada") != lab.values("")


# --- answers


def test_form_shows_the_questions(lab: Lab) -> None:
    """Each question is a comment with the learner's values, its choices below it, and an empty text to fill in."""
    assert answers_text(lab, {}, {"name": "amber"}) == (
        "# Answers to the questions of “The shop”. Write each one between the quotes.\n"
        "\n"
        "# Which exit code will amber leave?\n"
        'code = ""\n'
        "\n"
        "# Does amber go on?\n"
        "# One of: yes, no\n"
        'goes_on = ""\n'
    )


def test_question_of_several_lines_stays_a_comment(course: Path) -> None:
    """Each line of a long prompt is a comment of its own."""
    lab = newer(course, {"lab.toml": TOML.replace("Does {name} go on?", "Does {name}\\ngo on?")})
    assert "# Does amber\n# go on?\n" in answers_text(lab, {}, {"name": "amber"})


def test_saved_answer_keeps_the_others(mine: Work, lab: Lab) -> None:
    """One answer is written; those that the learner typed stay."""
    mine.update(lab)
    mine.save_answer(lab, lab.question("code"), "137")
    mine.save_answer(lab, lab.question("goes_on"), "yes")
    assert mine.answers(lab) == {"code": "137", "goes_on": "yes"}


ODD = ['a "quoted" one', "back\\slash", "two\nlines", "tab\t", "läuft ✓", "\x7f", "\x01", "'", "#"]


@pytest.mark.parametrize("value", ODD, ids=ascii)
def test_any_answer_survives_the_file(value: str, mine: Work, lab: Lab) -> None:
    """Whatever is typed into a field comes back as it was."""
    mine.update(lab)
    mine.save_answer(lab, lab.question("code"), value)
    assert mine.answers(lab)["code"] == value


@pytest.mark.parametrize(("typed", "kept"), [("137", "137"), ("true", "true"), ("0.5", "0.5")])
def test_answer_without_quotes_survives_the_next_one(typed: str, kept: str, mine: Work, lab: Lab) -> None:
    """A number or a yes that the learner typed without quotes is the same text afterwards."""
    write(mine.folder(lab), {"answers.toml": f"code = {typed}\n"})
    mine.save_answer(lab, lab.question("goes_on"), "no")
    assert mine.answers(lab) == {"code": kept, "goes_on": "no"}


def test_missing_answers_are_none(mine: Work, lab: Lab) -> None:
    """Without a file there is no answer, and no error."""
    assert mine.answers(lab) == {}


@pytest.mark.parametrize("data", [b'\xef\xbb\xbfcode = "0"\r\n', b'code = "0"'])
def test_answers_of_windows_are_read(data: bytes, mine: Work, lab: Lab) -> None:
    """CRLF, a byte-order mark, and a missing last line end make no difference."""
    mine.folder(lab).mkdir(parents=True)
    (mine.folder(lab) / "answers.toml").write_bytes(data)
    assert mine.answers(lab) == {"code": "0"}


@pytest.mark.parametrize(
    ("text", "line"),
    [("code = 13 7\n", 1), ('code = "0"\ncode = "1"\n', 2), ("code = “0”\n", 1), ('\ncode "0"\n', 2), ("code = \n", 1)],
)
def test_broken_answers_are_one_message(text: str, line: int, mine: Work, lab: Lab) -> None:
    """Answers that are no TOML are named with file and line; saving another answer does not overwrite them."""
    write(mine.folder(lab), {"answers.toml": text})
    with pytest.raises(UsageProblem, match=rf"answers\.toml cannot be read: .*line {line}"):
        mine.answers(lab)
    with pytest.raises(UsageProblem):
        mine.save_answer(lab, lab.question("code"), "0")
    assert (mine.folder(lab) / "answers.toml").read_text(encoding="utf-8") == text


def test_answer_to_no_question_is_named(mine: Work, lab: Lab) -> None:
    """A misspelled id is quoted, and the lab's own are listed."""
    write(mine.folder(lab), {"answers.toml": 'cod = "0"\n'})
    with pytest.raises(UsageProblem) as problem:
        mine.answers(lab)
    assert problem.value.message == f"{mine.folder(lab)}/answers.toml answers “cod”, which this lab does not ask."
    assert problem.value.next_step == "It asks: code, goes_on."


def test_answer_in_a_lab_that_asks_nothing(course: Path) -> None:
    """The list of questions is never an empty end of a sentence."""
    toml = TOML.split("[[questions]]")[0]
    lab = newer(course, {"lab.toml": toml, "checks.py": CHECKS.replace("def outcome_goes_on", "def other")})
    path = write(course.parent, {"a.toml": 'code = "0"\n'}) / "a.toml"
    with pytest.raises(UsageProblem, match=r"It asks: nothing\."):
        read_answers(path, lab)


def test_full_disk_keeps_the_old_answers(mine: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that cannot be saved loses none of those before."""
    mine.update(lab)
    mine.save_answer(lab, lab.question("code"), "0")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full_disk)
        with pytest.raises(CourseError, match="What it held before is still there"):
            mine.save_answer(lab, lab.question("code"), "1")
    assert mine.answers(lab) == {"code": "0", "goes_on": ""}


# --- results


def test_unchecked_lab_has_no_progress(mine: Work) -> None:
    """A lab that was never checked is not done."""
    assert mine.progress(LAB_ID) == Progress()
    assert (Progress().done, Progress().score) == (False, 0)


def test_results_are_kept(mine: Work) -> None:
    """What a check found is there for later commands, word for word, with the time."""
    results = [
        result("shop", message="m", hint="h", expected="e", actual="a", names=frozenset({"b", "a"}), seconds=0.25),
        result("port", Status.SKIPPED, needs="shop", trust=Trust.REPLAYED),
    ]
    saved = mine.save_results(LAB_ID, results)
    again = Work(mine.root).progress(LAB_ID)
    assert again == saved
    assert list(again.results) == results
    assert again.results[0].names == frozenset({"a", "b"})
    assert (again.score, again.done, again.failed_checks) == (2, False, 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", again.checked_at)


def test_hidden_results_are_not_kept(mine: Work) -> None:
    """What a learner may not see is in no file of theirs, and does not keep a lab from being done."""
    hidden = result("secret", Status.FAILED, visibility="hidden")
    saved = mine.save_results(LAB_ID, [result(), hidden])
    assert (saved.results, saved.done, saved.failed_checks) == ((result(),), True, 0)


@pytest.mark.parametrize("status", [Status.FAILED, Status.SKIPPED, Status.ERROR])
def test_lab_is_done_when_every_task_passed(status: Status, mine: Work) -> None:
    """One task that did not pass is enough for not done, and counts as a check that failed."""
    assert mine.save_results(LAB_ID, [result(), result("b", status)]).done is False
    assert mine.save_results(LAB_ID, [result(), result("b")]).done is True
    assert mine.save_results(LAB_ID, [result(), result("b", status)]).failed_checks == 2


def test_what_was_reached_stays(mine: Work) -> None:
    """A lab that is done stays so when its containers are removed; a check costs no points, asked for or not."""
    done = mine.save_results(LAB_ID, [result(), result("b")])
    worse = [result(), result("b", Status.FAILED)]
    assert mine.save_live(LAB_ID, worse) == done
    assert mine.save_results(LAB_ID, worse) == replace(done, failed_checks=1)
    assert mine.progress(LAB_ID).done


@pytest.mark.parametrize("later", [[result("c", Status.FAILED)], [replace(result(), max_score=9, score=0)]])
def test_results_of_an_earlier_edition_do_not_stay(later: list[Result], mine: Work) -> None:
    """When a lab has other tasks, or other points, than it had, it is done again by doing these."""
    mine.save_results(LAB_ID, [result()])
    assert mine.save_results(LAB_ID, later).results == tuple(later)


def test_solution_that_was_seen_stays_seen(mine: Work) -> None:
    """The mark survives later checks, and setting it keeps the results."""
    mine.save_results(LAB_ID, [result()])
    mine.mark_seen(LAB_ID)
    assert mine.progress(LAB_ID).results == (result(),)
    assert mine.save_results(LAB_ID, [result()]).seen is True


def test_saving_at_the_same_moment_loses_no_try(mine: Work) -> None:
    """A notebook, a terminal and a watch save side by side; each try counts."""
    failed = [result("shop", Status.FAILED)]
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: mine.save_results(LAB_ID, failed), range(40)):
            pass
    assert mine.progress(LAB_ID).failed_checks == 40


def test_live_results_count_as_no_try(mine: Work) -> None:
    """What came by watching is kept with its time; only what the learner asked for opens the solution."""
    failed = [result("shop", Status.FAILED)]
    assert mine.save_live(LAB_ID, failed).failed_checks == 0
    assert mine.save_results(LAB_ID, failed).failed_checks == 1
    saved = mine.save_live(LAB_ID, [result(), result("secret", visibility="hidden")])
    assert mine.progress(LAB_ID) == saved
    assert (saved.results, saved.done, saved.failed_checks) == ((result(),), True, 1)
    assert saved.checked_at


def test_live_results_keep_the_mark_of_a_seen_solution(mine: Work) -> None:
    """A lab whose solution was seen is marked so, however its tasks came to pass."""
    mine.mark_seen(LAB_ID)
    assert mine.save_live(LAB_ID, [result()]).seen is True
    assert mine.progress(LAB_ID).seen is True


DAMAGED = [
    "",
    "{",
    "[]",
    "null",
    '{"results": 5}',
    '{"results": [5]}',
    '{"results": [{}]}',
    '{"results": [{"status": "done", "trust": "live"}]}',
    '{"results": [{"status": "passed", "trust": "live", "newer_field": 1}]}',
    '{"failed_checks": "3", "seen": "x"}',
]


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_results_count_as_none(damage: str, mine: Work) -> None:
    """A file that was cut off, or written by another version, is no traceback; the next check writes it anew."""
    write(mine.state, {f"results/{LAB_ID}.json": damage})
    assert mine.progress(LAB_ID) == Progress()
    assert mine.save_results(LAB_ID, [result()]).done is True
    assert mine.progress(LAB_ID).done is True


def test_damaged_results_keep_the_mark_of_a_seen_solution(mine: Work) -> None:
    """What can still be read of the file counts."""
    write(mine.state, {f"results/{LAB_ID}.json": '{"results": [{}], "seen": true, "failed_checks": 4}'})
    assert mine.progress(LAB_ID) == Progress(seen=True, failed_checks=4)


@pytest.mark.parametrize("damage", ["", "[]", '{"name": "ada"}', "\x00"])
def test_damaged_learner_is_none(damage: str, mine: Work) -> None:
    """Without a readable id the course goes on as for a learner on their own."""
    write(mine.state, {"learner.json": damage})
    assert mine.learner == ""


def test_answers_file_is_toml(lab: Lab) -> None:
    """The form that is handed out can be read as it is."""
    assert tomllib.loads(answers_text(lab, {}, {})) == {"code": "", "goes_on": ""}


def test_default_folder_is_the_courses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a folder given, it is the one that DOCKER101_WORK names."""
    monkeypatch.setenv("DOCKER101_WORK", str(tmp_path / "mine"))
    assert Work().root == tmp_path / "mine"
