"""JupyterLab as the course starts it: its own settings, this machine only, a terminal that is ready, a clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from checker.engine.engine import Engine
from checker.errors import CourseError
from checker.files import ROOT
from checker.jupyter import jupyterlab_settings, server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENGINE = Engine("unix:///nowhere/docker.sock", "private", "the tests")

linux_only = pytest.mark.skipif(os.name == "nt", reason="signals and pseudo terminals of POSIX systems")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a home folder that may not be written, with settings that must not be read."""
    folder = tmp_path / "home"
    config = folder / ".jupyter" / "jupyter_server_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"ServerApp": {"root_dir": "/never"}}), encoding="utf-8")
    (folder / ".bashrc").write_text(
        "export DOCKER_HOST=tcp://elsewhere:1 DOCKER_CONTEXT=other PATH=/elsewhere:$PATH MINE=kept\n", encoding="utf-8"
    )
    monkeypatch.setenv("HOME", str(folder))
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


@pytest.fixture
def served(work: Path, home: Path) -> Iterator[server.Serving]:
    """Return a JupyterLab that runs."""
    with server.serve(work, ENGINE, browser=False, say=lambda _: None) as running:
        yield running


def until(answer: Callable[[], object], limit_s: float = 120) -> object:
    """Return the first true answer within the limit; the last one otherwise."""
    deadline = time.monotonic() + limit_s
    while not (found := answer()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_it_answers_with_a_terminal_and_a_layout(served: server.Serving) -> None:
    """When serve returns, the page, the terminal and the layout are there."""
    layout = server.call(served.url, "GET", "lab/api/workspaces/default")["data"]
    assert [item["name"] for item in server.call(served.url, "GET", "api/terminals")] == [jupyterlab_settings.TERMINAL]
    assert layout[f"notebook:{jupyterlab_settings.FIRST}"]["data"]["path"] == jupyterlab_settings.FIRST
    assert served.url.startswith("http://127.0.0.1:")


def test_it_wants_its_token(served: server.Serving) -> None:
    """Without the token of the address nobody gets in."""
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(served.url.split("/lab?")[0] + "/api/contents", timeout=60)  # noqa: S310  (loopback)


def test_token_is_not_in_the_arguments_of_the_process(served: server.Serving) -> None:
    """Every user of a machine may read the arguments of a process."""
    assert served.daemon is not None
    assert served.url.split("token=")[1] not in " ".join(map(str, served.daemon.process.args))


def test_nothing_is_written_into_the_home_folder(served: server.Serving, home: Path) -> None:
    """All that JupyterLab keeps lies in the course's folder; the user's own settings are neither read nor changed."""
    assert sorted(path.name for path in home.iterdir()) == [".bashrc", ".jupyter"]
    assert server.call(served.url, "GET", "api/contents")["content"] == []


def test_it_starts_without_a_home_folder(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing home folder is no obstacle."""
    monkeypatch.setenv("HOME", "/nowhere/at/all")
    with server.serve(work, ENGINE, browser=False, say=lambda _: None) as running:
        assert "version" in server.call(running.url, "GET", "api")


def test_layout_of_a_later_visit_is_the_learners(work: Path, home: Path) -> None:
    """What the learner arranged stays."""
    with server.serve(work, ENGINE, browser=False, say=lambda _: None) as running:
        mine = {"data": {"layout-restorer:data": {"mine": True}}, "metadata": {"id": "default"}}
        server.call(running.url, "PUT", "lab/api/workspaces/default", mine)
    with server.serve(work, ENGINE, browser=False, say=lambda _: None) as running:
        assert server.call(running.url, "GET", "lab/api/workspaces/default")["data"] == mine["data"]


def test_settings_that_the_learner_changed_stay(work: Path) -> None:
    """Settings are those of the first visit, later the learner's."""
    jupyterlab_settings.lay_out(work, ENGINE)
    path = work / ".course/jupyter/settings/@jupyterlab/terminal-extension/plugin.jupyterlab-settings"
    path.write_text('{"fontSize": 20}', encoding="utf-8")
    jupyterlab_settings.lay_out(work, ENGINE)
    assert json.loads(path.read_text(encoding="utf-8")) == {"fontSize": 20}


def test_stop_ends_the_process(work: Path, home: Path) -> None:
    """After stop nothing answers and no record is left."""
    running = server.serve(work, ENGINE, browser=False, say=lambda _: None)
    running.stop()
    assert running.daemon is not None
    assert running.daemon.process.poll() is not None
    assert not (work / ".course/jupyter/server.json").exists()
    with pytest.raises(OSError, match="refused"):
        server.call(running.url, "GET", "api")


SERVE = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
from pathlib import Path
from checker.engine.engine import Engine
from checker.jupyter.server import serve
engine = Engine("unix:///nowhere/docker.sock", "private", "the tests")
with serve(Path(sys.argv[1]), engine, browser=False, say=print) as running:
    ends = running.daemon.process.wait

    def wait(*limit):
        if not limit:
            print("waiting", flush=True)
        return ends(*limit)

    running.daemon.process.wait = wait
    print(running.url, flush=True)
    print("code", running.wait(), flush=True)
"""


def start(work: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the course's JupyterLab as ``checker start`` does, in a process of its own; return its address too."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(work)], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    while not (lines and lines[-1].startswith("http")):
        lines.append(process.stdout.readline())
        assert lines[-1], "it ended without an address"
    return process, lines[-1].strip()


def answers(url: str) -> bool:
    """Return whether a server answers there."""
    try:
        return "started" in server.call(url, "GET", "api/status")
    except OSError:
        return False


@linux_only
def test_ctrl_c_stops_the_server(work: Path, home: Path) -> None:
    """Ctrl-C in the terminal ends JupyterLab without a question, and the command ends well."""
    process, url = start(work)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert (out, process.returncode, answers(url)) == ("code 0\n", 0, False)


@linux_only
def test_second_start_finds_the_first(work: Path, home: Path) -> None:
    """While the course is open, a second start gives the same address and starts nothing."""
    process, url = start(work)
    said: list[str] = []
    second = server.serve(work, ENGINE, browser=False, say=said.append)
    try:
        assert (second.url, second.daemon, second.wait()) == (url, None, 0)
        assert said == ["The course is open already; its window keeps running it."]
        second.stop()
        assert answers(url)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=120)


@linux_only
def test_server_of_a_killed_run_is_replaced(work: Path, home: Path) -> None:
    """What a killed run left behind is stopped, and a new one starts."""
    process, url = start(work)
    process.kill()
    process.wait()
    said: list[str] = []
    with server.serve(work, ENGINE, browser=False, say=said.append) as running:
        assert said[0] == "Stopping the JupyterLab of an earlier run."
        assert running.url != url
        assert until(lambda: not answers(url))


def test_port_that_is_taken_is_said_with_the_log(served: server.Serving, tmp_path: Path) -> None:
    """A server that ends at once shows why, and where the whole log is."""
    port = int(served.url.split(":")[2].split("/")[0])
    with pytest.raises(CourseError, match="ended at once") as caught:
        server.serve(tmp_path / "other", ENGINE, browser=False, say=lambda _: None, port=port)
    assert "already in use" in caught.value.message
    assert "server.log" in caught.value.next_step


def in_terminal(work: Path, typed: str) -> subprocess.CompletedProcess[str]:
    """Type something into the course's terminal."""
    command = jupyterlab_settings.shell_command(work / ".course/jupyter/bashrc")
    env = jupyterlab_settings.environment(work, ENGINE)
    return subprocess.run(command, input=typed, env=env, capture_output=True, text=True, timeout=120, check=False)


@linux_only
def test_terminal_points_at_the_courses_engine(work: Path, home: Path) -> None:
    """After the user's own start file: our docker first, our engine, our folder; the rest of the user's stays."""
    jupyterlab_settings.lay_out(work, ENGINE)
    asks = (
        'echo "$DOCKER_HOST|${DOCKER_CONTEXT-none}|$MINE|$PWD|${PATH%%:*}|$DOCKER101_WORK"; command -v checker; exit\n'
    )
    done = in_terminal(work, asks)
    answer = next(line for line in done.stdout.splitlines() if "|" in line)
    assert answer == f"{ENGINE.host}|none|kept|{work}|{work}/.course/bin|{work}"


@linux_only
def test_folder_with_spaces_and_quotes(tmp_path: Path, home: Path) -> None:
    """A folder's name may hold what a shell would read otherwise."""
    work = tmp_path / "my 'course' $HOME"
    work.mkdir()
    jupyterlab_settings.lay_out(work, ENGINE)
    done = in_terminal(work, "pwd; exit\n")
    assert str(work) in done.stdout.splitlines()


def test_no_screen_opens_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a screen a text browser would take over the terminal, so none is opened."""
    monkeypatch.setattr(server.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(server.webbrowser, "open", lambda _: pytest.fail("a browser was opened"))
    assert server._open("http://127.0.0.1:1/lab") is (os.name == "nt")
