"""%%requests: which commands run, through which address, and in which order output and diagrams are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pytest

from checker.engine.engine import Engine
from checker.engine.program import Done
from checker.engine.proxy.proxy import Request
from checker.jupyter import requests as cell
from checker.jupyter.diagrams import sequence
from checker.jupyter.magics import CourseMagics
from checker.jupyter.notebook import display
from checker.jupyter.notebook.state import NotebookState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Capsys = pytest.CaptureFixture[str]

PING = Request("HEAD", "/_ping", 200, 0, 0.001)
START = Request("POST", "/v1.41/containers/parrot/start", 204, 0.03, 0.25)


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

    def runner(_: NotebookState, *arguments: Any, via: str) -> Callable[[Sequence[str], None], Done]:
        def run(argv: Sequence[str], _: object) -> Done:
            arguments[2](f"{argv[-1]} by {via}\n")
            return Done(1 if argv[-1] == "nobody" else 0, f"{argv[-1]}\n")

        return run

    Engine("unix:///engine", "current", "the test").save(work)
    monkeypatch.delenv("DOCKER101_STATIC", raising=False)
    monkeypatch.setattr(NotebookState, "runner", runner)
    monkeypatch.setattr(cell, "Recording", Recorded)
    monkeypatch.setattr(display, "_show", lambda data: print(data["text/plain"], data["text/html"], sep="\n"))
    return CourseMagics(None)


DRAWING = sequence.draw([START])
DIAGRAM = f"{DRAWING.text}\n{DRAWING.html}\n"


def test_one_command(magics: CourseMagics, capsys: Capsys) -> None:
    """Its output comes first, through the recording's address; what it sent follows."""
    magics.requests("", "docker start parrot\n")
    assert capsys.readouterr().out == f"parrot by unix:///recorded\n{DIAGRAM}"


def test_several_commands(magics: CourseMagics, capsys: Capsys) -> None:
    """Each is echoed, and has a picture of its own; a failed one shows its exit code, and the cell goes on."""
    magics.requests("--quiet", "docker start nobody\ndocker start parrot\n")
    assert capsys.readouterr().out == (
        f"$ docker start nobody\n[exit code 1]\n{DIAGRAM}$ docker start parrot\n{DIAGRAM}"
    )


@pytest.mark.parametrize("line", ["docker ps", "--loud", "--limit 0", "--all=yes"])
def test_bad_first_line(magics: CourseMagics, capsys: Capsys, line: str) -> None:
    """What stands there and is no option is said, and nothing runs."""
    magics.requests(line, "docker ps\n")
    assert capsys.readouterr().out.splitlines() == [
        f"After %%requests comes “{line}”.",
        "Commands begin on the next line. A time limit is set with: %%requests --limit 20",
    ]


def test_line_that_is_no_command(magics: CourseMagics, capsys: Capsys) -> None:
    """As in a %%docker cell, nothing runs then."""
    magics.requests("", "ls\n")
    assert capsys.readouterr().out.endswith("Nothing was run.\n")


def test_where_nothing_can_be_recorded(magics: CourseMagics, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    """The reason is shown instead of a traceback."""
    monkeypatch.undo()
    monkeypatch.setattr(
        NotebookState, "engine", lambda _: Engine("npipe:////./pipe/docker_engine", "current", "the test")
    )
    monkeypatch.delenv("DOCKER101_STATIC", raising=False)
    magics.requests("", "docker ps\n")
    assert capsys.readouterr().out.startswith("The requests cannot be shown here: on Windows")
