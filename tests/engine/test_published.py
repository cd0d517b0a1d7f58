"""Published ports: asked from outside, and every way in which they can be wrong told in words of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.views import published
from checker.engine.views.engine_view import EngineView
from checker.engine.views.probe import outside_address
from checker.lab.vocabulary import CannotTell, Failure
from tests.engine.made import build, busybox, make, until

if TYPE_CHECKING:
    from checker.engine.views.container_view import ContainerView

pytestmark = pytest.mark.engine

PORT = 8941
SERVE = "mkdir -p /www; echo hello > /www/index.html; exec httpd -f -h /www -p "


@pytest.fixture
def engine(client: Any, engine_host: str) -> EngineView:
    """Return the view of an engine that has busybox."""
    busybox(client, engine_host)
    return EngineView(client)


def serve(client: Any, engine: EngineView, listen: str, ports: dict[int, Any] | None = None) -> ContainerView:
    """Run a web server that listens on ``listen`` inside, and publish ``ports``."""
    ports = {80: PORT} if ports is None else ports
    make(client, "d101-web", "sh", "-c", SERVE + listen, ports=list(ports), host={"port_bindings": ports})
    return engine.container("d101-web")


def talk(client: Any, name: str, *program: str) -> None:
    """Run a server that hands each connection to ``program``, behind the published port."""
    command = ("nc", "-ll", "-p", "80", "-e", *program)
    make(client, name, *command, ports=[80], host={"port_bindings": {80: PORT}})


def answered(view: ContainerView) -> bool:
    """Return whether the server has come up."""
    try:
        view.publishes(80, on=PORT).answers("/")
    except Failure:
        return False
    return True


def test_server_that_begins_is_waited_for(client: Any, engine: EngineView) -> None:
    """A server whose container has started only now is asked again until it is up."""
    command = ("sh", "-c", f"sleep 0.5; {SERVE}80")
    make(client, "d101-slow", *command, ports=[80], host={"port_bindings": {80: PORT}})
    assert engine.container("d101-slow").publishes(80, on=PORT).answers().host_port == PORT


def test_port_that_the_engine_chose(client: Any, engine: EngineView) -> None:
    """A port that was asked for is told from one that was free."""
    view = serve(client, engine, "80", {80: PORT, 81: None})
    assert (view.asked_for(80), view.asked_for(81), view.asked_for(82)) == (True, False, False)


def test_server_answers(client: Any, engine: EngineView) -> None:
    """A server is asked through the published port: its status and its text are compared."""
    view = serve(client, engine, "80")
    until(lambda: answered(view))
    port = view.publishes(80, on=PORT).answers("/", status=200, containing="hello").answers("/none", status=404)
    assert (port.container_port, port.host_port) == (80, PORT)
    with pytest.raises(Failure, match=r"answers /none with status 404\.") as caught:
        port.answers("/none")
    assert (caught.value.expected, caught.value.actual) == ("It should answer with status 200.", "404")
    with pytest.raises(Failure, match="not with “goodbye”: “hello”"):
        port.answers("/", containing="goodbye")
    assert view.publishes(80).host_port == PORT


def test_server_that_listens_inside_only_is_told(client: Any, engine: EngineView) -> None:
    """A server that listens on 127.0.0.1 in its container takes no request, and the message says why."""
    view = serve(client, engine, "127.0.0.1:80")
    until(lambda: _says(view, "127.0.0.1"))
    with pytest.raises(Failure, match=r"breaks off at once|refuses") as caught:
        view.publishes(80).answers()
    assert "127.0.0.1 inside" in caught.value.look


def test_server_on_another_port_is_told(client: Any, engine: EngineView) -> None:
    """A server that listens on another port than the published one is told with its port, where that can be seen."""
    view = serve(client, engine, "8080")
    until(lambda: _says(view, "but on 8080") or _says(view, "takes it on port 80"))


def test_container_without_a_server_is_told(client: Any, engine: EngineView) -> None:
    """A published port behind which nothing listens is told."""
    make(client, "d101-idle", "sleep", "60", ports=[80], host={"port_bindings": {80: PORT}})
    with pytest.raises(Failure, match=r"listens on any port|takes it on port 80"):
        engine.container("d101-idle").publishes(80).answers()


def test_server_of_another_machine_is_not_looked_into(
    client: Any, engine: EngineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the container's processes cannot be seen, the message names both possible reasons."""
    monkeypatch.setattr(published, "listeners", lambda *_: None)
    view = serve(client, engine, "127.0.0.1:80")
    with pytest.raises(Failure, match="nothing in d101-web takes it on port 80") as caught:
        view.publishes(80).answers()
    assert "Which address and which port" in caught.value.look


def test_server_that_never_answers_is_silent(client: Any, engine: EngineView) -> None:
    """A server that takes the connection and says nothing is given up, and told."""
    talk(client, "d101-still", "sleep", "60")
    view = engine.container("d101-still")
    until(lambda: _says(view, "sends nothing"))


def test_server_that_speaks_no_http_is_told(client: Any, engine: EngineView) -> None:
    """A server that answers in something else than HTTP is told."""
    talk(client, "d101-chat", "echo", "moo")
    view = engine.container("d101-chat")
    until(lambda: _says(view, "not in HTTP: moo"))


def test_healthcheck_plays_no_part(client: Any, engine: EngineView) -> None:
    """A container that calls itself healthy and serves nothing does not answer."""
    healthy = {"test": ["CMD", "true"], "interval": 100_000_000}
    make(client, "d101-liar", "sleep", "60", ports=[80], host={"port_bindings": {80: PORT}}, healthcheck=healthy)
    state = "Health"
    until(lambda: client.inspect_container("d101-liar")["State"][state]["Status"] == "healthy")
    with pytest.raises(Failure, match=r"listens on any port|takes it on port 80"):
        engine.container("d101-liar").is_running().publishes(80, on=PORT).answers()


@pytest.mark.parametrize(
    ("ports", "says"),
    [
        ({80: PORT + 1}, f"Port 80 of d101-web is published on port {PORT + 1} of your machine, not on {PORT}."),
        ({PORT: 80}, f"wrong way round: its port {PORT} is published on port 80 of your machine."),
        ({8080: PORT}, f"Port 80 of d101-web is not published; its port 8080 on port {PORT} of your machine is."),
        ({}, "The container d101-web publishes no port."),
    ],
    ids=["other host port", "reversed", "other container port", "nothing"],
)
def test_what_is_published_instead_is_told(client: Any, engine: EngineView, ports: dict[int, int], says: str) -> None:
    """Ports the wrong way round, another port, and none at all are told apart."""
    view = serve(client, engine, "80", ports)
    with pytest.raises(Failure) as caught:
        view.publishes(80, on=PORT)
    assert says in caught.value.seen
    assert caught.value.expected == f"Port 80 of d101-web should be published on port {PORT} of your machine."
    assert caught.value.look


def test_exposed_is_not_published(client: Any, engine: EngineView) -> None:
    """EXPOSE alone publishes nothing, and the message says which of the two it was."""
    build(client, "d101-exposed:1", "EXPOSE 80")
    try:
        make(client, "d101-exp", "sleep", "60", image="d101-exposed:1")
        with pytest.raises(Failure, match=r"Port 80 of d101-exp is exposed, but not published\."):
            engine.container("d101-exp").publishes(80, on=PORT)
        make(client, "d101-all", "sleep", "60", image="d101-exposed:1", host={"publish_all_ports": True})
        assert engine.container("d101-all").publishes(80).host_port > 1024
    finally:
        client.remove_container("d101-exp", force=True)
        client.remove_container("d101-all", force=True)
        client.remove_image("d101-exposed:1", force=True)


def test_network_of_the_host_publishes_nothing(client: Any, engine: EngineView) -> None:
    """A container without a network of its own says so."""
    make(client, "d101-none", "sleep", "60", host={"network_mode": "none"})
    with pytest.raises(Failure, match="its network is “none”"):
        engine.container("d101-none").publishes(80)


def test_port_for_this_machine_alone(client: Any, engine: EngineView) -> None:
    """A port that is bound to 127.0.0.1 is told from one that is open to other machines."""
    view = serve(client, engine, "80", {80: ("127.0.0.1", PORT)})
    until(lambda: answered(view))
    view.publishes(80, on=PORT).only_on_this_machine().answers("/")
    client.remove_container("d101-web", force=True)
    view = serve(client, engine, "80")
    with pytest.raises(Failure, match="other machines can reach it"):
        view.publishes(80, on=PORT).only_on_this_machine()


def test_engine_of_another_machine() -> None:
    """The port is asked on the engine's machine; one that is open there only cannot be judged from here."""
    far = published.Published("web", 80, "127.0.0.1", 8000, "tcp://engine.example:2376", {})
    with pytest.raises(CannotTell, match="another than this one"):
        far.answers()
    assert outside_address("ssh://me@engine.example", "") == "engine.example"


def _says(view: ContainerView, words: str) -> bool:
    """Return whether asking fails with these words."""
    try:
        view.publishes(80).answers()
    except Failure as failure:
        return words in failure.seen
    return False
