"""The map of a container's states: who is followed, what is said, and that a chip keeps its place in the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine import engine
from checker.engine.transport.client import NotThere
from checker.jupyter.diagrams import lifecycle, lifecycle_map
from checker.jupyter.diagrams.lifecycle import Life, Lifecycle, LifecyclePlace, drawn
from checker.jupyter.notebook import display

if TYPE_CHECKING:
    from checker.jupyter.notebook.live_drawings import Drawing


@dataclass
class Engine:
    """Stands for a reader: containers by their ids, and how often each was asked about."""

    there: dict[str, dict[str, Any]] = field(default_factory=dict)
    vanishing: str = ""

    def put(self, key: str, name: str, status: str = "running", exit_code: int = 0, labels: object = None) -> None:
        """Make a container, or change it."""
        state = {"Status": status, "ExitCode": exit_code}
        listed = {"Id": key, "Names": [f"/{name}", f"/other/{name}"], "Created": int(key), "Labels": labels}
        self.there[key] = {"listed": listed, "inspected": {"Id": key, "Name": f"/{name}", "State": state}}

    def containers(self) -> list[dict[str, Any]]:
        """Return the list of the engine, the newest first."""
        return [one["listed"] for one in reversed(self.there.values())]

    def container(self, key: str) -> dict[str, Any]:
        """Return what inspect says."""
        if key == self.vanishing:
            raise NotThere(f"There is no container named {key}.")
        inspected: dict[str, Any] = self.there[key]["inspected"]
        return inspected


SHARED, OWN = (engine.Engine("", strategy, "") for strategy in (engine.CURRENT, engine.PRIVATE))


def said(drawing: Drawing) -> list[str]:
    """Return the lines on containers, with single spaces."""
    lines = [" ".join(line.split()) for line in drawing.text.splitlines()]
    return lines[
        1 : min(lines.index(end) for end in ("Last:", "What leads from one state to another:") if end in lines)
    ]


def look(map_: Lifecycle, engine: Engine) -> list[str]:
    """Return what a look at the engine says of the containers."""
    return said(map_.draw(engine))  # type: ignore[arg-type]


def test_what_is_not_there_is_still_to_come() -> None:
    """The names are known beforehand; so the map shows them, and is the same on every engine."""
    assert look(Lifecycle(["ticker", "final"], SHARED.owns), Engine()) == ["ticker not made yet", "final not made yet"]


@pytest.mark.parametrize(
    ("status", "place", "words"),
    [
        ("created", LifecyclePlace.CREATED, "created"),
        ("running", LifecyclePlace.RUNNING, "running"),
        ("paused", LifecyclePlace.PAUSED, "paused"),
        ("restarting", LifecyclePlace.RESTARTING, "restarting"),
        ("exited", LifecyclePlace.EXITED, "exited, 137"),
        ("dead", LifecyclePlace.EXITED, "dead, its removal failed"),
        ("removing", LifecyclePlace.EXITED, "being removed"),
        ("new-in-2030", LifecyclePlace.EXITED, "new-in-2030"),
    ],
)
def test_states_have_a_place_and_words(status: str, place: LifecyclePlace, words: str) -> None:
    """Every state of the engine's is somewhere on the map; an ended one shows its exit code."""
    engine = Engine()
    engine.put("1", "mule", status, 137)
    life = lifecycle.life_of(engine.container("1"))
    assert (life.place, life.words) == (place, words)


def test_renamed_container_is_followed() -> None:
    """It is known by its id: it keeps its line, says its name of before, and a name that it took is no other one."""
    engine, map_ = Engine(), Lifecycle(["kitten", "grown", "cat"], SHARED.owns)
    engine.put("1", "kitten")
    assert look(map_, engine) == ["kitten running", "grown not made yet", "cat not made yet"]
    engine.put("1", "grown")
    assert look(map_, engine) == ["grown, was kitten running", "cat not made yet"]


def test_new_container_under_a_name_that_was_given_up() -> None:
    """The renamed one stays, and the new one comes behind the others."""
    engine, map_ = Engine(), Lifecycle(["diary", "cat"], SHARED.owns)
    engine.put("1", "diary")
    look(map_, engine)
    engine.put("1", "journal")
    engine.put("2", "diary", "created")
    assert look(map_, engine) == ["journal, was diary running", "cat not made yet", "diary created"]


def test_removed_container_was_seen() -> None:
    """It is gone, not “not made yet”; a new one of that name takes its line."""
    engine, map_ = Engine(), Lifecycle(["butler"], SHARED.owns)
    engine.put("1", "butler")
    look(map_, engine)
    del engine.there["1"]
    assert look(map_, engine) == ["butler gone"]
    engine.put("2", "butler", "created")
    assert look(map_, engine) == ["butler created"]


def test_container_that_vanishes_during_a_look() -> None:
    """Between the list and the question it may be removed; then it is gone."""
    engine, map_ = Engine(), Lifecycle(["butler"], SHARED.owns)
    engine.put("1", "butler")
    look(map_, engine)
    engine.vanishing = "1"
    assert look(map_, engine) == ["butler gone"]


def test_containers_of_others_are_not_shown() -> None:
    """With names, only these; without, all that bear the course's label, the oldest first."""
    engine = Engine()
    engine.put("1", "mine", labels={"org.docker101": "1"})
    engine.put("2", "foreign", labels={})
    engine.put("3", "brave_turing", "exited", 1, labels={"org.docker101": "1"})
    assert look(Lifecycle(["foreign"], SHARED.owns), engine) == ["foreign running"]
    assert look(Lifecycle([], SHARED.owns), engine) == ["mine running", "brave_turing exited, 1"]
    assert look(Lifecycle([], SHARED.owns), Engine()) == ["none of the course's"]


def test_on_an_engine_of_the_courses_own_nothing_is_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """There %lifecycle shows every container; those of Docker Hub's images bear no label."""
    there, drawn_by = Engine(), list[Any]()
    there.put("1", "box", labels={})
    monkeypatch.setattr(lifecycle, "show_drawing", lambda *given: drawn_by.append(given[-1]))
    monkeypatch.setattr(lifecycle, "show_html", lambda *_: None)
    for one in (OWN, SHARED):
        lifecycle.show(SimpleNamespace(engine=lambda one=one: one, client=lambda: None), list, "")  # type: ignore[arg-type]
    assert [said(draw(there)) for draw in drawn_by] == [["box running"], ["none of the course's"]]


def test_last_move_is_said_and_stays() -> None:
    """What happened last is told with the commands that lead there, until something else happens."""
    engine, map_ = Engine(), Lifecycle(["ticker"], SHARED.owns)
    engine.put("1", "ticker", "exited", 0)
    assert "Last:" not in map_.draw(engine).text  # type: ignore[arg-type]
    engine.put("1", "ticker")
    for _ in range(2):
        drawing = map_.draw(engine)  # type: ignore[arg-type]
        assert "Last:\n  ticker: from exited to running (start, restart).\n" in drawing.text
        assert "Last: ticker: from exited to running (start, restart).</p>" in drawing.html
        assert drawing.html.count('class="way taken"') == 1


def test_move_that_no_arrow_shows() -> None:
    """A forced removal skips a state when two events are one look; it is said without a command."""
    assert str(lifecycle.Move(Life("cat", LifecyclePlace.GONE, "gone", "cat", "1"), LifecyclePlace.RUNNING)) == (
        "cat: from running to gone."
    )


def test_chip_keeps_its_place_in_the_page() -> None:
    """Whatever happens, the same elements stand in the same order, so that the browser moves them."""
    engine, map_ = Engine(), Lifecycle(["kitten", "grown", "cat"], SHARED.owns)
    keys = []
    for change in (("1", "kitten"), ("1", "grown", "paused"), ("2", "cat", "exited", 3)):
        engine.put(*change)  # type: ignore[arg-type]
        keys.append(re.findall('data-key="([^"]*)"', map_.draw(engine).html))  # type: ignore[arg-type]
    assert keys == [["life-0", "life-1", "life-2"]] * 3


def test_picture_has_a_box_for_each_place_and_an_arrow_for_each_way() -> None:
    """The words and the picture tell of the same states and the same ways."""
    assert set(lifecycle_map.COLUMNS) == set(LifecyclePlace)
    assert {name for line in lifecycle_map.LINES for name in line} == set(LifecyclePlace)
    for way in lifecycle.WAYS:
        taken = lifecycle_map.picture([], frozenset({(way.origin, way.target)})).arrows
        assert [(way.origin, way.target) in arrow.ways for arrow in taken if arrow.taken] == [True]


def test_boxes_grow_only_when_they_must() -> None:
    """Four containers have room in a box of the usual height; for more the picture is higher, and none lies outside."""

    def height(count: int) -> float:
        lives = [Life(f"cat-{at}", LifecyclePlace.CREATED, "created", id=str(at)) for at in range(count)]
        html = drawn(lives).html
        found = re.search(r'viewBox="-1 -1 \d+ ([\d.]+)"', html)
        assert found
        tops = [float(y) for y in re.findall(r"translate\([\d.]+px,([\d.]+)px\)", html)]
        assert max(tops, default=0) < float(found[1])
        return float(found[1])

    assert height(1) == height(4) < height(12)


def test_long_name_is_cut_in_the_picture_alone() -> None:
    """The chip stays in its box; the table and the chip's title have the whole name."""
    name = "a-name-that-is-longer-than-any-box-of-the-picture-is-wide-and-then-some-more-of-it"
    html = drawn([Life(name, LifecyclePlace.PAUSED, "paused", name, "1")]).html
    assert f"<title>{name}: paused</title>" in html
    assert f"<td>{name}</td><td>paused</td>" in html
    assert re.findall(r"<text x=\"6\" y=\"14\">(.*?)</text>", html) == ["a-name-that-is-lo…"]


def test_names_are_no_markup() -> None:
    """What comes from the engine or the cell never becomes an element."""
    html = drawn([Life("<b>", LifecyclePlace.RUNNING, "<i>", "<s>", "1")]).html
    assert not re.search("<b>|<i>|<s>", html)


@pytest.mark.parametrize(("static", "outputs"), [("1", 0), ("", 1)], ids=["built", "live"])
def test_magic(static: str, outputs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sheet's names are filled in; live, a button stands below that opens the map in a pane of its own."""
    monkeypatch.setenv("DOCKER101_STATIC", static)
    shown: list[dict[str, str]] = []
    asked: list[str] = []
    monkeypatch.setattr(display, "_show", shown.append)
    monkeypatch.setattr(lifecycle, "show_drawing", lambda client, easel, name, draw: asked.append(name))
    course: Any = SimpleNamespace(
        client=lambda: None,
        engine=lambda: SHARED,
        lab=lambda: "05",
        work=SimpleNamespace(params=lambda lab: {"stray": "moss"}),
    )
    for line in ("{stray}-1 cat", ""):
        lifecycle.show(course, lambda: pytest.fail("no easel is needed here"), line)
    assert asked == ["lifecycle moss-1 cat", "lifecycle"]
    assert [one["text/plain"] for one in shown] == [lifecycle.BESIDE_TEXT] * 2 * outputs
