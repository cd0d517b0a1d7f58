"""A question as a form: choices or a field, a button, a line that says what was kept, and later what the engine did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.jupyter.notebook import View
from checker.jupyter.predict import compare
from checker.jupyter.question import as_html, as_text, asked, save, title
from checker.pages import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checker.jupyter.notebook import NotebookState
    from checker.jupyter.question import Asked
    from checker.lab import Lab


class Form:
    """One question's form. Shown twice, it is still one.

    Arguments:
        course: the notebook's.
        lab: which asks it.
        item: the question, and what the learner wrote before.

    """

    def __init__(self, course: NotebookState, lab: Lab, item: Asked) -> None:
        self._course, self._lab, self._item = course, lab, item
        self._told = f"Kept: {item.answer}." if item.answer else ""
        self._outcome = ""
        self.view = View(as_text(item), self._page(), self._press, still=as_html(item))

    def compared(self, outcome: str) -> None:
        """Show below the form how the prediction compares with what the engine did."""
        self._outcome = outcome
        self._show()

    def _press(self, _: str, values: Mapping[str, str]) -> None:
        self._told = save(self._course, self._lab, self._item, str(values.get("answer", "")))
        self._item = asked(self._course, self._lab, self._item.question.id)
        if self._outcome:
            self._outcome = compare(self._course, self._lab, self._item.question.id)
        self._show()

    def _show(self) -> None:
        self.view.still = as_html(self._item)
        self.view.show(as_text(self._item), self._page())

    def _page(self) -> str:
        return form_html(self._item, self._told, self._outcome)


def form_html(item: Asked, told: str, outcome: str = "") -> str:
    """Return the form as HTML.

    Arguments:
        item: the question.
        told: what was kept, or why nothing was.
        outcome: the comparison with what the engine did; empty before that.

    """
    return render("jupyter/form", title=title(item), item=item, told=told, outcome=outcome)
