"""A proxy between the docker program and the engine: passes on every byte, and notes which requests were sent.

The docker program is told to talk to a unix socket of ours; each of its connections gets one of its own to the engine.
Of a request only the first line and the status of its answer are kept, never a header or a body. An answer may turn
its connection into a stream of raw bytes (attach, exec, a build's session): by status 101, or by a body of the type
``application/vnd.docker.raw-stream`` (Engine API reference, ContainerAttach). After that nothing is read as HTTP.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from checker.engine.proxy.framing import NotHttp, Source
from checker.errors import CourseError, NoEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECT_LIMIT_S = 5.0
END_LIMIT_S = 2.0
"""How long the last answers to a program that has ended may take, and the threads at the end, in seconds."""

_SOCKET_PATH_BYTES = 100
"""What the path of a unix socket may have: 108 bytes on Linux, 104 on macOS, with the end mark."""

_VERSION = re.compile(r"^/v[0-9]+\.[0-9]+(?=/)")
_ID = re.compile(r"\b(?:sha256:)?[0-9a-f]{64}\b")


class NotHere(CourseError):
    """Requests cannot be recorded on this machine, or in front of this engine."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The requests cannot be shown here: {why}.",
            "Nothing was run. The same command works in a %%docker cell, and the lesson's text says what is sent.",
        )


@dataclass(frozen=True)
class Request:
    """One request as it was sent, and the status of its answer.

    ``path`` is the path as it was sent, with the API's version and the query; ``status`` is 0 when no answer
    came; ``began_s`` is when it was sent, in seconds since the recording began; ``seconds`` is how long it took to the
    end of its answer; ``hijacked`` says that the answer turned the connection into a stream of raw bytes.
    """

    method: str
    path: str
    status: int
    began_s: float
    seconds: float
    hijacked: bool = False

    @property
    def route(self) -> str:
        """The path without the API's version and the query, and with ID for what is random: /containers/ID/start."""
        return _ID.sub("ID", _VERSION.sub("", self.path.partition("?")[0]))


class Recording:
    """A socket that leads to the engine, and a note of each request that passes; use it as a context manager.

    Arguments:
        engine: the engine's address, as in DOCKER_HOST: unix:// or tcp://.
        place: the folder in which the socket is made, in a folder of its own that only this user may enter.

    Raises:
        NotHere: on entering, where there are no unix sockets, or where the engine is reached in another way.

    """

    def __init__(self, engine: str, place: Path) -> None:
        self._engine, self._place = engine, place
        self._lock = threading.Condition()
        self._noted: list[_Noted] = []
        self._open: set[_Connection] = set()
        self.host = ""

    def __enter__(self) -> Self:
        _must_be_possible(self._engine)
        self._began = time.monotonic()
        with contextlib.ExitStack() as undo:
            folder = _own_folder(self._place)
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            self._listener = undo.enter_context(socket.socket(socket.AF_UNIX))
            self._listener.bind(str(folder / "s"))
            self._listener.listen()
            self._undo = undo.pop_all()
        self.host = f"unix://{folder / 's'}"
        self._accepter = threading.Thread(target=self._accept, daemon=True)
        self._accepter.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection, and remove the socket."""
        _shut(self._listener, socket.SHUT_RDWR)  # wakes the thread that waits in accept; close() alone does not
        self._undo.close()
        self._accepter.join(END_LIMIT_S)
        with self._lock:
            left = list(self._open)
        for connection in left:
            connection.cut()
        self._wait_for_the_end()

    def requests(self) -> tuple[Request, ...]:
        """Return what was sent so far, the first one first; waits a moment for answers that are still under way."""
        self._wait_for_the_end()
        with self._lock:
            return tuple(noted.frozen(self._began) for noted in self._noted)

    def note(self, method: str, path: str) -> _Noted:
        """Note a request that begins.

        Arguments:
            method: the HTTP method.
            path: the path of the request, with its query.

        """
        noted = _Noted(method, path)
        with self._lock:
            self._noted.append(noted)
        return noted

    def forget(self, connection: _Connection) -> None:
        """Drop a connection that has ended."""
        with self._lock:
            self._open.discard(connection)
            self._lock.notify_all()

    def _wait_for_the_end(self) -> None:
        with self._lock:
            self._lock.wait_for(lambda: not self._open, END_LIMIT_S)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # it was closed
                return
            try:
                engine = _connect(self._engine)
            except OSError:
                client.close()  # the docker program itself says that nothing answers
                continue
            connection = _Connection(client, engine, self)
            with self._lock:
                self._open.add(connection)
            connection.start()


class _Noted:
    """A request that is under way; ``read`` is set once it is known whether its connection goes on as HTTP."""

    def __init__(self, method: str, path: str) -> None:
        self.method, self.path = method, path
        self.status, self.hijacked = 0, False
        self.began, self.ended = time.monotonic(), 0.0
        self.read = threading.Event()

    def frozen(self, since: float) -> Request:
        """Return it as a record; one that is still under way as it is now."""
        seconds = (self.ended or time.monotonic()) - self.began
        return Request(self.method, self.path, self.status, self.began - since, seconds, self.hijacked)


class _Connection:
    """One connection of the docker program, and the one to the engine that belongs to it; a thread each way."""

    def __init__(self, client: socket.socket, engine: socket.socket, recording: Recording) -> None:
        self._client, self._engine, self._recording = client, engine, recording
        self._asked: queue.SimpleQueue[_Noted | None] = queue.SimpleQueue()
        self._ways = 2
        self._lock = threading.Lock()

    def start(self) -> None:
        """Pass on in both directions, until both sides have closed."""
        for way in (self._to_engine, self._to_client):
            threading.Thread(target=self._run, args=(way,), daemon=True).start()

    def cut(self) -> None:
        """End the connection, also under threads that wait in it."""
        _shut(self._client, socket.SHUT_RDWR)
        _shut(self._engine, socket.SHUT_RDWR)

    def _run(self, way: Callable[[], None]) -> None:
        try:
            way()
        except (OSError, NotHttp):
            self.cut()
        with self._lock:
            self._ways -= 1
            last = not self._ways
        if last:
            self._client.close()
            self._engine.close()
            self._recording.forget(self)

    def _to_engine(self) -> None:
        source, noted = Source(self._client), None
        try:
            while source.fill():
                # What came is known only once the last answer is: another request, or a piece of a stream.
                if noted and noted.read.wait() and noted.hijacked:
                    _pass_on(source.rest(), self._engine)
                    break
                head = source.head()
                if len(head.first) < 2:
                    raise NotHttp
                noted = self._recording.note(*head.first[:2])
                self._asked.put(noted)
                self._engine.sendall(head.raw)
                _pass_on(source.body(head), self._engine)
            # The engine hears of the end as it would without us: of a stream's input, or of a caller who has gone.
            _shut(self._engine, socket.SHUT_WR)
        finally:
            self._asked.put(None)

    def _to_client(self) -> None:
        source = Source(self._engine)
        while (noted := self._asked.get()) is not None:
            try:
                self._answer(source, noted)
            finally:
                noted.ended = time.monotonic()
                noted.read.set()
            if noted.hijacked:
                _shut(self._client, socket.SHUT_WR)  # what the client still has to say may go on
                return
            if source.ended:
                break
        self.cut()

    def _answer(self, source: Source, noted: _Noted) -> None:
        """Pass on the answer to one request, to its end."""
        head = source.head()
        while 100 <= head.status < 200 and head.status != 101:  # "100 Continue" comes before the answer itself
            self._client.sendall(head.raw)
            head = source.head()
        noted.status, noted.hijacked = head.status, head.is_stream
        noted.read.set()
        self._client.sendall(head.raw)
        _pass_on(source.rest() if noted.hijacked else source.body_of_answer(head, noted.method), self._client)


def _pass_on(pieces: Iterator[bytes], to: socket.socket) -> None:
    for piece in pieces:
        to.sendall(piece)


def _shut(wire: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):  # the other side was faster
        wire.shutdown(how)


def _must_be_possible(engine: str) -> None:
    """Raise where no recording can be made."""
    if not engine:
        raise NoEngine("The course has no engine yet.", "Start it with: python3 -m checker start")
    if engine.startswith("npipe:") or not hasattr(socket, "AF_UNIX"):
        raise NotHere("on Windows the docker program reaches its engine through a named pipe, not through a socket")
    if not engine.startswith(("unix:", "tcp:", "http:")):
        raise NotHere(f"this engine is reached through {engine.partition(':')[0]}")
    if engine.startswith("tcp:") and os.environ.get("DOCKER_TLS_VERIFY"):
        raise NotHere("what is sent to this engine is encrypted")


def _connect(engine: str) -> socket.socket:
    scheme, _, rest = engine.partition("://")
    if scheme == "unix":
        wire = socket.socket(socket.AF_UNIX)
        try:
            wire.settimeout(CONNECT_LIMIT_S)
            wire.connect(rest)
        except BaseException:
            wire.close()
            raise
    else:
        name, _, port = rest.rstrip("/").rpartition(":")
        wire = socket.create_connection((name.strip("[]"), int(port)), CONNECT_LIMIT_S)
    wire.settimeout(None)  # an answer may take any time: docker wait, docker logs --follow
    return wire


def _own_folder(place: Path) -> Path:
    """Return a new folder that only this user may enter: whoever reaches the socket has the engine."""
    place.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="r", dir=place))
    if len(os.fsencode(folder / "s")) <= _SOCKET_PATH_BYTES:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="docker101-"))  # a deep folder has no room for a socket's path
