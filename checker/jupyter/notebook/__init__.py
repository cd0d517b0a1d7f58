"""What the cells of one notebook share: its state, and the ways to show something."""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.jupyter.notebook.display import show_html, show_markdown, show_view, static
    from checker.jupyter.notebook.live_drawings import Drawing, LiveDrawings, show_drawing
    from checker.jupyter.notebook.state import NotebookState, labs_folder
    from checker.jupyter.notebook.view import View
else:
    __getattr__ = door(__name__, __file__)
