"""A question as a form: choices or a field, a button, and a line that says what was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.jupyter.display import escape
from checker.jupyter.question import as_text, save, title

if TYPE_CHECKING:
    from checker.jupyter.course import Course
    from checker.jupyter.question import Asked
    from checker.lab import Lab


def show_form(course: Course, lab: Lab, item: Asked) -> None:
    """Show the question with fields to answer it; the answer goes into the learner's answers.toml."""
    from IPython.display import display

    form = make_form(course, lab, item)
    display(  # type: ignore[no-untyped-call]
        {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": form.model_id,
            },
            "text/plain": as_text(item),
        },
        raw=True,
    )


def make_form(course: Course, lab: Lab, item: Asked) -> Any:
    """Return the form as a widget: its children are the prompt, the field, the button and the status line."""
    import ipywidgets as widgets  # type: ignore[import-untyped]

    # Widgets set a line's height to that of a button, which tears a longer question apart.
    prompt = widgets.HTML(f'<div style="line-height:1.4"><strong>{title(item)}</strong> {escape(item.prompt)}</div>')
    field = _field(widgets, item)
    button = widgets.Button(
        description="Commit" if item.question.predict else "Save", tooltip="Keep this answer", button_style="primary"
    )
    told = widgets.HTML(f"Kept: {escape(item.answer)}." if item.answer else "")

    def commit(_: object) -> None:
        told.value = escape(save(course, lab, item, field.value or ""))

    button.on_click(commit)
    row = widgets.HBox([button, told], layout={"align_items": "center"})
    frame = {"border_left": "4px solid var(--jp-brand-color1)", "padding": "4px 12px"}
    return widgets.VBox([prompt, field, row], layout=frame)


def _field(widgets: Any, item: Asked) -> Any:
    if item.choices:
        chosen = item.answer if item.answer in item.choices else None
        return widgets.RadioButtons(options=list(item.choices), value=chosen, layout={"width": "max-content"})
    hint = "a number" if item.question.kind == "number" else "your answer"
    return widgets.Text(value=item.answer, placeholder=hint)
