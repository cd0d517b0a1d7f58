"""A question as a form: choices or a field, a button, a line that says what was kept, and later what the engine did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.jupyter.notebook import PANEL, View, escape, quoted, with_breaks
from checker.jupyter.predict import compare
from checker.jupyter.question import as_html, as_text, asked, save, title

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
    """Return the form.

    Arguments:
        item: the question.
        told: what was kept, or why nothing was.
        outcome: the comparison with what the engine did; empty before that.

    """
    word = "Commit" if item.question.predict else "Save"
    compared = f'<p class="outcome">{with_breaks(outcome)}</p>' if outcome else ""
    return (
        f'{STYLE}<form class="docker101-panel docker101-form" data-press="answer" autocomplete="off">'
        f"<fieldset><legend><strong>{title(item)}</strong> {with_breaks(item.prompt)}</legend>{_field(item)}</fieldset>"
        f'<button type="submit" class="main">{word}</button> <span role="status">{escape(told)}</span>{compared}</form>'
    )


def _field(item: Asked) -> str:
    if item.choices:
        return "".join(
            f'<label><input type="radio" name="answer" value="{quoted(choice)}"'
            f"{' checked' if choice == item.answer else ''}> {escape(choice)}</label>"
            for choice in item.choices
        )
    hint, mode = ("a number", ' inputmode="decimal"') if item.question.kind == "number" else ("your answer", "")
    return (
        f'<label>Your answer: <input type="text" name="answer" value="{quoted(item.answer)}" '
        f'placeholder="{hint}"{mode}></label>'
    )


STYLE = PANEL + (
    "<style>.docker101-form fieldset{border:0;margin:0;padding:0;min-width:0}"
    ".docker101-form legend{padding:0;line-height:1.4;margin-bottom:.3em}"
    ".docker101-form label{display:block;width:max-content;max-width:100%;margin:.25em 0}"
    ".docker101-form button{margin-top:.3em}"
    ".docker101-form .outcome{margin:.6em 0 0;padding-top:.4em;border-top:1px solid var(--jp-border-color2,#e0e0e0)}"
    ".docker101-form ::placeholder{color:var(--jp-ui-font-color1,#424242)}</style>"
)
