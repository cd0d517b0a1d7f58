"""Images out of an engine into a file, and out of the class's bundle into an engine; never whole in memory."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Any

from checker.bundle import PIECE_BYTES
from checker.engine.images.steps import failed
from checker.engine.program import docker_environment, find_docker, run_docker
from checker.engine.transport import get
from checker.terminal import BYTES, megabytes, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from checker.bundle import Bundle, BundledImage

LIMIT_S = 900.0
"""Seconds that one image may take to be saved or loaded: for one that hangs, not for one that is slow."""

SOURCE = "the class's bundle"
_LAST_BYTES = 4000


class Bundled:
    """The class's bundle as a source of images for the engine at ``host``.

    Raises:
        UsageProblem: when its images are for another kind of engine.

    """

    def __init__(self, bundle: Bundle, host: str, say: Callable[[str], None]) -> None:
        self._bundle = bundle
        self._host = host
        self._say = say
        bundle.require_engine(*engine_kind(host))

    def image(self, name: str) -> BundledImage | None:
        """Return what the bundle says about an image; None when it does not hold it."""
        return self._bundle.manifest.image(name)

    def check(self, images: Sequence[BundledImage]) -> None:
        """Compare the digests of what is to be loaded; raise UsageProblem when one is not as it should be."""
        there = self._ids()
        blobs = {blob for image in images if not there & {image.id, image.config} for blob in image.blobs}
        if blobs:
            self._bundle.check(sorted(blobs), self._say)

    def bring(self, image: BundledImage) -> str:
        """Bring an image to the engine, and return its source in words; one that is there only gets its name.

        Raises:
            EngineProblem: when the engine does not take it; DiskFull when it has no space for it.

        """
        same = self._ids() & {image.id, image.config}
        if same:
            done = run_docker(["docker", "image", "tag", same.pop(), image.name], self._host)
            if done.exit_code:
                raise failed(f"Naming {image.name} failed (exit code {done.exit_code})", done.output)
            return f"{SOURCE}; it was there without its name"
        size_bytes = self._bundle.size_bytes(image)
        self._say(f"Loading {image.name} from {SOURCE} ({megabytes(size_bytes)}) …")
        load(image.name, self._bundle.image_pieces(image), size_bytes, self._host, self._say)
        return SOURCE

    def _ids(self) -> set[str]:
        body = get(self._host, "/images/json?all=1", 10)[2]
        return {str(item.get("Id")) for item in body} if isinstance(body, list) else set()


def engine_kind(host: str) -> tuple[str, str]:
    """Return the engine's operating system and architecture, in the words of ``docker version``."""
    body = get(host, "/version", 10)[2]
    table: dict[str, Any] = body if isinstance(body, dict) else {}
    return str(table.get("Os", "")), str(table.get("Arch", ""))


def saved_image(name: str, host: str) -> Iterator[bytes]:
    """Yield what ``docker save`` writes of one image, at most a megabyte at a time.

    Arguments:
        name: the image's name with its tag.
        host: the engine, as in DOCKER_HOST.

    Raises:
        EngineProblem: when it fails; what came before is worth nothing then.

    """
    with _docker(["save", name], host, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as (process, said):
        assert process.stdout is not None  # noqa: S101  (it was opened as a pipe)
        while piece := process.stdout.read(PIECE_BYTES):
            yield piece
        _raise_if_failed(process, f"Saving {name}", said)


def load(name: str, pieces: Iterable[bytes], size_bytes: int, host: str, say: Callable[[str], None]) -> None:
    """Load an image into an engine with ``docker load``.

    Arguments:
        name: the image's name with its tag, for messages.
        pieces: the archive, in pieces of bytes.
        size_bytes: the size of the whole archive, for the progress.
        host: the engine, as in DOCKER_HOST.
        say: takes each line of progress.

    Raises:
        EngineProblem: when the engine does not take it; DiskFull when it has no space for it.
        UsageProblem: what ``pieces`` raises; the engine forgets what it was sent so far.

    """
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with progress(say, size_bytes, BYTES) as done, _docker(["load", "--quiet"], host, **streams) as (process, said):
        assert process.stdin is not None  # noqa: S101  (it was opened as a pipe)
        with contextlib.suppress(BrokenPipeError):  # it has ended already; why, it says itself
            for piece in pieces:
                process.stdin.write(piece)
                done.add(len(piece))
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        _raise_if_failed(process, f"Loading {name}", said)


class _Said:
    """What a program says on the side, read in a thread of its own; only its end is kept."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream = stream
        self._end = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def text(self) -> str:
        self._thread.join(5)
        return self._end.decode("utf-8", "replace")

    def _read(self) -> None:
        for line in self._stream or ():
            self._end = (self._end + line)[-_LAST_BYTES:]


@contextlib.contextmanager
def _docker(arguments: list[str], host: str, **streams: int) -> Iterator[tuple[subprocess.Popen[bytes], _Said]]:
    """Run a docker command that is fed or read here; it is killed at ``LIMIT_S``, and when this process gives up."""
    streams = {"stdin": subprocess.DEVNULL, **streams}
    program = find_docker()
    process = subprocess.Popen([str(program), *arguments], env=docker_environment(host), **streams)  # type: ignore[call-overload]
    timer = threading.Timer(LIMIT_S, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield process, _Said(process.stderr or process.stdout)
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _raise_if_failed(process: subprocess.Popen[bytes], what: str, said: _Said) -> None:
    code = process.wait()
    if code == -9:
        raise failed(f"{what} was ended; an image has {LIMIT_S:g} s", said.text())
    if code:
        raise failed(f"{what} failed (exit code {code})", said.text())
