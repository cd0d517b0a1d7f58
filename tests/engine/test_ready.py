"""On a real engine: a command that started one of the course's servers is done when that one is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.engine import ready
from checker.play import runner

if TYPE_CHECKING:
    from pathlib import Path

    from docker import APIClient

    from checker.engine import Engine
    from checker.play import Runner

pytestmark = pytest.mark.engine

NAME = "docker101-test-ready"
SLOW = "docker101/test-slow:1"
"""An image that tells it is ready a moment after its start; what came before must not count."""


@pytest.fixture
def run(lab_engine: Engine, client: APIClient, tmp_path: Path) -> Runner:
    """Return what runs one command as a cell does; ``client`` removes what it made."""
    return runner(lab_engine, tmp_path, tmp_path)


def logged(client: APIClient, name: str = NAME) -> str:
    """Return what a container has written so far."""
    return str(client.logs(name).decode())


@pytest.mark.parametrize("image", ["clock", "polite", "stubborn", "web", "twoports"])
def test_each_server_is_ready_when_the_command_is_done(image: str, run: Runner, client: APIClient) -> None:
    """The label names the command that the image runs, and a line that its log really begins with."""
    assert run(["docker", "run", "-d", "--name", NAME, f"docker101/{image}:1"], None).exit_code == 0
    assert logged(client).startswith(client.inspect_image(f"docker101/{image}:1")["Config"]["Labels"][ready.LINE_LABEL])


def test_whoever_is_ready_can_be_asked_to_end_at_once(run: Runner, client: APIClient) -> None:
    """Polite ends by itself, again and again, also right after each start, restart, and start under two names."""
    other = f"{NAME}-other"
    for name in (NAME, other):
        run(["docker", "create", "--name", name, "docker101/polite:1"], None)
    for command in (["start", NAME, other], ["restart", NAME, other]):
        run(["docker", *command], None)
    run(["docker", "stop", NAME, other], None)
    for name in (NAME, other):
        assert client.inspect_container(name)["State"]["ExitCode"] == 0
        assert logged(client, name).splitlines() == ["polite: ready", "polite: SIGTERM, goodbye"] * 2


def test_a_slow_one_is_waited_for_each_time(run: Runner, client: APIClient, tmp_path: Path) -> None:
    """A start says so anew; the line of an earlier run is not taken for it, nor any other line."""
    script = "echo begins; sleep 1; echo ready; exec sleep 60"
    (tmp_path / "Dockerfile").write_text(
        f"FROM busybox:1.37\nSTOPSIGNAL KILL\nRUN echo '{script}' > /slow.sh\n"
        'LABEL org.docker101=1 org.docker101.ready="sh /slow.sh" org.docker101.ready.line="ready"\n'
        'CMD ["sh", "/slow.sh"]\n',
        encoding="utf-8",
    )
    try:
        assert run(["docker", "build", "-t", SLOW, "."], None).exit_code == 0
        run(["docker", "run", "-d", "--name", NAME, SLOW], None)
        assert logged(client).splitlines() == ["begins", "ready"]
        run(["docker", "restart", NAME], None)
        assert logged(client).splitlines() == ["begins", "ready"] * 2
    finally:
        client.remove_container(NAME, force=True)
        client.remove_image(SLOW, force=True)


def test_another_command_is_not_waited_for(run: Runner, client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """One question, as the container says by its command that it will tell nothing."""
    asked: list[str] = []
    get = ready.get
    monkeypatch.setattr(ready, "get", lambda host, path: asked.append(path) or get(host, path))
    run(["docker", "run", "-d", "--name", NAME, "docker101/polite:1", "sleep", "9"], None)
    assert len(asked) == 1
    assert logged(client) == ""
