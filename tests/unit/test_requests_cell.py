"""%%requests: what a command sent, as a diagram that is the same for every version of the docker program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pytest

from checker.engine.cli import Done
from checker.engine.endpoint import Endpoint
from checker.engine.proxy import Request
from checker.jupyter import requests as cell
from checker.jupyter.course import Course
from checker.jupyter.magics import CourseMagics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Capsys = pytest.CaptureFixture[str]

ID = "0123456789abcdef" * 4

PING = Request("HEAD", "/_ping", 200, 0, 0.001)
INFO = Request("GET", "/v1.41/info", 200, 0, 0.001)
CREATE = Request("POST", "/v1.41/containers/create?name=parrot", 201, 0.01, 0.0304)
ATTACH = Request("POST", f"/v1.41/containers/{ID}/attach?stream=1", 101, 0.02, 0.5, hijacked=True)
START = Request("POST", f"/v1.41/containers/{ID}/start", 204, 0.03, 0.25)


def test_diagram_of_a_run() -> None:
    """Who asks stands on the left, who answers on the right; a stream is shown where it begins."""
    assert cell.as_text([PING, CREATE, ATTACH, START]).splitlines() == [
        "client                                    daemon",
        "  |-- POST /containers/create --------------->|",
        "  |<--------------------------- 201 Created --|",
        "  |-- POST /containers/ID/attach ------------>|",
        "  |<--------------- 101 Switching Protocols --|",
        "  |<====== a stream of bytes, both ways =====>|",
        "  |-- POST /containers/ID/start ------------->|",
        "  |<------------------------ 204 No Content --|",
    ]


def test_lines_of_a_diagram_are_equally_long() -> None:
    """A long path widens the whole picture."""
    long = Request("GET", "/containers/" + "x" * 60 + "/json", 404, 0, 0)
    lines = cell.as_text([CREATE, ATTACH, long]).splitlines()
    assert len({len(line) for line in lines[1:]}) == 1
    assert "x" * 60 in lines[-2]


def test_everything_is_shown_as_it_was_sent() -> None:
    """--all adds the greeting, versions, queries and times; ids are cut, as they are 64 letters long."""
    text = cell.as_text([PING, CREATE, ATTACH], everything=True)
    assert "HEAD /_ping" in text
    assert "POST /v1.41/containers/create?name=parrot" in text
    assert "201 Created, 30 ms" in text
    assert "/containers/0123456789ab…/attach?stream=1" in text


@pytest.mark.parametrize("sent", [[], [PING]], ids=["nothing", "greeting alone"])
def test_command_that_asks_nothing(sent: list[Request]) -> None:
    """Some versions greet the daemon even for docker --version; that is no question."""
    assert cell.as_text(sent) == "No request was sent."


@pytest.mark.parametrize(
    ("sent", "shown"), [([PING, INFO, CREATE], [CREATE]), ([PING, INFO], [INFO])], ids=["on the way", "docker info"]
)
def test_question_about_the_engine(sent: list[Request], shown: list[Request]) -> None:
    """Older versions ask for /info on their way to a pull; for docker info it is the question itself."""
    assert cell.asked_by_the_command(sent) == shown


@pytest.mark.parametrize(("status", "words"), [(0, "no answer yet"), (409, "409 Conflict"), (599, "599")])
def test_words_of_an_answer(status: int, words: str) -> None:
    """A status has its name, where it has one."""
    assert f" {words} --|" in cell.as_text([Request("GET", "/x", status, 0, 0)])


class Recorded:
    """Stands for a recording: the requests come from the test."""

    host = "unix:///recorded"

    def __init__(self, engine: str, _: Path) -> None:
        assert engine == "unix:///engine"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def requests(self) -> tuple[Request, ...]:
        """Return what a start sends."""
        return (PING, START)


@pytest.fixture
def magics(work: Path, monkeypatch: pytest.MonkeyPatch) -> CourseMagics:
    """Return the magics on an engine whose docker program prints what it was asked, and fails for nobody."""

    def runner(_: Course, *arguments: Any, via: str) -> Callable[[Sequence[str], None], Done]:
        def run(argv: Sequence[str], _: object) -> Done:
            arguments[2](f"{argv[-1]} by {via}\n")
            return Done(1 if argv[-1] == "nobody" else 0, f"{argv[-1]}\n")

        return run

    Endpoint("unix:///engine", "current", "the test").save(work)
    monkeypatch.delenv("DOCKER101_STATIC", raising=False)
    monkeypatch.setattr(Course, "runner", runner)
    monkeypatch.setattr(cell, "Recording", Recorded)
    return CourseMagics(None)


DIAGRAM = cell.as_text([START]) + "\n"


def test_one_command(magics: CourseMagics, capsys: Capsys) -> None:
    """Its output comes first, through the recording's address; what it sent follows."""
    magics.requests("", "docker start parrot\n")
    assert capsys.readouterr().out == f"parrot by unix:///recorded\n\n{DIAGRAM}"


def test_several_commands(magics: CourseMagics, capsys: Capsys) -> None:
    """Each is echoed, and has a picture of its own; a failed one shows its exit code, and the cell goes on."""
    magics.requests("--quiet", "docker start nobody\ndocker start parrot\n")
    assert capsys.readouterr().out == (
        f"$ docker start nobody\n[exit code 1]\n{DIAGRAM}\n$ docker start parrot\n{DIAGRAM}"
    )


@pytest.mark.parametrize("line", ["docker ps", "--loud", "--limit 0", "--all=yes"])
def test_bad_first_line(magics: CourseMagics, capsys: Capsys, line: str) -> None:
    """What stands there and is no option is said, and nothing runs."""
    magics.requests(line, "docker ps\n")
    assert capsys.readouterr().out.splitlines() == [
        f"After %%requests stands “{line}”.",
        "Commands begin on the next line. A time limit is set with: %%requests --limit 20",
    ]


def test_line_that_is_no_command(magics: CourseMagics, capsys: Capsys) -> None:
    """As in a %%docker cell, nothing runs then."""
    magics.requests("", "ls\n")
    assert capsys.readouterr().out.endswith("Nothing was run.\n")


def test_where_nothing_can_be_recorded(magics: CourseMagics, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    """The reason is shown instead of a traceback."""
    monkeypatch.undo()
    monkeypatch.setattr(Course, "endpoint", lambda _: Endpoint("npipe:////./pipe/docker_engine", "current", "the test"))
    monkeypatch.delenv("DOCKER101_STATIC", raising=False)
    magics.requests("", "docker ps\n")
    assert capsys.readouterr().out.startswith("The requests cannot be shown here: on Windows")
