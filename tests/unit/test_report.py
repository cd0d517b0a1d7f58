"""Reports: the same results as text, as HTML, and as JSON that follows its schema."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from checker import report
from checker.lab.vocabulary import Failure, Result, Status, Trust, check
from checker.pages import stylesheet
from checker.report.record import FORMAT
from checker.run import run_checks
from tests.unit.made_labs import made_lab, result

if TYPE_CHECKING:
    from checker.lab.load import Lab

SCHEMA = json.loads(Path(report.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))

PASSED = result("shop")
FAILED = result("port", Status.FAILED, score=0.5, message="Port 80 is not published.\nSeen: 8000.", hint="Look at -p.")
SKIPPED = result("page", Status.SKIPPED, message="Not looked at yet.", needs="port")
ERROR = result("log", Status.ERROR, message="The engine hangs.")
HIDDEN = result("secret", Status.FAILED, message="A hidden message.", visibility="hidden")
ALL = (PASSED, FAILED, SKIPPED, ERROR)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a lab; reports use its id and title."""
    return made_lab(tmp_path)


# --- text


def test_text_shows_every_outcome(lab: Lab) -> None:
    """One line a task with mark and points, below it what was found and where to look, and the next step last."""
    assert report.as_text(lab, ALL) == (
        "The shop: 1 of 4 tasks passed, 2.5 of 8 points.\n"
        "\n"
        "✓   2/2  The shop is open.\n"
        "✗ 0.5/2  The port is open.\n"
        "         Port 80 is not published.\n"
        "         Seen: 8000.\n"
        "         Look: Look at -p.\n"
        "·   0/2  The page is open. [skipped]\n"
        "         Not looked at yet.\n"
        "!   0/2  The log is open. [error]\n"
        "         The engine hangs.\n"
        "\n"
        "Next: The port is open.\n"
    )


def test_tasks_that_wait_for_the_same_say_so_once(lab: Lab) -> None:
    """Ten tasks behind one that failed are ten lines, not ten times the same sentence; JSON keeps them all."""
    waiting = [replace(SKIPPED, id=name) for name in ("page", "door")]
    other = replace(SKIPPED, id="sign", needs="log")
    shown = report.to_show([FAILED, *waiting, ERROR, other, replace(waiting[0], id="bell")])
    assert [bool(one.message) for one in shown] == [True, True, False, True, True, True]
    assert report.as_text(lab, [FAILED, *waiting]).count("Not looked at yet.") == 1
    assert report.as_html(lab, [FAILED, *waiting]).count("Not looked at yet.") == 1
    assert report.as_json(lab, [FAILED, *waiting]).count("Not looked at yet.") == 2


@pytest.mark.parametrize(
    ("reached", "says"), [(8, "Your best check so far, 8 of 8 points, is kept."), (2.5, ""), (0, "")]
)
def test_what_was_reached_before_is_said(reached: float, says: str) -> None:
    """Nobody needs to fear that tidying up has cost points."""
    assert report.best_so_far_note(ALL, reached) == says


def test_text_is_plain_unless_colour_is_asked_for(lab: Lab) -> None:
    """Colour codes are only there for a terminal, and taking them away leaves the plain text."""
    coloured = report.as_text(lab, ALL, colour=True)
    assert "\x1b" not in report.as_text(lab, ALL)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == report.as_text(lab, ALL)


@pytest.mark.parametrize(("one", "code"), [(PASSED, "32"), (FAILED, "31"), (SKIPPED, "2"), (ERROR, "33")])
def test_each_outcome_has_its_colour(lab: Lab, one: Result, code: str) -> None:
    """The line of a task is coloured by its outcome, and the colour ends with the line."""
    line = report.as_text(lab, [one], colour=True).splitlines()[2]
    assert line.startswith(f"\x1b[{code}m{report.MARKS[one.status]}")
    assert line.endswith("\x1b[0m")


@pytest.mark.parametrize(
    ("results", "step"),
    [
        ((ERROR, SKIPPED, FAILED), "Next: The port is open."),
        (
            (PASSED, ERROR, SKIPPED),
            "Some tasks could not be judged; you lose nothing by that. See what is wrong with: checker doctor",
        ),
        (
            (PASSED, result(message="Done, but not in your command list yet.")),
            "All passed live. For a grade, put what you did into the command list too, then check again.",
        ),
        ((PASSED,), "All done."),
        ((PASSED, HIDDEN), "All done."),
    ],
)
def test_next_step_follows_from_what_was_found(results: tuple[Result, ...], step: str) -> None:
    """The first failed task is next; errors lead to the doctor; what is only live leads to the command list."""
    assert report.next_step(results) == step


def test_summary_counts_what_may_be_seen() -> None:
    """Tasks and points of hidden checks are in no sum."""
    assert report.summary((PASSED, FAILED, HIDDEN)) == "1 of 2 tasks passed, 2.5 of 4 points."
    assert report.points((PASSED, FAILED, HIDDEN)) == (2.5, 4)


@pytest.mark.parametrize("render", [report.as_text, report.as_html, report.as_page, report.as_json])
def test_hidden_checks_are_left_out(lab: Lab, render: Any) -> None:
    """No form of the report tells anything of a hidden check."""
    assert render(lab, [PASSED, HIDDEN]) == render(lab, [PASSED])


# --- HTML


class Tags(HTMLParser):
    """Collects tags, attributes and text, and notices tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.seen.append((tag, dict(attrs)))
        if tag not in ("br", "meta"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last one."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect the text outside of style sheets."""
        if self._open and self._open[-1] != "style":
            self.text += f"{data}\n"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each tag of this name."""
        return [attrs for name, attrs in self.seen if name == tag]


def test_html_shows_every_outcome(lab: Lab) -> None:
    """A row a task: the state in words beside its mark, points, sentence, message and hint; the next step below."""
    tags = Tags(report.as_html(lab, ALL))
    assert [attrs["class"] for attrs in tags.all("td") if attrs] == [f"state {item.status}" for item in ALL]
    for text in (
        "✓ passed",
        "✗ failed",
        "· skipped",
        "! error",
        "0.5/2",
        "Seen: 8000.",
        "Look at -p.",
        "Next: The port",
    ):
        assert text in tags.text


def test_html_is_this(lab: Lab) -> None:
    """The whole fragment, word for word: what a theme or a browser test holds on to cannot change unseen."""
    assert re.sub(r"<style>.*?</style>", "STYLE", report.as_html(lab, [FAILED])) == (
        '<section class="docker101-report" aria-label="Results of The shop">STYLE'
        "<p><strong>The shop</strong>: 0 of 1 tasks passed, 0.5 of 2 points. "
        '<progress max="2" value="0.5" aria-label="Points of The shop"></progress></p>'
        '<table><thead><tr><th scope="col">State</th><th scope="col">Points</th><th scope="col">Task</th></tr></thead>'
        '<tbody><tr><td class="state failed">✗ failed</td><td>0.5/2</td><td>The port is open.'
        '<p class="said">Port 80 is not published.<br>Seen: 8000.</p>'
        '<p class="look"><em>Look:</em> Look at -p.</p></td></tr></tbody></table>'
        "<p>Next: The port is open.</p></section>"
    )


def test_style_names_what_the_html_has() -> None:
    """The style sheet speaks of the report alone, and of each class that its rows have."""
    style = stylesheet("report/report")
    assert all(rule.strip().startswith(".docker101-report") for rule in style.split("}") if rule)
    for name in (".state", ".passed", ".failed", ".said", ".look"):
        assert f".docker101-report {name} {{" in style


def test_html_is_accessible(lab: Lab) -> None:
    """The section and the bar have names, the bar is a native one, and the table has column heads."""
    tags = Tags(report.as_html(lab, ALL))
    assert tags.all("section")[0]["aria-label"] == "Results of The shop"
    assert tags.all("progress") == [{"max": "8", "value": "2.5", "aria-label": "Points of The shop"}]
    assert [attrs["scope"] for attrs in tags.all("th")] == ["col", "col", "col"]


EVIL = "<script>alert('x')</script> & \"quoted\""


@pytest.mark.parametrize("field", ["description", "message", "hint"])
@pytest.mark.parametrize("render", [report.as_html, report.as_page])
def test_html_escapes_what_containers_say(lab: Lab, field: str, render: Any) -> None:
    """Names and logs are a learner's or a container's: nothing of them becomes markup."""
    tags = Tags(render(lab, [result(status=Status.FAILED, **{field: EVIL})]))
    assert tags.all("script") == []
    assert EVIL in tags.text


def test_html_escapes_the_labs_title(lab: Lab) -> None:
    """The title stands in an attribute too, where a quote would end it."""
    tags = Tags(report.as_page(replace(lab, title='A "quoted" <b>'), ALL))
    assert tags.all("section")[0]["aria-label"] == 'Results of A "quoted" <b>'
    assert tags.all("progress")[0]["aria-label"] == 'Points of A "quoted" <b>'
    assert tags.all("b") == []


def test_lines_of_a_message_stay_apart(lab: Lab) -> None:
    """A message of several lines has line breaks in HTML."""
    assert "Port 80 is not published.<br>Seen: 8000." in report.as_html(lab, ALL)


def test_nothing_is_said_where_there_is_nothing_to_say(lab: Lab) -> None:
    """A passed task has no empty paragraphs below it."""
    tags = Tags(report.as_html(lab, [PASSED]))
    assert [attrs.get("class") for attrs in tags.all("p")] == [None, None]


def test_page_needs_nothing_else(lab: Lab) -> None:
    """The page is whole, says its encoding, and refers to nothing outside and to no script."""
    page = report.as_page(lab, ALL)
    tags = Tags(page)
    assert page.startswith('<!doctype html><html lang="en">')
    assert tags.all("meta") == [{"charset": "utf-8"}]
    assert not {"script", "link", "img", "iframe"} & {name for name, _ in tags.seen}
    assert "http" not in page
    assert "url(" not in page


# --- JSON


def read(lab: Lab, *results: Result) -> dict[str, Any]:
    """Return the JSON report, read, after it was held against its schema."""
    data: dict[str, Any] = json.loads(report.as_json(lab, results))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    return data


def test_schema_is_one() -> None:
    """The schema follows the rules of schemas."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_json_holds_the_record(lab: Lab) -> None:
    """The lab, the sums, and each visible result with all its fields; null where there is no value."""
    data = read(lab, PASSED, SKIPPED, HIDDEN)
    assert {key: data[key] for key in data if key != "results"} == {
        "format": 1,
        "lab": "08_shop",
        "title": "The shop",
        "score": 2,
        "max_score": 4,
    }
    assert data["results"] == [
        {
            "id": "shop",
            "description": "The shop is open.",
            "status": "passed",
            "score": 2,
            "max_score": 2,
            "message": "",
            "hint": "",
            "expected": None,
            "actual": None,
            "needs": None,
            "visibility": "visible",
            "seconds": 0.0,
            "trust": "live",
        },
        {**data["results"][0], "id": "page", "description": "The page is open.", "status": "skipped", "score": 0}
        | {"message": "Not looked at yet.", "needs": "port"},
    ]


def test_json_keeps_letters_and_rounds_time(lab: Lab) -> None:
    """Letters of all languages are readable in the file, and seconds are not longer than they are true."""
    text = report.as_json(lab, [result(seconds=0.123456789, description="Überall läuft “es”.")])
    assert "Überall läuft “es”." in text
    assert '"seconds": 0.1235' in text
    assert text.endswith("}\n")


class NoFacts:
    """Stands for an engine that nobody asks."""

    def built_in(self, name: str) -> Any:
        """Return nothing."""

    def names_asked(self) -> frozenset[str]:
        """Return none."""
        return frozenset()


def test_schema_fits_what_checks_really_give(lab: Lab) -> None:
    """Results of a run, one of each outcome, follow the schema, with and without the values that may be null."""

    def declared(name: str, error: BaseException | None, **needs: Any) -> Any:
        def function(**_: Any) -> None:
            if error:
                raise error

        function.__name__, function.__doc__ = name, f"The {name} is open."
        made = check(points=1, hint="Look.")(function).declared  # type: ignore[attr-defined]
        return type(made)(**{**vars(made), "needs": tuple(needs)})

    checks = [
        declared("good", None),
        declared("bare", Failure("No.")),
        declared("full", Failure("No.", "Yes.", "There.", earned=0.5, actual="no")),
        declared("broken", ValueError("x")),
        declared("behind", None, bare=True),
    ]
    data = read(lab, *run_checks(checks, NoFacts(), params={}, trust=Trust.REPLAYED))
    assert [item["status"] for item in data["results"]] == ["passed", "failed", "failed", "error", "skipped"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "done"},
        {"status": "skipped"},
        {"needs": "shop"},
        {"expected": "Yes."},
        {"hint": "Look."},
        {"visibility": "hidden"},
        {"trust": None},
        {"score": -1},
        {"max_score": 0},
        {"message": None},
        {"names": []},
    ],
    ids=str,
)
def test_schema_refuses_what_no_report_may_hold(lab: Lab, wrong: dict[str, Any]) -> None:
    """A passed result with any of these is no result of ours."""
    data = read(lab, PASSED)
    data["results"][0] |= wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(data)


def test_schema_describes_every_field() -> None:
    """The fields of a result are those of the record, and each one says in words what it holds and what null means."""
    described = SCHEMA["$defs"]["result"]["properties"]
    assert set(described) == {item.name for item in fields(Result)} - {"names"}
    assert set(SCHEMA["$defs"]["result"]["required"]) == set(described)
    for field in [*described.values(), *SCHEMA["properties"].values()]:
        assert len(field["description"]) > 20
        assert "null" in field["description"].lower() or field.get("type") == "array"


def test_schema_names_the_format_of_the_code() -> None:
    """The number of the format is the same in both places, and so are the words for outcomes and trust."""
    described = SCHEMA["$defs"]["result"]["properties"]
    assert SCHEMA["properties"]["format"]["const"] == FORMAT
    assert described["status"]["enum"] == [item.value for item in Status]
    assert described["trust"]["enum"] == [item.value for item in Trust]
