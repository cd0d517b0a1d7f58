"""The magics of a lesson.

``%course``, ``%lesson``, ``%%docker``, ``%%requests``, ``%get``, ``%predict``, ``%outcome``, ``%doctor``; of the lab
``%sheet``, ``%setup``, ``%%lab``, ``%check``; drawings ``%lifecycle``, ``%layers``, ``%ports``; at the end
``%cheatsheet``, ``%certificate``.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, ParamSpec

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from checker.cheatsheet import FILE
from checker.errors import CourseError
from checker.files import read_text, write_text
from checker.jupyter import cells, files, home, predict, question, requests
from checker.jupyter.live_outputs import LiveOutputs
from checker.jupyter.notebook import (
    NotebookState,
    labs_folder,
    show_html,
    show_markdown,
    show_view,
    static,
)
from checker.lab import load_labs
from checker.learner import COMMANDS, SHEET
from checker.pages import render
from checker.report import as_html, as_text, best_so_far_note, open_labs, write_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.lab import Lab

P = ParamSpec("P")


def said_plainly(magic: Callable[P, None]) -> Callable[P, None]:
    """Print a problem that the learner can fix as its message, so that "Run all" goes on.

    While a notebook is built or tested a problem is an error, because nobody would read the message.
    """

    @functools.wraps(magic)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            magic(*args, **kwargs)
        except CourseError as error:
            if static():
                raise
            print(error)
        except KeyboardInterrupt:
            print("[stopped]")

    return run


@magics_class
class CourseMagics(Magics):
    """The course's cell and line magics."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.course = NotebookState()
        self.shown = LiveOutputs(self.course)

    @line_magic
    @said_plainly
    def lesson(self, line: str) -> None:
        """``%lesson 05_lifecycle``: open a lesson, and say whether the engine answers."""
        self.course.open(line)
        print(self.course.greeting())
        os.environ["DOCKER_HOST"] = self.course.engine().host  # so that docker-py finds the course's engine as well

    @line_magic("course")  # type: ignore[arg-type]
    @said_plainly
    def course_panel(self, line: str) -> None:  # noqa: ARG002  (IPython hands it over)
        """``%course``: show how far you are in all labs, and what comes next; kept up to date."""
        labs = load_labs(labs_folder())
        if static():
            home.show_still(labs)
            return
        panel = self.shown.home(labs)
        show_view(panel.view)
        panel.start()

    @cell_magic
    @said_plainly
    def docker(self, line: str, cell: str) -> None:
        """``%%docker [--limit SECONDS]``: run docker commands, one per line."""
        cells.run_cell(self.course, cell, cells.limit_in(line))

    @cell_magic
    @said_plainly
    def requests(self, line: str, cell: str) -> None:
        """Run docker commands, and show what each one sends: ``%%requests [--quiet] [--all] [--limit SECONDS]``."""
        requests.run_cell(self.course, cell, requests.options_in(line))

    @cell_magic
    @said_plainly
    def lab(self, line: str, cell: str) -> None:
        """``%%lab [LAB]``: keep the cell as the lab's command list, run it, and check the lab."""
        lab = self.course.lab(line)
        if not cells.has_commands(cell):
            print(cells.NOTHING_YET)
            return
        write_text(self.course.work.folder(lab) / COMMANDS, cell)
        cells.run_list(self.course, lab, cell)
        self._check(lab)

    @cell_magic
    @said_plainly
    def file(self, line: str, cell: str) -> None:
        """Write a file into the lab's folder: ``%%file shop/Dockerfile``."""
        print(files.write(self.course.folder(), line, cell))

    @line_magic
    @said_plainly
    def check(self, line: str) -> None:
        """``%check [LAB]``: check the lab of this lesson, or another, and tick its tasks while you work."""
        lab = self.course.lab(line)
        if static():
            self._check(lab)
        else:
            self.shown.panel(lab).appear()

    def _check(self, lab: Lab) -> None:
        checked = self.course.attempt(lab).check_and_keep()
        show_html(as_text(lab, checked.results), as_html(lab, checked.results))
        if told := best_so_far_note(checked.results, checked.reached):
            print(told)
        for problem in checked.problems:
            print(problem)
        if checked.solution_is_open:
            print(f"Stuck? In the terminal you may look at a solution: checker solution {lab.number}")

    @line_magic
    @said_plainly
    def sheet(self, line: str) -> None:
        """``%sheet [LAB]``: show the lab's sheet, with your own values in it."""
        lab = self.course.lab(line)
        show_markdown(read_text(self.course.work.folder(lab) / SHEET))

    @line_magic
    @said_plainly
    def predict(self, line: str) -> None:
        """``%predict ID``: ask for a prediction, or for an answer of the lab."""
        lab = self.course.lab()
        item = question.asked(self.course, lab, line)
        if static():
            show_html(question.as_text(item), question.as_html(item))
        else:
            show_view(self.shown.form(lab, item).view)

    @line_magic
    @said_plainly
    def outcome(self, line: str) -> None:
        """``%outcome ID``: compare a prediction with what the engine did."""
        lab = self.course.lab()
        told = predict.compare(self.course, lab, line)
        if static():
            print(told)
        else:  # words that wrap as such, not as a program's output does
            show_html(told, render("jupyter/outcome", told=told))
            self.shown.compared(lab, line, told)

    @line_magic
    @said_plainly
    def setup(self, line: str) -> None:
        """Make the state that the lab begins with, or take it away: ``%setup [LAB] [--clear]``."""
        from checker.attempt import set_up_in_words

        words = line.split()
        lab = self.course.lab(" ".join(word for word in words if word != "--clear"))
        print(set_up_in_words(self.course.attempt(lab), only_clear="--clear" in words))

    @line_magic
    @said_plainly
    def get(self, line: str) -> None:
        """``%get http://127.0.0.1:8000/``: ask a web address, and show the status and the first line of the answer."""
        from checker.jupyter.http_get import get

        print(get(line, self.course.engine().host))

    @no_var_expand
    @line_magic
    @said_plainly
    def layers(self, line: str) -> None:
        """Draw an image as the stack of its layers, or two images side by side: ``%layers IMAGE [OTHER]``."""
        from checker.jupyter.diagrams import layers

        layers.show(self.course, self.shown.easel, line)

    @no_var_expand
    @line_magic
    @said_plainly
    def ports(self, line: str) -> None:
        """Draw the way of a connection to each port of a container: ``%ports NAME [NAME …]``."""
        from checker.jupyter.diagrams import ports

        ports.show(self.course, self.shown.easel, line)

    @no_var_expand
    @line_magic
    @said_plainly
    def lifecycle(self, line: str) -> None:
        """Draw which state each container is in: ``%lifecycle [NAME …]``; without names, all of the course's."""
        from checker.jupyter.diagrams import lifecycle

        lifecycle.show(self.course, self.shown.easel, line)

    @line_magic
    @said_plainly
    def cheatsheet(self, line: str) -> None:  # noqa: ARG002  (IPython hands it over)
        """``%cheatsheet``: show the course on one page."""
        show_markdown(read_text(labs_folder() / FILE))

    @line_magic
    @said_plainly
    def certificate(self, line: str) -> None:
        """``%certificate [NAME]``: write the certificate, or say which labs are still open."""
        labs = load_labs(labs_folder())
        still_open = open_labs(self.course.work, labs)
        if still_open:
            print("Not yet. Still open: " + ", ".join(still_open) + ".")
            return
        path = write_certificate(self.course.work, labs, line)
        print(
            f"Your certificate: {path.name}, in the folder that holds your lessons. Open it in a browser to print it."
        )

    @line_magic
    @said_plainly
    def doctor(self, line: str) -> None:  # noqa: ARG002  (IPython hands it over)
        """``%doctor``: say what works, what does not, and how to fix it."""
        cells.run_checker(["doctor", "--brief"])
