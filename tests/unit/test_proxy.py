"""The recording between docker program and engine: every byte passes, and of each request one line is kept."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from checker.engine.proxy import proxy
from checker.engine.proxy.framing import NotHttp, Source
from checker.engine.proxy.proxy import NotHere, Recording, Request
from tests.unit.fake_engines import answer, chunked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ID = "0123456789abcdef" * 4


@contextlib.contextmanager
def engine(path: Path, serve: Callable[[socket.socket, Source], object]) -> Iterator[str]:
    """Let ``serve`` talk to everyone who connects, each in a thread; yield the address."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def one(caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError, NotHttp):
            serve(caller, Source(caller))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"unix://{path}"
    finally:
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()


def answering(*answers: bytes) -> Callable[[socket.socket, Source], None]:
    """Answer the requests of one connection one after the other, whatever they ask."""

    def serve(caller: socket.socket, source: Source) -> None:
        for data in answers:
            head = source.head()
            b"".join(source.body(head))
            caller.sendall(data)

    return serve


def client(recording: Recording) -> socket.socket:
    """Connect as the docker program does."""
    wire = socket.socket(socket.AF_UNIX)
    wire.settimeout(60)
    wire.connect(recording.host.removeprefix("unix://"))
    return wire


def read(wire: socket.socket, size: int) -> bytes:
    """Return exactly so many bytes, or fewer at the end."""
    data = b""
    while len(data) < size and (more := wire.recv(size - len(data))):
        data += more
    return data


def shown(requests: tuple[Request, ...]) -> list[tuple[str, str, int, bool]]:
    """Return the requests without their times."""
    return [(item.method, item.path, item.status, item.hijacked) for item in requests]


GET = b"GET /v1.41/containers/json?all=1 HTTP/1.1\r\nHost: docker\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        answer([{"Id": ID}]),
        answer({"message": "No such container"}, "404 Not Found"),
        chunked(b"one", b"two" * 50000),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: yes\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n",
    ],
    ids=["length", "404", "chunks", "trailers", "204", "304"],
)
def test_answer_passes_as_it_is_and_the_connection_is_kept(tmp_path: Path, said: bytes) -> None:
    """Whichever way the end of a body is marked, its bytes pass unchanged, and a second request follows."""
    with engine(tmp_path / "e", answering(said, said)) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            for _ in range(2):
                wire.sendall(GET)
                assert read(wire, len(said)) == said
        status = int(said.split()[1])
        assert shown(recording.requests()) == [("GET", "/v1.41/containers/json?all=1", status, False)] * 2


def test_head_has_no_body(tmp_path: Path) -> None:
    """The answer to HEAD tells a length, and nothing follows."""
    ping = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    with engine(tmp_path / "e", answering(ping, ping)) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            for _ in range(2):
                wire.sendall(b"HEAD /_ping HTTP/1.1\r\n\r\n")
                assert read(wire, len(ping)) == ping
        assert [item.status for item in recording.requests()] == [200, 200]


def test_answer_that_ends_with_the_connection(tmp_path: Path) -> None:
    """Without a mark of its length, a body goes on until the engine closes; so does our side."""
    said = b"HTTP/1.0 200 OK\r\n\r\nall of it"
    with engine(tmp_path / "e", answering(said)) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            wire.sendall(GET)
            assert read(wire, 1000) == said
        assert [item.status for item in recording.requests()] == [200]


@pytest.mark.parametrize(
    "length", [b"Content-Length: 9\r\n", b"Transfer-Encoding: chunked\r\n"], ids=["length", "chunks"]
)
def test_body_of_a_request_passes(tmp_path: Path, length: bytes) -> None:
    """What is uploaded arrives as it was sent, in pieces too, and none of it is kept."""
    body = b"4\r\nwhat\r\n0\r\n\r\n" if b"chunked" in length else b"something"
    came: list[bytes] = []

    def serve(caller: socket.socket, source: Source) -> None:
        came.append(b"".join(source.body(source.head())))
        caller.sendall(answer({}, "201 Created"))

    with engine(tmp_path / "e", serve) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            wire.sendall(b"POST /build HTTP/1.1\r\n" + length + b"\r\n" + body[:3])
            wire.sendall(body[3:])
            assert read(wire, 12) == b"HTTP/1.1 201"
        assert came == [body]
        assert shown(recording.requests()) == [("POST", "/build", 201, False)]
        assert not any(b"what" in repr(vars(item)).encode() for item in recording._noted)


def test_continue_comes_before_the_answer(tmp_path: Path) -> None:
    """“100 Continue” passes, and the status that counts is the one after it."""
    go_on, done = b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"

    def serve(caller: socket.socket, source: Source) -> None:
        head = source.head()
        caller.sendall(go_on)
        b"".join(source.body(head))
        caller.sendall(done)

    with engine(tmp_path / "e", serve) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            wire.sendall(b"PUT /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            assert read(wire, len(go_on)) == go_on
            wire.sendall(b"ab")
            assert read(wire, len(done)) == done
        assert [item.status for item in recording.requests()] == [204]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", 101),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n", 200),
    ],
    ids=["upgraded", "raw"],
)
def test_hijacked_connection_is_a_stream_both_ways(tmp_path: Path, said: bytes, status: int) -> None:
    """After the switch bytes pass as they come, even ones that look like HTTP; the end of input reaches the engine."""

    def serve(caller: socket.socket, source: Source) -> None:
        source.head()
        caller.sendall(said)
        for piece in source.rest():
            caller.sendall(piece.upper())
        caller.sendall(b"BYE")

    with engine(tmp_path / "e", serve) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            wire.sendall(f"POST /v1.41/containers/{ID}/attach?stream=1 HTTP/1.1\r\nUpgrade: tcp\r\n\r\n".encode())
            assert read(wire, len(said)) == said
            wire.sendall(b"get / http/1.1\r\n\r\n")
            assert read(wire, 18) == b"GET / HTTP/1.1\r\n\r\n"
            wire.shutdown(socket.SHUT_WR)
            assert read(wire, 100) == b"BYE"
        assert shown(recording.requests()) == [("POST", f"/v1.41/containers/{ID}/attach?stream=1", status, True)]


def test_input_that_comes_before_the_switch_is_not_lost(tmp_path: Path) -> None:
    """What is typed ahead waits until it is known that the connection has become a stream."""
    said = b"HTTP/1.1 101 UPGRADED\r\n\r\n"
    typed = threading.Event()

    def serve(caller: socket.socket, source: Source) -> None:
        source.head()
        assert typed.wait(60)
        caller.sendall(said)
        caller.sendall(b"".join(source.rest()))

    with engine(tmp_path / "e", serve) as host, Recording(host, tmp_path) as recording, client(recording) as wire:
        wire.sendall(b"POST /attach HTTP/1.1\r\n\r\nearly")
        wire.shutdown(socket.SHUT_WR)
        typed.set()
        assert read(wire, 100) == said + b"early"


def test_several_connections_at_once(tmp_path: Path) -> None:
    """A request that waits for its answer does not hold up another one; the order is that of sending."""
    asked, go = threading.Event(), threading.Event()

    def serve(caller: socket.socket, source: Source) -> None:
        if "/wait" in source.head().first[1]:
            asked.set()
            assert go.wait(60)
        caller.sendall(answer({}))

    with engine(tmp_path / "e", serve) as host, Recording(host, tmp_path) as recording:
        with client(recording) as waits, client(recording) as starts:
            waits.sendall(b"POST /wait HTTP/1.1\r\n\r\n")
            assert asked.wait(60)
            starts.sendall(b"POST /start HTTP/1.1\r\n\r\n")
            assert read(starts, 12) == b"HTTP/1.1 200"
            go.set()
            assert read(waits, 12) == b"HTTP/1.1 200"
        slow, quick = recording.requests()
        assert (slow.path, quick.path) == ("/wait", "/start")
        assert slow.began_s <= quick.began_s


def test_client_that_goes_away_ends_the_request_at_the_engine(tmp_path: Path) -> None:
    """A docker program that is ended in the middle of an answer does not leave the engine talking."""
    gone = threading.Event()

    def serve(caller: socket.socket, source: Source) -> None:
        source.head()
        caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        if not source.fill():
            gone.set()

    with engine(tmp_path / "e", serve) as host, Recording(host, tmp_path) as recording:
        wire = client(recording)
        wire.sendall(b"GET /events HTTP/1.1\r\n\r\n")
        assert read(wire, 12) == b"HTTP/1.1 200"
        wire.close()
        assert gone.wait(60)
        assert [item.status for item in recording.requests()] == [200]


def test_request_without_an_answer(tmp_path: Path) -> None:
    """What was sent and never answered is there, with the status 0; the client sees the end."""
    with engine(tmp_path / "e", lambda _, source: source.head()) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            wire.sendall(GET)
            assert read(wire, 1) == b""
        assert [item.status for item in recording.requests()] == [0]


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b"x" * 70000], ids=str)
def test_engine_that_speaks_no_http(tmp_path: Path, said: bytes) -> None:
    """What is no HTTP ends the connection, and no thread."""
    with engine(tmp_path / "e", answering(said)) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            wire.sendall(GET)
            with contextlib.suppress(ConnectionError):
                assert read(wire, 1) == b""
        assert [item.status for item in recording.requests()] == [0]


@pytest.mark.parametrize("sent", [b"hello\r\n\r\n", b"POST /x HTTP/1.1\r\nContent-Length: many\r\n\r\n"], ids=str)
def test_client_that_speaks_no_http(tmp_path: Path, sent: bytes) -> None:
    """So it is on the other side."""
    with engine(tmp_path / "e", answering(answer({}))) as host, Recording(host, tmp_path) as recording:
        with client(recording) as wire:
            wire.sendall(sent)
            with contextlib.suppress(ConnectionError):
                assert read(wire, 1) == b""
        assert [item.status for item in recording.requests()] in ([], [0])


def test_engine_that_is_gone(tmp_path: Path) -> None:
    """Nobody behind the socket: the client is hung up on, and nothing is noted."""
    with Recording(f"unix://{tmp_path / 'nobody'}", tmp_path) as recording:
        with client(recording) as wire, contextlib.suppress(ConnectionError):
            assert read(wire, 1) == b""
        assert recording.requests() == ()


def test_engine_over_tcp(tmp_path: Path) -> None:
    """The engine's side may be TCP; the docker program's side stays a socket of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            caller, _ = server.accept()
            with caller:
                Source(caller).head()
                caller.sendall(answer({}))

        threading.Thread(target=serve, daemon=True).start()
        with Recording(f"tcp://127.0.0.1:{server.getsockname()[1]}", tmp_path) as recording:
            with client(recording) as wire:
                wire.sendall(GET)
                assert read(wire, 12) == b"HTTP/1.1 200"
            assert [item.status for item in recording.requests()] == [200]


# --- what it leaves, and where it cannot be


def test_ends_cleanly_also_with_open_connections(tmp_path: Path) -> None:
    """At the end no socket, no folder and no thread is left, though somebody still waits for an answer."""
    before = threading.active_count()
    place = tmp_path / "state"
    asked, over = threading.Event(), threading.Event()

    def serve(_: socket.socket, source: Source) -> None:
        if source.fill():
            asked.set()
            assert over.wait(60)

    with engine(tmp_path / "e", serve) as host:
        with Recording(host, place) as recording:
            wires = [client(recording) for _ in range(3)]
            wires[0].sendall(GET)
            assert asked.wait(60)
        over.set()
        assert list(place.iterdir()) == []
        for wire in wires:
            with contextlib.suppress(ConnectionError):
                assert read(wire, 1) == b""
            wire.close()
    deadline = time.monotonic() + 60
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() <= before  # others' threads may have ended meanwhile


def test_only_this_user_reaches_the_socket(tmp_path: Path) -> None:
    """Whoever reaches the socket has the engine, so its folder is closed to others."""
    with Recording("unix:///nowhere", tmp_path / "state"):
        (folder,) = (tmp_path / "state").iterdir()
        assert folder.stat().st_mode & 0o077 == 0


def test_deep_folder_has_no_room_for_a_socket(tmp_path: Path) -> None:
    """A unix socket's path must be short; then it lies where the system keeps short-lived files."""
    place = tmp_path / ("deep" * 30)
    with Recording("unix:///nowhere", place) as recording:
        path = recording.host.removeprefix("unix://")
        assert len(os.fsencode(path)) <= 100
        assert list(place.iterdir()) == []
    assert not os.path.exists(os.path.dirname(path))  # noqa: PTH110, PTH120  (the text is what counts)


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("npipe:////./pipe/docker_engine", "named pipe"),
        ("ssh://me@server", "reached through ssh"),
        ("https://server:2376", "reached through https"),
    ],
)
def test_where_nothing_can_be_recorded(tmp_path: Path, host: str, why: str) -> None:
    """The message says why, that nothing ran, and what works instead."""
    with pytest.raises(NotHere) as caught, Recording(host, tmp_path):
        pass
    assert why in str(caught.value)
    assert "Nothing was run. The same command works in a %%docker cell" in str(caught.value)


def test_not_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has no unix sockets there, whatever the engine's address is."""
    monkeypatch.delattr(proxy.socket, "AF_UNIX")
    with pytest.raises(NotHere, match="on Windows"), Recording("tcp://127.0.0.1:2375", tmp_path):
        pass


def test_not_where_it_is_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent over TLS cannot be read on the way."""
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    with pytest.raises(NotHere, match="encrypted"), Recording("tcp://server:2376", tmp_path):
        pass


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/_ping", "/_ping"),
        ("/v1.41/containers/json?all=1", "/containers/json"),
        (f"/v1.50/containers/{ID}/wait?condition=removed", "/containers/ID/wait"),
        (f"/v1.44/images/sha256:{ID}/json", "/images/ID/json"),
        ("/v2/x", "/v2/x"),
        ("/containers/v1.41/start", "/containers/v1.41/start"),
    ],
)
def test_route_is_the_same_for_every_version(path: str, route: str) -> None:
    """Without the API's version, the query, and ids, which are random."""
    assert Request("GET", path, 200, 0, 0).route == route
