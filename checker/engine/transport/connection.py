"""The ways to reach an engine (unix socket, TCP, Windows named pipe) and what can be wrong with each."""

from __future__ import annotations

import contextlib
import enum
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from checker.errors import NoEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PIPE_BUSY = 231  # Windows' ERROR_PIPE_BUSY: every instance of the pipe serves someone else right now


class ReachProblem(enum.StrEnum):
    """Why an engine cannot be used; ``advice`` has the next step for each."""

    NO_SOCKET = "no_socket"
    NO_PERMISSION = "no_permission"
    REFUSED = "refused"
    HANG = "hang"
    WRONG_CONTEXT = "wrong_context"
    TOO_OLD = "too_old"
    PODMAN = "podman"
    TLS = "tls"
    TUNNEL = "tunnel"
    NOT_DOCKER = "not_docker"
    WINDOWS_CONTAINERS = "windows_containers"


class Unreachable(NoEngine):
    """An engine did not answer a question; ``problem`` says which way."""

    def __init__(self, host: str, problem: ReachProblem, detail: str) -> None:
        super().__init__(f"No Docker engine answers at {host}: {detail}.", "See what is wrong with: checker doctor")
        self.problem = problem
        self.detail = detail


class Connection(Protocol):
    """A connection: bytes out, bytes in (an empty piece is the end)."""

    def send(self, data: bytes) -> None:
        """Send all of ``data``."""

    def read(self) -> bytes:
        """Return what came, at least one byte; nothing at the end."""

    def forever(self) -> None:
        """Lift the time limit."""

    def close(self) -> None:
        """End the connection, also under a read that waits in another thread."""


def connect(host: str, timeout_s: float) -> Connection:
    """Open a connection to an engine; use it inside ``as_unreachable``.

    Arguments:
        host: the engine, as in DOCKER_HOST: ``unix://``, ``npipe://``, ``tcp://`` or ``http://``.
        timeout_s: the seconds that all reads and writes may take together.

    Raises:
        Unreachable: when the address is of a kind that cannot be used here.
        OSError: when the engine does not take the connection.

    """
    scheme, _, rest = host.partition("://")
    if scheme == "unix":
        if not hasattr(socket, "AF_UNIX"):
            raise Unreachable(host, ReachProblem.NO_SOCKET, "Windows has no unix sockets for Docker")
        return _SocketWire(socket.AF_UNIX, rest, timeout_s)
    if scheme in ("tcp", "http"):
        name, _, port = rest.rstrip("/").rpartition(":")
        if not name or not port.isdigit():
            raise Unreachable(
                host, ReachProblem.NO_SOCKET, "the address has no port; it looks like tcp://127.0.0.1:2375"
            )
        return _SocketWire(None, (name.strip("[]"), int(port)), timeout_s)
    if scheme == "npipe":
        return _PipeWire(rest.replace("/", "\\"), timeout_s)
    if scheme == "ssh":
        raise Unreachable(host, ReachProblem.TUNNEL, "it is reached through ssh")
    if scheme == "https":
        raise Unreachable(host, ReachProblem.TLS, "it only speaks TLS")
    raise Unreachable(host, ReachProblem.NO_SOCKET, "this is no address of an engine")


class _SocketWire:
    """A unix or TCP socket whose reads and writes share one deadline."""

    def __init__(self, family: int | None, address: Any, timeout_s: float) -> None:
        self._deadline: float | None = time.monotonic() + timeout_s
        if family is None:
            self._socket = socket.create_connection(address, timeout_s)
            return
        self._socket = socket.socket(family)
        try:
            self._join(address)
        except BaseException:
            self._socket.close()
            raise

    def _join(self, address: str) -> None:
        while True:
            self._limit()
            try:
                self._socket.connect(address)
            except BlockingIOError:  # Linux' answer of a unix socket whose queue of callers is full
                time.sleep(0.01)
            else:
                return

    def send(self, data: bytes) -> None:
        self._limit()
        self._socket.sendall(data)

    def read(self) -> bytes:
        self._limit()
        return self._socket.recv(65536)

    def forever(self) -> None:
        self._deadline = None

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv; close() alone does not
        self._socket.close()

    def _limit(self) -> None:
        if self._deadline is None:
            self._socket.settimeout(None)
            return
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)


class _PipeWire:
    """A Windows named pipe, opened as a file. Files know no time limit, so each step waits in a thread of its own."""

    def __init__(self, path: str, timeout_s: float) -> None:
        self._deadline: float | None = time.monotonic() + timeout_s
        self._file = self._limited(lambda: _open_pipe(path, timeout_s))

    def send(self, data: bytes) -> None:
        self._limited(lambda: self._file.write(data))

    def read(self) -> bytes:
        try:
            piece: bytes = self._limited(lambda: self._file.read(65536))
        except BrokenPipeError:  # how Windows says that the other side has closed
            return b""
        return piece

    def forever(self) -> None:
        self._deadline = None

    def close(self) -> None:
        # In a thread: closing waits for a read that is under way, and that may be for ever.
        threading.Thread(target=self._file.close, daemon=True).start()

    def _limited(self, step: Callable[[], Any]) -> Any:
        if self._deadline is None:
            return step()
        outcome: list[Any] = []

        def take() -> None:
            try:
                outcome.append((step(), None))
            except OSError as error:
                outcome.append((None, error))

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        thread.join(max(self._deadline - time.monotonic(), 0))
        if not outcome:
            raise TimeoutError
        value, error = outcome[0]
        if error is not None:
            raise error
        return value


def _open_pipe(path: str, timeout_s: float) -> Any:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return open(path, "r+b", buffering=0)  # noqa: PTH123  (a pipe is no path, and the wire closes it)
        except OSError as error:
            if getattr(error, "winerror", None) != _PIPE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


@contextlib.contextmanager
def as_unreachable(host: str, timeout_s: float) -> Iterator[None]:
    """Turn what the operating system says into ``Unreachable``.

    Arguments:
        host: the engine, as in DOCKER_HOST.
        timeout_s: the connection's time limit in seconds, for the message.

    Raises:
        Unreachable: in place of each ``OSError`` that is raised inside.

    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unreachable(host, ReachProblem.NO_SOCKET, "there is nothing at that address") from error
    except PermissionError as error:
        raise Unreachable(host, ReachProblem.NO_PERMISSION, "you may not open its socket") from error
    except TimeoutError as error:
        detail = f"it accepted the connection, but did not answer within {timeout_s:g} s"
        raise Unreachable(host, ReachProblem.HANG, detail) from error
    except ConnectionRefusedError as error:
        raise Unreachable(host, ReachProblem.REFUSED, "nothing listens there") from error
    except OSError as error:
        problem = ReachProblem.NO_SOCKET if "AF_UNIX path too long" in str(error) else ReachProblem.REFUSED
        raise Unreachable(host, problem, (error.strerror or str(error)).rstrip(".")) from error
