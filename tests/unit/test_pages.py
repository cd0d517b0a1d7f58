"""HTML is made by templates: what they do to text, what is escaped, and that no markup is in Python."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from checker.engine.proxy.proxy import Request
from checker.errors import CourseError
from checker.files import ROOT
from checker.jupyter import home, panel, question
from checker.jupyter.diagrams import layers, lifecycle, ports, sequence
from checker.jupyter.diagrams.lifecycle import Life, LifecyclePlace
from checker.jupyter.form import form_html
from checker.jupyter.question import Asked
from checker.lab.vocabulary import Status, Trust
from checker.learner.work import Progress
from checker.pages import render, rendering, stylesheet
from checker.report import as_html, as_page
from checker.report.certificate import CertificateLine
from checker.report.certificate import as_page as certificate_page
from checker.watch import LabStatus
from tests.unit.made_labs import made_lab, result
from tests.unit.made_views import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from checker.lab.load import Lab
    from checker.lab.vocabulary import Result

NASTY = "<u>\"&'"
"""What text must not be able to do: begin a tag that no template has, end an attribute, name an entity."""

PACKAGE = ROOT / "checker"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if PACKAGE / "template" not in path.parents)
TEMPLATES = sorted(
    f"{path.parents[1].relative_to(PACKAGE).as_posix()}/{path.stem}" for path in PACKAGE.glob("*/templates/*.html")
)


# --- filters and layout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Look at `docker ps`, then `rm`.", "Look at <code>docker ps</code>, then <code>rm</code>."),
        ("an odd ` stays", "an odd ` stays"),
        ("`<b>` & 'x'", "<code>&lt;b&gt;</code> &amp; &#39;x&#39;"),
        ("one\n`two`\nthree", "one<br><code>two</code><br>three"),
        ("", ""),
    ],
)
def test_text_of_several_lines_and_code(text: str, shown: str) -> None:
    """Backticks become code in each line, lines stay apart, and all else is escaped."""
    assert render("jupyter/alert", page="", wrong=text) == f'<p role="alert">{shown}</p>'


def test_layout_of_a_template_is_not_in_the_page() -> None:
    """Line breaks beside tags leave no white space, which a page that is patched would keep; text keeps its own."""
    assert render("jupyter/not_up_to_date", why="a\n  b", page="<p>\n x</p>") == (
        '<p role="status"><strong>Not up to date:</strong> a\n  b</p><p>\n x</p>'
    )


def test_missing_value_or_template_is_an_error() -> None:
    """A page with a hole in it is shown to nobody."""
    with pytest.raises(UndefinedError, match="wrong"):
        render("jupyter/alert", page="")
    with pytest.raises(TemplateNotFound):
        render("jupyter/never")


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_is_right_and_its_styles_are_there(name: str) -> None:
    """Its syntax is right, its style sheets hold rules, and only a page of ours goes in as it is."""
    room, _, own = name.partition("/")
    text = (PACKAGE / room / "templates" / f"{own}.html").read_text(encoding="utf-8")
    assert rendering._environment().get_template(name)
    assert [sheet for sheet in re.findall(r'css\("([^"]+)"\)', text) if "{" not in stylesheet(sheet)] == []
    assert set(re.findall(r"(\w+)\s*\|\s*safe", text)) <= {"page"}
    assert "autoescape" not in text


# --- escaping


def _bad() -> Result:
    return result("shop", Status.FAILED, description=NASTY, message=NASTY, hint=NASTY)


def _standing() -> LabStatus:
    return LabStatus((_bad(),), lost=NASTY, problems=(CourseError(NASTY, NASTY),))


def _overview(lab: Lab) -> home.Overview:
    return home.Overview(((lab, Progress()),), NASTY, told=NASTY)


def _certificate(lab: Lab) -> str:
    line = CertificateLine(lab.id, lab.title, 1, 2, NASTY, (Trust.LIVE,), seen=True)
    return certificate_page([line], NASTY, f"{NASTY} {NASTY}", NASTY)


def _asked(lab: Lab) -> Asked:
    return Asked(lab.questions[1], NASTY, (NASTY, "yes"), NASTY)


def _written(lab: Lab) -> Asked:
    return Asked(lab.questions[0], NASTY, (), NASTY)


def _ports(_: Lab) -> str:
    stations = tuple(ports.Station(NASTY, NASTY) for _ in range(4))
    way = ports.PortWay(NASTY, stations, NASTY)  # type: ignore[arg-type]
    return ports.as_html([ports.PortBox(NASTY), ports.PortBox(NASTY, "running", (way,), NASTY)])


def _layers(_: Lab) -> str:
    rows = (layers.Row(NASTY), layers.Row(NASTY), layers.Row(NASTY, 3, "d", 1))
    return layers.as_html([layers.Stack(NASTY, "1", "", rows, NASTY, 2)], [NASTY])


DRAWN: dict[str, Callable[[Lab], str]] = {
    "report": lambda lab: as_html(lab, [_bad()]),
    "page": lambda lab: as_page(lab, [_bad()]),
    "certificate": _certificate,
    "check": lambda lab: panel.as_html(lab, _standing(), watching=True, heard=NASTY),
    "course": lambda lab: home.as_html(_overview(lab)),
    "question": lambda lab: question.as_html(_asked(lab)),
    "form": lambda lab: form_html(_asked(lab), NASTY, NASTY),
    "field": lambda lab: form_html(_written(lab), NASTY, NASTY),
    "outcome": lambda _: render("jupyter/outcome", told=NASTY),
    "alert": lambda _: render("jupyter/alert", page="", wrong=NASTY),
    "not_up_to_date": lambda _: render("jupyter/not_up_to_date", page="", why=NASTY),
    "requests": lambda _: sequence.draw([Request("GET", f"/{NASTY}", 200, 0, 0)]).html,
    "lifecycle": lambda _: lifecycle.drawn([Life(NASTY, LifecyclePlace.RUNNING, NASTY, NASTY, "1")]).html,
    "ports": _ports,
    "layers": _layers,
}
"""Each page with text from outside wherever it has room for some: names, titles, messages, hints, answers."""

ESCAPED = {"report": 6, "page": 8, "certificate": 8, "check": 10, "course": 4, "question": 3, "form": 5, "field": 4}
"""How often each of them shows it, at least; all others show it once or more."""


@pytest.mark.parametrize("name", DRAWN)
def test_text_from_outside_is_never_markup(name: str, tmp_path: Path) -> None:
    """Nothing that a learner, a lab, an engine or a container says becomes a tag, or ends an attribute."""
    page = Page(DRAWN[name](replace(made_lab(tmp_path), title=NASTY, lesson=NASTY)))
    assert page.all("u") == []
    values = [value or "" for _, attributes in page.tags for value in attributes.values()]
    assert page.text.count(NASTY) + sum(value.count(NASTY) for value in values) >= ESCAPED.get(name, 1)


# --- no markup in Python

TAGS = (
    "a b br button code div em figcaption figure form g h1 h2 h3 i input label li ol p path polygon progress rect "
    "section span strong style summary svg table tbody td text th thead tr ul"
)
TAG = re.compile(rf"<!doctype|</?(?:{TAGS.replace(' ', '|')})(?:\s[^<>]*)?/?>", re.IGNORECASE)
CSS = re.compile(r"[\w)\]]\s*\{\s*[a-z-]+\s*:[^{}]*\}|[a-z-]+:\s*[^;{}\s][^;{}]*;\s*[a-z-]+:|!important|var\(--")


def _texts(source: str) -> Iterator[str]:
    """Yield what stands in strings; docstrings may name a tag."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


@pytest.mark.parametrize("text", ["f'<p>{x}'", "'<td class=\"on\">'", "'</style>'", "'.a{color:red}'", "'a:b;c:d'"])
def test_markup_in_python_would_be_found(text: str) -> None:
    """The patterns see a tag, a rule and a style attribute's value."""
    assert [one for one in _texts(f"x = {text}") if TAG.search(one) or CSS.search(one)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_markup_in_python(path: Path) -> None:
    """HTML is in templates, and styles are in style sheets."""
    texts = _texts(path.read_text(encoding="utf-8"))
    assert [text for text in texts if TAG.search(text) or CSS.search(text)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_fills_in_templates_of_its_own_room(path: Path) -> None:
    """So the rooms that have templates are all that draw, and the build knows them by that."""
    names = re.findall(r'(?:render|stylesheet)\(\s*"(\w+)/', path.read_text(encoding="utf-8"))
    assert set(names) <= {path.relative_to(PACKAGE).parts[0]}


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.startswith("pages/")])
def test_every_template_and_style_sheet_is_used(name: str) -> None:
    """None is left over from what is gone."""
    sources = "".join(path.read_text(encoding="utf-8") for path in [*MODULES, *PACKAGE.glob("*/templates/*.html")])
    assert f'"{name}"' in sources
    unused = [path.stem for path in PACKAGE.glob("*/css/*.css") if f'"{path.parts[-3]}/{path.stem}"' not in sources]
    assert unused == []


LOADED = """
import sys
from checker.cli import learner
from checker.lab import load_lab, Result, Status
from checker.report import as_json, as_text
print(as_text(load_lab("00"), [Result("a", "It runs.", Status.PASSED, 1, 1)]))
print("jinja2" in sys.modules)
"""


def test_report_in_text_loads_no_templates() -> None:
    """``checker check`` prints text, and does not wait for what makes HTML."""
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
