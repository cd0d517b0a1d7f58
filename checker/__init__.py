"""The machine behind the Docker course: lesson -> lab -> checks -> engine -> report.

A learner reads a lesson, does its lab on a real Docker engine, and asks for a check. Then, in this order:

1. ``lab`` loads and validates the lab's folder under ``labs/``; ``work`` finds the learner's own copy under ``work/``.
2. ``check`` is the vocabulary in which a lab's ``checks.py`` is written: ``@check``, ``Failure``, ``Result``.
3. ``run`` runs the checks in the order of their dependencies, each within a time limit, against
4. ``engine``, the only place that talks to Docker: finding or starting an engine, its images, its events, typed views.
5. ``report`` turns the results into text, HTML or JSON; ``pages`` fills in the templates of all HTML.

``commands`` is the grammar of the command lists that learners hand in. ``jupyter`` (cells, panels) and the commands of
``__main__`` stand on top and are imported by nothing below. ``bootstrap`` makes the virtual environment first.

Importing this package needs nothing but the standard library, and costs next to nothing.
"""

__version__ = "0.1.0"
