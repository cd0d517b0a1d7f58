"""Engines that are not there: small servers that answer as a given engine would, or in none of the usual ways."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

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
