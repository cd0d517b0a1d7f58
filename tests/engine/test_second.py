"""The second engine, for real: beside a private one that was started in a network namespace, with nothing in common."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from checker.engine.own import dockerd, processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.namespace import Namespace

pytestmark = pytest.mark.engine

IMAGE = "busybox:1.37"
OPEN = """
import json, os, subprocess, sys
from checker.engine.own import dockerd, private, second
first = private.start(print)
saved = subprocess.Popen(["docker", "--host", sys.argv[1], "save", sys.argv[2]], stdout=subprocess.PIPE)
subprocess.run(["docker", "--host", first, "load"], stdin=saved.stdout, check=True, capture_output=True)
said = []
with second.second_engine([sys.argv[2], "never:there"], os.getpid(), said.append) as (host, namespace):
    print(json.dumps([first, host, namespace.keeper, said]), flush=True)
    sys.stdin.readline()
private.leave(print)
"""


class Both(NamedTuple):
    """Two engines: their addresses, the process that keeps the second one's network, what was said, and their user."""

    first: str
    second: str
    keeper: int
    said: list[str]
    user: subprocess.Popen[str]


@pytest.fixture
def both(namespace: Namespace, engine_host: str) -> Iterator[Both]:
    """Return two engines that run as long as their user does."""
    process = namespace.popen(OPEN, engine_host, IMAGE)
    assert process.stdout is not None
    told = next((line for line in iter(process.stdout.readline, "") if line.startswith("[")), None)
    if told is None:
        pytest.fail(process.communicate()[1])
    first, host, keeper, said = json.loads(told)
    yield Both(first, host, keeper, said, process)
    if process.poll() is None:
        process.communicate("\n", timeout=60)


def docker(host: str, *words: str) -> str:
    """Run docker on an engine and return what it printed."""
    done = subprocess.run(["docker", "--host", host, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def images(host: str) -> str:
    """Return the names and ids of an engine's images."""
    return docker(host, "images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")


def test_neither_engine_sees_the_others_things(both: Both, namespace: Namespace) -> None:
    """It has the first one's images; a container and a published port of one engine are not there on the other."""
    first, host, keeper, said, _ = both
    assert images(first) == images(host) != ""
    assert said == ["Starting a second engine, in a network namespace of its own …", f"Copying images to it: {IMAGE}."]
    for engine in (first, host):
        docker(engine, "run", "-d", "--name", "same", "-p", "127.0.0.1:8080:80", IMAGE, "sleep", "600")
    assert docker(first, "ps", "-q") != docker(host, "ps", "-q")
    assert processes.network(keeper) != processes.network(namespace.keeper)
    docker(host, "rm", "-f", "same")
    assert docker(first, "ps", "--format", "{{.Names}}") == "same"


def test_it_ends_with_its_user_and_keeps_its_images(both: Both, namespace: Namespace, engine_host: str) -> None:
    """Both engines stop when they are left; the next run copies nothing; ``stop --all`` leaves no folder of either."""
    process = both.user
    process.communicate("\n", timeout=60)
    place = dockerd.EnginePaths(namespace.home / "run", namespace.home / "data")
    assert [dockerd.running(one) for one in (place, dockerd.second(place))] == [None, None]
    again = namespace.popen(OPEN, engine_host, IMAGE)
    told = [line for line in again.communicate("\n", timeout=120)[0].splitlines() if line.startswith("[")]
    assert json.loads(told[0])[3] == ["Starting a second engine, in a network namespace of its own …"]
    namespace.run("from checker.engine.own import private; private.stop(print); private.remove_data()")
    assert not place.data.exists()


def test_stop_ends_one_that_a_killed_run_left(both: Both, namespace: Namespace) -> None:
    """When the run is killed, its second engine is ended by the same command as the first one."""
    process = both.user
    process.kill()
    process.wait()
    place = dockerd.EnginePaths(namespace.home / "run", namespace.home / "data")
    assert dockerd.running(dockerd.second(place)) is not None
    namespace.run("from checker.engine.own import private; private.stop(print)")
    assert [dockerd.running(one) for one in (place, dockerd.second(place))] == [None, None]
