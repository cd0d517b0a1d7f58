"""A view: HTML that is made here, kept up to date in the browser; what is pressed there comes back.

The page itself decides nothing: ``view.js`` patches it when the HTML changes, and sends back the presses of buttons
with ``data-press`` and the fields of forms with it. Where there are no widgets (a code host, an editor, a test)
the HTML is shown as it was last.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from checker.errors import CourseError
from checker.pages import render, stylesheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    OnPress = Callable[[str, Mapping[str, str]], None]

WIDGET = "application/vnd.jupyter.widget-view+json"


class View(anywidget.AnyWidget):
    """HTML in a notebook.

    Arguments:
        text: the same in plain text, for where no HTML is shown.
        html: a fragment; buttons with ``data-press=NAME`` and forms with it send their name, and a form its fields.
        still: the HTML for where there are no widgets; default: the same.
        on_press: called with the name and the fields; what it raises is shown below the page.

    """

    _esm = Path(__file__).with_name("view.js")
    _css = stylesheet("jupyter/view")
    html = traitlets.Unicode().tag(sync=True)

    def __init__(self, text: str, html: str, on_press: OnPress | None = None, *, still: str = "") -> None:
        self.text, self.still = text, still
        self._page = html
        self._on_press = on_press
        super().__init__(html=html)
        self.on_msg(self._take)

    def show(self, text: str, html: str) -> None:
        """Replace what is shown; nothing is sent when it is the same. May be called from any thread.

        Arguments:
            text: the plain text, for where no HTML is shown.
            html: the HTML.

        """
        self.text, self._page = text, html
        if self.comm is not None:  # None: it was closed, and is no longer shown
            self.html = html

    def _take(self, _: object, content: Mapping[str, Any], __: object) -> None:
        """Hand a press on. What goes wrong is said in the view: an error here would be printed into another cell."""
        if self._on_press is None or not content.get("press"):
            self.send({"heard": True})  # the page only asks whether somebody is there
            return
        wrong = ""
        try:
            self._on_press(str(content.get("press", "")), dict(content.get("values") or {}))
        except CourseError as error:
            wrong = str(error)
        except KeyboardInterrupt:
            wrong = "Stopped."
        except Exception as error:  # noqa: BLE001  (whatever it is, the reader of this view is the one who pressed)
            wrong = f"This broke ({type(error).__name__}: {error}). It is not your mistake. Look: checker doctor"
        self.html = render("jupyter/alert", page=self._page, wrong=wrong) if wrong else self._page
        self.send({"heard": True})

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {WIDGET: view, "text/plain": self.text, "text/html": self.still or self._page}, {}
