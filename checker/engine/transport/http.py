"""Asking the engine a question with the standard library alone: HTTP over a unix socket, TCP, or a Windows named pipe.

Used where loading docker-py (170 ms and more) would cost more than the question: status, doctor, guard, discovery. It
only ever reads (GET). Facts are from the Docker Engine API reference: ``/version``, ``/events``.
"""

from __future__ import annotations

import contextlib
import errno
import json
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from checker.engine.transport.connection import Connection, ReachProblem, Unreachable, as_unreachable, connect
from checker.errors import NoEngine
from checker.patience import patient_s

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_API = (1, 40)
"""The oldest API version that the course works with: Engine 19.03."""

TIMEOUT_S = 3.0
_HEAD_LIMIT_BYTES = 65536


class Ping(NamedTuple):
    """Whether an engine answers and can be used.

    ``api_version`` is its newest API version ("1.41"), ``server`` its own version ("20.10.24"); both are empty where it
    did not say. ``problem`` is None when it can be used; ``detail`` is the same in words.
    """

    ok: bool
    api_version: str = ""
    server: str = ""
    problem: ReachProblem | None = None
    detail: str = ""


def ping(host: str, timeout_s: float = TIMEOUT_S) -> Ping:
    """Ask an engine for its version. Never raises.

    Arguments:
        host: the engine, as in DOCKER_HOST.
        timeout_s: the seconds that connecting and answering may take together.

    """
    try:
        status, _, body = get(host, "/version", timeout_s)
    except Unreachable as error:
        return Ping(ok=False, problem=error.problem, detail=error.detail)
    if status != 200 or not isinstance(body, dict) or not body.get("ApiVersion"):
        return _not_ok(status, body)
    api, server = str(body["ApiVersion"]), str(body.get("Version", ""))
    problem, detail = _unusable(body, api)
    return Ping(problem is None, api, server, problem, detail)


def get(host: str, path: str, timeout_s: float = TIMEOUT_S) -> tuple[int, dict[str, str], Any]:
    """Ask an engine one question.

    Arguments:
        host: as in ``DOCKER_HOST``: ``unix:///path``, ``tcp://name:port`` or ``npipe:////./pipe/name``.
        path: path and query, already quoted: ``/containers/json?all=1``.
        timeout_s: the limit for everything together, in seconds; more on a busy machine (``checker.patience``).

    Returns:
        the status, the headers (names in lower case), and the body: parsed where it is JSON, else text.

    Raises:
        Unreachable: when there is no answer, or none that is HTTP.

    """
    timeout_s = patient_s(timeout_s)
    with as_unreachable(host, timeout_s), contextlib.closing(connect(host, timeout_s)) as wire:
        status, headers, rest = _ask(wire, path, host)
        body = b"".join(_body(wire, headers, rest))
    text = body.decode("utf-8", "replace")
    if "json" in headers.get("content-type", ""):
        with contextlib.suppress(ValueError):
            return status, headers, json.loads(text)
    return status, headers, text


def stream(host: str, path: str, timeout_s: float = TIMEOUT_S) -> Stream:
    """Follow an answer that goes on, one JSON object per line (``/events``).

    Arguments:
        host, path: as for ``get``.
        timeout_s: the limit for the first line of the answer, in seconds; what follows may take any time.

    Raises:
        Unreachable: when the engine does not answer, or with another status than 200; also later, when it goes away
            in the middle of an answer.

    """
    with as_unreachable(host, timeout_s):
        wire = connect(host, timeout_s)
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(wire.close)
            status, headers, rest = _ask(wire, path, host)
            if status != 200:
                answer = b"".join(_body(wire, headers, rest)).decode("utf-8", "replace")
                raise Unreachable(host, ReachProblem.REFUSED, f"it answered {status}: {answer.strip()}")
            wire.forever()
            cleanup.pop_all()
    return Stream(host, wire, headers, rest)


class Stream:
    """An answer that goes on: iterate over it; ``close()``, also from another thread, ends the iteration."""

    def __init__(self, host: str, wire: Connection, headers: dict[str, str], rest: bytes) -> None:
        self._host, self._wire, self._closed = host, wire, False
        self._lines = _lines(_body(wire, headers, rest))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self

    def __next__(self) -> dict[str, Any]:
        try:
            with as_unreachable(self._host, 0):
                item: dict[str, Any] = json.loads(next(self._lines))
                return item
        except (NoEngine, ValueError):
            if self._closed:
                raise StopIteration from None
            raise

    def close(self) -> None:
        """End the answer; the thread that waits for its next line goes on."""
        self._closed = True
        self._wire.close()


def _not_ok(status: int, body: object) -> Ping:
    """Say what an answer means that is no engine's answer to ``/version``."""
    text = str(body.get("message", body)) if isinstance(body, dict) else str(body).strip()
    if "HTTPS server" in text:
        return Ping(ok=False, problem=ReachProblem.TLS, detail="it only speaks TLS")
    if status == 403:
        return Ping(ok=False, problem=ReachProblem.NO_PERMISSION, detail=f"it answered 403: {text}")
    if status >= 500:
        return Ping(ok=False, problem=ReachProblem.REFUSED, detail=f"it answered {status}: {text}")
    return Ping(ok=False, problem=ReachProblem.NOT_DOCKER, detail=f"it answered {status}, as no Docker engine does")


def _unusable(version: dict[str, Any], api: str) -> tuple[ReachProblem | None, str]:
    """Say why the course cannot use the engine that describes itself so; (None, "") when it can."""
    components = [str(part.get("Name")) for part in version.get("Components") or []]
    if "Podman Engine" in components:
        return ReachProblem.PODMAN, f"it is Podman {version.get('Version', '')}"
    if _numbers(api) < OLDEST_API:
        return ReachProblem.TOO_OLD, f"it is Engine {version.get('Version', '')} with API {api}"
    if version.get("Os") == "windows":
        return ReachProblem.WINDOWS_CONTAINERS, "it runs Windows containers"
    return None, ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


# --- HTTP


def _ask(wire: Connection, path: str, host: str) -> tuple[int, dict[str, str], bytes]:
    """Send a question; return status, headers, and what came of the body already."""
    wire.send(f"GET {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".encode())
    data = b""
    while b"\r\n\r\n" not in data:
        more = wire.read()
        data += more
        if (data and not b"HTTP/".startswith(data[:5])) or len(data) > _HEAD_LIMIT_BYTES:
            raise Unreachable(host, ReachProblem.NOT_DOCKER, "what answers there does not speak HTTP")
        if not more:
            raise Unreachable(host, ReachProblem.REFUSED, "the connection was closed without an answer")
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    status = first.split(" ")[1:2]
    if not status or not status[0].isdigit():
        raise Unreachable(host, ReachProblem.NOT_DOCKER, "what answers there does not speak HTTP")
    return int(status[0]), headers, rest


def _body(wire: Connection, headers: dict[str, str], rest: bytes) -> Iterator[bytes]:
    """Yield the body piece by piece, whichever way its end is marked."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        yield from _chunks(wire, rest)
    elif headers.get("content-length", "").isdigit():
        left = int(headers["content-length"])
        while left > 0:
            piece = (rest or _more(wire))[:left]
            rest = b""
            left -= len(piece)
            yield piece
    else:
        piece = rest or wire.read()
        while piece:
            yield piece
            piece = wire.read()


def _chunks(wire: Connection, data: bytes) -> Iterator[bytes]:
    """Yield the pieces of a chunked body: a size in hex on its own line, then so many bytes and a line end."""
    while True:
        while b"\r\n" not in data:
            data += _more(wire)
        size_text, _, data = data.partition(b"\r\n")
        try:
            size = int(size_text.split(b";")[0], 16)
        except ValueError:
            raise OSError(errno.EPROTO, "its answer is broken") from None
        if size == 0:
            return
        while len(data) < size + 2:
            data += _more(wire)
        yield data[:size]
        data = data[size + 2 :]


def _more(wire: Connection) -> bytes:
    """Read; an end here is an answer that was cut off."""
    piece = wire.read()
    if not piece:
        raise ConnectionResetError(errno.ECONNRESET, "the answer was cut off")
    return piece


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines that hold something; the record separator of JSON text sequences counts as white space."""
    data = b""
    for piece in pieces:
        *whole, data = (data + piece).split(b"\n")
        yield from (line for line in (part.strip(b"\x1e\r ") for part in whole) if line)
    if data.strip(b"\x1e\r "):
        yield data.strip(b"\x1e\r ")
