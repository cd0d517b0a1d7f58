"""Asking a published port from outside, as a browser would: what answers, and what it means when nothing does."""

from __future__ import annotations

import enum
import http.client
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checker.machine import until
from checker.patience import patient_s

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT_S = 2.0
"""Seconds for one answer."""

BEGIN_LIMIT_S = 2.0
"""How long a server may need to begin, in seconds."""

POLL_S = 0.1
LIMIT_BYTES = 200_000

OWN_DNS = "127.0.0.11"
"""Where the engine itself listens inside a container, to answer for names (Docker docs: Networking, DNS services)."""


class ProbeOutcome(enum.Enum):
    """How asking ended."""

    ANSWERED = "answered"
    REFUSED = "refused"
    RESET = "reset"
    SILENT = "silent"
    NO_HTTP = "no http"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Answer:
    """What came back: ``status`` and ``body`` where HTTP answered, ``words`` of the system where it did not."""

    outcome: ProbeOutcome
    status: int = 0
    body: str = ""
    words: str = ""

    @property
    def may_begin(self) -> bool:
        """Whether a server that is only beginning would answer like this: nothing listens yet."""
        return self.outcome in (ProbeOutcome.REFUSED, ProbeOutcome.RESET)


def probe_http(host: str, port: int, path: str = "/", limit_s: float = LIMIT_S) -> Answer:
    """Send one GET over plain HTTP, past any proxy, and follow nothing.

    Arguments:
        host: name or address.
        port: the published port.
        path: begins with /.
        limit_s: seconds for the connection, and for all of the answer; more on a busy machine.

    """
    limit_s = patient_s(limit_s)
    connection = http.client.HTTPConnection(host, port, timeout=limit_s)
    try:
        connection.request("GET", path, headers={"User-Agent": "docker101-checker", "Connection": "close"})
        response = connection.getresponse()
        body = _body(response, time.monotonic() + limit_s)
        return Answer(ProbeOutcome.ANSWERED, response.status, body)
    except (OSError, http.client.HTTPException) as error:
        return _unanswered(error)
    finally:
        connection.close()


def probe_until_begun(host: str, port: int, path: str = "/", begin_limit_s: float = BEGIN_LIMIT_S) -> Answer:
    """Probe, and probe again while a server may only be beginning; return the last answer.

    Arguments:
        host: name or address.
        port: the published port.
        path: begins with /.
        begin_limit_s: for how many seconds it is asked again; 0: once.

    """
    answers: list[Answer] = []

    def has_begun() -> bool:
        answers.append(probe_http(host, port, path))
        return not answers[-1].may_begin

    until(has_begun, begin_limit_s, POLL_S)
    return answers[-1]


def _body(response: http.client.HTTPResponse, deadline: float) -> str:
    """Return the beginning of an answer's body: what came until the deadline."""
    parts: list[bytes] = []
    size = 0
    while size < LIMIT_BYTES and time.monotonic() < deadline:
        try:
            part = response.read1(LIMIT_BYTES - size)
        except (OSError, http.client.HTTPException):
            break
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts).decode("utf-8", "replace")


def _unanswered(error: Exception) -> Answer:
    if isinstance(error, ConnectionRefusedError):
        return Answer(ProbeOutcome.REFUSED)
    if isinstance(error, ConnectionError):  # RemoteDisconnected is one as well
        return Answer(ProbeOutcome.RESET)
    if isinstance(error, TimeoutError):
        return Answer(ProbeOutcome.SILENT)
    if isinstance(error, http.client.HTTPException):
        return Answer(ProbeOutcome.NO_HTTP, words=" ".join(str(error).split())[:100])
    return Answer(ProbeOutcome.UNREACHABLE, words=getattr(error, "strerror", None) or str(error))


def outside_address(engine: str, host_ip: str) -> str | None:
    """Return where a published port is reached from here; None when it can only be reached on the engine's own machine.

    Arguments:
        engine: the engine's address, as in DOCKER_HOST.
        host_ip: the address that the port is bound to on the engine's machine; empty for all.

    """
    machine = urlsplit(engine).hostname if engine.startswith(("tcp://", "http://", "https://", "ssh://")) else None
    near = machine is None or machine == "localhost" or _is_loopback(machine)
    if host_ip in ("", "0.0.0.0", "::"):  # noqa: S104  (read, never bound)
        return "127.0.0.1" if near else machine
    return host_ip if near or not _is_loopback(host_ip) else None


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"


@dataclass(frozen=True)
class Listener:
    """A socket that waits for connections inside a container."""

    address: str
    port: int

    @property
    def only_inside(self) -> bool:
        """Whether it hears only what comes from its own container."""
        return _is_loopback(self.address)


def listeners(pid: int, container_id: str) -> list[Listener] | None:
    """Return what listens in the network of a container; None where that cannot be seen from here.

    The engine's own DNS server is left out: it is no program of the container.

    Arguments:
        pid: the container's main process on the engine's machine, as inspect gives it.
        container_id: to make sure that the process of this number is the container's, and not one of another machine.

    """
    process = Path(f"/proc/{pid}")
    try:
        if pid <= 0 or container_id not in (process / "cgroup").read_text(encoding="utf-8"):
            return None
        tables = [(process / "net" / name).read_text(encoding="utf-8") for name in ("tcp", "tcp6")]
    except OSError:
        return None
    every = [item for table in tables for item in _listening(table.splitlines()[1:])]
    return [item for item in every if item.address != OWN_DNS]


def _listening(lines: Sequence[str]) -> list[Listener]:
    """Return the listening sockets of /proc/net/tcp or tcp6 (proc(5): state 0A, words in the machine's byte order)."""
    found = []
    for line in lines:
        match = re.match(r"\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ 0A ", line)
        if match:
            words = bytes.fromhex(match[1])
            packed = b"".join(words[start : start + 4][::-1] for start in range(0, len(words), 4))
            family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
            found.append(Listener(socket.inet_ntop(family, packed), int(match[2], 16)))
    return found
