"""Fill in a template. Whatever is filled in is escaped; jinja2 is loaded when the first page is made."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from checker.files import ROOT, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

_LAYOUT = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def render(name: str, **values: Any) -> str:
    """Return a template, filled in.

    A line break beside a tag in a template is layout and makes no space, as in JSX; between words it is a space. So a
    live view is patched without white space between its elements.

    In a template there are ``css(name)``, the text of a style sheet, and the filters ``code`` (words in backticks),
    ``lines`` (the same of several lines) and ``number`` (no digits that say nothing).

    Arguments:
        name: the template, as ``ROOM/NAME``: ``report/page`` is ``checker/report/templates/page.html``.
        values: what it fills in; one that it asks for, and that is not here, is an error.

    Raises:
        jinja2.TemplateError: for a template that is not there, or cannot be filled in.

    """
    return _environment().get_template(name).render(**values)


@cache
def stylesheet(name: str) -> str:
    """Return a style sheet in one line.

    Arguments:
        name: ``ROOM/NAME``: ``report/page`` is ``checker/report/css/page.css``.

    """
    return re.sub(r"\s*\n\s*", " ", _COMMENT.sub("", read_text(_path(name, "css", "css")))).strip()


def _path(name: str, folder: str, suffix: str) -> Path:
    room, _, own = name.partition("/")
    return ROOT / "checker" / room / folder / f"{own}.{suffix}"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(autoescape=True, undefined=StrictUndefined, loader=FunctionLoader(_source))
    made.globals["css"] = lambda name: Markup(stylesheet(name))  # noqa: S704  (a file of ours)
    made.filters["number"] = lambda value: f"{value:g}"
    words: Any = made.get_template("pages/words").module
    made.filters |= {"code": words.code, "lines": words.lines}
    return made


def _source(name: str) -> str | None:
    """Return the text of a template without its layout, None where there is none."""
    path = _path(name, "templates", "html")
    return re.sub(r"\s*\n\s*", " ", _LAYOUT.sub("", read_text(path))).strip() if path.is_file() else None
