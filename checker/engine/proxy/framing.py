"""Read HTTP messages from a socket exactly as they were sent, to pass them on: heads whole, bodies piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_HEAD_LIMIT_BYTES = 65536
_PIECE_BYTES = 65536
_STREAM = "application/vnd.docker.raw-stream"


class NotHttp(Exception):
    """What came is no HTTP, or ended in the middle of a message."""


@dataclass(frozen=True)
class Head:
    """The first line and the headers of a message: ``raw`` as sent, ``first`` as words, header names in lower case."""

    raw: bytes
    first: tuple[str, ...]
    headers: dict[str, str]

    @property
    def status(self) -> int:
        """The status of an answer."""
        if len(self.first) < 2 or not self.first[0].startswith("HTTP/") or not self.first[1].isdigit():
            raise NotHttp
        return int(self.first[1])

    @property
    def is_stream(self) -> bool:
        """Whether this answer turns the connection into a stream of raw bytes, which is no HTTP any more."""
        upgraded = self.status == 101
        return upgraded or (self.headers.get("content-type", "") == _STREAM and not self.marks_its_end)

    @property
    def marks_its_end(self) -> bool:
        """Whether the headers say where the body ends; else the end of the connection does."""
        return "content-length" in self.headers or "transfer-encoding" in self.headers


class Source:
    """The bytes that one side of a connection sends."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire, self._data = wire, b""
        self.ended = False
        """Whether the other side has said that nothing more will come."""

    def fill(self) -> bool:
        """Wait until there is at least one byte; return False at the end."""
        if not self._data:
            self._read()
        return bool(self._data)

    def head(self) -> Head:
        """Return the head of the next message.

        Raises:
            NotHttp: when there is none.

        """
        raw = self._until(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return Head(raw, tuple(first.split(" ")), headers)

    def body(self, head: Head) -> Iterator[bytes]:
        """Yield the body that a head announces, as it was sent: marks of chunks included; nothing without a mark."""
        if "chunked" in head.headers.get("transfer-encoding", "").lower():
            yield from self._chunks()
        else:
            length = head.headers.get("content-length", "0")
            if not length.isdigit():
                raise NotHttp
            yield from self._exactly(int(length))

    def body_of_answer(self, head: Head, method: str) -> Iterator[bytes]:
        """Yield the body of an answer; without a mark of its length it goes on to the end of the connection.

        Arguments:
            head: the head of the answer.
            method: the method of its request; an answer to HEAD has no body.

        """
        if method == "HEAD" or head.status in (204, 304):
            return
        if head.marks_its_end:
            yield from self.body(head)
        else:
            yield from self.rest()

    def rest(self) -> Iterator[bytes]:
        """Yield all that comes, to the end."""
        while self.fill():
            piece, self._data = self._data, b""
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        """Yield a chunked body (RFC 9112, 7.1): sizes in hex on lines of their own, after the last one trailers."""
        while True:
            line = self._until(b"\r\n")
            yield line
            try:
                size = int(line.split(b";")[0], 16)
            except ValueError:
                raise NotHttp from None
            if size == 0:
                break
            yield from self._exactly(size + 2)
        while line != b"\r\n":
            line = self._until(b"\r\n")
            yield line

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size > 0:
            if not self.fill():
                raise NotHttp
            piece, self._data = self._data[:size], self._data[size:]
            size -= len(piece)
            yield piece

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._data:
            self._read()
            if self.ended or len(self._data) > _HEAD_LIMIT_BYTES:
                raise NotHttp
        found, _, self._data = self._data.partition(mark)
        return found + mark

    def _read(self) -> None:
        more = self._wire.recv(_PIECE_BYTES)
        self.ended = not more
        self._data += more
