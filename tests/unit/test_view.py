"""A view: what a notebook stores of it, what is shown later, and what comes of a press."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from checker.errors import CourseError
from checker.jupyter.notebook.view import WIDGET, View
from tests.unit.made_views import NASTY, Page, press, sent

if TYPE_CHECKING:
    from collections.abc import Mapping

HEARD = {"heard": True}


def raising(error: BaseException) -> View:
    """Return a view whose presses raise."""

    def on_press(_: str, __: Mapping[str, str]) -> None:
        raise error

    return View("text", "<p>page</p>", on_press)


# --- what a notebook stores


def test_output_is_a_widget_and_the_same_as_html_and_text() -> None:
    """Where there are no widgets, HTML or text says the same."""
    view = View("text", "<p>page</p>")
    data, metadata = view._repr_mimebundle_()
    assert data == {
        WIDGET: {"version_major": 2, "version_minor": 0, "model_id": view.model_id},
        "text/plain": "text",
        "text/html": "<p>page</p>",
    }
    assert (metadata, repr(view)) == ({}, "text")


def test_html_for_where_nothing_can_be_pressed() -> None:
    """What only works with widgets can be left out of what is stored."""
    view = View("text", "<button>press</button>", still="<p>page</p>")
    assert view._repr_mimebundle_()[0]["text/html"] == "<p>page</p>"
    assert view.html == "<button>press</button>"


def test_output_is_what_it_shows_now() -> None:
    """Stored later, it is the later state."""
    view = View("text", "<p>page</p>")
    view.show("new", "<p>new</p>")
    data, _ = view._repr_mimebundle_()
    assert (data["text/plain"], data["text/html"], view.html) == ("new", "<p>new</p>", "<p>new</p>")


# --- what is shown later


def test_same_page_is_sent_once() -> None:
    """Nothing goes to the browser when nothing is new."""
    view = View("text", "<p>page</p>")
    changes: list[str] = []
    view.observe(lambda change: changes.append(change.new), "html")
    for html in ("<p>page</p>", "<p>new</p>", "<p>new</p>"):
        view.show("text", html)
    assert changes == ["<p>new</p>"]


def test_any_thread_may_show() -> None:
    """What the engine does comes from another thread than what the learner does."""
    view = View("text", "<p>page</p>")
    thread = threading.Thread(target=view.show, args=("new", "<p>new</p>"))
    thread.start()
    thread.join(60)
    assert view.html == "<p>new</p>"


def test_closed_view_takes_what_nobody_sees() -> None:
    """A view whose page is gone may still be told something."""
    view = View("text", "<p>page</p>")
    view.close()
    view.show("new", "<p>new</p>")
    assert repr(view) == "new"


# --- presses


def test_press_comes_with_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name and the fields arrive, and the page hears that they did."""
    got: list[tuple[str, Mapping[str, str]]] = []
    view = View("text", "<p>page</p>", lambda name, values: got.append((name, values)))
    told = sent(view, monkeypatch)
    press(view, "answer", answer="137")
    press(view, "check")
    assert got == [("answer", {"answer": "137"}), ("check", {})]
    assert told == [HEARD, HEARD]


def test_page_may_ask_whether_somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message without a press is heard, and presses nothing; so is one to a view that has nothing to press."""
    for view in (raising(CourseError("pressed")), View("text", "<p>page</p>")):
        told = sent(view, monkeypatch)
        view._handle_custom_msg({}, [])
        assert (told, view.html) == ([HEARD], "<p>page</p>")


@pytest.mark.parametrize("content", [{}, {"press": "x", "values": None}, {"values": {"a": "b"}}])
def test_message_that_is_no_press_is_no_traceback(
    content: dict[str, object], capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever a page sends, nothing is printed."""
    View("text", "<p>page</p>", lambda _, __: None)._handle_custom_msg(content, [])
    View("text", "<p>page</p>")._handle_custom_msg(content, [])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (CourseError(f"No {NASTY}.", "Do that."), f"No {NASTY}.Do that."),
        (KeyError(NASTY), "This broke (KeyError: "),
        (ZeroDivisionError("x"), "This broke (ZeroDivisionError: x). It is not your mistake. Look: checker doctor"),
        (KeyboardInterrupt(), "Stopped."),
    ],
)
def test_what_goes_wrong_is_said_in_the_view(
    error: BaseException, says: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A problem, a mistake of ours and the stop button: said below the page, and printed into no other cell."""
    view = raising(error)
    told = sent(view, monkeypatch)
    press(view, "check")
    page = Page(view.html)
    assert page.all("p", role="alert")
    assert page.text.startswith(f"page{says}")
    assert page.all("b") == []
    assert told == [HEARD]
    assert capfd.readouterr() == ("", "")


def test_problem_goes_with_the_next_press_that_works() -> None:
    """What was said of the last press is not said of this one, whether or not the page itself changes."""
    problems = [CourseError("No."), CourseError("No."), None, CourseError("No.")]

    def on_press(*_: object) -> None:
        problem = problems.pop(0)
        if problem:
            raise problem

    view = View("text", "<p>page</p>", on_press)
    found = []
    for _ in range(4):
        press(view, "check")
        found.append("alert" in view.html)
    view.show("text", "<p>page</p>")
    assert [*found, "alert" in view.html] == [True, True, False, True, False]


def test_page_that_changed_before_the_problem_stays() -> None:
    """A press that did half of its work shows that half, and the problem."""

    def on_press(*_: object) -> None:
        view.show("half", "<p>half</p>")
        raise CourseError("The rest failed.")

    view = View("text", "<p>page</p>", on_press)
    press(view, "check")
    assert Page(view.html).text == "halfThe rest failed."
    assert "alert" not in view._repr_mimebundle_()[0]["text/html"]
