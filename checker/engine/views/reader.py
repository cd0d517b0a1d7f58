"""The questions that views ask the engine: one request each, our errors only, and no waiting for one that hangs."""

from __future__ import annotations

import base64
import contextlib
import json
import posixpath
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

import requests
from docker.errors import create_api_error_from_http_exception

from checker.engine.names import container_name
from checker.engine.transport import LOOK, EngineHangs, NotThere, as_our_errors
from checker.errors import CourseError, EngineProblem, NoEngine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import docker

FRESH_S = 0.09
"""Seconds for which what was read counts as the present; shorter than the pause between two tries of a check."""

LIMIT_BYTES = 1_000_000
"""What is read of a file or a log, at most."""

LINKS = 8
"""Symbolic links that are followed, one after the other, at most."""

FOLDER_BIT = 1 << 31
"""The folder bit of Go's os.FileMode, in which the engine sends modes."""

Data = dict[str, Any]


@dataclass(frozen=True)
class FoundFile:
    """What is at a path in a container: ``kind`` is file, folder or other; ``content`` is a file's beginning."""

    kind: str
    size_bytes: int
    content: bytes = b""


class Reader:
    """Reads from one engine.

    ``settle_s`` is for how many seconds after its start a container may still end or write to its log unnoticed, where
    no event tells of that; only then does it count as running. On a busy machine it is longer.

    Once the engine has not answered in time, every later question fails at once with the same problem: a lab's checks
    do not each wait for it.

    Arguments:
        client: open; its time limit holds for each question.

    """

    settle_s = 1.0

    def __init__(self, client: docker.APIClient) -> None:
        self._client = client
        self._problem: CourseError | None = None
        self.address = str(getattr(client, "host", "") or client.base_url)

    def uncached(self) -> Reader:
        """Return a reader of the same engine that remembers nothing, for callers that change what they read."""
        return self

    def answers_at_all(self) -> None:
        """Raise what kept the engine from answering, if it ever did."""
        if self._problem:
            raise type(self._problem)(self._problem.message, self._problem.next_step)

    @contextmanager
    def _asking(self) -> Iterator[docker.APIClient]:
        self.answers_at_all()
        try:
            with as_our_errors(float(self._client.timeout)):
                yield self._client
        except (EngineHangs, NoEngine) as problem:
            self._problem = problem
            raise

    def version(self) -> Data:
        """Return what the engine says of itself."""
        with self._asking() as client:
            return dict(client.version())

    def os_type(self) -> str:
        """Return the operating system that the engine reports, in small letters.

        Each of its answers has it in the head (Engine API, SystemPing: OSType). ``/version`` has it too, and takes ten
        times as long, because the engine then asks all its parts who they are.
        """
        with self._asking() as client:
            answer = client.get(f"{client.base_url}/_ping", timeout=client.timeout)
        return str(answer.headers.get("OSType") or self.version().get("Os", "")).lower()

    def info(self) -> Data:
        """Return what the engine says of itself and of its machine."""
        with self._asking() as client:
            return dict(client.info())

    def containers(self) -> list[Data]:
        """Return all containers as the engine lists them; nothing is inspected, so that none can vanish meanwhile."""
        with self._asking() as client:
            return list(client.containers(all=True))

    def container(self, name: str) -> Data:
        """Return what inspect says of a container, by its id or its whole name.

        Raises:
            NotThere: when there is none; also when ``name`` is only the beginning of an id.

        """
        with self._asking() as client:
            data: Data = client.inspect_container(name)
        if name not in (data.get("Id"), container_name(data)):
            raise NotThere(f"There is no container named {name}.")
        return data

    def images(self) -> list[Data]:
        """Return all images as the engine lists them, without those that only hold layers of others."""
        with self._asking() as client:
            return list(client.images())

    def image(self, ref: str) -> Data:
        """Return what inspect says of an image, by its name or its id.

        Raises:
            NotThere: when there is none.

        """
        with self._asking() as client:
            data: Data = client.inspect_image(ref)  # type: ignore[no-untyped-call]
            return data

    def image_history(self, ref: str) -> list[Data]:
        """Return the steps of an image, the oldest first."""
        with self._asking() as client:
            return list(reversed(client.history(ref)))  # type: ignore[no-untyped-call]

    @contextmanager
    def image_archive(self, ref: str) -> Iterator[IO[bytes]]:
        """Open all that an image carries, layer by layer, as docker save writes it; read it as it comes."""
        with self._streamed(f"/images/{ref}/get", {}) as response:
            yield cast("IO[bytes]", response.raw)

    def remove_image(self, name: str) -> None:
        """Take a name of ours off an image; one that is gone already is no problem."""
        with contextlib.suppress(NotThere), self._asking() as client:
            client.remove_image(name)

    def remove_container(self, container_id: str) -> None:
        """Remove a container that a check made, running or not."""
        with self._asking() as client:
            client.remove_container(container_id, force=True, v=True)

    def processes(self, container_id: str) -> list[dict[str, str]]:
        """Return the processes of a running container, as ps on the engine's machine names their columns."""
        with self._asking() as client:
            table = client.top(container_id)
        titles = table.get("Titles") or []
        return [dict(zip(titles, row, strict=False)) for row in table.get("Processes") or []]

    def log(self, container_id: str, *, terminal: bool, last_lines: int = 1000) -> str:
        """Return the end of a container's log, both streams, at most ``LIMIT_BYTES``.

        Arguments:
            container_id: whose log.
            terminal: whether the container has a terminal: its log is then one stream, else one of frames.
            last_lines: how many lines, counted from the end.

        """
        params = {"stdout": 1, "stderr": 1, "tail": last_lines}
        with self._streamed(f"/containers/{container_id}/logs", params) as response:
            data = response.raw.read(LIMIT_BYTES)
        return (data if terminal else _unframed(data)).decode("utf-8", "replace")

    def file(self, container_id: str, path: str) -> FoundFile:
        """Return what is at ``path`` in a container, running or not; nothing inside it is run for that.

        The archive endpoint sees volumes, and neither /proc nor a tmpfs (Engine API, ContainerArchive).

        Arguments:
            container_id: the container's id or name.
            path: an absolute path in the container.

        Raises:
            NotThere: when nothing is there.

        """
        try:
            return self._file(container_id, path)
        except EngineProblem as problem:
            if any(words in problem.message for words in ("too many links", "not a directory")):
                raise NotThere(problem.message) from problem
            raise

    def _file(self, container_id: str, path: str) -> FoundFile:
        for _ in range(LINKS):
            with self._streamed(f"/containers/{container_id}/archive", {"path": path}) as response:
                stat = json.loads(base64.b64decode(response.headers["X-Docker-Container-Path-Stat"]))
                target = str(stat.get("linkTarget") or "")
                if not target or target == path:
                    return _found(response.raw, stat)
            path = posixpath.join(posixpath.dirname(path), target)
        raise NotThere(f"{path} is a chain of links without an end.")

    @contextmanager
    def _streamed(self, path: str, params: Mapping[str, str | int]) -> Iterator[requests.Response]:
        """Ask for an answer that is read as it comes; docker-py's own way switches the time limit off for these."""
        with self._asking() as client:
            url = f"{client.base_url}/v{client.api_version}{path}"
            headers = {"Accept-Encoding": "identity"}
            with client.request(
                "GET", url, params=params, headers=headers, stream=True, timeout=client.timeout
            ) as response:
                try:
                    response.raise_for_status()
                except requests.HTTPError as error:
                    raise create_api_error_from_http_exception(error) from error
                yield response


def _found(stream: Any, stat: Data) -> FoundFile:
    """Return what the engine's tar stream holds: one file, or a folder."""
    size = int(stat.get("size") or 0)
    if int(stat.get("mode") or 0) & FOLDER_BIT:
        return FoundFile("folder", size)
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            member = archive.next()
            opened = archive.extractfile(member) if member and member.isfile() else None
            return FoundFile("file", size, opened.read(LIMIT_BYTES)) if opened else FoundFile("other", size)
    except tarfile.TarError as error:
        raise EngineProblem(f"The engine sent a file in a form that cannot be read: {error}.", LOOK) from error


def _unframed(data: bytes) -> bytes:
    """Return the text of a stream of frames: 8 bytes of head, the last 4 of them its length (Engine API, attach)."""
    parts, start = [], 0
    while start + 8 <= len(data):
        length = int.from_bytes(data[start + 4 : start + 8], "big")
        parts.append(data[start + 8 : start + 8 + length])
        start += 8 + length
    return b"".join(parts)
