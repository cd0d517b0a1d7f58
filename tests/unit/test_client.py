"""The engine's client: every way in which an engine can be unusable is one clear error of ours."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.transport.client import EngineHangs, NotThere, as_our_errors, open_client
from checker.errors import EngineProblem, NoEngine
from tests.unit.fake_engines import answering_engine

if TYPE_CHECKING:
    from pathlib import Path


def version(newest: str, oldest: str = "1.24") -> dict[str, tuple[int, Any]]:
    """Return what an engine answers that speaks these API versions."""
    return {"/version": (200, {"ApiVersion": newest, "MinAPIVersion": oldest})}


@pytest.mark.parametrize(("newest", "spoken"), [("1.41", "1.41"), ("1.45", "1.45"), ("1.52", "1.45")])
def test_version_is_negotiated_and_capped(newest: str, spoken: str) -> None:
    """The client speaks the engine's version, and never a newer one than docker-py knows."""
    with answering_engine(version(newest)) as host:
        assert spoken == open_client(host).api_version


@pytest.mark.parametrize("newest", ["1.12", "1.39"])
def test_old_engine_is_refused(newest: str) -> None:
    """An engine older than the course can use is named as too old."""
    with answering_engine(version(newest)) as host, pytest.raises(NoEngine, match="too old"):
        open_client(host)


def test_engine_that_is_too_new_is_refused() -> None:
    """An engine that no longer speaks what docker-py knows asks for a newer edition of the course."""
    with answering_engine(version("1.60", oldest="1.50")) as host, pytest.raises(NoEngine, match=r"too new.*1\.50"):
        open_client(host)


@pytest.mark.parametrize("answer", [(404, b"not here"), (200, b"<html>hello</html>"), (200, {"hello": "world"})])
def test_other_server_is_no_engine(answer: tuple[int, Any]) -> None:
    """A web server at the engine's address is told apart from an engine."""
    with answering_engine({"/version": answer}) as host, pytest.raises(NoEngine, match="no Docker engine"):
        open_client(host)


def test_missing_socket_is_no_engine(tmp_path: Path) -> None:
    """A socket that is not there gives the operating system's reason and the next step."""
    with pytest.raises(NoEngine, match="No such file") as caught:
        open_client(f"unix://{tmp_path}/none.sock")
    assert "checker doctor" in caught.value.next_step


def test_refused_connection_is_no_engine() -> None:
    """A port at which nobody listens gives the operating system's reason."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NoEngine, match="refused"):
        open_client(f"tcp://127.0.0.1:{port}")


def test_hanging_engine_names_the_limit(tmp_path: Path) -> None:
    """An engine that accepts and never answers is given up with its limit in seconds."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "hang.sock"))
        server.listen()
        with pytest.raises(EngineHangs, match=r"did not answer within 0\.2 s"):
            open_client(f"unix://{tmp_path}/hang.sock", timeout_s=0.2)


def test_engine_that_hangs_in_the_middle_of_an_answer_names_the_limit() -> None:
    """A time limit also holds for the body of an answer."""

    def serve(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection = server.accept()[0]
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            connection.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        with pytest.raises(EngineHangs, match=r"within 0\.2 s"):
            open_client(f"tcp://127.0.0.1:{server.getsockname()[1]}", timeout_s=0.2)


def test_missing_container_is_not_there() -> None:
    """The engine's 404 is told apart from other errors, and quoted."""
    answers = version("1.41") | {"/v1.41/containers/shop/json": (404, {"message": "No such container: shop"})}
    with answering_engine(answers) as host, pytest.raises(NotThere, match="No such container: shop"), as_our_errors():
        open_client(host).inspect_container("shop")


def test_error_of_the_engine_is_quoted() -> None:
    """An answer that is an error is the engine's problem, in its own words."""
    answers = version("1.41") | {"/v1.41/containers/shop/json": (500, {"message": "disk on fire"})}
    with answering_engine(answers) as host, pytest.raises(EngineProblem, match="disk on fire"), as_our_errors():
        open_client(host).inspect_container("shop")


@pytest.mark.parametrize("host", ["carrier://pigeon", "nonsense://"])
def test_address_that_is_none_is_no_engine(host: str) -> None:
    """An address of no known kind is named."""
    with pytest.raises(NoEngine, match=host.split(":", maxsplit=1)[0]):
        open_client(host)
