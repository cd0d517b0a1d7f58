"""What checks see of containers: each state that is not the asked one is told in words of its own."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.views.engine_view import EngineView
from checker.engine.views.reader import FRESH_S
from checker.lab.vocabulary import CannotTell, Failure
from tests.engine.made import BUSYBOX, build, busybox, ended, make, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.engine


@pytest.fixture
def engine(client: Any, engine_host: str) -> EngineView:
    """Return the view of an engine that has busybox."""
    busybox(client, engine_host)
    return EngineView(client)


@pytest.fixture
def image(client: Any, engine: EngineView) -> Iterator[Callable[..., str]]:
    """Return a builder of images; what it built is removed with the containers that were made from it."""
    tags: list[str] = []

    def built(tag: str, *lines: str) -> str:
        tags.append(tag)
        return build(client, tag, *lines)

    yield built
    for tag in tags:
        for item in client.containers(all=True):
            if item["Image"] == tag:
                client.remove_container(item["Id"], force=True)
        with contextlib.suppress(Exception):
            client.remove_image(tag, force=True)


def test_running_container_is_running(client: Any, engine: EngineView) -> None:
    """A container that runs passes, and tells what it is."""
    made = make(client, "d101-run", "sleep", "60", environment={"MOOD": "calm"})
    view = engine.container("d101-run").is_running()
    assert (made, made[:12], "running", None) == (view.id, view.short_id, view.state, view.exit_code)
    assert view.env["MOOD"] == "calm"
    assert view.command == ("sleep", "60")
    assert {"d101-run"} == engine.asked
    assert any("sleep 60" in " ".join(row.values()) for row in view.top())


def test_container_that_has_started_only_now_is_given_a_moment(client: Any, engine: EngineView) -> None:
    """What it does in its first second, it may do while it is looked at: write a line, and end."""
    make(client, "d101-soon", "sh", "-c", "sleep 0.3; echo half; sleep 0.3; exit 3")
    engine.container("d101-soon").log_has("half").is_exited(3)


def test_container_that_dies_at_once_is_not_running(client: Any, engine: EngineView) -> None:
    """A container that is alive at the first look and ends within a second does not pass."""
    make(client, "d101-brief", "sh", "-c", "sleep 0.4; echo over; exit 3")
    with pytest.raises(Failure, match=r"exited with code 3.*Its log ends with: “over”") as caught:
        engine.container("d101-brief").is_running()
    assert caught.value.actual == "exited"


def test_ended_container_tells_its_code_and_last_words(client: Any, engine: EngineView) -> None:
    """A container that has ended tells its exit code, what that code means, and the last lines of its log."""
    make(client, "d101-end", "sh", "-c", "for n in 1 2 3 4; do echo line $n; done; exit 127")
    until(ended(client, "d101-end"))
    with pytest.raises(Failure, match=r"code 127.*“line 2 / line 3 / line 4”") as caught:
        engine.container("d101-end").is_running()
    assert "not found in the image" in caught.value.look


def test_log_of_a_container_with_a_terminal_is_read(client: Any, engine: EngineView) -> None:
    """A log that comes as one stream (with a terminal) is read like one that comes in frames."""
    make(client, "d101-tty", "sh", "-c", "echo hello; echo there >&2", tty=True)
    make(client, "d101-notty", "sh", "-c", "echo hello; echo there >&2")
    for name in ("d101-tty", "d101-notty"):
        until(ended(client, name))
        view = engine.container(name).log_has("hello").log_has("there")
        with pytest.raises(Failure, match="does not hold “HELLO”, but it does in other letter case"):
            view.log_has("HELLO")


def test_paused_is_told_from_stopped_and_running(client: Any, engine: EngineView) -> None:
    """A paused container is neither running nor stopped, and each message says so."""
    make(client, "d101-ice", "sleep", "60")
    client.pause("d101-ice")
    view = engine.container("d101-ice").is_paused()
    with pytest.raises(Failure, match="is paused: frozen"):
        view.is_running()
    with pytest.raises(Failure, match="is paused, not stopped"):
        view.is_exited()
    with pytest.raises(Failure, match="is paused"):
        view.publishes(80)


def test_running_and_ended_are_not_paused(client: Any, engine: EngineView) -> None:
    """A running or an ended container is told from a paused one."""
    make(client, "d101-up", "sleep", "60")
    make(client, "d101-down", "true")
    until(ended(client, "d101-down"))
    with pytest.raises(Failure, match="is running, not paused"):
        engine.container("d101-up").is_paused()
    with pytest.raises(Failure, match="is not paused: it has ended, with code 0"):
        engine.container("d101-down").is_paused()


def test_exit_code_is_compared(client: Any, engine: EngineView) -> None:
    """An exit code that differs is told with its meaning; a running container has none."""
    make(client, "d101-kill", "sleep", "60")
    with pytest.raises(Failure, match="is still running"):
        engine.container("d101-kill").is_exited()
    client.kill("d101-kill")
    until(ended(client, "d101-kill"))
    view = engine.container("d101-kill").is_exited().is_exited(137)
    assert view.exit_code == 137
    with pytest.raises(Failure, match="exited with code 137") as caught:
        view.is_exited(0)
    assert "SIGKILL" in caught.value.look
    assert caught.value.actual == "137"


def test_created_container_was_never_started(client: Any, engine: EngineView) -> None:
    """A container that was only made says so, and one that was started is not only made."""
    make(client, "d101-made", "true", start=False)
    view = engine.container("d101-made").is_created()
    with pytest.raises(Failure, match="created, and never started"):
        view.is_running()
    with pytest.raises(Failure, match="created, and never started"):
        view.is_exited()
    with pytest.raises(Failure, match="never started"):
        view.top()
    make(client, "d101-began", "sleep", "60")
    with pytest.raises(Failure, match="was started; it is running now"):
        engine.container("d101-began").is_created()


def test_taken_port_is_named(client: Any, engine: EngineView) -> None:
    """A container whose port was taken, by another container, is told from one that was never started."""
    make(client, "d101-first", "sleep", "60", ports=[80], host={"port_bindings": {80: 8931}})
    with contextlib.suppress(Exception):
        make(client, "d101-second", "sleep", "60", ports=[80], host={"port_bindings": {80: 8931}})
    with pytest.raises(Failure, match="could not start: port 8931 of your machine is taken"):
        engine.container("d101-second").is_running()


def test_port_taken_by_a_program_is_named(client: Any, engine: EngineView) -> None:
    """A port that a program outside of Docker has is named as well."""
    with socket.create_server(("0.0.0.0", 8932)):  # noqa: S104  (what is taken must be taken)
        with contextlib.suppress(Exception):
            make(client, "d101-out", "sleep", "60", ports=[80], host={"port_bindings": {80: 8932}})
        if engine.container("d101-out").state == "running":
            pytest.skip("the engine is on another machine or in another network than the tests")
        with pytest.raises(Failure, match="port 8932 of your machine is taken"):
            engine.container("d101-out").is_running()


def test_command_that_is_not_in_the_image_is_named(client: Any, engine: EngineView) -> None:
    """A container whose command does not exist names the command."""
    with contextlib.suppress(Exception):
        make(client, "d101-typo", "slep", "60")
    with pytest.raises(Failure, match="its command “slep” was not found in the image"):
        engine.container("d101-typo").is_running()


def test_restarting_container_does_not_stay_up(client: Any, engine: EngineView) -> None:
    """A container that a restart policy starts again and again is not running."""
    policy = {"restart_policy": {"Name": "always"}}
    make(client, "d101-loop", "sh", "-c", "echo again; exit 4", host=policy)
    until(lambda: client.inspect_container("d101-loop")["RestartCount"] >= 2)
    with pytest.raises(Failure, match="does not stay up"):
        engine.container("d101-loop").is_running()


def test_view_does_not_tell_of_the_past(client: Any, engine: EngineView) -> None:
    """A view that is kept looks again, so that a later check sees what is so now."""
    make(client, "d101-kept", "sleep", "60")
    view = engine.container("d101-kept").is_running()
    client.kill("d101-kept")
    until(ended(client, "d101-kept"))
    view._read_at -= FRESH_S
    assert (view.state, view.exit_code) == ("exited", 137)


def test_container_that_vanishes_is_told(client: Any, engine: EngineView) -> None:
    """A container that is removed between two looks is a failure, not a crash."""
    make(client, "d101-gone", "sleep", "60")
    view = engine.container("d101-gone")
    client.remove_container("d101-gone", force=True)
    view._read_at -= FRESH_S
    with pytest.raises(Failure, match="was removed while it was looked at"):
        view.is_running()


def test_image_is_compared_by_content(client: Any, engine: EngineView, image: Callable[..., str]) -> None:
    """A second name of an image is the same image; another image with the same layers is not."""
    image("d101-web:1", 'CMD ["sleep", "60"]')
    image("d101-web:2", 'CMD ["sleep", "61"]')
    client.tag("d101-web:1", "d101-alias", "x")
    make(client, "d101-c", image="d101-web:1")
    try:
        view = engine.container("d101-c").from_image("d101-web:1").from_image("d101-alias:x")
        with pytest.raises(Failure, match=r"another image: d101-web:1") as caught:
            view.from_image("d101-web:2")
        assert caught.value.expected == "It should be made from d101-web:2."
        with pytest.raises(Failure, match="no image named d101-none:latest"):
            view.from_image("d101-none")
    finally:
        client.remove_image("d101-alias:x", force=True)


def test_image_that_was_rebuilt_is_another_one(client: Any, engine: EngineView, image: Callable[..., str]) -> None:
    """A container made before its image was built anew is told from one that was made after it."""
    image("d101-app:1", "ENV STEP=1")
    make(client, "d101-before", "sleep", "60", image="d101-app:1")
    image("d101-app:1", "ENV STEP=2")
    with pytest.raises(Failure, match=r"one that d101-app:1 stood for earlier"):
        engine.container("d101-before").from_image("d101-app:1")


def test_image_that_is_gone_is_told(client: Any, engine: EngineView, image: Callable[..., str]) -> None:
    """An image that was removed by force from under its container is told from one that has moved on."""
    image("d101-app:1", "ENV STEP=1")
    make(client, "d101-orphan", "true", image="d101-app:1", start=False)
    client.remove_image("d101-app:1", force=True)
    with pytest.raises(Failure, match="no image named d101-app:1; d101-orphan was made from d101-app:1"):
        engine.container("d101-orphan").from_image("d101-app:1")
    image("d101-app:1", "ENV STEP=2")
    with pytest.raises(Failure, match="one that is no longer there"):
        engine.container("d101-orphan").from_image("d101-app:1")


def test_file_is_found_without_running_anything(client: Any, engine: EngineView) -> None:
    """A file is read from a container that has ended, through links; a folder is none."""
    script = "echo yarn > /basket; ln -s basket /link; ln -s loop /loop; mkdir /box; : > /empty"
    make(client, "d101-files", "sh", "-c", script)
    until(ended(client, "d101-files"))
    view = engine.container("d101-files").has_file("/basket").has_file("/basket", "yarn").has_file("/link", "yarn")
    with pytest.raises(Failure, match=r"does not hold “wool”. It holds: “yarn”"):
        view.has_file("/basket", "wool")
    with pytest.raises(Failure, match="It is empty"):
        view.has_file("/empty", "wool")
    with pytest.raises(Failure, match="/box in d101-files is a folder"):
        view.has_file("/box")
    for path in ("/loop", "/basket/below", "/nowhere/at/all"):
        with pytest.raises(Failure, match=f"no file {path}"):
            view.has_file(path)


def test_file_in_another_container_is_named(client: Any, engine: EngineView) -> None:
    """A file that lies in another container of the same image is found there."""
    make(client, "d101-has", "sh", "-c", "echo x > /note; sleep 60")
    make(client, "d101-lacks", "sleep", "60")
    until(lambda: _has(engine, "d101-has", "/note"))
    with pytest.raises(
        Failure, match=r"no file /note in the container d101-lacks. It is in another container: d101-has"
    ):
        engine.container("d101-lacks").has_file("/note")


def test_variable_is_compared(client: Any, engine: EngineView) -> None:
    """A variable that is missing, differs, or differs in case is told apart."""
    make(client, "d101-env", "sleep", "60", environment={"Mood": "calm"})
    view = engine.container("d101-env").has_env("Mood").has_env("Mood", "calm")
    with pytest.raises(Failure, match="is “calm”"):
        view.has_env("Mood", "wild")
    with pytest.raises(Failure, match="There is Mood"):
        view.has_env("MOOD")
    with pytest.raises(Failure, match="no variable COLOUR"):
        view.has_env("COLOUR")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"tty": True}, "its stdin is closed"),
        ({"stdin_open": True}, "it has no terminal"),
        ({}, "neither a terminal nor an open stdin"),
    ],
)
def test_half_a_dialogue_is_told(client: Any, engine: EngineView, options: dict[str, bool], says: str) -> None:
    """A container with a terminal alone, or an open stdin alone, or neither, is told apart from one with both."""
    make(client, "d101-both", "sh", tty=True, stdin_open=True)
    engine.container("d101-both").has_terminal().has_stdin_open()
    make(client, "d101-half", "sleep", "60", **options)
    view = engine.container("d101-half")
    with pytest.raises(Failure, match=says):
        view.has_terminal() and view.has_stdin_open()


def test_what_is_fed_needs_an_open_stdin(client: Any, engine: EngineView) -> None:
    """A closed stdin, and arguments where input was asked for, are told apart."""
    make(client, "d101-fed", "cat", stdin_open=True)
    assert engine.container("d101-fed").is_fed().name == "d101-fed"
    make(client, "d101-deaf", "sh", "-c", "echo nobody there")
    until(ended(client, "d101-deaf"))
    with pytest.raises(Failure, match=r"stdin of d101-deaf was closed.*nobody there"):
        engine.container("d101-deaf").is_fed()
    make(client, "d101-told", "guests.txt", stdin_open=True, entrypoint=["echo"])
    with pytest.raises(Failure, match="was given arguments, “guests"):
        engine.container("d101-told").is_fed()


def test_twin_with_a_made_up_name_is_named(client: Any, engine: EngineView) -> None:
    """A second container of the same image is told when its name is one of the engine's own making."""
    make(client, "d101-one", "sleep", "60")
    make(client, "d101-two", "sleep", "60")
    assert engine.container("d101-one").has_no_twin().name == "d101-one"
    make(client, "brave_curie8", "sleep", "60")
    with pytest.raises(Failure, match="A second container of the same image runs beside d101-one: brave_curie8"):
        engine.container("d101-one").has_no_twin()


def test_log_that_cannot_be_read_is_no_failure(client: Any, engine: EngineView) -> None:
    """A container without a readable log cannot be judged by it, and its end is told all the same."""
    make(client, "d101-mute", "sh", "-c", "exit 5", host={"log_config": {"Type": "none"}})
    until(ended(client, "d101-mute"))
    view = engine.container("d101-mute")
    with pytest.raises(Failure, match="exited with code 5"):
        view.is_running()
    with pytest.raises(CannotTell, match="log of d101-mute cannot be read"):
        view.log_has("x")


def test_sibling_of_the_same_image_is_named(client: Any, engine: EngineView) -> None:
    """Where the container has ended and another of its image runs, that one is named."""
    make(client, "d101-old", "true", image=BUSYBOX)
    until(ended(client, "d101-old"))
    make(client, "brave_curie7", "sleep", "60", image=BUSYBOX)
    with pytest.raises(Failure, match=r"Running from the same image: .*brave_curie7"):
        engine.container("d101-old").is_running()


def _has(engine: EngineView, name: str, path: str) -> bool:
    with contextlib.suppress(Failure):
        return bool(engine.container(name).has_file(path))
    return False
