"""The course inside a notebook: cells that run docker, the sheet, predictions, the check.

``%load_ext checker.jupyter`` adds the magics of ``magics``. They are thin: ``course`` knows the open lesson, the
learner's folder and the engine; ``cells`` runs docker commands; ``predict`` asks and compares; ``display`` puts text
and HTML into the notebook. ``server`` and ``jupyterlab_settings`` start JupyterLab itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from checker.jupyter.server import serve, stop_open
else:
    __getattr__ = door(__name__, __file__)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the course's magics to a notebook."""
    from checker.jupyter.magics import CourseMagics

    shell.register_magics(CourseMagics(shell))
