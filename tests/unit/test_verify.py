"""Proving a lab, the parts that need no engine: which cases there are, how they are laid out, what counts as right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checker.attempt import Attempt
from checker.engine.engine import Engine
from checker.engine.program import Done
from checker.errors import UsageProblem
from checker.files import read_text
from checker.lab.load import lab_ids, load_lab
from checker.lab.vocabulary import Result, Status, Trust
from checker.learner.work import SHEET, Work, read_answers
from checker.verify import Case, cases, in_proving_order, unproved
from checker.verify import whole as plays
from checker.verify.case import lay_out, with_parts_of
from checker.verify.expectation import compare, same_again
from checker.verify.whole import ask_the_engine
from tests.unit.made_labs import CHECKS, LAB_ID, made_lab, result

if TYPE_CHECKING:
    from pathlib import Path

    from checker.lab.load import Lab

PARAMS = {"name": "amber", "port": "8100"}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return the lab, with two solutions."""
    return made_lab(tmp_path, {"solution-b/commands.txt": "docker create --name {name} docker101/web:1\n"})


def named(lab: Lab, name: str) -> Case:
    """Return a case of the lab."""
    return next(case for case in cases(lab) if case.name == name)


# --- cases


def test_cases_are_starter_solutions_and_wrong_answers(lab: Lab) -> None:
    """Each solution is laid over the starter, each wrong answer over the first solution."""
    starter, solution, other = lab.folder / "starter", lab.folder / "solution", lab.folder / "solution-b"
    assert cases(lab) == [
        Case(lab, "starter", (starter,)),
        Case(lab, "solution", (starter, solution)),
        Case(lab, "solution-b", (starter, other)),
        Case(lab, "wrong/no_name", (starter, solution, lab.wrongs[0].folder), lab.wrongs[0]),
    ]


def test_lab_without_a_solution_cannot_be_proved(tmp_path: Path) -> None:
    """Nothing could be shown of it, so it is not passed over in silence."""
    lab = made_lab(tmp_path, {"solution/commands.txt": None})
    with pytest.raises(UsageProblem) as problem:
        cases(lab)
    assert problem.value.message == f"The lab {LAB_ID} has no solution/ folder."
    assert problem.value.next_step == "A lab is proved by its solutions: write one."


def played(lab: Lab, *, whole: bool) -> list[tuple[str, str]]:
    """Return what is played of a lab, in order: the case, and the way."""
    return [(case.name, str(trust)) for case, trust in in_proving_order(lab, whole=whole)]


def test_a_solution_is_replayed_once_and_a_wrong_answer_follows_its_state(lab: Lab) -> None:
    """The state of the first solution is what the wrong answers are played on, so it comes last of the right ones."""
    assert played(lab, whole=False) == [
        ("starter", "live"),
        ("solution", "replayed"),
        ("solution-b", "live"),
        ("solution-b", "replayed"),
        ("solution", "live"),
        ("wrong/no_name", "live"),
    ]


def test_a_release_plays_every_case_both_ways(lab: Lab) -> None:
    """Live as a learner does it, and replayed as for a grade."""
    names = ["starter", "solution", "solution-b", "wrong/no_name"]
    assert played(lab, whole=True) == [(name, way) for name in names for way in ("live", "replayed")]


def test_wrong_answer_to_a_live_task_is_played_live(tmp_path: Path) -> None:
    """A task that does not count in a replay cannot fail there; the solutions are replayed all the same."""
    lab = made_lab(tmp_path, {"checks.py": CHECKS.replace("points=2,", "points=2, replay=False,")})
    ways = [way for name, way in played(lab, whole=True) if name == "wrong/no_name"]
    assert ways == ["live"]


def test_check_that_no_wrong_answer_fails_is_named(lab: Lab) -> None:
    """Nothing shows that such a check can fail."""
    assert unproved(lab) == [f"{LAB_ID}: no wrong answer fails the check published"]


# --- laying out


@pytest.mark.parametrize("lab_id", lab_ids())
def test_learner_gets_the_starter_that_is_proved(lab_id: str, tmp_path: Path) -> None:
    """What a learner's folder holds before the first keystroke is what ``lab verify`` lays out, to the byte."""
    lab, work = load_lab(lab_id), Work(tmp_path / "work")
    work.update(lab)
    lay_out(named(lab, "starter"), tmp_path / "proved", work.params(lab))
    mine = content(work.folder(lab))
    assert {mine.pop(SHEET), mine.pop(lab.notebook)}
    assert mine == content(tmp_path / "proved")


@pytest.mark.parametrize("lab_id", lab_ids())
def test_programs_that_are_handed_out_keep_their_braces(lab_id: str, tmp_path: Path) -> None:
    """No name of a lab's parameter stands between the braces of its programs, where it would be filled in."""
    lab, work = load_lab(lab_id), Work(tmp_path / "work")
    work.update(lab)
    programs = [path for path in (lab.folder / "starter").rglob("*") if path.suffix in (".py", ".sh")]
    mine = {path: work.folder(lab) / path.relative_to(lab.folder / "starter") for path in programs}
    assert [path.name for path, copy in mine.items() if copy.read_text("utf-8") != read_text(path)] == []


def content(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_solution_is_laid_over_the_starter(lab: Lab, tmp_path: Path) -> None:
    """Files of the solution replace the starter's, values are filled in, and unanswered questions have their form."""
    lay_out(named(lab, "solution-b"), tmp_path / "out", PARAMS)
    assert sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")) == [
        "answers.toml",
        "app/app.py",
        "commands.txt",
    ]
    text = (tmp_path / "out" / "commands.txt").read_text(encoding="utf-8")
    assert text == "docker create --name amber docker101/web:1\n"
    assert 'code = ""' in (tmp_path / "out" / "answers.toml").read_text(encoding="utf-8")


def test_wrong_answer_replaces_the_parts_that_it_names(tmp_path: Path) -> None:
    """The rest of the solution stays, and what is expected is no file of the learner's."""
    files = {
        "solution/commands.txt": "# == shop\ndocker run --name {name} web\n# == door\ndocker ps\n",
        "solution/answers.toml": 'code = "0"\n',
    }
    lab = made_lab(tmp_path, files)
    lay_out(named(lab, "wrong/no_name"), tmp_path / "out", PARAMS)
    text = (tmp_path / "out" / "commands.txt").read_text(encoding="utf-8")
    assert text == "# == shop\ndocker run -d docker101/web:1\n\n# == door\ndocker ps\n"
    assert (tmp_path / "out" / "answers.toml").read_text(encoding="utf-8") == 'code = "0"\n'
    assert not (tmp_path / "out" / "expected.toml").exists()


def test_wrong_answer_without_parts_replaces_the_whole_list(tmp_path: Path) -> None:
    """A wrong answer may also be a command list of its own."""
    lab = made_lab(tmp_path, {"wrong/no_name/commands.txt": "docker run -d docker101/web:1\n"})
    lay_out(named(lab, "wrong/no_name"), tmp_path / "out", PARAMS)
    text = (tmp_path / "out" / "commands.txt").read_text(encoding="utf-8")
    assert text == "docker run -d docker101/web:1\n"


SOLUTION = "# A remark.\n\n# == a\none\n# == b\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("wrong", "made"),
    [
        ("# == b\nTWO\n", "# == a\none\n\n# == b\nTWO\n"),
        ("# == b\nTWO\n# == a\nONE\n", "# == a\nONE\n\n# == b\nTWO\n"),
        ("# == a\n", "# == a\n\n\n# == b\ntwo\nthree\n"),
    ],
)
def test_parts_keep_the_solutions_order(wrong: str, made: str) -> None:
    """Parts are replaced where they stand; an empty one leaves its task out."""
    assert with_parts_of(wrong, SOLUTION) == made


@pytest.mark.parametrize(
    ("wrong", "solution", "said", "step"),
    [
        ("# == c\nx\n", SOLUTION, "The solution has no part “# == c”.", "It has: a, b."),
        ("# == c\nx\n", "one\n", "The solution has no part “# == c”.", "It has: none."),
        ("# == a\nx\n# == a\ny\n", SOLUTION, "The wrong answer has the part “# == a” twice.", "Make one of the two."),
        ("# == a\nx\n", SOLUTION + SOLUTION, "The solution has the part “# == a” twice.", "Make one of the two."),
        ("x\n# == a\ny\n", SOLUTION, "The wrong answer has a command before its first part: x", "Put it into a part."),
        ("# == a\nx\n", "y\n" + SOLUTION, "The solution has a command before its first part: y", "Put it into a part."),
    ],
)
def test_parts_that_would_be_lost_are_named(wrong: str, solution: str, said: str, step: str) -> None:
    """A part that the solution does not have, or a command that would silently be left out, is its author's mistake."""
    with pytest.raises(UsageProblem) as problem:
        with_parts_of(wrong, solution)
    assert (problem.value.message, problem.value.next_step) == (said, step)


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Stand for the engine, which says that the port is 32768; return what it was asked."""
    asked: list[tuple[str, ...]] = []

    def run(argv: tuple[str, ...], stdin_file: str | None) -> Done:
        asked.append(tuple(argv))
        return Done(0, "32768\n")

    monkeypatch.setattr(Attempt, "runner", lambda *_: run)
    return asked


def attempt_in(folder: Path, lab: Lab, tmp_path: Path) -> Attempt:
    """Return an attempt whose files are in ``folder``."""
    return Attempt(lab, Work(tmp_path / "work"), Engine("unix:///none", "current", "a test"), folder)


def filled_in(lab: Lab, case: str, tmp_path: Path) -> object:
    """Return the answer of a case, once it is laid out and the engine was asked."""
    attempt = attempt_in(tmp_path / "out", lab, tmp_path)
    lay_out(named(lab, case), attempt.folder, attempt.params)
    ask_the_engine(attempt, named(lab, case))
    return read_answers(tmp_path / "out" / "answers.toml", lab)["code"]


def test_answers_that_only_a_run_can_tell(tmp_path: Path, docker: list[tuple[str, ...]]) -> None:
    """A solution names the command that prints the answer; a wrong answer that gives one itself keeps it."""
    files = {
        "solution/answers-from.toml": "code = 'docker port {name} 80'\n",
        "wrong/typed/expected.toml": 'check = "published"\nsays = ["x"]\nwhy = "typed"\n',
        "wrong/typed/answers.toml": 'code = "80"\n',
    }
    lab = made_lab(tmp_path, files)
    assert filled_in(lab, "solution", tmp_path) == "32768"
    assert docker == [("docker", "port", "amber", "80")]
    assert not (tmp_path / "out" / "answers-from.toml").exists()
    assert filled_in(lab, "wrong/typed", tmp_path) == "80"
    assert len(docker) == 1


def test_answer_from_no_command_is_named(tmp_path: Path, docker: list[tuple[str, ...]]) -> None:
    """A slip of the author's in answers-from.toml."""
    lab = made_lab(tmp_path, {"solution/answers-from.toml": "code = 'port {name}'\n"})
    with pytest.raises(UsageProblem, match=r"answers-from.toml: code is no docker command"):
        filled_in(lab, "solution", tmp_path)
    assert docker == []


@pytest.mark.parametrize(
    ("case", "said"),
    [("starter", ""), ("wrong/no_name", ""), ("solution", "line 1 ended with exit code 1: no such folder")],
)
def test_list_that_stops_early(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, said: str) -> None:
    """A solution must run to its end; a starter may be a broken list, and a wrong answer may fail at once."""
    monkeypatch.setattr(Attempt, "runner", lambda *_: lambda *_: Done(1, "no such folder\n"))
    (tmp_path / "commands.txt").write_text("docker build -t shop .\n", encoding="utf-8")
    assert plays._played(attempt_in(tmp_path, lab, tmp_path), named(lab, case), Trust.LIVE) == said


# --- what counts as right

GOOD, BAD = result("shop"), result("shop", Status.FAILED, message="No container named amber.", hint="Look.")
NEXT, SKIPPED = result("published"), result("published", Status.SKIPPED, message="Not yet.", needs="shop")
BROKEN = result("published", Status.ERROR, message="The engine hangs.")


@pytest.mark.parametrize(
    ("case", "results", "said"),
    [
        ("starter", (BAD, SKIPPED), ""),
        ("starter", (BAD, NEXT), "published passes before anything was done"),
        ("starter", (BAD, BROKEN), "published is an error: The engine hangs."),
        ("solution", (GOOD, NEXT), ""),
        ("solution", (BAD, SKIPPED), "shop failed: No container named amber."),
        ("solution", (GOOD, SKIPPED), "published skipped: Not yet."),
        ("solution", (GOOD, BROKEN), "published is an error: The engine hangs."),
        ("wrong/no_name", (BAD, SKIPPED), ""),
        ("wrong/no_name", (BAD, NEXT), ""),
        ("wrong/no_name", (GOOD, NEXT), "should fail shop alone, failed: none"),
        ("wrong/no_name", (BAD, BROKEN), "published is an error: The engine hangs."),
        (
            "wrong/no_name",
            (BAD, replace(NEXT, status=Status.FAILED, message="No port.")),
            "should fail shop alone, failed: shop: No container named amber.; published: No port.",
        ),
        ("wrong/no_name", (BAD, replace(SKIPPED, needs="other")), "a check is skipped for another reason"),
        (
            "wrong/no_name",
            (replace(BAD, message="No container."), SKIPPED),
            "the message does not say 'amber': No container. Look.",
        ),
        ("wrong/no_name", (replace(BAD, message="No.", hint="Look at AMBER."), SKIPPED), ""),
    ],
)
def test_results_are_held_against_the_case(lab: Lab, case: str, results: tuple[Result, ...], said: str) -> None:
    """Nothing passes on the starter, all passes on a solution, a wrong answer fails one check in its own words."""
    assert compare(named(lab, case), results, PARAMS) == said


@pytest.mark.parametrize(
    ("again", "said"),
    [
        ((GOOD, NEXT), ""),
        ((GOOD, SKIPPED), "published gave passed (2 points), and skipped (0 points) when checked again"),
        ((replace(GOOD, score=1), NEXT), "shop gave passed (2 points), and passed (1 points) when checked again"),
        ((replace(GOOD, seconds=9), NEXT), ""),
    ],
)
def test_checking_twice_must_give_the_same(again: tuple[Result, ...], said: str) -> None:
    """A check that changes what it looks at is found by checking again."""
    assert same_again((GOOD, NEXT), again) == said
