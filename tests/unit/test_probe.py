"""Asking a port: each way in which no answer comes is told apart."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from checker.engine.views import probe
from checker.engine.views.probe import (
    Answer,
    Listener,
    ProbeOutcome,
    listeners,
    outside_address,
    probe_http,
    probe_until_begun,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextlib.contextmanager
def server(serve: Callable[[socket.socket], object]) -> Iterator[int]:
    """Hand each connection to ``serve``; yield the port."""

    def accept(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connection.recv(4096)
                serve(connection)
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


def reset(connection: socket.socket) -> None:
    """Break a connection off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("serve", "outcome"),
    [
        (lambda c: c.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello"), ProbeOutcome.ANSWERED),
        (lambda c: c.sendall(b"moo\r\n"), ProbeOutcome.NO_HTTP),
        (lambda _: None, ProbeOutcome.RESET),
        (reset, ProbeOutcome.RESET),
        (lambda c: c.recv(1), ProbeOutcome.SILENT),
    ],
    ids=["answers", "no http", "closes", "resets", "silent"],
)
def test_outcomes_are_told_apart(serve: Callable[[socket.socket], object], outcome: ProbeOutcome) -> None:
    """An answer, another protocol, a connection that breaks off, and silence are told apart."""
    with server(serve) as port:
        assert outcome is probe_http("127.0.0.1", port, limit_s=0.3).outcome


def test_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Status and text are read, past any proxy, and a redirection is not followed."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with server(lambda c: c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 3\r\n\r\nabc")) as port:
        answer = probe_http("127.0.0.1", port)
    assert (answer.status, answer.body) == (302, "abc")


def test_body_that_never_ends_is_cut() -> None:
    """A body that stops in its middle is taken as far as it came."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        connection.recv(1)

    with server(serve) as port:
        answer = probe_http("127.0.0.1", port, limit_s=0.3)
    assert (answer.status, answer.body) == (200, "abc")


def test_port_without_a_listener_refuses() -> None:
    """A port at which nobody listens refuses, and a host that does not exist cannot be reached."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert probe_http("127.0.0.1", port).outcome is ProbeOutcome.REFUSED
    assert probe_http("no.such.host.invalid", 80).outcome is ProbeOutcome.UNREACHABLE


@pytest.mark.parametrize(
    ("engine", "host_ip", "address"),
    [
        ("unix:///var/run/docker.sock", "0.0.0.0", "127.0.0.1"),  # noqa: S104
        ("unix:///var/run/docker.sock", "::", "127.0.0.1"),
        ("unix:///var/run/docker.sock", "127.0.0.2", "127.0.0.2"),
        ("npipe:////./pipe/docker_engine", "", "127.0.0.1"),
        ("tcp://localhost:2375", "", "127.0.0.1"),
        ("tcp://engine.example:2376", "0.0.0.0", "engine.example"),  # noqa: S104
        ("tcp://engine.example:2376", "10.0.0.7", "10.0.0.7"),
        ("tcp://engine.example:2376", "127.0.0.1", None),
        ("ssh://me@engine.example", "", "engine.example"),
    ],
)
def test_port_is_asked_on_the_engines_machine(engine: str, host_ip: str, address: str | None) -> None:
    """A port is asked where the engine is; what is open on that machine alone cannot be asked from another."""
    assert address == outside_address(engine, host_ip)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_listening_sockets_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sockets of a container's network are read with their addresses, of both families, but the engine's own."""
    process = tmp_path / "42"
    (process / "net").mkdir(parents=True)
    (process / "cgroup").write_text("0::/docker/abc\n")
    head = "  sl  local_address rem_address   st tx_queue rx_queue\n"
    (process / "net" / "tcp").write_text(
        f"{head}   0: 0100007F:0050 00000000:0000 0A 0:0\n   1: 0200A8C0:1F90 0100007F:9999 01 0:0\n"
        "   2: 0B00007F:A1B2 00000000:0000 0A 0:0\n"
    )
    (process / "net" / "tcp6").write_text(f"{head}   0: {'0' * 32}:1F90 {'0' * 32}:0000 0A 0:0\n")
    monkeypatch.setattr(probe, "Path", lambda path: tmp_path / path.removeprefix("/proc/"))
    found = listeners(42, "abc")
    assert found == [Listener("127.0.0.1", 80), Listener("::", 8080)]
    assert [item.only_inside for item in found] == [True, False]
    assert listeners(42, "another container") is None


def test_process_of_another_machine_is_not_looked_into() -> None:
    """A process that is not the container's, or none, tells nothing."""
    assert listeners(os.getpid(), "f" * 64) is None
    assert listeners(0, "") is None


@pytest.mark.parametrize(
    ("outcomes", "limit_s", "asked"),
    [
        ([ProbeOutcome.REFUSED, ProbeOutcome.RESET, ProbeOutcome.ANSWERED], 60, 3),
        ([ProbeOutcome.SILENT, ProbeOutcome.ANSWERED], 60, 1),
        ([ProbeOutcome.REFUSED, ProbeOutcome.ANSWERED], 0, 1),
    ],
)
def test_server_that_begins_is_waited_for(
    outcomes: list[ProbeOutcome], limit_s: float, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused and reset are asked again while there is time; an answer, and silence, end it."""
    monkeypatch.setattr(probe, "POLL_S", 0)
    answers = iter(map(Answer, outcomes))
    monkeypatch.setattr(probe, "probe_http", lambda *_: next(answers))
    assert probe_until_begun("127.0.0.1", 80, "/", limit_s) == Answer(outcomes[asked - 1])
    assert len(list(answers)) == len(outcomes) - asked
