"""What the cells of one notebook share: the open lesson, the learner's folder, the engine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine import remembered_engine
from checker.errors import CourseError, NoEngine, UsageProblem
from checker.files import LABS
from checker.jupyter.notebook.display import static
from checker.lab import find_lab, load_lab
from checker.learner import SHEET, Work

if TYPE_CHECKING:
    from collections.abc import Callable

    import docker

    from checker.engine import Engine
    from checker.facts import Facts
    from checker.lab import Lab
    from checker.play import Runner


def labs_folder() -> Path:
    """Return the folder of the labs; tests have their own."""
    return Path(os.environ.get("DOCKER101_LABS") or LABS)


class NotebookState:
    """The state of one notebook's kernel."""

    def __init__(self) -> None:
        self.work = Work()
        self._open: Lab | None = None
        self._client: docker.APIClient | None = None
        self._host = ""

    def open(self, name: str) -> Lab:
        """Open a lesson: its lab is meant from now on, and relative paths begin in the learner's folder of it.

        Raises:
            UsageProblem: when there is no such lesson.

        """
        lab = load_lab(find_lab(name, labs_folder()), labs_folder())
        if not (self.work.folder(lab) / SHEET).is_file():
            self.work.update(lab)
        os.chdir(self.work.folder(lab))
        self._open = lab
        if static():
            self._forget_history()
        return lab

    def _forget_history(self) -> None:
        """Begin with no history: a build, and nbval, must not judge what tests did before under the learner's names."""
        from checker.engine import forget_history
        from checker.session import journal_path

        engine = remembered_engine(self.work.root)
        if engine is not None:
            with contextlib.suppress(CourseError):  # an engine that does not answer is said by the greeting
                forget_history(engine.host, journal_path(self.work))

    def lab(self, name: str = "") -> Lab:
        """Return the lab called ``name``, or the one of the open lesson.

        Raises:
            UsageProblem: when no lesson is open, or there is no such lab.

        """
        if name.strip():
            return load_lab(find_lab(name, labs_folder()), labs_folder())
        if self._open is None:
            raise UsageProblem(
                "This notebook does not know its lesson yet.",
                "Run its first cell, the one with %lesson, and then this one again.",
            )
        return self._open

    def endpoint(self) -> Engine:
        """Return the engine that the course uses.

        Raises:
            NoEngine: when the course has not been started.

        """
        found = remembered_engine(self.work.root)
        if found is None:
            raise NoEngine(
                "The course has no engine yet.", "In a terminal, in the course's folder: python3 -m checker start"
            )
        return found

    def folder(self) -> Path:
        """Return the folder that relative paths of a cell begin in."""
        return self.work.folder(self._open) if self._open else Path.cwd()

    def runner(self, folder: Path, limit_s: float, on_output: Callable[[str], object], *, via: str = "") -> Runner:
        """Return what runs one docker command on the course's engine, guarded where others use that engine too.

        Arguments:
            folder: where relative paths of the command begin.
            limit_s: when the command is ended, in seconds.
            on_output: called with each line as it comes.
            via: the address that the docker program is told instead of the engine's own; default that one.

        """
        from checker.play import runner

        return runner(self.endpoint(), self.work.state, folder, limit_s, on_output, via=via)

    def client(self) -> docker.APIClient:
        """Return an open client of the engine; one for all cells, opened again when the engine is another.

        Raises:
            NoEngine: when it does not answer.

        """
        from checker.engine import open_client

        endpoint = self.endpoint()
        if self._client is None or self._host != endpoint.host:
            self._client, self._host = open_client(endpoint.host), endpoint.host
        return self._client

    def facts(self, lab: Lab) -> Facts:
        """Return what a lab's checks and outcomes may ask about."""
        from checker.facts import Facts
        from checker.session import journal_path

        folder, params = self.work.folder(lab), self.work.params(lab)
        return Facts(self.client(), lab, folder, params, journal_path(self.work), engine=self.endpoint())

    def greeting(self) -> str:
        """Return one line on whether the engine answers; the same on every engine."""
        from checker.engine import http

        answer = http.ping(self.endpoint().host, 5)
        if not answer.ok:
            raise NoEngine(f"The engine does not answer ({answer.problem}).", "See what is wrong with: checker doctor")
        return "The engine answers."
