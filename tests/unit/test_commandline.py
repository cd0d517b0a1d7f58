"""The command line: what is understood, what is said, and with which exit code it ends. No engine, no process."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checker import bootstrap
from checker.attempt import Attempt, Checked
from checker.cli import commands, learner, status, stop
from checker.cli import lab as author
from checker.cli import test as test_command
from checker.cli.commands import run
from checker.engine.engine import Engine
from checker.errors import CourseError, EngineProblem, LabProblem, NoEngine, UsageProblem
from checker.lab import load as labs_module
from checker.lab.load import lab_ids, load_lab
from checker.lab.vocabulary import Status
from checker.learner.work import REOPEN, Work
from checker.verify import Case, CaseResult, cases
from tests.unit.made_labs import LAB_ID, make_labs, result, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


GOOD, BAD = result("shop"), result("shop", Status.FAILED, message="No container named amber.", hint="Look.")
BROKEN = result("shop", Status.ERROR, message="The engine hangs.")
HIDDEN = result("secret", Status.FAILED, visibility="hidden")
ENDPOINT = Engine("unix:///x/docker.sock", "current", "the default socket")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Return a learner's folder, in a course with two labs, set up in this very Python."""
    labs = make_labs(tmp_path)
    write(labs / "09_market", {p.relative_to(labs / LAB_ID).as_posix(): p.read_text() for p in files(labs / LAB_ID)})
    for module in (learner, status, author):
        for name in {"lab_ids", "load_lab", "load_labs", "find_lab"} & set(vars(module)):
            function = getattr(labs_module, name)
            monkeypatch.setattr(module, name, lambda *args, do=function: do(*args, labs))
    monkeypatch.setattr(author, "LABS", labs)
    monkeypatch.setattr(bootstrap, "packages_here", lambda: True)
    monkeypatch.setenv("DOCKER101_WORK", str(tmp_path / "work"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    return Work()


def files(folder: Path) -> list[Path]:
    """Return the texts below a folder."""
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]


def started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the course have an engine, which nobody asks."""
    engine = Engine("unix:///nowhere", "private", "a test")
    monkeypatch.setattr("checker.attempt.course_engine", lambda _: engine)


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return how to say what a check finds; the list that comes back holds the labs that were checked."""

    def finds(*results: Any, **more: Any) -> list[str]:
        asked: list[str] = []

        def check(attempt: Attempt) -> Checked:
            asked.append(attempt.lab.id)
            return Checked(results, **more)

        started(monkeypatch)
        monkeypatch.setattr(Attempt, "check_and_keep", check)
        return asked

    return finds


Capture = pytest.CaptureFixture[str]


# --- what is understood


@pytest.mark.parametrize("argv", [[], ["fly"], ["check", "--fast"], ["solution"], ["lab"], ["lab", "new"]], ids=str)
def test_unknown_words_are_usage(argv: list[str], capsys: Capture) -> None:
    """What is no command of the course shows the usage, where errors go, and ends with 2."""
    assert run(argv) == 2
    assert capsys.readouterr().err.startswith("usage: checker")


def test_unknown_engine_lists_the_known(capsys: Capture) -> None:
    """An engine's name is one of two."""
    assert run(["start", "--engine", "podman"]) == 2
    assert "'current'" in (said := capsys.readouterr().err)
    assert "'private'" in said


@pytest.mark.parametrize("argv", [["--help"], ["check", "--help"], ["lab", "verify", "--help"]], ids=" ".join)
def test_help_ends_well(argv: list[str], capsys: Capture) -> None:
    """Asking for help is no mistake."""
    assert run(argv) == 0
    assert capsys.readouterr().out.startswith("usage: checker")


def test_help_names_every_command_and_exit_code(capsys: Capture) -> None:
    """The first help says all that can be typed, and what each exit code means."""
    run(["--help"])
    said = capsys.readouterr().out
    learner = ("start", "check", "setup", "status", "reset", "solution", "certificate", "cheatsheet", "doctor", "stop")
    for name in (*learner, "test", "bundle", "lab"):
        assert f"\n    {name}" in said
    assert commands.EPILOG in " ".join(said.split())


# --- the environment


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this Python one that has nothing of what the course needs."""
    monkeypatch.setattr(bootstrap, "packages_here", lambda: False)
    monkeypatch.setattr(bootstrap, "inside", lambda: False)
    monkeypatch.setattr(bootstrap, "ready", lambda **_: False)


@pytest.mark.parametrize("argv", [["check"], ["reset"], ["solution", "1"], ["lab", "new", "08_x"]], ids=" ".join)
@pytest.mark.usefixtures("bare")
def test_course_that_is_not_set_up_says_so(argv: list[str], capsys: Capture) -> None:
    """Before ``start``, commands that need its packages say how to get them."""
    assert run(argv) == 2
    said = "checker: The course is not set up yet.\nSet it up with: python3 -m checker start\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("argv", [["check", "5"], ["stop", "--all"]], ids=" ".join)
@pytest.mark.usefixtures("bare")
def test_command_is_handed_over(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """From a Python without the packages, commands go on in .venv, and their exit code is the answer."""
    handed: list[Any] = []
    monkeypatch.setattr(bootstrap, "ready", lambda *, tests: not tests)
    monkeypatch.setattr(bootstrap, "hand_over", lambda words: handed.append(words) or 7)
    assert run(argv) == 7
    assert handed == [argv]


@pytest.mark.parametrize(
    ("argv", "tests", "yes"), [(["start"], False, False), (["start", "--yes"], False, True), (["test"], True, False)]
)
def test_start_and_test_set_up_first(argv: list[str], tests: bool, yes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both make sure of .venv, ``test`` with its extra, and pass on whether to ask."""
    asked: list[Any] = []

    def ensure(words: list[str], **options: Any) -> int:
        asked.append((words, options["tests"], options["yes"]))
        return 5

    monkeypatch.setattr(bootstrap, "ensure", ensure)
    assert run(argv) == 5
    assert asked == [(argv, tests, yes)]


# --- how commands end


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageProblem("No.", "Do this."), 2, "checker: No.\nDo this.\n"),
        (LabProblem("No.", "Fix it."), 2, "checker: No.\nFix it.\n"),
        (NoEngine("No engine.", "Start it."), 3, "checker: No engine.\nStart it.\n"),
        (EngineProblem("It hangs."), 4, "checker: It hangs.\n"),
        (CourseError("The disk is full.", "Free some."), 4, "checker: The disk is full.\nFree some.\n"),
        (BrokenPipeError(), 4, ""),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    error: Exception, code: int, said: str, *, mine: Work, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What is wrong and the next step go where errors go; the code tells scripts whose fault it was."""
    started(monkeypatch)
    monkeypatch.setattr(Attempt, "check_and_keep", fails(error))
    assert run(["check", "8"]) == code
    assert capsys.readouterr().err == said


def fails(error: BaseException) -> Callable[..., Any]:
    """Return a function that raises."""

    def function(*_: object, **__: object) -> None:
        raise error

    return function


def test_ctrl_c_ends_with_a_word(mine: Work, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Ctrl-C is no error: one word, and the code that shells use for it."""
    started(monkeypatch)
    monkeypatch.setattr(Attempt, "check_and_keep", fails(KeyboardInterrupt()))
    assert run(["check", "8"]) == 130
    assert capsys.readouterr().out == "\nStopped.\n"


def test_our_own_mistake_is_no_failed_check(mine: Work, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """What breaks inside the course is code 4, never 1, and says what to send; no traceback is shown."""
    started(monkeypatch)
    monkeypatch.setattr(Attempt, "check_and_keep", fails(KeyError("Id")))
    assert run(["check", "8"]) == 4
    said = capsys.readouterr().err
    assert said.startswith("checker: The course itself broke: KeyError: 'Id' (test_commandline.py, line ")
    assert said.endswith(
        "). This is not your mistake.\n"
        "Please send your teacher the file that this writes: checker doctor --report report.txt\n"
    )


def test_whoever_mends_it_gets_the_traceback(mine: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``python3 -X dev`` what broke is raised as it is."""
    started(monkeypatch)
    monkeypatch.setattr(Attempt, "check_and_keep", fails(KeyError("Id")))
    flags = SimpleNamespace(dev_mode=True, optimize=0)
    monkeypatch.setattr(commands, "sys", SimpleNamespace(flags=flags, stdout=sys.stdout, stderr=sys.stderr))
    with pytest.raises(KeyError):
        run(["check", "8"])


# --- check


@pytest.mark.parametrize(
    ("results", "code"), [((GOOD,), 0), ((GOOD, BAD), 1), ((BROKEN,), 1), ((GOOD, HIDDEN), 0), ((HIDDEN, BAD), 1)]
)
def test_exit_code_tells_whether_all_passed(
    results: tuple[Any, ...], code: int, mine: Work, checked: Callable[..., list[str]]
) -> None:
    """0 when every task that the learner may see passed, 1 otherwise."""
    checked(*results)
    assert run(["check", "8"]) == code


def test_unknown_lab_lists_the_labs(mine: Work, capsys: Capture) -> None:
    """A lab that does not exist is usage."""
    assert run(["check", "nosuch"]) == 2
    said = f"checker: There is no lab “nosuch”.\nThe labs are: {LAB_ID}, 09_market.\n"
    assert capsys.readouterr().err == said


def test_report_is_printed_as_text(mine: Work, checked: Callable[..., list[str]], capsys: Capture) -> None:
    """A pipe gets the plain report, and nothing goes where errors go."""
    checked(BAD)
    run(["check", "8"])
    said = capsys.readouterr()
    assert said.out.startswith("The shop: 0 of 1 tasks passed, 0 of 2 points.\n\n✗   0/2  The shop is open.\n")
    assert said.err == ""


@pytest.mark.parametrize(
    ("terminal", "no_color", "coloured"),
    [(True, None, True), (True, "1", False), (True, "", True), (False, None, False)],
)
def test_colours_are_for_terminals(
    terminal: bool,
    no_color: str | None,
    coloured: bool,
    *,
    mine: Work,
    checked: Callable[..., list[str]],
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal gets colours, unless NO_COLOR is set and not empty; a pipe never does."""
    checked(BAD)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    run(["check", "8"])
    assert ("\x1b[31m" in capsys.readouterr().out) is coloured


def test_json_is_all_that_is_printed(mine: Work, checked: Callable[..., list[str]], capsys: Capture) -> None:
    """With --json the output can be read by a program, also when a solution may be shown."""
    checked(BAD, solution_is_open=True)
    assert run(["check", "8", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["lab"] == LAB_ID


def test_page_is_written_beside_the_text(mine: Work, checked: Callable[..., list[str]], tmp_path: Path) -> None:
    """--html writes one page."""
    checked(GOOD)
    assert run(["check", "8", "--html", "out/page.html"]) == 0
    assert "<h1>The shop</h1>" in (tmp_path / "out" / "page.html").read_text(encoding="utf-8")


def test_page_that_cannot_be_written_costs_no_report(
    mine: Work, checked: Callable[..., list[str]], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The results are shown before the page is tried."""
    checked(GOOD)
    monkeypatch.setattr(learner, "write_text", fails(CourseError("The disk is full.")))
    assert run(["check", "8", "--html", "page.html"]) == 4
    said = capsys.readouterr()
    assert "1 of 1 tasks passed" in said.out
    assert said.err == "checker: The disk is full.\n"


def test_results_that_cannot_be_saved_are_shown(mine: Work, checked: Callable[..., list[str]], capsys: Capture) -> None:
    """What could not be kept is said after the report, and changes nothing of it."""
    checked(GOOD, problems=(CourseError("The disk is full."),))
    assert run(["check", "8"]) == 0
    said = capsys.readouterr()
    assert ("1 of 1 tasks passed" in said.out, said.err) == (True, "checker: The disk is full.\n")


@pytest.mark.parametrize("is_open", [True, False])
def test_solution_is_offered_when_it_is_open(
    is_open: bool, mine: Work, checked: Callable[..., list[str]], capsys: Capture
) -> None:
    """Whoever is stuck is told the command."""
    checked(BAD, solution_is_open=is_open)
    run(["check", "8"])
    offer = "Stuck? You may look at a solution with: checker solution 08\n"
    assert (offer in capsys.readouterr().out) is is_open


def test_lab_is_the_one_whose_folder_it_is(
    mine: Work, checked: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a name, the lab is the one that one is in, also in a folder below it."""
    asked = checked(GOOD)
    inside = tmp_path / "work" / "09_market" / "app"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    run(["check"])
    assert asked == ["09_market"]


def test_lab_is_the_first_that_is_not_done(mine: Work, checked: Callable[..., list[str]]) -> None:
    """Elsewhere, it is the first one that is not done; when all are, the last."""
    asked = checked(GOOD)
    for _ in range(3):
        run(["check"])
        mine.save_results(asked[-1], [GOOD])
    assert asked == [LAB_ID, "09_market", "09_market"]


def test_course_without_labs_says_so(
    mine: Work, checked: Callable[..., list[str]], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a broken clone there may be no lab at all."""
    monkeypatch.setattr(learner, "lab_ids", list)
    assert run(["check"]) == 2
    assert "There is no lab “”." in capsys.readouterr().err


# --- reset


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what cleaning the engine removes; the test fills it."""
    removed: list[str] = []
    monkeypatch.setattr("checker.session.clean_engine", lambda *_, **__: removed)
    return removed


def test_reset_of_one_lab(mine: Work, engine: list[str], capsys: Capture) -> None:
    """The lab is as handed out; what was there is kept, and what was removed from the engine is listed."""
    engine += ["shop", "api"]
    write(mine.root / LAB_ID, {"commands.txt": "docker ps\n"})
    assert run(["reset", "8"]) == 0
    kept = next((mine.root / "kept").iterdir())
    assert capsys.readouterr().out == (
        f"{LAB_ID}: as handed out. Your old files are in {kept}/. {REOPEN}\nRemoved from the engine: shop, api.\n"
    )
    assert not (mine.root / "09_market").exists()


def test_reset_of_all(mine: Work, engine: list[str], capsys: Capture) -> None:
    """Without a name all labs are reset; where there was nothing, nothing is said to be kept."""
    assert run(["reset"]) == 0
    assert capsys.readouterr().out == (
        f"{LAB_ID}: as handed out.\n09_market: as handed out.\nRemoved from the engine: nothing, it was clean.\n"
    )


def test_reset_without_an_engine(mine: Work, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """The files are reset all the same, and it is said that the containers are not."""
    monkeypatch.setattr("checker.session.clean_engine", fails(NoEngine("No engine.", "Start it.")))
    assert run(["reset", "8"]) == 3
    said = capsys.readouterr()
    assert said.out == f"{LAB_ID}: as handed out.\n"
    assert said.err == "checker: The course's containers were not removed: No engine.\nStart it.\n"


def test_reset_of_a_lab_that_begins_with_something(
    mine: Work, engine: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its starting state went with the course's containers; how to make it again is said."""
    lab = replace(learner.load_lab("8"), setup="docker run --name x docker101/web:1\n")
    monkeypatch.setattr(learner, "load_lab", lambda _: lab)
    assert run(["reset", "8"]) == 0
    assert capsys.readouterr().out.endswith(
        f"{LAB_ID} begins with containers that are there already. Make them with: checker setup 08\n"
    )


# --- setup


def test_setup_says_what_it_did(mine: Work, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab is the one that is named, or the one that is meant; --clear only takes away."""
    asked: list[tuple[str, bool]] = []

    def told(attempt: Attempt, *, only_clear: bool) -> str:
        asked.append((attempt.lab.id, only_clear))
        return "Done."

    monkeypatch.setattr(learner, "set_up_in_words", told)
    started(monkeypatch)
    assert run(["setup", "8"]) == run(["setup", "9", "--clear"]) == run(["setup"]) == 0
    assert capsys.readouterr().out == "Done.\n" * 3
    assert asked == [(LAB_ID, False), ("09_market", True), (LAB_ID, False)]


# --- solution


def test_solution_opens_after_three_failed_checks(mine: Work, capsys: Capture) -> None:
    """Before, it says how many are missing; afterwards it is shown with the learner's values, and marked as seen."""
    for missing in (3, 2, 1):
        assert run(["solution", "8"]) == 2
        said = capsys.readouterr().err
        assert f"after 3 checks that did not pass; {missing} to go. Most people get there without it.\n" in said
        assert said.endswith("Try, and check with: checker check 08\n")
        mine.save_results(LAB_ID, [BAD])
    assert not mine.progress(LAB_ID).seen
    assert run(["solution", "8"]) == 0
    assert capsys.readouterr().out == (
        "--- solution ---\n\n# commands.txt\n# == shop\ndocker run -d --name amber docker101/web:1\n\n"
    )
    assert mine.progress(LAB_ID).seen


def test_solution_of_a_done_lab_is_shown_without_a_mark(mine: Work, capsys: Capture) -> None:
    """Who has done the lab may compare; that takes nothing away."""
    mine.save_results(LAB_ID, [GOOD])
    assert run(["solution", "8"]) == 0
    assert "docker run" in capsys.readouterr().out
    assert not mine.progress(LAB_ID).seen


def test_solution_that_was_seen_stays_open(mine: Work, capsys: Capture) -> None:
    """After a reset the counted checks are gone; the solution is no secret any more."""
    mine.mark_seen(LAB_ID)
    mine.reset(load_lab(LAB_ID, author.LABS))
    assert run(["solution", "8"]) == 0


def test_all_solutions_and_their_answers_are_shown(mine: Work, capsys: Capture) -> None:
    """Each solution has a heading, and its answers are called so."""
    write(author.LABS / LAB_ID / "solution-b", {"answers.toml": 'code = "0"\n', "commands.txt": "docker ps\n"})
    mine.mark_seen(LAB_ID)
    run(["solution", "8"])
    said = capsys.readouterr().out
    assert said.endswith('--- solution-b ---\n\n# answers\ncode = "0"\n\n# commands.txt\ndocker ps\n\n')


def test_student_edition_has_no_solution(mine: Work, capsys: Capture) -> None:
    """Where there is none, it says so."""
    (author.LABS / LAB_ID / "solution" / "commands.txt").unlink()
    (author.LABS / LAB_ID / "solution").rmdir()
    assert run(["solution", "8"]) == 2
    said = f"checker: This edition of the course holds no solution of {LAB_ID}.\nAsk your teacher.\n"
    assert capsys.readouterr().err == said


# --- status


def ping(monkeypatch: pytest.MonkeyPatch, *, ok: bool) -> None:
    """Make the engine answer, or not."""
    for module in (status, stop):
        monkeypatch.setattr(module.http, "ping", lambda *_, **__: SimpleNamespace(ok=ok, server="Docker 28"))


def test_status_of_a_fresh_course(mine: Work, capsys: Capture) -> None:
    """No lab was checked, there is no engine, and the first lab is next."""
    assert run(["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "08_shop          ····················  not checked yet",
        "09_market        ····················  not checked yet",
        "",
        "Next: 08_shop",
        f"Your work: {mine.root}/",
        "Engine: none yet. Start the course with: python3 -m checker start",
    ]


def test_status_shows_progress(mine: Work, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Points as a bar and in numbers, what is done and seen, who is learning, and the engine."""
    mine.save_results(LAB_ID, [GOOD])
    mine.mark_seen(LAB_ID)
    mine.save_results("09_market", [GOOD, result("b", Status.FAILED, score=0.5)])
    mine.set_learner("ada")
    ENDPOINT.save(mine.root)
    ping(monkeypatch, ok=True)
    run(["status"])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "08_shop          ████████████████████  2 of 2 points done, solution seen"
    assert said[1] == "09_market        ████████████········  2.5 of 4 points"
    assert said[3:5] == ["Next: 09_market", "Learner: ada"]
    assert said[-1] == "Engine: Docker 28 answers at unix:///x/docker.sock (current)"


def test_status_of_a_done_course(mine: Work, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all labs are done it says so; an engine that does not answer is told with the way on."""
    for lab_id in (LAB_ID, "09_market"):
        mine.save_results(lab_id, [GOOD])
    ENDPOINT.save(mine.root)
    ping(monkeypatch, ok=False)
    assert run(["status"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[3] == "All labs are done."
    assert said[-1] == (
        "Engine: does not answer at unix:///x/docker.sock. Start the course again, or ask: checker doctor"
    )


# --- stop


@pytest.fixture
def stopping(mine: Work, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return what there is to stop; the test says what of it is there."""
    there = SimpleNamespace(server=False, private=False, data=False, removed=[], everything=[])

    def clean_engine(_: Work, *, everything: bool) -> list[str]:
        there.everything.append(everything)
        return there.removed

    monkeypatch.setattr(stop, "stop_open", lambda _: there.server)
    monkeypatch.setattr(stop.private, "stop", lambda _: there.private)
    monkeypatch.setattr(stop.private, "remove_data", lambda: there.data)
    monkeypatch.setattr("checker.session.clean_engine", clean_engine)
    ping(monkeypatch, ok=True)
    return there


def test_stop_of_a_course_that_does_not_run(stopping: SimpleNamespace, capsys: Capture) -> None:
    """Where nothing runs there is nothing to stop, and that is no error."""
    assert run(["stop"]) == 0
    assert capsys.readouterr().out == "No engine of the course answers, so there is nothing to remove there.\n"


def test_stop_says_what_it_stopped(mine: Work, stopping: SimpleNamespace, capsys: Capture) -> None:
    """JupyterLab, the course's containers, its private engine: each that was there is named; then all is forgotten."""
    stopping.server = stopping.private = stopping.data = True
    stopping.removed = ["shop"]
    ENDPOINT.save(mine.root)
    assert run(["stop"]) == 0
    assert capsys.readouterr().out == (
        "JupyterLab is stopped.\nRemoved from the engine: shop.\nThe course's private engine is stopped.\n"
    )
    assert stopping.everything == [False]
    assert not (mine.state / "engine.json").exists()


def test_stop_all_removes_images_and_data(mine: Work, stopping: SimpleNamespace, capsys: Capture) -> None:
    """With --all the images and the private engine's data go too, and what is left is named; work/ stays."""
    stopping.data = True
    ENDPOINT.save(mine.root)
    write(mine.root, {"mine.txt": "x"})
    assert run(["stop", "--all"]) == 0
    assert capsys.readouterr().out == (
        "Removed from the engine: nothing, it was clean.\n"
        "The private engine's data (images and containers) is removed.\n"
        f"What is left of the course is this folder; your work is in {mine.root}. Delete them when you like.\n"
    )
    assert stopping.everything == [True]
    assert (mine.root / "mine.txt").exists()


def test_stop_that_cannot_clean_remembers_the_engine(
    mine: Work, stopping: SimpleNamespace, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the engine refuses, the rest is stopped, the error decides the exit code, and a second try knows where."""
    stopping.private = True
    ENDPOINT.save(mine.root)
    monkeypatch.setattr("checker.session.clean_engine", fails(EngineProblem("It hangs.", "Wait.")))
    assert run(["stop"]) == 4
    said = capsys.readouterr()
    assert (said.out, said.err) == ("The course's private engine is stopped.\n", "checker: It hangs.\nWait.\n")
    assert (mine.state / "engine.json").exists()


def test_stop_without_packages_says_what_stays(
    mine: Work, stopping: SimpleNamespace, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without docker-py nothing can be removed from an engine; what can be stopped is."""
    stopping.server = True
    ENDPOINT.save(mine.root)
    monkeypatch.setattr(bootstrap, "packages_here", lambda: False)
    monkeypatch.setattr(bootstrap, "ready", lambda **_: False)
    assert run(["stop"]) == 2
    said = capsys.readouterr()
    assert said.out == "JupyterLab is stopped.\n"
    assert said.err.startswith(
        "checker: Nothing was removed from the engine: the course's packages are missing.\nSet them up with: "
    )


# --- authors


def test_new_lab_is_whole(mine: Work, capsys: Capture) -> None:
    """A new lab has one of each file, loads as it is, and carries its own number; the next commands are named."""
    assert run(["lab", "new", "10_volumes"]) == 0
    said = capsys.readouterr().out
    made = load_lab("10", author.LABS)
    assert made.id == "10_volumes"
    assert made.solutions
    assert made.wrongs
    for path in files(made.folder):
        assert f"  {path}\n" in said
        assert "NN" not in path.read_text(encoding="utf-8")
    assert said.endswith(f"Made {made.folder}. Change it, then: checker lab build 10, and: checker lab verify 10\n")
    assert {item.check for item in made.wrongs} == {item.id for item in made.checks}


@pytest.mark.parametrize("name", ["volumes", "8_volumes", "08-volumes", "08_Volumes", "../08_x", ""])
def test_name_that_is_none_of_a_lab(name: str, mine: Work, capsys: Capture) -> None:
    """A name says number and topic; another one is refused with an example, and nothing is made."""
    before = lab_ids(author.LABS)
    assert run(["lab", "new", name]) == 2
    said = f"checker: “{name}” is no name for a lab.\nUse two digits and a topic: 08_volumes\n"
    assert capsys.readouterr().err == said
    assert lab_ids(author.LABS) == before


def test_lab_that_exists_is_left_alone(mine: Work, capsys: Capture) -> None:
    """A second lab of a name does not overwrite the first."""
    assert run(["lab", "new", LAB_ID]) == 2
    folder = author.LABS / LAB_ID
    said = f"checker: {folder} exists already. Nothing was changed.\nChoose another name.\n"
    assert capsys.readouterr().err == said
    assert load_lab(LAB_ID, author.LABS).title == "The shop"


class Opened:
    """Stands for the course, opened on an engine."""

    def __init__(self, *_: object, **options: Any) -> None:
        self.engine = ENDPOINT
        self.labs = [lab.id for lab in options.get("labs") or ()]

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def proving(mine: Work, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Return, by lab, what proving it finds; the test fills it."""
    found: dict[str, list[str]] = {}
    monkeypatch.setenv("DOCKER101_WORK", os.environ["DOCKER101_WORK"])  # the command sets it; put it back afterwards

    def verify(lab: Any, _: Engine, work: Work, on_result: Callable[[CaseResult], None], *, whole: bool) -> list[str]:
        assert work.root != mine.root
        case: Case = cases(lab)[0]
        on_result(CaseResult(case, test_trust, (BAD, GOOD), "; ".join(found.get(lab.id, [])), 1.26, by_parts=whole))
        return found.get(lab.id, [])

    monkeypatch.setattr(author, "open_course", Opened)
    monkeypatch.setattr(author, "verify_lab", verify)
    monkeypatch.setattr(test_command, "clean_engine", lambda _: [])
    current_engine_with(monkeypatch, {})
    return found


test_trust = "live"  # a StrEnum's value, as Verdict shows it


def test_proof_of_all_labs(proving: dict[str, list[str]], capsys: Capture) -> None:
    """One line a case, in columns, and a last line that says that all is well; a learner's folder is not touched."""
    assert run(["lab", "verify"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "lab            case                               way         tasks  seconds",
        "08_shop        starter                            live          1/2      1.3  ok",
        "09_market      starter                            live          1/2      1.3  ok",
        "All as it should be.",
    ]
    assert run(["lab", "verify", "8", "--whole"]) == 0
    assert "starter                            parts " in capsys.readouterr().out


def test_proof_that_fails(proving: dict[str, list[str]], capsys: Capture) -> None:
    """Each problem is a line where errors go, and the exit code is 1."""
    proving["09_market"] = ["09_market starter (live): x passes before anything was done"]
    assert run(["lab", "verify", "9"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[1:] == [
        "09_market      starter                            live          1/2      1.3  NOT OK",
        "1 problems.",
    ]
    assert said.err == "checker: 09_market starter (live): x passes before anything was done\n"


def test_proof_of_an_unknown_lab(mine: Work, capsys: Capture) -> None:
    """Nothing is opened for a lab that does not exist."""
    assert run(["lab", "verify", "nosuch"]) == 2
    assert "There is no lab “nosuch”." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("executed", "changed", "how"),
    [(True, True, "every cell run"), (False, True, "only its text changed"), (False, False, "up to date")],
)
def test_build_says_what_it_did(
    executed: bool, changed: bool, how: str, *, mine: Work, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Each notebook is named, and whether its cells had to run."""
    monkeypatch.setenv("DOCKER101_WORK", os.environ["DOCKER101_WORK"])
    made = SimpleNamespace(path=mine.root / "x.ipynb", executed=executed, changed=changed)
    monkeypatch.setattr(author, "build", lambda *_: made)
    assert run(["lab", "build", "8"]) == 0
    assert capsys.readouterr().out == f"{made.path}: {how}\n"


# --- test


HELD: dict[str, list[str]] = {"container": ["cat", "dog"], "network": ["net"], "volume": [], "image": ["mine:1"]}


def current_engine_with(monkeypatch: pytest.MonkeyPatch, held: dict[str, list[str]]) -> Any:
    """Return a course on an engine that was there before it, which holds these things with the course's label."""
    monkeypatch.setattr(test_command, "open_client", lambda _: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(test_command, "labelled_things", lambda *_: held)
    return SimpleNamespace(engine=ENDPOINT)


def test_a_learners_things_on_a_shared_engine_are_not_removed(mine: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where labelled things are on an engine that was there, tests do not start, and nothing is removed."""
    removed: list[Work] = []
    monkeypatch.setattr(test_command, "clean_engine", lambda work: removed.append(work) or [])
    with pytest.raises(UsageProblem) as problem:
        test_command.begin_clean(current_engine_with(monkeypatch, HELD), mine)
    assert removed == []
    assert problem.value.message.endswith("removed: container cat, dog, network net, image mine:1.")
    assert problem.value.next_step == (
        "If nobody needs them, remove them yourself: docker rm -f cat dog; docker network rm net; docker rmi mine:1"
    )
    test_command.begin_clean(current_engine_with(monkeypatch, {"container": []}), mine)
    assert removed == [mine]


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["tests/unit"], False),
        (["tests/unit/test_words.py::test_a", "-k", "report", "-x"], False),
        (["tests/unit", "tests/packages"], False),
        (["tests/unit", "tests/engine/test_drawn.py"], True),
        (["tests"], True),
        (["notebooks/00_welcome.ipynb", "--nbval"], True),
        (["-k", "report"], True),
        (["tests/unit/../engine"], True),
    ],
    ids=str,
)
def test_which_tests_need_an_engine(arguments: list[str], needed: bool) -> None:
    """None does where paths are named, and all are in folders whose tests need none."""
    assert test_command.needs_engine(arguments) is needed


@pytest.fixture
def ran(mine: Work, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what ``checker test`` does, one line a step; nothing is really done."""
    done: list[str] = []
    for name in ("DOCKER101_WORK", "DOCKER101_STATIC", "DOCKER101_TEST_HOST"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # the command sets them; put them back afterwards

    def process(command: list[str], **_: Any) -> SimpleNamespace:
        words = [word for word in command[2:] if not word.startswith("--nbval")]
        done.append(" ".join(words))
        return SimpleNamespace(returncode=int("mypy" in command), stdout="found something\n")

    @contextlib.contextmanager
    def two_workers(*_: Any) -> Iterator[list[str]]:
        done.append("second engine")
        yield ["--dist=loadfile"]

    monkeypatch.setattr(commands.bootstrap, "ensure", lambda *_, **__: None)
    monkeypatch.setattr(test_command.subprocess, "run", process)
    monkeypatch.setattr(test_command, "two_workers", two_workers)
    monkeypatch.setattr(test_command.coverage, "report", lambda *_: 0)
    monkeypatch.setattr(test_command, "browser", lambda: "chromium")
    monkeypatch.setattr(test_command, "begin_clean", lambda *_: done.append("clean"))
    monkeypatch.setattr(test_command, "open_course", Opened)
    monkeypatch.setattr(test_command, "update_copies", lambda *_: None)
    return done


def test_tests_that_need_no_engine_open_none(ran: list[str]) -> None:
    """Nothing is opened, cleaned or linted before the tests that were asked for."""
    assert run(["test", "--", "tests/unit", "-k", "report"]) == 0
    assert ran == ["pytest tests/unit -k report"]


def test_tests_that_are_named_run_on_the_courses_engine(ran: list[str]) -> None:
    """Some tests run on one engine that is clean, and nothing is linted."""
    assert run(["test", "--", "tests/engine/test_drawn.py"]) == 0
    assert ran == ["clean", "pytest tests/engine/test_drawn.py"]


def test_the_short_proof_needs_no_engine(ran: list[str], capsys: Capture) -> None:
    """The linters run first; a linter that found something is said last, because the tests' last line sounds well."""
    assert run(["test", "--unit"]) == 1
    assert ran[:3] == ["ruff check .", "ruff format --check .", "mypy"]
    assert ran[3].startswith("pytest tests/unit tests/packages ")
    assert len(ran) == 4
    said = capsys.readouterr().out
    assert "--- mypy (0 s)\nfound something\n" in said
    assert said.endswith("\nFailed: mypy (see above)\n")


def test_the_whole_proof_runs_on_two_engines(ran: list[str], capsys: Capture) -> None:
    """The linters run while engines are set up; pytest comes last, with all tests and notebooks, for two workers."""
    assert run(["test"]) == 1
    assert sorted(ran[:-1]) == ["clean", "mypy", "ruff check .", "ruff format --check .", "second engine"]
    assert ran[-1] == "coverage run -m pytest tests notebooks --durations=10 --durations-min=1 --dist=loadfile"
    said = capsys.readouterr().out
    assert said.index("Set-up took 0 s.") < said.index("--- mypy") < said.index("--- pytest")


def test_tests_never_run_on_a_learners_engine(mine: Work, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Where the private engine is in use, tests do not start: they remove all that is on it."""
    monkeypatch.setattr(test_command, "clean_engine", lambda _: ["lotus"])
    users = SimpleNamespace(users=[os.getpid(), 4711])
    monkeypatch.setattr(test_command.private, "status", lambda: users)
    private: Any = SimpleNamespace(engine=Engine("unix:///x", "private", "made here"))
    current = current_engine_with(monkeypatch, {})
    with pytest.raises(UsageProblem) as problem:
        test_command.begin_clean(private, mine)
    assert capsys.readouterr().out == ""
    assert problem.value.message == ("The course is open (process 4711), and its engine holds a learner's containers.")
    assert problem.value.next_step == "End it with Ctrl-C in its window, or with: checker stop"
    said = "Removed from the engine, left by an earlier run: lotus.\n"
    test_command.begin_clean(current, mine)
    assert capsys.readouterr().out == said
    users.users.remove(4711)
    test_command.begin_clean(private, mine)
    assert capsys.readouterr().out == said


def test_output_survives_a_console_of_windows(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Streams are switched to UTF-8, so that marks and bars do not break a code page."""
    switched: list[dict[str, str]] = []
    monkeypatch.setattr(sys.stdout, "reconfigure", lambda **options: switched.append(options), raising=False)
    monkeypatch.setattr(sys.stderr, "reconfigure", lambda **options: switched.append(options), raising=False)
    run(["--help"])
    assert switched == [{"encoding": "utf-8", "errors": "replace"}] * 2


def test_full_disk_is_one_message(
    mine: Work, engine: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """An error of the disk, deep inside, comes out as one message with a next step."""
    monkeypatch.setattr("pathlib.Path.write_text", fails(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
    assert run(["reset", "8"]) == 4
    said = capsys.readouterr().err
    assert said.startswith(f"checker: The disk is full: {mine.root}/{LAB_ID}/lab.md was not saved.")
    assert said.endswith("Free some space (docker system df shows what Docker uses), then do this again.\n")
