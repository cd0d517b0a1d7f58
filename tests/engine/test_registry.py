"""The private engine's registry, for real: pulls word for word, in a network namespace that leads nowhere."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from checker.engine.own import dockerd, processes, registry
from checker.engine.system import find_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.namespace import Namespace

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_program(registry.PROGRAM) is None, reason=f"{registry.PROGRAM} is not installed"),
]

START = "from checker.engine.own import dockerd, registry, private; private.start(print); "
FILL = START + "print(registry.fill(dockerd.paths(), ['busybox:1.37', 'docker101/clock:1'], print))"
STOP = "from checker.engine.own import private; private.stop(print)"


def place_of(namespace: Namespace) -> dockerd.EnginePaths:
    """Return the folders of the namespace's engine."""
    return dockerd.EnginePaths(namespace.home / "run", namespace.home / "data")


def registry_of(namespace: Namespace) -> int | None:
    """Return the registry's process."""
    return registry.running(registry.place_of(place_of(namespace)))


@pytest.fixture
def docker(namespace: Namespace, engine_host: str) -> Callable[..., str]:
    """Start the engine, give it busybox, and return what runs a docker command on it in its namespace."""
    namespace.run(START)

    def run(*words: str) -> str:
        command = ["nsenter", f"--net=/proc/{namespace.keeper}/ns/net", "docker", "-H", place_of(namespace).host]
        done = subprocess.run([*command, *words], check=False, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    saved = subprocess.run(["docker", "--host", engine_host, "save", "busybox:1.37"], check=False, capture_output=True)
    if saved.returncode:
        pytest.skip("the engine under test has no busybox:1.37 to copy")
    load = ["docker", "--host", place_of(namespace).host, "load"]
    subprocess.run(load, input=saved.stdout, check=True, capture_output=True)
    return run


def test_a_pull_works_word_for_word_without_a_network(namespace: Namespace, docker: Callable[..., str]) -> None:
    """An image of the catalog that was removed comes back with the command that everybody types."""
    assert namespace.run(FILL).splitlines()[-1] == "['busybox:1.37']"
    before = docker("image", "inspect", "--format", "{{.Id}}", "busybox:1.37")
    assert docker("images", "--quiet").split() == [before.removeprefix("sha256:")[:12]]  # no second name is left
    docker("image", "rm", "busybox:1.37")
    assert "docker.io/library/busybox:1.37" in docker("pull", "busybox:1.37")
    assert docker("image", "inspect", "--format", "{{.Id}}", "busybox:1.37") == before


def test_what_has_not_changed_is_put_there_once(namespace: Namespace, docker: Callable[..., str]) -> None:
    """The registry keeps its images over a stop; only an image that has changed is pushed again."""
    namespace.run(FILL)
    namespace.run(STOP)
    assert namespace.run(FILL).splitlines()[-1] == "[]"
    docker("create", "--name", "box", "busybox:1.37")
    docker("commit", "box", "busybox:1.37")
    assert namespace.run(FILL).splitlines()[-1] == "['busybox:1.37']"


def test_it_ends_with_the_engine(namespace: Namespace) -> None:
    """It runs while the engine does; after the stop no process and no file of the running one is left."""
    namespace.run(START)
    assert registry_of(namespace)
    namespace.run(STOP)
    assert registry_of(namespace) is None
    assert not list((namespace.home / "run").glob("registry*"))


def test_one_that_was_killed_is_started_again(namespace: Namespace, docker: Callable[..., str]) -> None:
    """The next command of the course brings a killed one back, on the port that dockerd knows."""
    namespace.run(FILL)
    os.kill(registry_of(namespace) or 0, signal.SIGKILL)
    namespace.run(START)
    assert "up to date" in docker("pull", "busybox:1.37")


def test_one_that_hangs_makes_way(namespace: Namespace, docker: Callable[..., str]) -> None:
    """One that takes connections and does not answer is ended, and a new one started."""
    namespace.run(FILL)
    hanging = registry_of(namespace)
    os.kill(hanging or 0, signal.SIGSTOP)
    namespace.run(START)
    assert registry_of(namespace) not in (None, hanging)
    assert "up to date" in docker("pull", "busybox:1.37")


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hanging"])
def test_without_its_answer_a_pull_fails_and_does_not_hang(
    namespace: Namespace, docker: Callable[..., str], sign: signal.Signals
) -> None:
    """The daemon goes on to Docker Hub by itself, which nobody reaches here: an error, in well under a minute."""
    namespace.run(FILL)
    os.kill(registry_of(namespace) or 0, sign)
    assert "network is unreachable" in docker("pull", "busybox:1.37")


def test_one_left_by_a_killed_engine_is_cleaned_up(namespace: Namespace) -> None:
    """Where dockerd was killed, the registry that it leaves is replaced at the next start, and ended by the stop."""
    namespace.run(START)
    left = registry_of(namespace)
    os.kill(int((namespace.home / "run" / "docker.pid").read_text(encoding="ascii")), signal.SIGKILL)
    namespace.run(START)
    assert registry_of(namespace) not in (None, left)
    assert not processes.born(left or 0)
    namespace.run(STOP)
    assert registry_of(namespace) is None


def test_a_taken_port_is_left_to_its_owner(namespace: Namespace, docker: Callable[..., str]) -> None:
    """Where something else listens on the usual port, the registry takes another one, and pulls find it."""
    listener = "import socket, sys; s = socket.create_server(('127.0.0.1', 5101)); print('up', flush=True); input()"
    namespace.run(STOP)
    (namespace.home / "data" / "registry" / "port").unlink()
    with namespace.popen(listener) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        namespace.run(FILL)
        assert "up to date" in docker("pull", "busybox:1.37")
        owner.communicate("\n", timeout=10)


def test_a_lab_finds_a_name_that_no_engine_has(namespace: Namespace, docker: Callable[..., str]) -> None:
    """What Docker Hub has under two names can be pulled by both; the engine has the second one only after that."""
    docker("image", "tag", "busybox:1.37", "hello-world:latest")  # its content does not matter here
    namespace.run(FILL.replace("'docker101/clock:1'", "'hello-world:latest'"))
    assert docker("images", "--quiet", "hello-world:linux") == ""
    assert "docker.io/library/hello-world:linux" in docker("pull", "hello-world:linux")


def test_an_image_of_ones_own_goes_there_and_back(namespace: Namespace, docker: Callable[..., str]) -> None:
    """The lesson's going-deeper part: a name with the registry's address in it is pushed there and pulled back."""
    namespace.run(FILL)
    mine = f"localhost:{registry.PORT}/mine:1"
    docker("image", "tag", "busybox:1.37", mine)
    assert "digest: sha256:" in docker("push", mine)
    docker("image", "rm", mine)
    assert f"Downloaded newer image for {mine}" in docker("pull", mine)
