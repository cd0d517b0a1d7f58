"""The recording in front of a real engine: commands work as they do without it, and their requests are noted."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.program import find_docker, run_docker
from checker.engine.proxy.proxy import NotHere, Recording
from checker.jupyter.diagrams.sequence import asked_by_the_command, draw
from tests.engine.made import busybox, make, until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

NAME = "docker101-recorded"


def programs() -> list[Path]:
    """Return the docker programs of this machine; two versions may be installed side by side."""
    found = {Path(folder) / "docker" for folder in ("/usr/bin", "/usr/local/bin")}
    return sorted(path for path in found if path.is_file()) or [Path("docker")]


@pytest.fixture(params=programs(), ids=str)
def program(request: pytest.FixtureRequest) -> Path:
    """Return one docker program after the other."""
    return request.param if request.param.is_file() else find_docker()


@pytest.fixture
def recording(engine_host: str, client: Any, tmp_path: Path) -> Iterator[Recording]:
    """Return a recording in front of the engine under test."""
    busybox(client, engine_host)
    try:
        with Recording(engine_host, tmp_path) as made:
            yield made
    except NotHere as reason:
        pytest.skip(str(reason))


def sent(recording: Recording) -> list[tuple[str, str, int, bool]]:
    """Return what the command itself asked."""
    shown = asked_by_the_command(recording.requests())
    return [(item.method, item.route, item.status, item.hijacked) for item in shown]


def test_run(recording: Recording, program: Path) -> None:
    """One docker run is create, attach (a stream from then on), wait and start; its output comes through."""
    done = run_docker(["docker", "run", "--rm", "busybox:1.37", "echo", "hello"], recording.host, docker=program)
    assert (done.exit_code, done.output) == (0, "hello\n")
    assert sent(recording) == [
        ("POST", "/containers/create", 201, False),
        ("POST", "/containers/ID/attach", 101, True),
        ("POST", "/containers/ID/wait", 200, False),
        ("POST", "/containers/ID/start", 204, False),
    ]


def test_input_and_its_end_come_through(recording: Recording, program: Path, tmp_path: Path) -> None:
    """What is fed arrives whole, and the end of it ends the program."""
    text = tmp_path / "text"
    text.write_text("line\n" * 50000, encoding="utf-8")
    argv = ["docker", "run", "--rm", "-i", "busybox:1.37", "wc", "-l"]
    done = run_docker(argv, recording.host, text, docker=program)
    assert (done.exit_code, done.output.strip()) == (0, "50000")


def test_exec_and_its_exit_code(recording: Recording, client: Any, program: Path) -> None:
    """An exec is a stream, too, and the exit code is asked for afterwards."""
    make(client, NAME, "sleep", "60")
    done = run_docker(["docker", "exec", NAME, "sh", "-c", "echo out; exit 3"], recording.host, docker=program)
    assert (done.exit_code, done.output) == (3, "out\n")
    assert ("POST", "/exec/ID/start", 101, True) in sent(recording)


def test_statuses_of_start(recording: Recording, client: Any, program: Path) -> None:
    """Started 204, again 304, paused 409, missing 404; the client makes errors of the last two."""
    make(client, NAME, "sleep", "60", start=False)
    codes = [run_docker(["docker", "start", NAME], recording.host, docker=program).exit_code for _ in range(2)]
    client.pause(NAME)
    codes += [
        run_docker(["docker", "start", name], recording.host, docker=program).exit_code for name in (NAME, "no-one")
    ]
    assert codes == [0, 0, 1, 1]
    assert [status for _, _, status, _ in sent(recording)] == [204, 304, 409, 404]


def test_diagram_is_the_same_for_all_programs(engine_host: str, client: Any, tmp_path: Path) -> None:
    """Whatever else a version sends on the way, the lesson's commands look the same."""
    busybox(client, engine_host)
    pictures = set()
    for program in programs():
        texts = []
        for words in (
            f"run --name {NAME} busybox:1.37 true", "--version", "version", "info", "ps -a", "images",
            f"inspect {NAME}", f"start {NAME}", f"logs {NAME}", "run --rm no-such-image:1", f"rm -f {NAME}",
        ):  # fmt: skip
            with Recording(engine_host, tmp_path) as recording:
                run_docker(["docker", *words.split()], recording.host, docker=program)
                texts.append(draw(recording.requests()).text)
        pictures.add("\n".join(texts))
    assert len(pictures) == 1


def test_answers_that_go_on(recording: Recording, client: Any, program: Path) -> None:
    """A followed log prints as it comes, and is ended from outside without a trace."""
    make(client, NAME, "sh", "-c", "while :; do echo tick; sleep 0.1; done")
    done = run_docker(["docker", "logs", "--follow", NAME], recording.host, timeout_s=5, docker=program)
    assert done.timed_out
    assert "tick\ntick\n" in done.output
    assert ("GET", "/containers/ID/logs", 200, False) in sent(recording)


def test_build(recording: Recording, client: Any, program: Path, tmp_path: Path) -> None:
    """A build sends its context, or with the plugin buildx opens sessions and nothing else; both come through."""
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM busybox:1.37\nCOPY file /file\nLABEL org.docker101=1\n", encoding="utf-8")
    (folder / "file").write_bytes(b"x" * 3_000_000)
    tag = "docker101-recorded:1"
    done = run_docker(["docker", "build", "-t", tag, str(folder)], recording.host, docker=program)
    try:
        assert done.exit_code == 0, done.output
        assert {("POST", "/build", 200, False), ("POST", "/grpc", 101, True)} & set(sent(recording))
    finally:
        client.remove_image(tag, force=True)


def test_several_commands_at_once(recording: Recording, program: Path) -> None:
    """Connections do not mix."""

    def echo(number: int) -> str:
        argv = ["docker", "run", "--rm", "busybox:1.37", "echo", str(number)]
        return run_docker(argv, recording.host, docker=program).output.strip()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(echo, range(4))) == ["0", "1", "2", "3"]
    assert len(recording.requests()) >= 16


@pytest.mark.skipif(not shutil.which("script"), reason="the program script, which gives a terminal, is not installed")
def test_terminal_comes_through(recording: Recording, client: Any, program: Path) -> None:
    """A shell with a terminal works through the recording as it does without."""
    done = subprocess.run(
        ["script", "-qec", f"{program} run -it --name {NAME} busybox:1.37 sh", "/dev/null"],
        input="echo $((6 * 7))\nexit 5\n",
        capture_output=True,
        text=True,
        timeout=30,
        env={"DOCKER_HOST": recording.host, "PATH": "/usr/bin:/bin", "TERM": "xterm", "HOME": "/nonexistent"},
        check=False,
    )
    assert (done.returncode, "42" in done.stdout) == (5, True)
    until(lambda: client.inspect_container(NAME)["State"]["ExitCode"] == 5)
