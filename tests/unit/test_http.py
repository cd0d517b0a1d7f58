"""Asking an engine with the standard library: every shape of an answer, and every way to get none."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from checker.engine.transport import connection, http
from checker.engine.transport.connection import ReachProblem, Unreachable
from checker.errors import NoEngine
from tests.unit.fake_engines import DOCKER, PODMAN, answer, chunked, engine, tcp_engine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the fake engines listen on unix sockets")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a fake engine listens."""
    return tmp_path / "docker.sock"


def test_json_with_a_length_is_parsed(path: Path) -> None:
    """An answer with Content-Length is read to its end, and JSON is parsed."""
    with engine(path, answer([{"Id": "a"}])) as host:
        status, headers, body = http.get(host, "/containers/json")
    assert (status, headers["content-type"], body) == (200, "application/json", [{"Id": "a"}])


def test_chunks_are_put_together_wherever_they_are_cut(path: Path) -> None:
    """A chunked answer is read whole, however the network cuts it."""
    whole = chunked(b'{"Ver', b'sion": ', b'"1"}')
    with engine(path, *[whole[n : n + 1] for n in range(len(whole))]) as host:
        assert http.get(host, "/version")[2] == {"Version": "1"}


def test_text_without_a_length_ends_with_the_connection(path: Path) -> None:
    """An answer of no stated length ends where the connection does, and stays text."""
    with engine(path, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"O", b"K") as host:
        assert http.get(host, "/_ping")[2] == "OK"


def test_an_error_status_is_returned_with_its_message(path: Path) -> None:
    """A 404 is an answer like any other: the caller decides what it means."""
    with engine(path, answer({"message": "No such container: x"}, "404 Not Found")) as host:
        status, _, body = http.get(host, "/containers/x/json")
    assert (status, body) == (404, {"message": "No such container: x"})


def test_json_that_is_broken_stays_text(path: Path) -> None:
    """A body that says it is JSON and is not is returned as it came."""
    with engine(path, answer("{oops")) as host:
        assert http.get(host, "/version")[2] == "{oops"


def test_tcp_is_asked_too() -> None:
    """An engine on a TCP port is asked in the same way."""
    with tcp_engine(answer(DOCKER)) as host:
        assert http.ping(host).ok


def test_ping_tells_the_versions(path: Path) -> None:
    """A usable engine's versions are told."""
    with engine(path, answer(DOCKER)) as host:
        assert http.ping(host) == http.Ping(ok=True, api_version="1.41", server="20.10.24")


@pytest.mark.parametrize(
    ("reply", "problem", "detail"),
    [
        (answer(PODMAN), ReachProblem.PODMAN, "it is Podman 4.3.1"),
        (
            answer({**DOCKER, "Version": "18.09.1", "ApiVersion": "1.39"}),
            ReachProblem.TOO_OLD,
            "Engine 18.09.1 with API 1.39",
        ),
        (answer({**DOCKER, "Os": "windows"}), ReachProblem.WINDOWS_CONTAINERS, "it runs Windows containers"),
        (
            answer("Client sent an HTTP request to an HTTPS server.\n", "400 Bad Request"),
            ReachProblem.TLS,
            "only speaks TLS",
        ),
        (answer({"message": "denied"}, "403 Forbidden"), ReachProblem.NO_PERMISSION, "it answered 403: denied"),
        (answer("starting", "503 Service Unavailable"), ReachProblem.REFUSED, "it answered 503: starting"),
        (answer("<html>", kind="text/html"), ReachProblem.NOT_DOCKER, "as no Docker engine does"),
        (answer({}, "404 Not Found"), ReachProblem.NOT_DOCKER, "it answered 404"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ReachProblem.NOT_DOCKER, "does not speak HTTP"),
        (b"HTTP/1.1\r\n\r\n", ReachProblem.NOT_DOCKER, "does not speak HTTP"),
        (b"H" + b"HTTP", ReachProblem.NOT_DOCKER, "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000, ReachProblem.NOT_DOCKER, "does not speak HTTP"),
        (b"", ReachProblem.REFUSED, "closed without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", ReachProblem.REFUSED, "the answer was cut off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ReachProblem.REFUSED, "its answer is broken"),
    ],
)
def test_an_answer_that_is_of_no_use(path: Path, reply: bytes, problem: ReachProblem, detail: str) -> None:
    """Each unusable answer has its own kind of problem and says what was seen."""
    with engine(path, reply) as host:
        pinged = http.ping(host)
    assert (pinged.ok, pinged.problem) == (False, problem)
    assert detail in pinged.detail


def test_silence_is_a_hang_that_names_its_limit(path: Path) -> None:
    """An engine that takes the connection and says nothing hangs; the limit is named in seconds."""
    with engine(path) as host:
        pinged = http.ping(host, timeout_s=1)
    assert (pinged.problem, pinged.detail) == (
        ReachProblem.HANG,
        "it accepted the connection, but did not answer within 1 s",
    )


def test_a_trickle_does_not_stretch_the_limit(path: Path) -> None:
    """An engine that stops in the middle of its answer hangs too: one limit holds for all reads together."""
    with engine(path, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"ab", None) as host:
        assert http.ping(host, timeout_s=0.2).problem is ReachProblem.HANG


def test_a_socket_whose_queue_is_full_is_a_hang(path: Path) -> None:
    """A daemon that takes no more connections hangs, though the system answers at once."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(0)
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(4)]
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(str(path))
        assert http.ping(f"unix://{path}", timeout_s=0.1).problem is ReachProblem.HANG
        for caller in waiting:
            caller.close()


def test_a_socket_that_nobody_serves_refuses(path: Path) -> None:
    """The socket file of a daemon that was killed refuses."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    assert http.ping(f"unix://{path}")[3:] == (ReachProblem.REFUSED, "nothing listens there")


def test_a_socket_that_one_may_not_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket of the group docker tells a user outside of it that the permission is missing."""

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(connection._SocketWire, "_join", denied)
    assert http.ping(f"unix://{path}")[3:] == (ReachProblem.NO_PERMISSION, "you may not open its socket")


@pytest.mark.parametrize(
    ("host", "problem", "detail"),
    [
        ("unix:///nowhere/docker.sock", ReachProblem.NO_SOCKET, "there is nothing at that address"),
        (f"unix:///{'x' * 120}", ReachProblem.NO_SOCKET, "AF_UNIX path too long"),
        ("tcp://127.0.0.1", ReachProblem.NO_SOCKET, "the address has no port"),
        ("ssh://me@elsewhere", ReachProblem.TUNNEL, "it is reached through ssh"),
        ("https://127.0.0.1:2376", ReachProblem.TLS, "it only speaks TLS"),
        ("nonsense", ReachProblem.NO_SOCKET, "this is no address of an engine"),
    ],
)
def test_an_address_that_leads_nowhere(host: str, problem: ReachProblem, detail: str) -> None:
    """Each address that cannot be asked says why."""
    pinged = http.ping(host)
    assert pinged.problem is problem
    assert detail in pinged.detail


def test_a_question_without_an_answer_ends_the_command_with_the_next_step() -> None:
    """Unreachable is a NoEngine: exit code 3, address, reason and next step."""
    with pytest.raises(NoEngine) as caught:
        http.get("unix:///nowhere/docker.sock", "/version")
    assert caught.value.exit_code == 3
    assert caught.value.message == (
        "No Docker engine answers at unix:///nowhere/docker.sock: there is nothing at that address."
    )
    assert "checker doctor" in caught.value.next_step


def test_a_stream_yields_objects_as_they_come(path: Path) -> None:
    """Events are told one by one, whether their lines and chunks fall together or not."""
    with engine(path, chunked(b'{"a": 1}\n{"a"', b": 2}\n", b'\x1e{"a": 3}\r\n\n', b'{"a": 4}')) as host:
        assert [event["a"] for event in http.stream(host, "/events")] == [1, 2, 3, 4]


def test_closing_a_stream_ends_the_thread_that_reads_it(path: Path) -> None:
    """A reader that waits for the next event goes on when another thread closes the stream."""
    head = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"a": 1}\n\r\n'
    seen: list[object] = []
    with engine(path, head, None) as host, http.stream(host, "/events") as events:
        reader = threading.Thread(target=lambda: seen.extend(events))
        reader.start()
        deadline = time.monotonic() + 60
        while not seen and time.monotonic() < deadline:
            time.sleep(0.01)
        events.close()
        reader.join(60)
    assert (seen, reader.is_alive()) == ([{"a": 1}], False)


def test_a_stream_whose_engine_goes_away_says_so(path: Path) -> None:
    """An engine that ends in the middle of a stream is an error, not the end of the events."""
    head = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"a": 1}\n\r\n'
    with engine(path, head) as host, http.stream(host, "/events") as events:
        assert next(events) == {"a": 1}
        with pytest.raises(Unreachable, match="cut off"):
            next(events)


def test_a_stream_that_is_refused_says_what_the_engine_said(path: Path) -> None:
    """Another status than 200 ends a stream before it begins."""
    with (
        engine(path, answer({"message": "bad filter"}, "400 Bad Request")) as host,
        pytest.raises(Unreachable) as caught,
    ):
        http.stream(host, "/events?filters=x")
    assert "it answered 400" in caught.value.message
    assert "bad filter" in caught.value.message


def test_a_named_pipe_is_asked_as_a_file(tmp_path: Path) -> None:
    """Windows' named pipes are opened as files; where there is none, that is said."""
    assert http.ping(f"npipe:{tmp_path}//./pipe/none", 1).problem is ReachProblem.NO_SOCKET
