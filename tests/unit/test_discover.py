"""Finding an engine: the order of the places, and how each of them can fail; each failure leads to its own advice."""

from __future__ import annotations

import hashlib
import json
import socket
from typing import TYPE_CHECKING

import pytest

from checker.engine.start.advice import advice, tried
from checker.engine.start.discover import FoundEngine, NotFound, TriedEngine, candidates, find
from checker.engine.system import LINUX, MACOS, WINDOWS, System
from checker.engine.transport import connection
from checker.engine.transport.connection import ReachProblem
from tests.unit.fake_engines import DOCKER, PODMAN, answer, engine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the fake engines listen on unix sockets")

DEBIAN = System(LINUX, "debian", user="ada", programs=frozenset({"apt-get", "docker", "dockerd", "service"}))
QUICK = (0.1, 0.0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home folder, on a machine on which no engine is installed."""
    monkeypatch.setattr("checker.engine.start.discover.DEFAULT_SOCKET", f"unix://{tmp_path}/none.sock")
    return tmp_path


def add_context(home: Path, name: str, text: str) -> Path:
    """Write a docker context's file as the CLI does; return its folder."""
    folder = home / ".docker" / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(text, encoding="utf-8")
    return folder


def context(name: str, host: str) -> str:
    """Return the text of a context's file."""
    return json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host}}})


def use(home: Path, name: str) -> None:
    """Make a context the current one, as ``docker context use`` does."""
    (home / ".docker").mkdir(exist_ok=True)
    (home / ".docker" / "config.json").write_text(json.dumps({"currentContext": name}), encoding="utf-8")


def failed(env: dict[str, str], home: Path, system: System = DEBIAN) -> tuple[TriedEngine, ...]:
    """Return what was tried on a machine on which no engine can be used."""
    env = {"XDG_RUNTIME_DIR": str(home), **env}
    found = find(env, home, system, limits_s=QUICK)
    assert isinstance(found, NotFound)
    return found.attempts


# --- the order


def test_the_order_is_variable_current_context_other_contexts_known_places(home: Path) -> None:
    """DOCKER_HOST comes first, then the current context, then the other contexts, then the products' sockets."""
    add_context(home, "mine", context("mine", "unix:///mine.sock"))
    add_context(home, "other", context("other", "unix:///other.sock"))
    use(home, "mine")
    hosts = [item.host for item in candidates({"DOCKER_HOST": "unix:///variable.sock"}, home, DEBIAN)]
    assert hosts[:3] == ["unix:///variable.sock", "unix:///mine.sock", "unix:///other.sock"]
    assert f"unix://{home}/.colima/default/docker.sock" in hosts[3:]


def test_docker_context_in_the_environment_beats_the_configured_one(home: Path) -> None:
    """DOCKER_CONTEXT names the current context, whatever ``docker context use`` set."""
    add_context(home, "mine", context("mine", "unix:///mine.sock"))
    add_context(home, "other", context("other", "unix:///other.sock"))
    use(home, "mine")
    first = candidates({"DOCKER_CONTEXT": "other"}, home, DEBIAN)[0]
    assert (first.host, first.context) == ("unix:///other.sock", "other")


def test_contexts_are_read_where_docker_config_says(home: Path) -> None:
    """DOCKER_CONFIG moves the CLI's settings."""
    add_context(home, "mine", context("mine", "unix:///mine.sock"))
    use(home, "mine")
    first = candidates({"DOCKER_CONFIG": str(home / ".docker")}, home / "elsewhere", DEBIAN)[0]
    assert first.host == "unix:///mine.sock"


def test_another_context_on_another_machine_is_not_asked(home: Path) -> None:
    """A remote engine is used only where the learner chose it."""
    add_context(home, "away", context("away", "tcp://192.0.2.1:2375"))
    assert "tcp://192.0.2.1:2375" not in [item.host for item in candidates({}, home, DEBIAN)]


def test_each_address_is_tried_once(home: Path) -> None:
    """A place that two settings name is asked once."""
    hosts = [item.host for item in candidates({"DOCKER_HOST": f"unix://{home}/none.sock"}, home, DEBIAN)]
    assert len(set(hosts)) == len(hosts)


@pytest.mark.parametrize(
    ("system", "host"),
    [
        (System(WINDOWS), "npipe:////./pipe/docker_engine"),
        (System(WINDOWS), "npipe:////./pipe/dockerDesktopLinuxEngine"),
        (System(MACOS), "unix://{home}/.docker/run/docker.sock"),
        (System(MACOS), "unix://{home}/.colima/default/docker.sock"),
        (System(MACOS), "unix://{home}/.rd/docker.sock"),
        (System(MACOS), "unix://{home}/.orbstack/run/docker.sock"),
        (System(LINUX, uid=1000), "unix:///run/user/1000/docker.sock"),
        (System(LINUX), "unix://{home}/.docker/desktop/docker.sock"),
    ],
)
def test_each_system_has_its_known_places(home: Path, system: System, host: str) -> None:
    """The usual places of Docker Desktop, Colima, Rancher Desktop, OrbStack and rootless Docker are known."""
    assert host.format(home=home) in [item.host for item in candidates({}, home, system)]


def test_the_first_engine_that_can_be_used_is_found(home: Path) -> None:
    """A variable that leads nowhere does not keep the engine of the current context from being found."""
    add_context(home, "mine", context("mine", f"unix://{home}/docker.sock"))
    use(home, "mine")
    with engine(home / "docker.sock", answer(DOCKER)) as host:
        found = find({"DOCKER_HOST": "ssh://ada@elsewhere"}, home, DEBIAN, limits_s=QUICK)
    assert isinstance(found, FoundEngine)
    assert (found.candidate.host, found.candidate.context, found.ping.server) == (host, "mine", "20.10.24")
    assert [item.problem for item in found.attempts] == [ReachProblem.TUNNEL]


def test_an_engine_that_wakes_up_gets_more_time(home: Path) -> None:
    """One that takes the connection and needs long is asked again with more patience, and the learner is told."""
    said: list[str] = []
    with engine(home / "docker.sock") as host:
        find({"DOCKER_HOST": host, "XDG_RUNTIME_DIR": str(home)}, home, DEBIAN, limits_s=(0.05, 0.1), say=said.append)
    assert said[0] == f"{host} has not answered within 0.05 s; waiting for at most 0.1 s more …"


# --- each failure, provoked, and its advice


def test_nothing_anywhere(home: Path) -> None:
    """Where Docker is installed and does not run, the step is to start it; the empty places are one line."""
    attempts = failed({}, home)
    assert {item.problem for item in attempts} == {ReachProblem.NO_SOCKET}
    assert "Start it with: sudo service docker start" in advice(attempts, DEBIAN)
    assert tried(attempts).startswith("  nothing at ")


def test_a_variable_that_names_a_missing_socket(home: Path) -> None:
    """DOCKER_HOST with a socket that is not there is named, with how to take it away."""
    attempts = failed({"DOCKER_HOST": f"unix://{home}/gone.sock"}, home)
    assert attempts[0].problem is ReachProblem.NO_SOCKET
    assert "The variable DOCKER_HOST names" in advice(attempts, DEBIAN)
    assert "unset DOCKER_HOST" in advice(attempts, DEBIAN)
    assert "  the variable DOCKER_HOST, unix://" in tried(attempts)


def test_no_permission(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that the user may not open leads to the group docker."""

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(connection._SocketWire, "_join", denied)
    attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.NO_PERMISSION
    assert "sudo usermod -aG docker ada" in advice(attempts, DEBIAN)


def test_refused(home: Path) -> None:
    """The socket of a daemon that was killed leads to starting it."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home / "none.sock"))
    attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.REFUSED
    assert "its daemon does not run" in advice(attempts, DEBIAN)


def test_hang(home: Path) -> None:
    """A daemon that takes the connection and is silent leads to restarting it."""
    with engine(home / "none.sock"):
        attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.HANG
    assert "sudo service docker restart" in advice(attempts, DEBIAN)


def test_too_old(home: Path) -> None:
    """An engine with an old API is named with its version and the one that is needed."""
    with engine(home / "none.sock", answer({**DOCKER, "Version": "18.06.3", "ApiVersion": "1.38"})):
        attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.TOO_OLD
    assert "Engine 18.06.3 with API 1.38; the course needs Engine 19.03" in advice(attempts, DEBIAN)


def test_podman(home: Path) -> None:
    """Podman behind Docker's own socket is recognised, and what differs is said."""
    with engine(home / "none.sock", answer(PODMAN)):
        attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.PODMAN
    assert "Podman answers at" in advice(attempts, DEBIAN)
    assert "other events" in advice(attempts, DEBIAN)


def test_podman_at_its_own_socket(home: Path) -> None:
    """Podman's own socket is looked at too, so that a learner who has only Podman is told so."""
    (home / "podman").mkdir()
    with engine(home / "podman" / "podman.sock", answer(PODMAN)):
        attempts = failed({}, home)
    assert ReachProblem.PODMAN in [item.problem for item in attempts]
    assert "Podman answers at" in advice(attempts, DEBIAN)


def test_tunnel(home: Path) -> None:
    """DOCKER_HOST=ssh:// is not used, and the reason is said."""
    attempts = failed({"DOCKER_HOST": "ssh://ada@elsewhere"}, home)
    assert attempts[0].problem is ReachProblem.TUNNEL
    assert "reached through ssh" in advice(attempts, DEBIAN)
    assert "unset DOCKER_HOST" in advice(attempts, DEBIAN)


def test_tunnel_on_windows_is_undone_in_its_own_words(home: Path) -> None:
    """A variable is taken away in PowerShell's words there."""
    attempts = failed({"DOCKER_HOST": "ssh://ada@elsewhere"}, home)
    assert "Remove-Item Env:DOCKER_HOST" in advice(attempts, System(WINDOWS))


def test_tls_by_variable(home: Path) -> None:
    """DOCKER_TLS_VERIFY with a TCP address is an engine over TLS."""
    attempts = failed({"DOCKER_HOST": "192.0.2.1:2376", "DOCKER_TLS_VERIFY": "1"}, home)
    assert (attempts[0].problem, attempts[0].candidate.host) == (ReachProblem.TLS, "tcp://192.0.2.1:2376")
    assert "reached over TLS" in advice(attempts, DEBIAN)


def test_tls_by_context(home: Path) -> None:
    """A context with certificates is an engine over TLS."""
    folder = add_context(home, "away", context("away", "tcp://192.0.2.1:2376"))
    use(home, "away")
    keys = home / ".docker" / "contexts" / "tls" / folder.name / "docker"
    keys.mkdir(parents=True)
    (keys / "ca.pem").touch()
    attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.TLS
    assert "docker context use default" in advice(attempts, DEBIAN)


def test_not_docker(home: Path) -> None:
    """Some other server at the address is told as such."""
    with engine(home / "none.sock", answer("<html>", kind="text/html")) as host:
        attempts = failed({"DOCKER_HOST": host}, home)
    assert attempts[0].problem is ReachProblem.NOT_DOCKER
    assert "is no Docker engine" in advice(attempts, DEBIAN)


def test_windows_containers(home: Path) -> None:
    """Docker Desktop in its Windows mode leads to switching."""
    with engine(home / "none.sock", answer({**DOCKER, "Os": "windows"})):
        attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.WINDOWS_CONTAINERS
    assert "Switch to Linux containers" in advice(attempts, System(WINDOWS))


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (None, "there is no docker context named mine"),
        ("{", "cannot be read (it is not JSON"),
        ("[]", "cannot be read (it does not hold an object)"),
        ('{"Name": "mine"}', "names no engine"),
        ('{"Name": "mine", "Endpoints": {"docker": {"Host": 3}}}', "names no engine"),
        ('{"Name": "mine", "Endpoints": []}', "names no engine"),
    ],
)
def test_wrong_context(home: Path, text: str | None, detail: str) -> None:
    """A current context that is gone or broken is named, with the way back to the usual one."""
    if text is not None:
        add_context(home, "mine", text)
    use(home, "mine")
    attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.WRONG_CONTEXT
    assert detail in advice(attempts, DEBIAN)
    assert "docker context use default" in advice(attempts, DEBIAN)
    assert detail in tried(attempts)


def test_wrong_context_by_variable(home: Path) -> None:
    """A DOCKER_CONTEXT that names nothing is taken away as a variable."""
    attempts = failed({"DOCKER_CONTEXT": "gone"}, home)
    assert "there is no docker context named gone" in advice(attempts, DEBIAN)
    assert "unset DOCKER_CONTEXT" in advice(attempts, DEBIAN)


def test_broken_settings_of_the_cli(home: Path) -> None:
    """A config.json that is no JSON is named; the other places are tried all the same."""
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text("{oops", encoding="utf-8")
    attempts = failed({}, home)
    assert attempts[0].problem is ReachProblem.WRONG_CONTEXT
    assert "config.json cannot be read" in advice(attempts, DEBIAN)
    assert len(attempts) > 1


def test_a_setting_that_stands_in_the_way_is_told_beside_the_main_step(home: Path) -> None:
    """Where the engine needs starting and DOCKER_HOST is wrong too, both are said."""
    with engine(home / "none.sock"):
        attempts = failed({"DOCKER_HOST": "ssh://ada@elsewhere"}, home)
    text = advice(attempts, DEBIAN)
    assert "restart" in text.splitlines()[0]
    assert text.splitlines()[1].startswith("Besides, the variable DOCKER_HOST does not lead to an engine")
