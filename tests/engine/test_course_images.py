"""The course's images on a real engine: how they are got, and that each one does what its name says."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from checker.engine import program
from checker.engine.images import debian, provide
from checker.engine.images.catalog import Catalog, load_catalog
from checker.errors import EngineProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import APIClient

pytestmark = pytest.mark.engine

MINE = "docker101/test-image:1"
LIMIT_S = 60
"""How long these tests wait for something that takes a moment; docker stop's own grace time is longer."""


@pytest.fixture(scope="module")
def host(engine_host: str) -> str:
    """Return the engine's address, with every image of the course there."""
    provide.ensure_images(None, engine_host)
    return engine_host


@pytest.fixture
def catalog(tmp_path: Path, host: str) -> Iterator[Catalog]:
    """Return a catalog with one image of this test's own, which is removed afterwards."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "Dockerfile").write_text("FROM busybox:1.37\nCOPY x /x\nLABEL org.docker101=1\n")
    (tmp_path / "mine" / "x").write_text("one\n")
    (tmp_path / "catalog.toml").write_text(
        f"[[image]]\nname = 'busybox:1.37'\nwhat = 'Base.'\nhub = true\n"
        f"[[image]]\nname = '{MINE}'\nwhat = 'Mine.'\nfolder = 'mine'\n"
    )
    yield load_catalog(tmp_path)
    program.run_docker(["docker", "image", "rm", "--force", MINE], host)


def _docker(host: str, *argv: str) -> program.Done:
    """Run a docker command; its output counts as one text."""
    return program.run_docker(["docker", *argv], host, timeout_s=60)


def _logs_until(host: str, name: str, text: str) -> str:
    """Return the container's log as soon as it holds ``text``."""
    deadline = time.monotonic() + LIMIT_S
    while text not in (log := _docker(host, "logs", name).output):
        assert time.monotonic() < deadline, f"no {text!r} in: {log!r}"
        time.sleep(0.05)
    return log


@pytest.fixture
def started(client: APIClient, host: str, request: pytest.FixtureRequest) -> str:
    """Start a container of the teaching image that the test names; return its name. ``client`` removes it."""
    name = f"docker101-test-{request.param}"
    done = _docker(host, "run", "--detach", "--name", name, f"docker101/{request.param}:1")
    assert done.exit_code == 0, done.output
    return name


# --- getting them


def test_everything_there_is_found_with_one_request(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run asks the engine once, runs no command, and says nothing."""
    asked: list[str] = []
    get = provide.get
    monkeypatch.setattr(provide, "get", lambda *question: asked.append(question[1]) or get(*question))
    said: list[str] = []
    got = provide.ensure_images(None, host, said.append)
    assert {item.source for item in got} == {provide.PRESENT}
    assert (asked, said) == (["/images/json"], [])


def test_every_image_is_small_and_labelled(client: APIClient, host: str) -> None:
    """Each image is a few MB, one with Python about a hundred, and all that were built here bear the course's label."""
    for image in load_catalog().images:
        found = client.inspect_image(image.name)
        assert found["Size"] < (180_000_000 if "python" in image.name else 6_000_000), image.name
        labels = (found["Config"] or {}).get("Labels") or {}
        assert image.hub or labels.get("org.docker101") == "1", image.name


def test_busybox_is_the_version_that_its_tag_says(client: APIClient, host: str) -> None:
    """Whatever its source, the program prints 1.37; what a beginner needs is a command in it."""
    said = _docker(
        host, "run", "--rm", "busybox:1.37", "sh", "-c", "busybox | head -1; id; ls -d /tmp /root; type vi wget top"
    )
    assert said.output.startswith("BusyBox v1.37.")
    assert "uid=0(root)" in said.output
    assert said.exit_code == 0, said.output


def test_an_image_is_built_found_again_and_replaced_when_its_folder_changes(
    catalog: Catalog, client: APIClient, host: str
) -> None:
    """Built once, then found; after a change built again, and the old one is gone."""
    owned: list[str] = []
    first = provide.ensure_images([MINE], host, owns=owned.append, catalog=catalog)
    assert [item.source.startswith("built from ") for item in first] == [True]
    old = client.inspect_image(MINE)["Id"]
    assert provide.ensure_images([MINE], host, owns=owned.append, catalog=catalog) == [
        provide.Got(MINE, provide.PRESENT)
    ]
    (catalog.path.parent / "mine" / "x").write_text("two\n")
    provide.ensure_images([MINE], host, owns=owned.append, catalog=load_catalog(catalog.path.parent))
    assert _docker(host, "run", "--rm", MINE, "cat", "/x").output == "two\n"
    assert owned == [MINE, MINE]
    assert old not in {item["Id"] for item in client.images(all=True)}


def test_an_old_image_that_a_container_uses_is_left(catalog: Catalog, client: APIClient, host: str) -> None:
    """The container keeps its image; it is said that the old image stays."""
    provide.ensure_images([MINE], host, catalog=catalog)
    old = client.inspect_image(MINE)["Id"]
    container = client.create_container(MINE, ["true"])["Id"]
    (catalog.path.parent / "mine" / "x").write_text("two\n")
    said: list[str] = []
    provide.ensure_images([MINE], host, said.append, catalog=load_catalog(catalog.path.parent))
    assert any("stays, without a name: a container still uses it" in line for line in said)
    client.remove_container(container)
    client.remove_image(old)


def test_a_foreign_image_keeps_its_name(catalog: Catalog, client: APIClient, host: str) -> None:
    """An image without the course's label is not touched."""
    if (client.inspect_image("busybox:1.37")["Config"].get("Labels") or {}).get("org.docker101"):
        client.import_image_from_data(b"\0" * 1024, repository=MINE.rpartition(":")[0], tag="1")
    else:
        client.tag("busybox:1.37", MINE.rpartition(":")[0], "1")
    before = client.inspect_image(MINE)["Id"]
    with pytest.raises(EngineProblem, match="is not the course's"):
        provide.ensure_images([MINE], host, catalog=catalog)
    assert client.inspect_image(MINE)["Id"] == before


def test_a_build_that_fails_shows_what_the_builder_said(catalog: Catalog, host: str) -> None:
    """The last lines of the real builder are in the message."""
    (catalog.path.parent / "mine" / "x").unlink()
    with pytest.raises(EngineProblem) as caught:
        provide.ensure_images([MINE], host, catalog=load_catalog(catalog.path.parent))
    assert caught.value.message.startswith(f"Building {MINE} failed (exit code 1)")
    assert "x" in caught.value.message.splitlines()[-1]


def test_busybox_is_built_from_debians_package(
    tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch, client: APIClient
) -> None:
    """Without Docker Hub busybox is made from the distribution's package: one layer, labelled with its source."""
    obstacle = debian.obstacle(client.version()["Arch"])
    if obstacle or not shutil.which(debian.TOOL):
        pytest.skip(
            f"packages cannot be used here: {obstacle or 'mmdebstrap is not installed, and a test installs nothing'}"
        )
    name = "docker101/test-busybox:1.37"
    shutil.copytree(provide.load_catalog().image("busybox:1.37").folder, tmp_path / "busybox")  # type: ignore[type-var]
    (tmp_path / "catalog.toml").write_text(
        f"[[image]]\nname = '{name}'\nwhat = 'Base.'\nhub = true\nfolder = 'busybox'\n"
        "debian = { suite = 'trixie', package = 'busybox-static', version = '1.37' }\n"
    )
    monkeypatch.setattr(provide.Hub, "pull", lambda *_, **__: "Docker Hub is out of reach")
    try:
        (got,) = provide.ensure_images([name], host, catalog=load_catalog(tmp_path))
    except EngineProblem as problem:
        if os.environ.get("CI") or "Fetching" not in problem.message:
            raise
        pytest.skip(f"Debian's packages are out of reach: {problem.message.splitlines()[-1].strip()}")
    found = client.inspect_image(name)
    assert got.source.startswith("Debian trixie, busybox-static 1:1.37.")
    assert got.source in found["Config"]["Labels"]["org.docker101.source"]
    assert len(found["RootFS"]["Layers"]) == 1
    assert _docker(host, "run", "--rm", "--user", "nobody", name, "id", "-un").output == "nobody\n"
    client.remove_image(name)


# --- what they do


def test_hello_world_greets_and_holds_no_shell(client: APIClient, host: str) -> None:
    """Under every source the greeting is the known one, and there is nothing else to run in it."""
    assert "Hello from Docker!\n" in _docker(host, "run", "--rm", "hello-world").output
    assert _docker(host, "run", "--rm", "hello-world", "sh").exit_code == 127


def test_tiny_is_one_static_program(client: APIClient, host: str) -> None:
    """It says hello with nothing else in its image: one layer, no shell."""
    assert _docker(host, "run", "--rm", "docker101/tiny:1").output == "Hello from an image with one file in it.\n"
    assert _docker(host, "run", "--rm", "docker101/tiny:1", "sh").exit_code == 127
    assert len(client.inspect_image("docker101/tiny:1")["RootFS"]["Layers"]) == 1


@pytest.mark.parametrize("started", ["web"], indirect=True)
def test_web_serves_its_own_host_name_and_stops_when_asked(started: str, client: APIClient, host: str) -> None:
    """The page is the container's host name; port 80 is exposed; the request is in the log; SIGTERM ends it with 0."""
    _logs_until(host, started, "serving on port 80")
    page = _docker(host, "exec", started, "wget", "-qO-", "http://127.0.0.1/").output
    assert page == _docker(host, "exec", started, "hostname").output
    assert list(client.inspect_image("docker101/web:1")["Config"]["ExposedPorts"]) == ["80/tcp"]
    _ends(host, started, "web: stopped", exit_code=0)


def test_web_listens_where_it_is_told(client: APIClient, host: str) -> None:
    """LISTEN=127.0.0.1:80 makes it answer inside its own container alone."""
    name = "docker101-test-web"
    _docker(host, "run", "--detach", "--name", name, "--env", "LISTEN=127.0.0.1:80", "docker101/web:1")
    _logs_until(host, name, "serving on port 127.0.0.1:80")
    assert _docker(host, "exec", name, "wget", "-qO-", "http://127.0.0.1/").exit_code == 0
    address = next(iter(client.inspect_container(name)["NetworkSettings"]["Networks"].values()))["IPAddress"]
    assert _docker(host, "exec", name, "wget", "-qO-", "-T", "2", f"http://{address}/").exit_code == 1


@pytest.mark.parametrize("started", ["twoports"], indirect=True)
def test_twoports_serves_on_both(started: str, client: APIClient, host: str) -> None:
    """Each port says which one it is, both are exposed, and SIGTERM ends it."""
    _logs_until(host, started, "serving on ports 80 and 8080")
    for port in ("80", "8080"):
        page = _docker(host, "exec", started, "wget", "-qO-", f"http://127.0.0.1:{port}/").output
        assert page.startswith(f"port {port} of ")
    assert set(client.inspect_image("docker101/twoports:1")["Config"]["ExposedPorts"]) == {"80/tcp", "8080/tcp"}
    _ends(host, started, "twoports: stopped", exit_code=0)


@pytest.mark.parametrize("started", ["clock"], indirect=True)
def test_clock_counts_on_both_streams(started: str, client: APIClient, host: str) -> None:
    """Two lines of three are on stdout, the third on stderr; SIGTERM ends it between two ticks."""
    _logs_until(host, started, "tock 3")
    assert client.logs(started, stdout=True, stderr=False).startswith(b"tick 1\ntick 2\n")
    assert client.logs(started, stdout=False, stderr=True).startswith(b"tock 3\n")
    _ends(host, started, "clock: stopped after ", exit_code=0)


@pytest.mark.parametrize("started", ["polite"], indirect=True)
def test_polite_says_goodbye(started: str, client: APIClient, host: str) -> None:
    """It handles SIGTERM itself and ends with 0."""
    _logs_until(host, started, "polite: ready")
    _ends(host, started, "polite: SIGTERM, goodbye", exit_code=0)


@pytest.mark.parametrize("started", ["stubborn"], indirect=True)
def test_stubborn_stays_until_it_is_killed(started: str, client: APIClient, host: str) -> None:
    """It hears SIGTERM, goes on, and ends with 137."""
    _logs_until(host, started, "stubborn: ready")
    _docker(host, "kill", "--signal", "TERM", started)
    _logs_until(host, started, "stubborn: SIGTERM, no")
    assert client.inspect_container(started)["State"]["Running"] is True
    _docker(host, "stop", "--time", "1", started)
    assert client.inspect_container(started)["State"]["ExitCode"] == 137


def test_crash_says_why(client: APIClient, host: str) -> None:
    """Its reason is on stderr, its exit code is 3."""
    done = _docker(host, "run", "--name", "docker101-test-crash", "docker101/crash:1")
    assert done.exit_code == 3
    assert client.logs("docker101-test-crash", stdout=False, stderr=True).endswith(b"giving up with exit code 3\n")


def test_greeter_greets_arguments_or_stdin(client: APIClient, host: str, tmp_path: Path) -> None:
    """Arguments come first, then stdin; without both it says how names get there."""
    names = tmp_path / "names"
    names.write_text("Ken\nDennis")
    greeter = ["docker", "run", "--rm", "--interactive", "docker101/greeter:1"]
    assert program.run_docker([*greeter, "Ada", "Grace H."], host).output == "Hello, Ada!\nHello, Grace H.!\n"
    assert program.run_docker(greeter, host, stdin=names).output == "Hello, Ken!\nHello, Dennis!\n"
    assert "nobody to greet" in program.run_docker(greeter, host).output
    assert program.run_docker([*greeter[:4], "--env", "GREETING=Hej", greeter[4], "Ada"], host).output == "Hej, Ada!\n"


def _ends(host: str, name: str, last_words: str, *, exit_code: int) -> None:
    """Stop the container; it must have ended by itself, not by SIGKILL after the grace time."""
    done = _docker(host, "stop", "--time", "5", name)
    assert done.exit_code == 0, done.output
    assert last_words in _docker(host, "logs", name).output
    assert _docker(host, "inspect", "--format", "{{.State.ExitCode}}", name).output == f"{exit_code}\n"
