"""The certificate: written when every lab is done, honest about what it is, and one page that needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from checker.cli.commands import run
from checker.errors import UsageProblem
from checker.lab.vocabulary import Status, Trust
from checker.learner.work import Work
from checker.report import certificate
from tests.unit.made_labs import made_lab, result

if TYPE_CHECKING:
    from pathlib import Path

    from checker.lab.load import Lab
    from checker.lab.vocabulary import Result

Capture = pytest.CaptureFixture[str]
GOOD = [result("shop"), result("published")]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a course of one lab."""
    return made_lab(tmp_path)


@pytest.fixture
def course(tmp_path: Path) -> Work:
    """Return a learner's folder with an id."""
    work = Work(tmp_path / "work")
    work.set_learner("ada7")
    return work


def text_of(page: str) -> str:
    """Return what a reader sees."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]).split())


@pytest.mark.parametrize(
    "results",
    [[], [GOOD[0], result("published", Status.FAILED)], [GOOD[0], result("published", Status.ERROR)], GOOD[:1]],
    ids=["never checked", "a task failed", "a task could not be judged", "a task is new"],
)
def test_no_certificate_while_a_lab_is_open(lab: Lab, course: Work, results: list[Result]) -> None:
    """The message lists the open labs, and how to go on; nothing is written."""
    if results:
        course.save_results(lab.id, results)
    with pytest.raises(UsageProblem) as problem:
        certificate.write_certificate(course, [lab])
    assert problem.value.message == "The certificate is written when all labs are done. Still open: 08_shop."
    assert problem.value.next_step == "Go on with: checker check 08"
    assert not (course.root / certificate.FILE).exists()


def test_certificate_has_learner_labs_points_and_date(lab: Lab, course: Work) -> None:
    """What was reached stands there, lab by lab, with the day and with how it was judged."""
    course.save_results(lab.id, GOOD)
    path = certificate.write_certificate(course, [lab], " Ada  Lovelace ")
    text = text_of(path.read_text(encoding="utf-8"))
    day = course.progress(lab.id).checked_at[:10]
    assert path == course.root / "certificate.html"
    assert "Ada Lovelace has done all 1 labs of this course: 2 tasks, 4 points. Learner's id: ada7" in text
    assert f"08 The shop 2 4 {day} live What this page is" in text
    assert "Nobody has signed it" in text
    assert "live : the check looked at the learner's own Docker engine." in text
    assert "replayed" not in text
    assert "solution seen" not in text


@pytest.mark.parametrize(
    ("learner", "name", "title"), [("ada7", "", "ada7"), ("", "", "A learner"), ("", "Ada", "Ada"), ("a", "a", "a")]
)
def test_heading_is_the_name_or_the_id(learner: str, name: str, title: str) -> None:
    """A name goes before the id; without both it is still a page."""
    page = certificate.as_page([], learner, name, "2026-01-31")
    assert f"<h1>{title}</h1>" in page
    assert "Learner's id" not in page


def test_what_was_seen_or_replayed_is_said(lab: Lab, course: Work) -> None:
    """The page tells how each lab was judged, and whether its solution was looked at."""
    course.save_results(lab.id, [GOOD[0], replace(GOOD[1], trust=Trust.REPLAYED)])
    course.mark_seen(lab.id)
    text = text_of(certificate.write_certificate(course, [lab]).read_text(encoding="utf-8"))
    assert "live, replayed, solution seen" in text
    assert "replayed : what was handed in was run again" in text
    assert "solution seen : the learner looked at a solution" in text


@pytest.mark.parametrize("name", ["x" * 81, "bell\x07"], ids=["long", "unprintable"])
def test_name_that_cannot_be_printed(lab: Lab, course: Work, name: str) -> None:
    """A name fits on the page."""
    with pytest.raises(UsageProblem, match="cannot be put on a certificate"):
        certificate.write_certificate(course, [lab], name)


class Elements(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))


def test_page_needs_nothing_else_and_can_be_read_aloud() -> None:
    """No script, no picture, no address; language, title, one h1, a caption, and heads of rows and columns."""
    line = certificate.CertificateLine("08_shop", "<b>The shop</b>", 2, 4, "2026-01-31", (Trust.LIVE,), seen=False)
    page = certificate.as_page([line], "ada7", "<script>", "2026-01-31")
    elements = Elements(page).found
    tags = [tag for tag, _ in elements]
    assert ("html", {"lang": "en"}) in elements
    assert [tags.count(tag) for tag in ("title", "h1", "main", "caption", "script", "link", "img", "b")] == [
        *[1] * 4,
        *[0] * 4,
    ]
    assert {attributes.get("scope") for tag, attributes in elements if tag == "th"} == {"col", "row"}
    assert "http" not in page
    assert "url(" not in page
    assert "@media print" in page


@pytest.mark.usefixtures("work")
def test_command_says_what_is_open(capsys: Capture) -> None:
    """Exit code 2, and the list of labs."""
    assert run(["certificate"]) == 2
    assert "Still open: 00_welcome, " in capsys.readouterr().err


def test_command_writes_the_page(lab: Lab, course: Work, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """It says where the page is."""
    from checker.cli import handouts

    course.save_results(lab.id, GOOD)
    monkeypatch.setattr(handouts, "load_labs", lambda: [lab])
    monkeypatch.setattr(handouts, "Work", lambda: course)
    assert run(["certificate", "--name", "Ada"]) == 0
    assert "certificate.html. Open it in a browser" in capsys.readouterr().out
    assert "<h1>Ada</h1>" in (course.root / certificate.FILE).read_text(encoding="utf-8")
