"""HTML from templates: each room fills in templates of its own, and no markup is in Python.

A room that draws has two folders beside its modules: ``templates/`` with jinja2 templates, ``css/`` with style sheets.
"""

from typing import TYPE_CHECKING

from checker.lazy import door

if TYPE_CHECKING:
    from checker.pages.rendering import render, stylesheet
else:
    __getattr__ = door(__name__, __file__)
