"""Engines that are not there: small servers that answer as a given engine would, or in none of the usual ways."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCKER = {"Version": "20.10.24", "ApiVersion": "1.41", "Os": "linux", "Components": [{"Name": "Engine"}]}
PODMAN = {"Version": "4.3.1", "ApiVersion": "1.41", "Os": "linux", "Components": [{"Name": "Podman Engine"}]}


def answer(body: object, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """Return a whole HTTP answer; ``body`` is written as JSON unless it is text."""
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def chunked(*pieces: bytes, kind: str = "application/json") -> bytes:
    """Return a whole HTTP answer in chunks."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


@contextlib.contextmanager
def engine(path: Path, *pieces: bytes | None) -> Iterator[str]:
    """Serve the same answer, in these pieces, to everyone who asks at the unix socket ``path``; yield its address.

    Without pieces it takes the connection and then the rest is silence; after a piece None it keeps the connection.
    """
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    with serving(server, pieces):
        yield f"unix://{path}"


@contextlib.contextmanager
def tcp_engine(*pieces: bytes | None) -> Iterator[str]:
    """Serve as ``engine`` does, on a free TCP port of this machine."""
    server = socket.create_server(("127.0.0.1", 0))
    with serving(server, pieces):
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@contextlib.contextmanager
def answering_engine(answers: dict[str, tuple[int, Any]]) -> Iterator[str]:
    """Serve prepared answers, a status and a body for each path, as an engine over TCP; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            status, body = answers.get(path, (404, {"message": "page not found"}))
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"tcp://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def serving(server: socket.socket, pieces: tuple[bytes | None, ...]) -> Iterator[None]:
    """Answer everyone who connects to ``server`` until the block ends."""
    server.listen()
    kept: list[Any] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = server.accept()
                kept.append(caller)
                if pieces:
                    caller.recv(65536)
                for piece in pieces:
                    caller.sendall(piece or b"")
                if pieces and pieces[-1] is not None:
                    caller.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        for caller in kept:
            caller.close()
        thread.join(5)


class Telling:
    """An engine that tells events at the unix socket ``path``: to all who listen, and later to who asks since when.

    ``asked`` holds the moments since which it was asked, in seconds. While ``busy`` is held, it takes no connection.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: list[dict[str, Any]] = []
        self._listening: list[socket.socket] = []
        self._lock = threading.Lock()
        self.asked: list[str] = []
        self.busy = threading.Lock()
        self.host = f"unix://{path}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Answer from now on, and remember nothing of before."""
        self._told.clear()
        self._path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self._path))
        self._server.listen()
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def stop(self) -> None:
        """End all connections, and answer nobody any more."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._path.unlink(missing_ok=True)
        with self._lock:
            for caller in self._listening:
                with contextlib.suppress(OSError):
                    caller.shutdown(socket.SHUT_RDWR)
                caller.close()
            self._listening.clear()

    def tell(self, action: str, kind: str = "container", **actor: Any) -> dict[str, Any]:
        """Let an event happen, and return it."""
        event = {"Type": kind, "Action": action, "Actor": actor, "timeNano": time.time_ns()}
        with self._lock:
            self._told.append(event)
            for caller in self._listening:
                _send(caller, event)
        return event

    @property
    def heard_by(self) -> int:
        """How many listen at the moment; who has gone is not counted."""
        with self._lock:
            self._listening = [caller for caller in self._listening if not _has_gone(caller)]
            return len(self._listening)

    def _serve(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = server.accept()
                with self.busy:
                    self._answer(caller)

    def _answer(self, caller: socket.socket) -> None:
        question = caller.recv(65536).decode()
        since = re.search(r"since=([0-9.]+)", question)
        self.asked.append(since[1] if since else "")
        begin_ns = int(self.asked[-1].replace(".", "")) if since else time.time_ns()
        with self._lock, contextlib.suppress(OSError):
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            for event in self._told:
                if event["timeNano"] >= begin_ns:
                    _send(caller, event)
            self._listening.append(caller)


def _send(caller: socket.socket, event: dict[str, Any]) -> None:
    line = json.dumps(event).encode() + b"\n"
    with contextlib.suppress(OSError):
        caller.sendall(b"%x\r\n%s\r\n" % (len(line), line))


def _has_gone(caller: socket.socket) -> bool:
    """Return whether the other side has closed."""
    try:
        return caller.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
