"""What tests of views need: presses as the page sends them, and a strict look at HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.jupyter.notebook.view import View

NASTY = "<b>\"&'"
"""What a name must not be able to do: begin a tag, end an attribute, name an entity."""

VOID = {"br", "hr", "img", "input", "meta", "link", "wbr", "col"}
NOT_IN_P = {
    "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "form", "h1", "h2", "h3",
    "hr", "ol", "p", "pre", "section", "table", "ul",
}  # fmt: skip
"""What ends a paragraph, so that what was written is not what a browser makes of it (HTML standard, the p element)."""


class Page(HTMLParser):
    """HTML, taken apart; what is not well formed fails the test."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self._open == [], f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag."""
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice: {attrs}"
        assert not ("p" in self._open and tag in NOT_IN_P), f"<{tag}> in a paragraph"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost tag, which must be this one."""
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what is read, but no styles."""
        if "style" not in self._open:
            self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Return the attributes of all tags of this name that have these; _ stands for a dash."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [has for name, has in self.tags if name == tag and wanted.items() <= has.items()]


def press(view: View, name: str, **values: str) -> None:
    """Press a button, or send a form, as the page does."""
    view._handle_custom_msg({"press": name, "values": values}, [])


def sent(view: View, monkeypatch: Any) -> list[Any]:
    """Return the list of what the view sends to its page from now on."""
    found: list[Any] = []
    monkeypatch.setattr(view, "send", found.append)
    return found
