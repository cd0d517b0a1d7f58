"""Drawings that stay current: drawn anew at each event, and what is said of one that is not up to date."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.views.caching_reader import CachingReader
from checker.errors import CourseError
from checker.jupyter.notebook import display, live_drawings
from checker.jupyter.notebook.live_drawings import Drawing, LiveDrawings, show_drawing
from tests.engine.made import until
from tests.unit.fake_client import FakeClient, FakeFollower, event
from tests.unit.made_views import NASTY, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from checker.engine.views.reader import Reader

FIRST = Drawing("first", "<p>first</p>")


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at what settles at once."""
    monkeypatch.setattr(live_drawings, "SETTLING_STEP_S", 0.001)


@pytest.fixture
def client() -> FakeClient:
    """Return the client of an engine that holds nothing."""
    return FakeClient()


@pytest.fixture
def follower() -> FakeFollower:
    """Return what tells of the engine's events."""
    return FakeFollower()


@pytest.fixture
def easel(follower: FakeFollower, client: FakeClient) -> Iterator[LiveDrawings]:
    """Return an easel, which ends with the test."""
    made = LiveDrawings(follower, CachingReader(client))  # type: ignore[arg-type]
    yield made
    made.close()


def names(reader: Reader) -> Drawing:
    """Draw the names of all containers."""
    text = ", ".join(str(item["Names"][0])[1:] for item in reader.containers()) or "none"
    return Drawing(text, f"<p>{text}</p>")


def of(name: str) -> Callable[[Reader], Drawing]:
    """Return what draws one container's state."""
    return lambda reader: Drawing(str(reader.container(name)["State"]["Status"]), f"<i>{name}</i>")


# --- drawing anew


def test_first_drawing_is_there_at_once(easel: LiveDrawings) -> None:
    """The view shows what was drawn for the cell."""
    assert easel.show("names", lambda _: FIRST, FIRST).html == "<p>first</p>"


def test_each_event_draws_anew(easel: LiveDrawings, client: FakeClient, follower: FakeFollower) -> None:
    """What the engine holds then is shown, and stored with the notebook."""
    view = easel.show("names", names, FIRST)
    until(lambda: view.html == "<p>none</p>")
    client.make("web")
    follower.tell(event("create", "web"))
    until(lambda: view.html == "<p>web</p>")
    assert view._repr_mimebundle_()[0]["text/plain"] == "web"


def test_event_costs_one_question_however_many_drawings(
    easel: LiveDrawings, client: FakeClient, follower: FakeFollower
) -> None:
    """All drawings share what was read."""
    client.make("web")
    views = [easel.show(f"web {number}", of("web"), FIRST) for number in range(5)]
    until(lambda: all(repr(view) == "running" for view in views))
    client.asked.clear()
    client.make("web", "exited")
    follower.tell(event("die", "web"))
    until(lambda: all(repr(view) == "exited" for view in views))
    assert client.asked == {"inspect web": 1}


def test_same_drawing_keeps_its_view(easel: LiveDrawings) -> None:
    """A cell that runs again takes the view of before along; what it draws may be another thing by now."""
    first = easel.show("names", names, FIRST)
    second = Drawing("second", "<p>second</p>")
    again = easel.show("names", lambda _: second, second)
    other = easel.show("others", lambda _: FIRST, FIRST)
    assert (first is again, first is other) == (True, False)
    until(lambda: (first.html, other.html) == ("<p>second</p>", "<p>first</p>"))


def test_what_settles_is_drawn_without_an_event(easel: LiveDrawings, follower: FakeFollower) -> None:
    """A drawing may say for how long it can still change by itself; then it is looked at again."""
    count = iter(range(10_000))

    def draw(_: Reader) -> Drawing:
        number = next(count)
        return Drawing(str(number), f"<p>{number}</p>", settles_s=30.0 if number < 20 else 0.0)

    view = easel.show("settles", draw, FIRST)
    until(lambda: int(repr(view).replace("first", "0")) >= 20)


# --- not up to date


def test_lost_engine_is_said_above_each_drawing(
    easel: LiveDrawings, client: FakeClient, follower: FakeFollower
) -> None:
    """The last drawing stays below, and is not drawn from memory; when the engine is back, it is current again."""
    client.make("web")
    views = [easel.show("names", names, FIRST), easel.show("web", of("web"), FIRST)]
    until(lambda: [repr(view) for view in views] == ["web", "running"])
    follower.tell(lost=f"Gone: {NASTY}.")
    until(lambda: all("Not up to date" in view.html for view in views))
    page = Page(views[0].html)
    assert page.text == f"Not up to date: Gone: {NASTY}. Trying again.web"
    assert page.all("p", role="status")
    assert page.all("b") == []
    assert repr(views[0]) == f"Not up to date: Gone: {NASTY}. Trying again.\nweb"
    client.make("db")
    follower.tell()
    until(lambda: [repr(view) for view in views] == ["web, db", "running"])


def test_event_of_before_does_not_hide_the_loss(easel: LiveDrawings, follower: FakeFollower) -> None:
    """What is heard in one breath with the loss changes nothing about it."""
    view = easel.show("names", names, FIRST)
    until(lambda: repr(view) == "none")
    follower.tell(lost="It is gone.")
    follower.tell(event("die", "web"))
    until(lambda: "It is gone." in repr(view))
    follower.tell(event("die", "web"))
    follower.tell(lost="Another reason.")
    until(lambda: "Another reason." in repr(view))


@pytest.mark.parametrize(
    ("error", "says"),
    [(CourseError(f"No {NASTY}.", "Do."), f"No {NASTY}."), (ZeroDivisionError("x"), "ZeroDivisionError: x.")],
)
def test_bad_drawing_stops_no_other(
    error: Exception,
    says: str,
    easel: LiveDrawings,
    client: FakeClient,
    follower: FakeFollower,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It keeps what it showed last and says why; the others go on, nothing is printed, and it is tried again."""
    bad = [True]

    def draw(reader: Reader) -> Drawing:
        if bad:
            raise error
        return names(reader)

    broken, good = easel.show("broken", draw, FIRST), easel.show("good", names, FIRST)
    until(lambda: repr(good) == "none" and "Not up to date" in repr(broken))
    assert Page(broken.html).text == f"Not up to date: {says}first"
    client.make("web")
    bad.clear()
    follower.tell(event("create", "web"))
    until(lambda: (repr(broken), repr(good)) == ("web", "web"))
    assert capfd.readouterr() == ("", "")


# --- the thread


def threads() -> int:
    """Return how many easels are at work."""
    return sum(thread.name == "docker101-drawings" for thread in threading.enumerate())


def test_thread_ends_and_begins_anew(easel: LiveDrawings, client: FakeClient, follower: FakeFollower) -> None:
    """None before the first drawing, one for all, none once it is closed; what was shown stays, and can go on."""
    assert (threads(), follower.listening) == (0, [])
    view = easel.show("names", names, FIRST)
    easel.show("others", names, FIRST)
    assert (threads(), len(follower.listening)) == (1, 1)
    until(lambda: repr(view) == "none")
    for _ in range(2):
        easel.close()
        assert (threads(), follower.listening, repr(view)) == (0, [], "none")
    client.make("web")
    easel.show("names", names, FIRST)
    until(lambda: repr(view) == "web")


# --- in a notebook


def test_drawing_of_a_cell_is_live(
    easel: LiveDrawings, client: FakeClient, follower: FakeFollower, monkeypatch: Any
) -> None:
    """The cell's output is the view, which follows the engine."""
    import IPython.display

    displayed: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", displayed.append)
    monkeypatch.delenv("DOCKER101_STATIC", raising=False)
    show_drawing(client, lambda: easel, "names", names)
    show_drawing(client, lambda: easel, "names", names)
    view, again = displayed
    assert (view is again, repr(view)) == (True, "none")
    client.make("web")
    follower.tell(event("create", "web"))
    until(lambda: repr(view) == "web")


def test_drawing_is_still_while_a_notebook_is_built(
    easel: LiveDrawings, client: FakeClient, follower: FakeFollower, monkeypatch: Any
) -> None:
    """Then it is text and HTML, and nobody listens."""
    shown: list[dict[str, str]] = []
    monkeypatch.setattr(display, "_show", shown.append)
    monkeypatch.setenv("DOCKER101_STATIC", "1")
    show_drawing(client, lambda: easel, "names", names)
    assert (shown, follower.listening) == ([{"text/plain": "none", "text/html": "<p>none</p>"}], [])


def test_drawing_that_cannot_be_made_is_the_cells_problem(
    easel: LiveDrawings, client: FakeClient, follower: FakeFollower
) -> None:
    """Nothing is put up that never was drawn."""

    def draw(_: Reader) -> Drawing:
        raise CourseError("There is no container web.")

    with pytest.raises(CourseError, match="no container web"):
        show_drawing(client, lambda: easel, "web", draw)
    assert follower.listening == []
