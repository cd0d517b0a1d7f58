"""A reader that remembers: what it asks once, and which event makes it ask again."""

from __future__ import annotations

from typing import Any

import pytest
from requests.exceptions import ReadTimeout

from checker.engine.transport.client import EngineHangs, NotThere
from checker.engine.views.caching_reader import CachingReader
from checker.engine.views.reader import Reader
from tests.unit.fake_client import FakeClient, event


@pytest.fixture
def client() -> FakeClient:
    """Return a client of an engine with two containers and an image."""
    made = FakeClient()
    made.make("web")
    made.make("db")
    made.held_images["web:1"] = {"Id": "sha256:1"}
    return made


@pytest.fixture
def reader(client: FakeClient) -> CachingReader:
    """Return a reader of it that knows everything."""
    made: Any = CachingReader(client)  # type: ignore[arg-type]
    ask(made)
    client.asked.clear()
    return made  # type: ignore[no-any-return]


def ask(reader: Reader) -> None:
    """Ask about everything, twice."""
    for _ in range(2):
        reader.containers()
        for name in ("web", "db", "id-of-web", "id-of-db"):
            reader.container(name)
        reader.images()
        reader.image("web:1")
        reader.image_history("web:1")


EVERYTHING = {"containers": 1, "inspect web": 1, "inspect db": 1, "images": 1, "image web:1": 1, "history web:1": 1}


def test_everything_is_asked_once(client: FakeClient) -> None:
    """However often checks ask, the engine is asked once; a container is known by its name and its id."""
    made = CachingReader(client)  # type: ignore[arg-type]
    ask(made)
    assert client.asked == EVERYTHING


def test_what_no_event_tells_is_asked_every_time(reader: CachingReader, client: FakeClient) -> None:
    """The processes of a container come and go without an event."""
    assert [reader.processes("id-of-web"), reader.processes("id-of-web")] == [[{"PID": "1"}]] * 2
    assert client.asked == {"top id-of-web": 2}


IMAGES = {"containers": 1, "images": 1, "image web:1": 1, "history web:1": 1}


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        (event("start", "web"), {"containers": 1, "inspect web": 1}),
        (event("die", "elsewhere"), {"containers": 1}),
        (event("health_status: healthy", "db"), {"containers": 1, "inspect db": 1}),
        (event("connect", "bridge", "network", container="id-of-db"), {"containers": 1, "inspect db": 1}),
        (event("tag", "web:2", "image", "sha256:1"), IMAGES),
        (event("untag", "sha256:1", "image", "sha256:1"), IMAGES),
        (event("delete", "sha256:9", "image", "sha256:9"), IMAGES),
        (event("commit", "db"), IMAGES),
        (event("mount", "", "volume"), {}),
        (event("reload", "", "daemon"), {}),
        ({"Type": "container"}, {"containers": 1}),
        (None, EVERYTHING),
    ],
    ids=[
        "container", "other container", "health", "network", "tag", "untag", "delete", "commit", "volume", "daemon",
        "event without an actor", "none",
    ],
)  # fmt: skip
def test_event_drops_what_it_may_have_changed(
    told: dict[str, Any] | None, asked: dict[str, int], reader: CachingReader, client: FakeClient
) -> None:
    """An event about a container drops that one and the list, one about images what is known of images."""
    reader.forget(told)
    ask(reader)
    assert client.asked == asked


def test_event_costs_one_inspect_however_many_ask(reader: CachingReader, client: FakeClient) -> None:
    """Many events about one container, and many checks that ask about it, are one question."""
    for action in ("create", "attach", "start", "die"):
        reader.forget(event(action, "web"))
    for _ in range(20):
        reader.container("web")
        reader.container("id-of-web")
    assert client.asked == {"inspect web": 1}


# --- what is not there


def test_missing_one_is_asked_once_too(reader: CachingReader, client: FakeClient) -> None:
    """That something is not there is known as well."""
    for _ in range(3):
        with pytest.raises(NotThere, match="no such thing: new"):
            reader.container("new")
        with pytest.raises(NotThere, match="no such thing: new:1"):
            reader.image("new:1")
    assert client.asked == {"inspect new": 1, "image new:1": 1}


def test_missing_one_is_found_after_its_creation(reader: CachingReader, client: FakeClient) -> None:
    """The event that something was made drops that it is missing."""
    for name in ("new", "other"):
        with pytest.raises(NotThere):
            reader.container(name)
    made = client.make("new", "created")
    reader.forget(event("create", "new"))
    assert reader.container("new") == made
    with pytest.raises(NotThere):
        reader.container("other")
    assert client.asked == {"inspect new": 2, "inspect other": 1}


def test_beginning_of_an_id_is_no_name(reader: CachingReader, client: FakeClient) -> None:
    """What docker takes for a name, and is none, is missing."""
    client.held["id"] = client.held["web"]
    with pytest.raises(NotThere, match="There is no container named id"):
        reader.container("id")


def test_removed_one_is_missing(reader: CachingReader, client: FakeClient) -> None:
    """After its end nothing of it is remembered, neither by its name nor by its id."""
    del client.held["web"]
    reader.forget(event("destroy", "web"))
    for name in ("web", "id-of-web"):
        with pytest.raises(NotThere):
            reader.container(name)


def test_new_name_is_found_and_the_old_one_missing(reader: CachingReader, client: FakeClient) -> None:
    """A rename changes what is known under both names, and under the id."""
    with pytest.raises(NotThere):
        reader.container("shop")
    client.held["shop"] = {**client.held.pop("web"), "Name": "/shop"}
    reader.forget(event("rename", "shop", its_id="id-of-web", oldName="/web"))
    assert reader.container("shop")["Name"] == reader.container("id-of-web")["Name"] == "/shop"
    with pytest.raises(NotThere):
        reader.container("web")


def test_name_that_passes_on_to_another_one(reader: CachingReader, client: FakeClient) -> None:
    """A name that is given anew stands for the new container."""
    client.make("web", its_id="id-of-the-second")
    reader.forget(event("destroy", "web", its_id="id-of-web"))
    reader.forget(event("create", "web", its_id="id-of-the-second"))
    assert reader.container("web")["Id"] == "id-of-the-second"


# --- answers that fail or come late


def test_engine_that_hung_is_asked_again_after_the_next_event(reader: CachingReader, client: FakeClient) -> None:
    """While nothing happens, later questions fail at once; who tells an event answers again."""
    client.problem = ReadTimeout("slow")
    for _ in range(3):
        with pytest.raises(EngineHangs, match="within 10 s"):
            reader.processes("id-of-web")
    assert client.asked == {"top id-of-web": 1}
    client.problem = None
    reader.forget(event("start", "web"))
    assert reader.processes("id-of-web") == [{"PID": "1"}]


def test_failed_question_is_not_remembered(client: FakeClient) -> None:
    """What could not be answered is asked again once the engine answers."""
    made: Any = CachingReader(client)  # type: ignore[arg-type]
    client.problem = ReadTimeout("slow")
    with pytest.raises(EngineHangs):
        made.container("web")
    client.problem = None
    made.forget()
    assert made.container("web")["Id"] == "id-of-web"


def test_late_answer_is_not_remembered(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that was under way while its subject changed does not get into the memory."""
    made: Any = CachingReader(client)  # type: ignore[arg-type]
    inspect = client.inspect_container

    def slow(name: str) -> dict[str, Any]:
        before = inspect(name)
        client.make("web", "exited")
        made.forget(event("die", "web"))
        return before

    monkeypatch.setattr(client, "inspect_container", slow)
    assert made.container("web")["State"]["Status"] == "running"
    monkeypatch.setattr(client, "inspect_container", inspect)
    assert made.container("web")["State"]["Status"] == "exited"


# --- what it is for


def test_who_hears_of_the_end_does_not_wait_for_it(reader: CachingReader) -> None:
    """A remembering reader counts a container as running at once; a plain one waits until it has gone on."""
    assert (reader.settle_s, reader.uncached().settle_s) == (0.0, Reader.settle_s)
    assert Reader.settle_s > 0


def test_who_changes_things_sees_the_present(reader: CachingReader, client: FakeClient) -> None:
    """The present is asked every time; a plain reader is its own."""
    plain = reader.uncached()
    plain.containers()
    plain.containers()
    assert client.asked == {"containers": 2}
    assert plain.uncached() is plain
