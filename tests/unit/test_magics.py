"""The cells of a lesson, without an engine: what they run, what they say, and that no problem ends in a traceback."""

from __future__ import annotations

import socket
import tomllib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checker.attempt import Attempt, Checked
from checker.engine.engine import Engine
from checker.engine.views import probe
from checker.errors import NoEngine, UsageProblem
from checker.jupyter import cells, predict
from checker.jupyter import question as questions
from checker.jupyter.magics import CourseMagics
from checker.jupyter.notebook.state import NotebookState
from checker.lab.vocabulary import Result, Status
from checker.play import stdin_path
from tests.lesson import LAB_ID
from tests.unit.made_course import facts, open_course

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Capsys = pytest.CaptureFixture[str]


@dataclass
class Docker:
    """Stands for the docker program: what it was asked, and what it answers to a subcommand."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    note: str = ""

    def runner(self, folder: Path, limit_s: float, on_output: Callable[[str], object]) -> Any:
        """Return what runs a command."""

        def run(argv: Sequence[str], stdin_file: str | None) -> Any:
            stdin_path(folder, stdin_file)
            self.asked.append(tuple(argv))
            self.limits.append(limit_s)
            code, output = self.answers.get(argv[1], (0, f"{argv[1]} done\n"))
            on_output(output)
            return SimpleNamespace(exit_code=code, output=output, note=self.note)

        return run


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Return a docker program that remembers."""
    found = Docker()
    monkeypatch.setattr(NotebookState, "runner", lambda _, *arguments: found.runner(*arguments))
    return found


@pytest.fixture
def magics(
    tmp_path: Path, work: Path, docker: Docker, shown: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> CourseMagics:
    """Return the magics with the sample lesson open, as a learner has them."""
    found = CourseMagics(None)
    found.course = open_course(tmp_path, monkeypatch)
    return found


def box(magics: CourseMagics) -> str:
    """Return the learner's own word of the sample's sheet."""
    return magics.course.work.params(magics.course.lab())["box"]


def answers(magics: CourseMagics) -> dict[str, Any]:
    """Return what stands in answers.toml."""
    path = magics.course.work.folder(magics.course.lab()) / "answers.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


# --- %%file


def test_a_cell_becomes_a_file_of_the_labs_folder(magics: CourseMagics, capsys: Capsys) -> None:
    """The text is written as it stands, folders are made, and one line says so."""
    magics.file("shop/Dockerfile", "FROM scratch\nCMD x\n")
    folder = magics.course.work.folder(magics.course.lab())
    assert (folder / "shop" / "Dockerfile").read_text() == "FROM scratch\nCMD x\n"
    assert capsys.readouterr().out == "Wrote shop/Dockerfile: 2 lines.\n"
    magics.file(' "shop/app.py" ', "x\n")
    assert capsys.readouterr().out == "Wrote shop/app.py: 1 line.\n"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "There is no name after %%file."),
        ("../other", "“../other” leads out of the lab's folder."),
        ("/etc/passwd", "“/etc/passwd” leads out of the lab's folder."),
        ("shop", "“shop” is a folder"),
    ],
)
def test_a_file_elsewhere_is_not_written(magics: CourseMagics, capsys: Capsys, name: str, says: str) -> None:
    """No cell writes outside its lab's folder; the message shows the form."""
    (magics.course.work.folder(magics.course.lab()) / "shop").mkdir()
    magics.file(name, "x\n")
    said = capsys.readouterr().out
    assert says in said
    assert "Write it like this: %%file shop/Dockerfile" in said


# --- %%docker


def test_what_docker_says_of_its_own_builder_is_left_out(magics: CourseMagics, docker: Docker, capsys: Capsys) -> None:
    """The notice of docker programs without buildx, and the empty line behind it, do not reach the cell."""
    notice = [
        "DEPRECATED: The legacy builder is deprecated and will be removed in a future release.\n",
        "            Install the buildx component to build images with BuildKit:\n",
        "            https://docs.docker.com/go/buildx/\n",
        "\n",
    ]
    for line in [*notice, "sha256:abc\n", "\n", "end\n"]:
        cells.pass_on(line)
    assert capsys.readouterr().out == "sha256:abc\n\nend\n"


def test_one_command_shows_its_output_alone(magics: CourseMagics, docker: Docker, capsys: Capsys) -> None:
    """A single command is not echoed: it stands right above."""
    magics.docker("", "docker ps -a\n")
    assert (capsys.readouterr().out, docker.asked) == ("ps done\n", [("docker", "ps", "-a")])


def test_several_commands_are_echoed(magics: CourseMagics, capsys: Capsys) -> None:
    """With several, each output stands under its command."""
    magics.docker("", "# two\ndocker ps\ndocker version\n")
    assert capsys.readouterr().out == "$ docker ps\nps done\n$ docker version\nversion done\n"


def test_exit_code_is_shown_and_the_cell_goes_on(magics: CourseMagics, docker: Docker, capsys: Capsys) -> None:
    """A command that fails says its exit code; the next one runs, as in a terminal."""
    docker.answers["run"] = (125, "no such image")
    magics.docker("", "docker run nothing\ndocker ps\n")
    assert capsys.readouterr().out == ("$ docker run nothing\nno such image\n[exit code 125]\n$ docker ps\nps done\n")


@pytest.mark.parametrize("command", ["run -it --rm busybox:1.37 sh", "exec -ti shop sh", "run --interactive --tty x"])
def test_interactive_command_is_sent_to_the_terminal(
    magics: CourseMagics, docker: Docker, capsys: Capsys, command: str
) -> None:
    """A command that wants a terminal is not run, and the terminal beside the notebook is named."""
    magics.docker("", f"docker {command}\n")
    assert "terminal beside the notebook" in capsys.readouterr().out
    assert docker.asked == []


def test_detached_container_with_a_terminal_runs(magics: CourseMagics, docker: Docker) -> None:
    """In the background nobody needs to sit at it."""
    magics.docker("", "docker run -dit busybox:1.37\n")
    assert docker.asked == [("docker", "run", "-dit", "busybox:1.37")]


@pytest.mark.parametrize("line", ["docker ps | wc -l", "ls", "sudo docker ps", "docker ps > out.txt"])
def test_shell_is_refused_and_nothing_runs(magics: CourseMagics, docker: Docker, capsys: Capsys, line: str) -> None:
    """There is no shell: such a line is named, and no other line of the cell runs either."""
    magics.docker("", f"docker version\n{line}\n")
    told = capsys.readouterr().out
    assert told.startswith("Line 2: ")
    assert told.endswith("Nothing was run.\n")
    assert docker.asked == []


def test_braces_of_format_stay_and_the_sheets_are_filled(magics: CourseMagics, docker: Docker) -> None:
    """{box} is the learner's own word; {{.State}} is docker's."""
    magics.docker("", 'docker ps --filter name={box} --format "{{.State}}"\n')
    assert docker.asked == [("docker", "ps", "--filter", f"name={box(magics)}", "--format", "{{.State}}")]


def test_limit_of_a_cell(magics: CourseMagics, docker: Docker, capsys: Capsys) -> None:
    """--limit is the time of each command; what ended it is said."""
    docker.note, docker.answers["run"] = "The command was ended after its limit of 2 s.", (137, "")
    magics.docker("--limit 2", "docker run busybox:1.37 sleep 60\n")
    assert docker.limits == [2.0]
    assert capsys.readouterr().out == "The command was ended after its limit of 2 s.\n[exit code 137]\n"


@pytest.mark.parametrize("line", ["docker ps", "--limit", "--limit soon", "--limit 0", "--limit -3"])
def test_bad_first_line_of_a_cell(magics: CourseMagics, docker: Docker, capsys: Capsys, line: str) -> None:
    """What stands after %%docker and is no limit is said, and nothing runs."""
    magics.docker(line, "docker ps\n")
    assert capsys.readouterr().out.splitlines() == [
        f"After %%docker comes “{line}”.",
        "Commands begin on the next line. A time limit is set with: %%docker --limit 20",
    ]
    assert docker.asked == []


def test_file_for_stdin_that_is_not_there(magics: CourseMagics, docker: Docker, capsys: Capsys) -> None:
    """A missing file is a message with its name, and the command does not run."""
    magics.docker("", "docker run -i docker101/greeter:1 < names.txt\n")
    assert "There is no file “names.txt”" in capsys.readouterr().out
    assert docker.asked == []


def test_stopping_a_cell_is_no_traceback(magics: CourseMagics, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    """The stop button ends the command, and one word says so."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cells, "run_cell", interrupted)
    magics.docker("", "docker events\n")
    assert capsys.readouterr().out == "[stopped]\n"


# --- %%lab and %check


def test_lab_cell_is_kept_run_and_checked(
    magics: CourseMagics, docker: Docker, shown: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """The cell becomes commands.txt, runs, and the report follows at once."""
    _without_engine(monkeypatch)
    magics.lab("", "docker create --name {box} busybox:1.37\n")
    folder = magics.course.work.folder(magics.course.lab())
    assert (folder / "commands.txt").read_text(encoding="utf-8") == "docker create --name {box} busybox:1.37\n"
    assert docker.asked == [("docker", "create", "--name", box(magics), "busybox:1.37")]
    assert capsys.readouterr().out == "$ docker create --name {box} busybox:1.37\ncreate done\n\n".replace(
        "{box}", box(magics)
    )
    assert [sorted(data) for data in shown] == [["text/html", "text/plain"]]
    assert shown[0]["text/plain"].startswith("Sample: 0 of 2 tasks passed, 0 of 3 points.")


@pytest.mark.parametrize("cell", ["# docker …\n", "\n", "  # one\n\n# two"])
def test_lab_cell_without_a_command_keeps_the_list(
    magics: CourseMagics, docker: Docker, shown: list[dict[str, str]], capsys: Capsys, cell: str
) -> None:
    """“Run all” over a cell as it was handed out loses nothing that was written with an editor; it says what to do."""
    path = magics.course.work.folder(magics.course.lab()) / "commands.txt"
    path.write_text("docker ps\n", encoding="utf-8")
    magics.lab("", cell)
    assert path.read_text(encoding="utf-8") == "docker ps\n"
    assert (docker.asked, shown) == ([], [])
    assert capsys.readouterr().out.startswith("Nothing to run yet. Write your docker commands below %%lab")


def test_lab_stops_at_the_first_failure(
    magics: CourseMagics, docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """What fails ends the list, unless it is marked as one that should; how many are left is said."""
    _without_engine(monkeypatch)
    docker.answers |= {"rm": (1, "no such container\n"), "start": (1, "paused\n")}
    magics.lab("", "docker start a # should fail\ndocker ps\ndocker rm b\ndocker version\ndocker images\n")
    assert [argv[1] for argv in docker.asked] == ["start", "ps", "rm"]
    assert "[exit code 1]\nThe list stops here; 2 more did not run.\n" in capsys.readouterr().out


def test_lab_with_a_line_that_is_no_command_is_kept_and_checked(
    magics: CourseMagics,
    docker: Docker,
    shown: list[dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capsys,
) -> None:
    """A list with a mistake is not run, but it is kept: nothing typed is lost."""
    _without_engine(monkeypatch)
    magics.lab("", "docker ps\nrm -rf x\n")
    told = capsys.readouterr().out
    assert told.startswith("Line 2: ")
    assert "Nothing of the list ran" in told
    assert docker.asked == []
    assert len(shown) == 1
    assert (magics.course.work.folder(magics.course.lab()) / "commands.txt").is_file()


def test_check_of_a_lab_that_does_not_exist(magics: CourseMagics, capsys: Capsys) -> None:
    """An unknown lab is a message that lists what there is."""
    magics.check("nothing")
    assert capsys.readouterr().out == "There is no lab “nothing”.\nThe labs are: 01_sample.\n"


def _without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the check see the learner's files alone."""
    from checker.run import run_checks

    def check(attempt: Attempt) -> Checked:
        found = facts(SimpleNamespace(work=attempt.work), attempt.lab)  # type: ignore[arg-type]
        return Checked(tuple(run_checks(attempt.lab.checks, found, params=attempt.params)))

    engine = Engine("unix:///none", "current", "a test")
    monkeypatch.setattr(NotebookState, "engine", lambda _: engine)
    monkeypatch.setattr(Attempt, "check_and_keep", check)


# --- %sheet, %lesson


def test_sheet_is_the_learners_own(magics: CourseMagics, shown: list[dict[str, str]]) -> None:
    """The sheet is shown as Markdown, with the learner's words in it."""
    magics.sheet("")
    text = f"# Sample\n\nDo it. Yours: {box(magics)}.\n"
    assert shown == [{"text/plain": text, "text/markdown": text}]


def test_lab_without_a_starting_state(magics: CourseMagics, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    """Nothing to set up is no problem, with and without --clear."""
    monkeypatch.setattr(NotebookState, "engine", lambda _: Engine("unix:///none", "current", "a test"))
    for line in ("", "--clear", LAB_ID):
        magics.setup(line)
        assert capsys.readouterr().out == f"The lab {LAB_ID} begins with nothing: there is nothing to set up.\n"


def test_address_is_asked(magics: CourseMagics, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    """%get prints what came; an address that is none is said in one line."""
    monkeypatch.setattr(NotebookState, "engine", lambda _: Engine("unix:///none", "current", "a test"))
    monkeypatch.setattr(probe, "until", lambda ask, *_: ask())
    with socket.socket() as taker:
        taker.bind(("127.0.0.1", 0))  # bound and not listening: refused
        magics.get(f"http://127.0.0.1:{taker.getsockname()[1]}/")
    assert capsys.readouterr().out == "No answer: the connection was refused. Nothing is open at this port.\n"
    magics.get("")
    assert capsys.readouterr().out.startswith("The address after %get is missing.")


def test_lesson_without_a_started_course(magics: CourseMagics, capsys: Capsys) -> None:
    """No engine is no traceback: the message names the command that gives one."""
    magics.lesson(LAB_ID)
    assert capsys.readouterr().out.endswith("python3 -m checker start\n")


def test_cell_before_the_lesson_is_open(magics: CourseMagics, capsys: Capsys) -> None:
    """A cell that needs the lesson names the cell to run first."""
    fresh = CourseMagics(None)
    fresh.sheet("")
    assert "Run its first cell, the one with %lesson" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("magic", "line"), [("lesson", "nothing"), ("predict", "nothing"), ("outcome", "mute"), ("check", "nothing")]
)
def test_problem_is_an_error_while_a_notebook_is_built(
    magics: CourseMagics, monkeypatch: pytest.MonkeyPatch, magic: str, line: str
) -> None:
    """Nobody reads messages then; the build must stop."""
    monkeypatch.setenv("DOCKER101_STATIC", "1")
    with pytest.raises((UsageProblem, NoEngine, predict.LabProblem)):
        getattr(magics, magic)(line)


# --- %predict


def test_question_as_text_and_html(
    magics: CourseMagics, shown: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a notebook is built a question is text and HTML, and no widget."""
    monkeypatch.setenv("DOCKER101_STATIC", "1")
    magics.predict("listed")
    assert shown[0]["text/plain"] == f"Predict: Is `{box(magics)}` listed?\n  - yes\n  - no"
    assert f"Is <code>{box(magics)}</code> listed?" in shown[0]["text/html"]
    assert sorted(shown[0]) == ["text/html", "text/plain"]


def test_broken_answers_file_is_named(magics: CourseMagics, capsys: Capsys) -> None:
    """An answers.toml that somebody broke is named with its line, and is not overwritten."""
    path = magics.course.work.folder(magics.course.lab()) / "answers.toml"
    path.write_text("code = \n", encoding="utf-8")
    magics.predict("code")
    assert "answers.toml cannot be read" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == "code = \n"


def test_answer_that_is_html_is_shown_as_text(magics: CourseMagics, shown: list[dict[str, str]]) -> None:
    """What a learner typed never becomes markup."""
    lab = magics.course.lab()
    item = questions.Asked(lab.question("mute"), "<b>?</b>", (), "<script>1</script>")
    assert "<script>" not in questions.as_html(item)
    assert "<b>?" not in questions.as_html(item)


# --- %outcome


def commit(magics: CourseMagics, question: str, value: str) -> None:
    """Answer a question."""
    lab = magics.course.lab()
    questions.save(magics.course, lab, questions.asked(magics.course, lab, question), value)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("", "No prediction yet. The engine says 137: {box} was killed."),
        ("0", "You predicted 0. The engine says 137: {box} was killed."),
        ("137", "You predicted 137, and the engine confirms it: {box} was killed."),
        ("137.0", "You predicted 137.0, and the engine confirms it: {box} was killed."),
    ],
    ids=["none", "wrong", "right", "right in another spelling"],
)
def test_outcome_is_compared(magics: CourseMagics, shown: list[dict[str, str]], answer: str, says: str) -> None:
    """The learner's prediction stands beside what the engine did."""
    if answer:
        commit(magics, "code", answer)
    magics.outcome("code")
    assert shown[-1]["text/plain"] == says.replace("{box}", box(magics))
    assert f"<p>{shown[-1]['text/plain']}</p>" in shown[-1]["text/html"]


def test_outcome_before_the_cells_were_run(magics: CourseMagics, shown: list[dict[str, str]]) -> None:
    """Nothing to compare yet: what is missing is said."""
    magics.outcome("listed")
    assert shown[-1]["text/plain"] == (
        "Nothing to compare yet. There is no box yet.\nMake one.\nRun the cells above this one first."
    )


def test_outcome_without_an_explanation(magics: CourseMagics, shown: list[dict[str, str]]) -> None:
    """A lab may give the value alone."""
    (magics.course.work.folder(magics.course.lab()) / "box.txt").write_text("", encoding="utf-8")
    magics.outcome("listed")
    commit(magics, "listed", "yes")
    magics.outcome("listed")
    assert [one["text/plain"] for one in shown] == [
        "No prediction yet. The engine says “yes”.",
        "You predicted yes, and the engine confirms it.",
    ]


def test_outcome_while_a_notebook_is_built(
    magics: CourseMagics, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compared is plain text."""
    monkeypatch.setenv("DOCKER101_STATIC", "1")
    magics.outcome("code")
    assert capsys.readouterr().out == f"No prediction yet. The engine says 137: {box(magics)} was killed.\n"


def test_question_that_nothing_can_answer(magics: CourseMagics, capsys: Capsys) -> None:
    """An author who forgot the outcome is told which function to write."""
    magics.outcome("mute")
    assert "Write the function outcome_mute into its checks.py." in capsys.readouterr().out


# --- %cheatsheet, %certificate


def test_course_on_one_page(magics: CourseMagics, shown: list[dict[str, str]], tmp_path: Path) -> None:
    """The sheet that lies with the labs is shown as Markdown."""
    (tmp_path / "labs" / "cheatsheet.md").write_text("# One page\n", encoding="utf-8")
    magics.cheatsheet("")
    assert shown == [{"text/plain": "# One page\n", "text/markdown": "# One page\n"}]


def test_certificate_waits_for_every_lab(magics: CourseMagics, work: Path, capsys: Capsys) -> None:
    """While labs are open they are listed; afterwards the page is written, with a name where one is given."""
    magics.certificate("")
    assert capsys.readouterr().out == f"Not yet. Still open: {LAB_ID}.\n"
    lab = magics.course.lab()
    done = [Result(item.id, item.description, Status.PASSED, item.points, item.points) for item in lab.checks]
    magics.course.work.save_results(lab.id, done)
    magics.certificate("Ada Lovelace")
    assert capsys.readouterr().out.startswith("Your certificate: certificate.html")
    assert "<h1>Ada Lovelace</h1>" in (work / "certificate.html").read_text(encoding="utf-8")
