"""What checks see of the engine as a whole: who is there when a name is missing, and images."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.engine import CURRENT, PRIVATE, Engine
from checker.engine.views.engine_view import EngineView
from checker.lab.vocabulary import CannotTell, Failure
from tests.engine.made import BUSYBOX, build, busybox, ended, make, unlabelled, until

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
    """Return a builder of images; what it built is removed."""
    tags: list[str] = []

    def built(tag: str, *lines: str) -> str:
        tags.append(tag)
        return build(client, tag, *lines)

    yield built
    for tag in tags:
        with contextlib.suppress(Exception):
            client.remove_image(tag, force=True)


@pytest.fixture
def foreign_image(client: Any, engine: EngineView) -> Iterator[str]:
    """Return the name of an image that bears no label of the course's; it is removed afterwards."""
    tag = unlabelled(client, "d101-unlabelled:1")
    yield tag
    client.remove_image(tag, force=True)


def missing(engine: EngineView, name: str) -> Failure:
    """Return the failure for a container that is not there."""
    with pytest.raises(Failure) as caught:
        engine.container(name)
    return caught.value


def test_engine_tells_its_system(client: Any, engine: EngineView) -> None:
    """The operating system is that of the engine's machine."""
    assert engine.os == client.version()["Os"].lower()


def test_missing_container_lists_who_is_there(client: Any, engine: EngineView, foreign_image: str) -> None:
    """A missing container is told with the course's own containers by state, and how many others there are."""
    make(client, "d101-api", "sleep", "60")
    make(client, "d101-ice", "sleep", "60")
    client.pause("d101-ice")
    make(client, "d101-made", "true", start=False)
    make(client, "d101-shop-1", "sh", "-c", "exit 1")
    until(ended(client, "d101-shop-1"))
    foreign = client.create_container(foreign_image, "true", name="d101-foreign")["Id"]
    seen = missing(engine, "d101-shop").seen
    client.remove_container(foreign)
    assert seen.startswith("There is no container named d101-shop.")
    for words in (
        "d101-api",
        "Paused: d101-ice.",
        "never started: d101-made.",
        "d101-shop-1 (Exited 1)",
        "the course's.",
    ):
        assert words in seen
    assert "d101-foreign" not in seen


def test_name_that_comes_near_is_named(client: Any, engine: EngineView) -> None:
    """Another case, a similar name, and a made-up name are told apart."""
    make(client, "d101-shop-1", "sleep", "60")
    assert "Did you mean d101-shop-1?" in missing(engine, "d101-shop").look
    assert "small and capital letters" in missing(engine, "D101-Shop-1").look
    make(client, "brave_curie7", "sleep", "60")
    assert "brave_curie7: such a name is made up by the engine" in missing(engine, "zebra").look


def test_beginning_of_an_id_is_no_name(client: Any, engine: EngineView) -> None:
    """The engine takes the beginning of an id for a name; a check does not."""
    made = make(client, "d101-id", "sleep", "60")
    for name in (made[:6], made):
        assert "no container named" in missing(engine, name).seen
    engine.no_container(made[:6])


def test_image_of_that_name_is_told(client: Any, engine: EngineView, image: Callable[..., str]) -> None:
    """A container and an image of one name are told apart, both ways."""
    image("d101-mixed:1", "ENV A=1")
    assert "There is an image of that name" in missing(engine, "d101-mixed").seen
    make(client, "d101-box", "true", start=False)
    with pytest.raises(Failure, match="There is a container of that name"):
        engine.image("d101-box")


def test_container_that_should_be_gone(client: Any, engine: EngineView) -> None:
    """A container that is still there, running or not, is told with its state."""
    engine.no_container("d101-left")
    make(client, "d101-left", "true")
    until(ended(client, "d101-left"))
    with pytest.raises(Failure, match="still a container named d101-left: it is stopped, but still there"):
        engine.no_container("d101-left")


class _Life:
    def __init__(self, *, removed: bool) -> None:
        self.removed = removed


class _History:
    """A history of which a container's lives are known, or not."""

    def __init__(self, *lives: _Life) -> None:
        self._lives = list(lives)

    def lives(self, name: str) -> list[_Life]:
        if name == "d101-unwatched":
            raise CannotTell("not watched")
        return self._lives


def test_past_explains_a_missing_container(client: Any, engine: EngineView) -> None:
    """Where the history knows that a container of that name was removed or renamed, the message says so."""
    history: Any = _History(_Life(removed=True))
    assert "One existed, and has been removed." in missing(EngineView(client, lambda: history), "d101-was").seen
    assert "no container named" in missing(EngineView(client, lambda: history), "d101-unwatched").seen
    renamed: Any = _History(_Life(removed=False))
    assert "has been renamed" in missing(EngineView(client, lambda: renamed), "d101-was").seen


def test_own_engine_is_all_the_courses(client: Any, engine: EngineView, foreign_image: str) -> None:
    """On an engine of the course's own, everything counts as the course's."""
    client.create_container(foreign_image, "true", name="d101-bare")
    own, shared = (Engine("", strategy, "") for strategy in (PRIVATE, CURRENT))
    everything = EngineView(client, owns=own.owns)
    assert "d101-bare" in missing(everything, "d101-none").seen
    assert "d101-bare" in [view.name for view in everything.containers()]
    assert "d101-bare" not in [view.name for view in EngineView(client, owns=shared.owns).containers()]


def test_container_that_vanishes_between_list_and_inspect(
    client: Any, engine: EngineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that is listed and gone when it is inspected is left out."""
    make(client, "d101-stays", "sleep", "60")
    listed = client.containers(all=True)
    ghost = {**listed[0], "Id": "f" * 64, "Names": ["/d101-ghost"], "Labels": {"org.docker101": "1"}}
    monkeypatch.setattr(client, "containers", lambda **_: [*listed, ghost])
    assert "d101-stays" in [view.name for view in engine.containers()]


def test_image_tells_what_it_is(engine: EngineView, image: Callable[..., str]) -> None:
    """An image tells its id, names, layers, and how containers of it run."""
    made = image(
        "d101-app:1", "RUN echo x > /x", "USER app", "EXPOSE 5000", 'CMD ["app", "-v"]', "ENV A=b", "LABEL c=d"
    )
    view = engine.image("d101-app:1")
    assert (made, ("d101-app:1",), "app", ("app", "-v")) == (view.id, view.tags, view.user, view.command)
    assert (view.env["A"], view.labels["c"], view.ports) == ("b", "d", frozenset({"5000/tcp"}))
    assert len(view.layers) == len(engine.image(BUSYBOX).layers) + 1
    assert any("echo x" in step.text and step.size_bytes for step in view.history)
    assert {"d101-app:1", BUSYBOX} <= engine.asked
    view.exposes(5000).does_not_run_as_root().starts_in_exec_form()
    assert engine.image(view.id).id == engine.image(view.short_id).id == made


def test_image_that_is_made_otherwise_is_told(engine: EngineView, image: Callable[..., str]) -> None:
    """Root, a user that is made and not used, the shell form, and another port are told."""
    image("d101-bad:1", "RUN echo adduser app > /note", "CMD sleep 60", "EXPOSE 8080")
    view = engine.image("d101-bad:1")
    with pytest.raises(Failure, match=r"runs as root\. A user is made in it, but not used"):
        view.does_not_run_as_root()
    with pytest.raises(Failure, match="starts a shell"):
        view.starts_in_exec_form()
    with pytest.raises(Failure, match=r"does not expose port 80. It exposes 8080/tcp"):
        view.exposes(80)
    with pytest.raises(Failure, match="exposes none"):
        engine.image(BUSYBOX).exposes(80)


def test_second_name_of_an_image(client: Any, engine: EngineView, image: Callable[..., str]) -> None:
    """A tag made from another image is told from a second name of the same one."""
    image("d101-one:1", "ENV A=1")
    image("d101-two:1", "ENV A=2")
    image("d101-three:1", "RUN echo 3 > /three")
    client.tag("d101-one:1", "d101-one", "second")
    view = engine.image("d101-one:second").has_same_content_as("d101-one:1")
    client.remove_image("d101-one:second")
    with pytest.raises(Failure, match=r"two images .* in what a container of them starts with"):
        view.has_same_content_as("d101-two:1")
    with pytest.raises(Failure, match="in their layers"):
        view.has_same_content_as("d101-three:1")
    with pytest.raises(Failure, match="no image named d101-none:latest to compare"):
        view.has_same_content_as("d101-none")


@pytest.mark.parametrize(
    ("ref", "says", "look"),
    [
        ("d101-x/app", "d101-x/app is there as: d101-x/app:1.", "tag latest"),
        ("d101-x/app:2", "d101-x/app is there as: d101-x/app:1.", "tag is part of the name"),
        ("app:1", "There is no image named app:1.", "Did you mean d101-x/app:1?"),
        ("zebra:7", "There is no image named zebra:7.", "docker images lists"),
    ],
)
def test_image_name_that_comes_near(
    engine: EngineView, image: Callable[..., str], ref: str, says: str, look: str
) -> None:
    """A tag left out, another tag, and another name are told apart."""
    image("d101-x/app:1", "ENV A=1")
    with pytest.raises(Failure) as caught:
        engine.image(ref)
    assert says in caught.value.seen
    assert look in caught.value.look


def test_image_that_should_be_gone(client: Any, engine: EngineView, image: Callable[..., str]) -> None:
    """An image that is still there is told with what uses it; untagged is not deleted."""
    made = image("d101-left:1", "ENV A=left")
    make(client, "d101-user", "true", image="d101-left:1", start=False)
    engine.no_image("d101-left")
    with pytest.raises(Failure, match=r"still an image named d101-left:1. These containers .*: d101-user"):
        engine.no_image("d101-left:1")
    image("d101-left:1", "ENV A=newer")
    try:
        with pytest.raises(Failure, match=r"is still there, without a name. These containers"):
            engine.no_image(made)
    finally:
        client.remove_container("d101-user", force=True)
        client.remove_image(made, force=True)
    engine.no_image(made)
