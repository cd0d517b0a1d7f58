"""The private engine, for real: each test has a network namespace of its own, and starts dockerd in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from checker.engine.own import private, processes
from checker.engine.system import LINUX, MACOS, System
from checker.engine.transport import ReachProblem, http

if TYPE_CHECKING:
    from pathlib import Path

    from tests.namespace import Namespace

pytestmark = pytest.mark.engine

IMPORT = (
    "import sys, json; from checker.engine.transport import http; "
    "from checker.engine import system; from checker.engine.own import dockerd, private, processes; "
)
START = IMPORT + "private.start(print)"
STATUS = IMPORT + "now = private.status(); print(json.dumps([now.running, now.pid, now.users]))"
REFUSAL = IMPORT + "print(private.refusal(system.this_system()))"
USE = START + "; print('ready', flush=True); sys.stdin.readline(); print(private.leave(print))"
FAILING = (
    IMPORT
    + """
from checker.errors import CourseError
try:
    private.start(print, arguments=sys.argv[2:], limit_s=float(sys.argv[1]))
except CourseError as error:
    print(error.exit_code); print(error)
"""
)


def pid_of(namespace: Namespace) -> int:
    """Return the process of the engine's daemon."""
    return int((namespace.home / "run" / "docker.pid").read_text(encoding="ascii"))


def host_of(namespace: Namespace) -> str:
    """Return the engine's address."""
    return f"unix://{namespace.home}/run/docker.sock"


def run_busybox(namespace: Namespace, engine_host: str, name: str, *command: str) -> None:
    """Bring busybox from the engine under test, and start a container from it."""
    docker = ["docker", "--host", host_of(namespace)]
    saved = subprocess.run(["docker", "--host", engine_host, "save", "busybox:1.37"], check=False, capture_output=True)
    if saved.returncode:
        pytest.skip("the engine under test has no busybox:1.37 to copy")
    subprocess.run([*docker, "load"], input=saved.stdout, check=True, capture_output=True)
    subprocess.run([*docker, "run", "-d", "--name", name, "busybox:1.37", *command], check=True, capture_output=True)


def sleepers(seconds: str) -> list[int]:
    """Return the living processes that sleep for so many seconds."""
    return [pid for pid in processes.everyone() if processes.arguments(pid)[-2:] == ["sleep", seconds]]


def wait_for(line: str, process: subprocess.Popen[str]) -> None:
    """Read what a process prints until it prints ``line``."""
    assert process.stdout is not None
    for printed in process.stdout:
        if printed.strip() == line:
            return
    pytest.fail(f"it ended before it printed {line}")


def test_it_starts_answers_and_stops_without_a_trace(namespace: Namespace) -> None:
    """A private engine keeps to its two folders; after stop nothing runs, and nothing is mounted or listening."""
    namespace.run(START)
    pid = pid_of(namespace)
    assert http.ping(host_of(namespace)).ok
    assert sorted(path.name for path in namespace.home.iterdir() if path.is_dir()) == ["data", "run"]
    assert "True" in namespace.run(IMPORT + "print(private.stop(print))")
    assert not processes.born(pid)
    assert http.ping(host_of(namespace)).problem is ReachProblem.NO_SOCKET
    assert str(namespace.home) not in (processes.PROC / "self" / "mountinfo").read_text(encoding="utf-8")
    assert "False" in namespace.run(IMPORT + "print(private.stop(print))")


def test_its_data_is_removed_when_it_has_stopped(namespace: Namespace) -> None:
    """The data folder goes when asked, and not while the engine runs."""
    namespace.run(START)
    refused = FAILING.replace(
        "private.start(print, arguments=sys.argv[2:], limit_s=float(sys.argv[1]))", "private.remove_data()"
    )
    assert "The course's engine still runs; its data stays." in namespace.run(refused)
    assert namespace.run(IMPORT + "private.stop(print); print(private.remove_data())").splitlines()[-1] == "True"
    assert list(namespace.home.iterdir()) == []
    assert namespace.run(IMPORT + "print(private.remove_data())").strip() == "False"


def test_a_second_user_keeps_it_alive(namespace: Namespace) -> None:
    """Two commands share one daemon; it is stopped by the last one that leaves, not by the first."""
    with namespace.popen(USE) as first, namespace.popen(USE) as second:
        wait_for("ready", first)
        wait_for("ready", second)
        pid = pid_of(namespace)
        assert first.communicate("\n", timeout=60)[0].splitlines()[-1] == "False"
        assert processes.born(pid)
        assert http.ping(host_of(namespace)).ok
        assert second.communicate("\n", timeout=60)[0].splitlines()[-1] == "True"
    assert not processes.born(pid)


def test_a_user_that_was_killed_counts_no_more(namespace: Namespace) -> None:
    """A command that was killed without signing off does not keep the engine alive."""
    with namespace.popen(USE) as first, namespace.popen(USE) as second:
        wait_for("ready", first)
        wait_for("ready", second)
        first.kill()
        first.wait()
        assert second.communicate("\n", timeout=60)[0].splitlines()[-1] == "True"


def test_leaving_without_having_joined_does_nothing(namespace: Namespace) -> None:
    """A process that did not register cannot stop the engine by leaving."""
    with namespace.popen(USE) as user:
        wait_for("ready", user)
        assert namespace.run(IMPORT + "print(private.leave(print))").strip() == "False"
        assert http.ping(host_of(namespace)).ok
        user.communicate("\n", timeout=60)


def test_status_tells_without_changing(namespace: Namespace) -> None:
    """Status says who runs and who uses it, and makes no folder where there is none."""
    assert namespace.run(STATUS).strip() == "[false, null, []]"
    assert not (namespace.home / "run").exists()
    with namespace.popen(USE) as user:
        wait_for("ready", user)
        assert namespace.run(STATUS).strip() == f"[true, {pid_of(namespace)}, [{user.pid}]]"
        user.communicate("\n", timeout=60)


def test_a_killed_daemon_is_cleaned_up_after(namespace: Namespace) -> None:
    """What a daemon leaves that was killed (pid file, socket, containerd) is gone at the next start, and it is said."""
    namespace.run(START)
    pid = pid_of(namespace)
    os.kill(pid, signal.SIGKILL)
    while processes.born(pid):
        time.sleep(0.01)
    assert (namespace.home / "run" / "docker.pid").exists()
    assert (namespace.home / "run" / "docker.sock").exists()
    said = namespace.run(START)
    assert "Cleaning up after an engine of the course that was killed." in said
    assert pid_of(namespace) != pid
    assert http.ping(host_of(namespace)).ok


def test_containers_of_a_killed_daemon_do_not_live_on(namespace: Namespace, engine_host: str) -> None:
    """A container whose daemon was killed is ended with its processes and mounts; it is shown as exited."""
    namespace.run(START)
    pid = pid_of(namespace)
    run_busybox(namespace, engine_host, "nap", "sleep", "987654")
    os.kill(pid, signal.SIGKILL)
    while processes.born(pid):
        time.sleep(0.01)
    assert sleepers("987654")
    namespace.run(START)
    assert not sleepers("987654")
    assert http.get(host_of(namespace), "/containers/nap/json")[2]["State"]["Status"] == "exited"
    namespace.run(IMPORT + "private.stop(print)")
    assert str(namespace.home) not in (processes.PROC / "self" / "mountinfo").read_text(encoding="utf-8")


def test_a_container_that_does_not_listen_does_not_hold_up_the_stop(namespace: Namespace, engine_host: str) -> None:
    """A container that ignores being asked is killed after its grace time; the daemon itself ends in order."""
    namespace.run(START)
    run_busybox(namespace, engine_host, "nap", "sleep", "987655")
    said = namespace.run(
        "import checker.engine.own.dockerd as d; d.CONTAINERS_GRACE_S = 0.2; " + IMPORT + "private.stop(print)"
    )
    assert "its containers get 0.2 s to end" in said
    assert "was killed" not in said
    assert not sleepers("987655")


def test_a_pid_file_that_names_someone_else_is_no_obstacle(namespace: Namespace) -> None:
    """A process id that was given to another process since (here: this test) neither stops the start nor is ended."""
    (namespace.home / "run").mkdir()
    (namespace.home / "run" / "docker.pid").write_text(str(os.getpid()), encoding="ascii")
    namespace.run(START)
    assert pid_of(namespace) != os.getpid()


def test_a_daemon_that_hangs_is_replaced(namespace: Namespace) -> None:
    """A daemon that runs and does not answer is ended, and another one started."""
    namespace.run(START)
    pid = pid_of(namespace)
    os.kill(pid, signal.SIGSTOP)
    fast = (
        "import checker.engine.transport.http as h, checker.engine.own.dockerd as d; ask = h.ping; "
        "d.STOP_GRACE_S = d.CONTAINERS_GRACE_S = 0.2; "
        "h.ping = lambda host, limit: ask(host, min(limit, 0.5)); "
    )
    said = namespace.run(fast + START)
    assert "The course's engine runs but does not answer." in said
    assert "it did not end within 0.2 s and was killed" in said
    assert not processes.born(pid)
    assert http.ping(host_of(namespace)).ok


def test_no_second_daemon_in_the_same_network(namespace: Namespace) -> None:
    """Where another dockerd runs in this network namespace, no private engine is started, and the reason names it."""
    assert namespace.run(REFUSAL).strip() == "None"
    namespace.run(START)
    pid = pid_of(namespace)
    assert namespace.run(REFUSAL).strip() == "None", "its own daemon is no obstacle"
    elsewhere = "import os; os.environ['DOCKER101_ENGINE_HOME'] += '/other'; " + REFUSAL
    assert f"(dockerd, process {pid})" in namespace.run(elsewhere)


def test_a_daemon_in_another_network_is_not_joined(namespace: Namespace) -> None:
    """From another network namespace its ports cannot be reached, so it is not joined, and the way out is said."""
    namespace.run(START)
    out = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", FAILING, "5"],
        check=True,
        capture_output=True,
        text=True,
        env={**namespace.environment(), "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout
    assert "runs in another network namespace" in out
    assert "checker stop" in out


def test_too_long_a_path_is_said_before_anything_is_made(namespace: Namespace, tmp_path: Path) -> None:
    """A folder whose path is too long for a socket is refused with the numbers and a shorter one."""
    long = tmp_path / ("x" * 100)
    out = namespace.run(f"import os; os.environ['DOCKER101_ENGINE_HOME'] = {str(long)!r}; " + FAILING, "5")
    assert out.splitlines()[0] == "3"
    assert "where Linux allows 107" in out
    assert "DOCKER101_ENGINE_HOME" in out
    assert not long.exists()


def test_a_daemon_that_dies_at_its_start_shows_its_last_words(namespace: Namespace) -> None:
    """The message holds the exit code and the last lines of the log, and nothing is left running."""
    out = namespace.run(FAILING, "30", "--storage-driver=nonsense")
    assert "The Docker daemon ended while it started, with exit code 1." in out
    assert "error initializing graphdriver" in out
    assert "level=info" not in out
    assert "dockerd.log" in out
    assert namespace.run(STATUS).strip() == "[false, null, []]"


def test_a_daemon_that_takes_too_long_is_ended(namespace: Namespace) -> None:
    """The message names the limit, and nothing is left running."""
    out = namespace.run(FAILING, "0")
    assert "did not answer within 0 s and was ended" in out
    assert namespace.run(STATUS).strip() == "[false, null, []]"


def test_choosing_starts_a_private_engine_and_joins_it_again(namespace: Namespace) -> None:
    """As root on a Linux without an engine the course starts one; asked again, it takes the same one."""
    code = IMPORT + "from checker.engine.start.choose import choose; print(choose(say=lambda _: None))"
    first = namespace.run(code)
    assert "strategy='private'" in first
    assert "strategy='private'" in first
    assert namespace.run(f"import os; os.environ['DOCKER_HOST'] = {host_of(namespace)!r}; " + code) == first


def test_choosing_current_does_not_take_the_private_engine(namespace: Namespace) -> None:
    """Asked for the engine that is there, the course's own one is not offered; what was tried is said."""
    namespace.run(START)
    code = (
        f"import os; os.environ['DOCKER_HOST'] = {host_of(namespace)!r}; "
        + FAILING.replace(
            "private.start(print, arguments=sys.argv[2:], limit_s=float(sys.argv[1]))", "choose('current')"
        )
    ).replace("from checker.errors", "from checker.engine.start.choose import choose; from checker.errors")
    out = namespace.run(code)
    assert out.startswith("3\nNo Docker engine that the course can use answers. Tried:\n")


@pytest.mark.parametrize(
    ("system", "reason"),
    [
        (System(MACOS, uid=0), "on Linux only"),
        (System(LINUX, uid=0, wsl=True), "share one network"),
        (System(LINUX, uid=1000), "only as root"),
    ],
)
def test_machines_that_can_have_none(system: System, reason: str) -> None:
    """Another system, WSL, and a user other than root each get their own reason."""
    assert reason in (private.refusal(system) or "")
