"""``%get`` without a network: what is asked, and in which words an answer, or its absence, is told."""

from __future__ import annotations

import pytest

from checker.engine.views.probe import Answer, ProbeOutcome
from checker.errors import UsageProblem
from checker.jupyter.http_get import get

HERE = "unix:///run/docker.sock"


class Web:
    """Stands for the web: gives one answer to everything."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[tuple[str, int, str]] = []
        self._answer = answer

    def __call__(self, host: str, port: int, path: str) -> Answer:
        """Answer one question."""
        self.asked.append((host, port, path))
        return self._answer

    def get(self, address: str, engine: str = HERE) -> str:
        """Ask for an address."""
        return get(address, engine, asks=self)


def answered(body: str, status: int = 200) -> Answer:
    """Return an answer in HTTP."""
    return Answer(ProbeOutcome.ANSWERED, status, body)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (answered("\n kiosk \nmore\n"), "200 OK\nkiosk"),
        (answered("", 404), "404 Not Found\n(an empty answer)"),
        (answered("x" * 500, 299), "299\n" + "x" * 200),
        (Answer(ProbeOutcome.REFUSED), "No answer: the connection was refused. Nothing is open at this port."),
        (
            Answer(ProbeOutcome.RESET),
            "No answer: the connection was accepted, then reset. The port is open, but no server listens on it.",
        ),
        (Answer(ProbeOutcome.SILENT), "No answer: timed out after 2 s."),
        (Answer(ProbeOutcome.NO_HTTP, words="SSH-2.0"), "No answer in HTTP: SSH-2.0."),
        (Answer(ProbeOutcome.UNREACHABLE, words="no route"), "No answer: the address cannot be reached: no route."),
    ],
)
def test_each_outcome_has_its_words(answer: Answer, told: str) -> None:
    """Status and first line of an answer; else in plain words why there is none."""
    assert Web(answer).get("http://127.0.0.1:9480/") == told


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://127.0.0.1:9480/", ("127.0.0.1", 9480, "/")),
        (" 127.0.0.1:9480 ", ("127.0.0.1", 9480, "/")),
        ("http://localhost:9480/a?b=c", ("127.0.0.1", 9480, "/a?b=c")),
        ("http://shop.test", ("shop.test", 80, "/")),
    ],
)
def test_address_is_read(address: str, asked: tuple[str, int, str]) -> None:
    """What may be left out is filled in, and localhost is an address that published ports answer on."""
    web = Web(answered("x"))
    web.get(address)
    assert web.asked == [asked]


def test_engine_on_another_machine_is_asked_there() -> None:
    """A published port is the engine's machine's; where that is another one, it is said."""
    web = Web(answered("kiosk"))
    assert web.get("http://127.0.0.1:9480/", "tcp://10.0.0.5:2375") == (
        "(asked 10.0.0.5, the machine of the engine)\n200 OK\nkiosk"
    )
    assert web.asked == [("10.0.0.5", 9480, "/")]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "The address after %get is missing."),
        ("https://127.0.0.1/", "%get asks web servers by plain http, and “https://127.0.0.1/” is no such address."),
        ("http://", "%get asks web servers by plain http, and “http://” is no such address."),
        ("http://127.0.0.1:9 480/", "“http://127.0.0.1:9 480/” is no address."),
        ("http://127.0.0.1:99999/", "“http://127.0.0.1:99999/” is no address."),
    ],
)
def test_what_is_no_address_is_said(address: str, said: str) -> None:
    """Each with an example of one."""
    with pytest.raises(UsageProblem) as problem:
        Web(answered("x")).get(address)
    assert problem.value.message == said
    assert problem.value.next_step == "An address looks like this: http://127.0.0.1:8000/"
