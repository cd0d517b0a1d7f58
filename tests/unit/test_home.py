"""The course panel: how far the learner is, what comes next, how the engine is, and starting over."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from requests.exceptions import ConnectionError as NoConnection

from checker.engine.engine import Engine
from checker.errors import CourseError, NoEngine
from checker.jupyter import home as homes
from checker.jupyter.home import Home, Overview, as_html, as_text, engine_words
from checker.lab.vocabulary import Status
from checker.learner import work as work_module
from checker.learner.work import Progress, Work
from tests.engine.made import until
from tests.unit.fake_client import FakeClient, FakeFollower, event
from tests.unit.made_labs import LAB_ID, made_lab, result
from tests.unit.made_views import NASTY, Page, press

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checker.lab.load import Lab

OPEN = Progress((result("shop"), result("published", Status.FAILED, max_score=1)))
DONE = Progress((result("shop"), result("published", max_score=1, score=1)), seen=True)
ANSWERS = "The engine answers. It holds no container of the course."


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a lab."""
    return made_lab(tmp_path)


@pytest.fixture
def labs(lab: Lab) -> list[Lab]:
    """Return two labs."""
    return [lab, replace(lab, id="09_street", title="The street", lesson="Streets")]


def overview(labs: list[Lab], *progress: Progress, **words: Any) -> Overview:
    """Return what is shown of labs."""
    return Overview(tuple(zip(labs, progress, strict=True)), words.pop("engine", ANSWERS), **words)


# --- in words


@pytest.mark.parametrize(
    ("states", "says"),
    [
        ([], ANSWERS),
        (["running"], "The engine answers. Containers of the course: 1 running."),
        (
            ["running", "exited", "running", "paused"],
            "The engine answers. Containers of the course: 1 exited, 1 paused, 2 running.",
        ),
    ],
)
def test_engine_in_one_sentence(states: list[str], says: str) -> None:
    """How many of the course's containers are in which state, in a fixed order."""
    assert engine_words(states) == says


def test_course_as_text(labs: list[Lab]) -> None:
    """A line a lab, what comes next, and the engine."""
    assert as_text(overview(labs, OPEN, Progress())) == (
        "The course\n08  Shops: 2 of 3 points\n09  Streets: not begun\nNext: 08 Shops, 20 minutes.\n" + ANSWERS
    )


def test_course_that_is_done(labs: list[Lab]) -> None:
    """Then the certificate comes next, and no lesson is to be opened."""
    now = overview(labs, DONE, replace(DONE, seen=False))
    assert as_text(now).splitlines()[1:4] == [
        "08  Shops: 3 of 3 points, done, solution seen",
        "09  Streets: 3 of 3 points, done",
        "Next: all labs are done. %certificate awaits.",
    ]
    assert Page(as_html(now)).all("button", class_="main") == []


# --- as HTML


def test_course_as_html(labs: list[Lab]) -> None:
    """A table with a row a lab; what can be opened is JupyterLab's own command."""
    page = Page(as_html(overview(labs, DONE, OPEN)))
    assert [item["data-key"] for item in page.all("tr", data_key="08_shop") + page.all("tr", data_key="09_street")] == [
        "08_shop", "09_street",
    ]  # fmt: skip
    assert page.all("progress", max="3", value="2", aria_label="Points of The street")
    assert (len(page.all("th", scope="col")), len(page.all("th", scope="row"))) == (3, 2)
    (go_on,) = page.all("button", class_="main", data_commandlinker_command="docmanager:open")
    assert json.loads(str(go_on["data-commandlinker-args"])) == {"path": "09_street/09_street.ipynb"}
    assert page.all("button", data_commandlinker_command="terminal:open")
    assert "2 of 3 points" in page.text
    assert [item["data-lab"] for item in page.all("button", data_press="reset")] == ["08_shop", "09_street"]


@pytest.mark.parametrize(("answers", "sign"), [(True, "●"), (False, "○")])
def test_sign_of_the_engine_has_another_form(answers: bool, sign: str, labs: list[Lab]) -> None:
    """Never colour alone: the sentence says it, and the sign differs."""
    assert f"{sign} {ANSWERS}" in Page(as_html(overview(labs, DONE, OPEN, answers=answers))).text


def test_reset_asks_in_its_own_row(labs: list[Lab]) -> None:
    """What would be lost, yes and no; the other rows stay as they are."""
    page = Page(as_html(overview(labs, DONE, OPEN, asks="08_shop")))
    assert "Remove all containers of the course, and hand out 08 again? Your files are kept." in page.text
    assert page.all("button", data_press="really", data_lab="08_shop")
    assert page.all("button", data_press="no")
    assert [item["data-lab"] for item in page.all("button", data_press="reset")] == ["09_street"]


def test_names_from_outside_are_text(lab: Lab) -> None:
    """No title, path, state or message becomes markup."""
    bad = replace(lab, id=f"08_{NASTY}", title=NASTY, lesson=NASTY)
    page = Page(as_html(overview([bad], OPEN, engine=NASTY, told=NASTY)))
    assert page.all("b") == []
    assert page.all("tr", data_key=f"08_{NASTY}")
    assert page.text.count(NASTY) == 5


# --- the panel in a notebook


@pytest.fixture
def work(tmp_path: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Return a learner's folder with the lab's files."""
    monkeypatch.setattr(work_module, "NOTEBOOKS", tmp_path / "notebooks")
    mine = Work(tmp_path / "work")
    mine.update(lab)
    return mine


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """Return the client of an engine that holds nothing."""
    made = FakeClient()
    monkeypatch.setattr(homes, "open_client", lambda _: made)
    return made


@pytest.fixture
def follower() -> FakeFollower:
    """Return what tells of the engine's events."""
    return FakeFollower()


@pytest.fixture
def home(
    work: Work, lab: Lab, client: FakeClient, follower: FakeFollower, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """Return a panel whose thread was not started, and which looks often."""
    monkeypatch.setattr(homes, "LOOK_S", 0.01)
    made = Home(work, Engine("unix:///fake", "current", "a test"), [lab], follower)  # type: ignore[arg-type]
    yield made
    made.close()


def text(home: Home) -> str:
    """Return what the panel shows."""
    return Page(home.view.html).text


def test_panel_shows_what_there_is(home: Home) -> None:
    """As text, as HTML with buttons, and stored."""
    stored = home.view._repr_mimebundle_()[0]
    assert stored["text/plain"] == f"The course\n08  Shops: not begun\nNext: 08 Shops, 20 minutes.\n{ANSWERS}"
    assert stored["text/html"] == home.view.html


def test_panel_follows_the_engine(home: Home, client: FakeClient, follower: FakeFollower) -> None:
    """Each event is seen; the engine is asked once for it, and once more, as its list is a moment behind."""
    home.start()
    until(lambda: client.asked["containers"] == 2)  # at first, and once the engine is heard
    client.make("shop")
    follower.tell(event("start", "shop"))
    until(lambda: "Containers of the course: 1 running." in text(home))
    client.make("shop", "exited")
    follower.tell(event("die", "shop"))
    until(lambda: "Containers of the course: 1 exited." in text(home))
    until(lambda: client.asked["containers"] >= 5)
    assert client.asked["containers"] <= 6  # one look again after each event, or one for both


def test_panel_sees_what_others_check(home: Home, work: Work, client: FakeClient) -> None:
    """Other notebooks and the terminal write results; they are seen without asking the engine."""
    home.start()
    until(lambda: client.asked["containers"] == 2)
    work.save_results(LAB_ID, OPEN.results)
    until(lambda: "2 of 3 points" in text(home))
    work.save_live(LAB_ID, DONE.results)
    until(lambda: "3 of 3 points, done" in text(home))
    assert client.asked == {"containers": 2}


def test_panel_says_that_the_engine_is_lost(home: Home, follower: FakeFollower) -> None:
    """Why, and what helps; it is said to answer when it does again."""
    home.start()
    follower.tell(lost="It is gone.")
    until(lambda: "○ The engine does not answer. It is gone. Trying again; checker doctor" in text(home))
    follower.tell()
    until(lambda: f"● {ANSWERS}" in text(home))


def test_engine_that_fails_once_is_asked_again(home: Home, client: FakeClient, follower: FakeFollower) -> None:
    """An answer that did not come is no word for ever, although no event tells that the engine answers again."""
    home.start()
    client.problem = NoConnection("gone")
    follower.tell(event("start", "shop"))
    until(lambda: "○ The engine does not answer. No Docker engine answers" in text(home))
    client.problem = None
    until(lambda: f"● {ANSWERS}" in text(home))


def test_thread_ends(home: Home, client: FakeClient, follower: FakeFollower) -> None:
    """One thread, however often the cell runs; closed, it is gone, and so is the connection."""

    def threads() -> int:
        return sum(thread.name == "docker101-home" for thread in threading.enumerate())

    home.start()
    home.start()
    assert (threads(), len(follower.listening)) == (1, 1)
    home.close()
    assert (threads(), follower.listening, client.closed) == (0, [], True)


def test_without_an_engine_there_is_no_panel(
    work: Work, lab: Lab, follower: FakeFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cell says why."""

    def nobody(_: str) -> None:
        raise NoEngine("No engine.")

    monkeypatch.setattr(homes, "open_client", nobody)
    with pytest.raises(NoEngine):
        Home(work, Engine("unix:///fake", "current", "a test"), [lab], follower)  # type: ignore[arg-type]


# --- starting over


@pytest.fixture
def cleaned(monkeypatch: pytest.MonkeyPatch) -> list[Work]:
    """Return whose engines were cleaned; each time a container was there."""
    found: list[Work] = []
    monkeypatch.setattr(homes, "clean_engine", lambda work: found.append(work) or ["shop"])
    return found


def test_reset_asks_first(home: Home, work: Work, cleaned: list[Work]) -> None:
    """One press removes nothing."""
    work.save_results(LAB_ID, OPEN.results)
    press(home.view, "reset", lab=LAB_ID)
    assert "Remove all containers of the course" in text(home)
    assert (cleaned, work.progress(LAB_ID).results) == ([], OPEN.results)


@pytest.mark.parametrize(("name", "of"), [("no", ""), ("reset", "nothing"), ("reset", "")])
def test_no_takes_the_question_back(name: str, of: str, home: Home, cleaned: list[Work]) -> None:
    """So does a press for a lab that is not there."""
    press(home.view, "reset", lab=LAB_ID)
    press(home.view, name, lab=of)
    assert "Remove all containers" not in text(home)
    assert cleaned == []


def test_yes_resets(home: Home, work: Work, lab: Lab, cleaned: list[Work]) -> None:
    """The files are as handed out, the old ones kept, the containers gone; what was done is said."""
    work.save_results(LAB_ID, OPEN.results)
    (work.folder(lab) / "commands.txt").write_text("docker ps\n", encoding="utf-8")
    press(home.view, "reset", lab=LAB_ID)
    press(home.view, "really", lab=LAB_ID)
    (kept,) = (work.root / "kept").iterdir()
    assert (kept / "commands.txt").read_text(encoding="utf-8") == "docker ps\n"
    assert "docker ps" not in (work.folder(lab) / "commands.txt").read_text(encoding="utf-8")
    assert (cleaned, work.progress(LAB_ID).results) == ([work], ())
    assert text(home).endswith(
        f"The shop is as it was handed out. Your old files are in kept/{kept.name}/. "
        "Removed from the engine: shop. If its lesson is open in JupyterLab: File, Reload Notebook from Disk."
    )
    assert "Remove all containers" not in text(home)


def test_yes_that_fails_says_why(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be done is said in the place of what was."""

    def full(*_: object) -> None:
        raise CourseError("The disk is full.", "Free some space.")

    monkeypatch.setattr(Work, "reset", full)
    press(home.view, "really", lab=LAB_ID)
    assert text(home).endswith("The disk is full.\nFree some space.")


def test_yes_for_a_lab_that_is_not_there_does_nothing(home: Home, cleaned: list[Work]) -> None:
    """A page that was changed by hand resets nothing."""
    press(home.view, "really", lab="../elsewhere")
    assert cleaned == []
