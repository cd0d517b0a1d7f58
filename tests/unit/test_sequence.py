"""The sequence diagram: what a command sent, drawn so that it is the same for every version of the docker program."""

from __future__ import annotations

import re

import pytest

from checker.engine.proxy.proxy import Request
from checker.jupyter.diagrams import sequence

ID = "0123456789abcdef" * 4

PING = Request("HEAD", "/_ping", 200, 0, 0.001)
INFO = Request("GET", "/v1.41/info", 200, 0, 0.001)
CREATE = Request("POST", "/v1.41/containers/create?name=parrot", 201, 0.01, 0.0304)
ATTACH = Request("POST", f"/v1.41/containers/{ID}/attach?stream=1", 101, 0.02, 0.5, hijacked=True)
START = Request("POST", f"/v1.41/containers/{ID}/start", 204, 0.03, 0.25)


def test_diagram_of_a_run() -> None:
    """Who asks stands on the left, who answers on the right; a stream is shown where it begins."""
    assert sequence.draw([PING, CREATE, ATTACH, START]).text.splitlines() == [
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
    lines = sequence.draw([CREATE, ATTACH, long]).text.splitlines()
    assert len({len(line) for line in lines[1:]}) == 1
    assert "x" * 60 in lines[-2]


def test_everything_is_shown_as_it_was_sent() -> None:
    """--all adds the greeting, versions, queries and times; ids are cut, as they are 64 letters long."""
    text = sequence.draw([PING, CREATE, ATTACH], everything=True).text
    assert "HEAD /_ping" in text
    assert "POST /v1.41/containers/create?name=parrot" in text
    assert "201 Created, 30 ms" in text
    assert "/containers/0123456789ab…/attach?stream=1" in text


@pytest.mark.parametrize("sent", [[], [PING]], ids=["nothing", "greeting alone"])
def test_command_that_asks_nothing(sent: list[Request]) -> None:
    """Some versions greet the daemon even for docker --version; that is no question."""
    assert sequence.draw(sent).text == "No request was sent."


@pytest.mark.parametrize(
    ("sent", "shown"), [([PING, INFO, CREATE], [CREATE]), ([PING, INFO], [INFO])], ids=["on the way", "docker info"]
)
def test_question_about_the_engine(sent: list[Request], shown: list[Request]) -> None:
    """Older versions ask for /info on their way to a pull; for docker info it is the question itself."""
    assert sequence.asked_by_the_command(sent) == shown


@pytest.mark.parametrize(("status", "words"), [(0, "no answer yet"), (409, "409 Conflict"), (599, "599")])
def test_words_of_an_answer(status: int, words: str) -> None:
    """A status has its name, where it has one."""
    assert f" {words} --|" in sequence.draw([Request("GET", "/x", status, 0, 0)]).text


def test_html_says_what_the_text_says() -> None:
    """Each message says who speaks, for readers that see no arrows, and a stream is one more."""
    html = sequence.draw([CREATE, ATTACH]).html
    words = " ".join(re.sub("<[^>]*>", "", html.partition("</style>")[2]).split())
    assert words == (
        "client docker daemon dockerdclient asks: POST /containers/createdaemon answers: 201 Created"
        "client asks: POST /containers/ID/attachdaemon answers: 101 Switching Protocols"
        "both: a stream of bytes, both ways"
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [(304, "304 Not Modified"), (409, "✗ refused: 409 Conflict"), (500, "✗ failed: 500 Internal Server Error")],
)
def test_answer_that_refuses(status: int, words: str) -> None:
    """A refusal is marked by a word and a frame, not by colour alone."""
    html = sequence.draw([Request("GET", "/x", status, 0, 0)]).html
    assert words in html
    assert ('class="no"' in html) == (status >= 400)


def test_what_was_sent_is_no_markup() -> None:
    """A path may hold any characters; none of them becomes an element."""
    assert "<b>" not in sequence.draw([Request("GET", "/<b>", 200, 0, 0)]).html
