"""What one notebook shows live: each thing once, however often its cell runs, and all of them through one follower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.engine import CachingReader, Follower, open_client
from checker.jupyter.form import Form
from checker.jupyter.home import Home
from checker.jupyter.notebook import LiveDrawings
from checker.jupyter.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.jupyter.notebook import NotebookState
    from checker.jupyter.question import Asked
    from checker.lab import Lab


class LiveOutputs:
    """The live outputs of a notebook; made again when the course has another engine."""

    def __init__(self, course: NotebookState) -> None:
        self._course = course
        self._host = ""
        self._forms: dict[tuple[str, str], Form] = {}
        self._panels: dict[str, Panel] = {}
        self._easel: LiveDrawings | None = None
        self._home: Home | None = None

    def follower(self) -> Follower:
        """Return what tells of the engine's events.

        Raises:
            NoEngine: when the course has not been started.

        """
        host = self._course.engine().host
        if host != self._host:
            self.close()
            self._host, self._follower = host, Follower(host)
        return self._follower

    def close(self) -> None:
        """End all threads; what is shown stays as it is."""
        for panel in self._panels.values():
            panel.watch.close()
        self._panels.clear()
        if self._easel:
            self._easel.close()
        if self._home:
            self._home.close()
        self._easel = self._home = None

    def form(self, lab: Lab, item: Asked) -> Form:
        """Return the form of a question; a question that was shown before keeps its form.

        Arguments:
            lab: the lab that asks it.
            item: the question, with the learner's values filled in.

        """
        key = lab.id, item.question.id
        if key not in self._forms:
            self._forms[key] = Form(self._course, lab, item)
        return self._forms[key]

    def compared(self, lab: Lab, question_id: str, outcome: str) -> None:
        """Let a question's form, if it was shown, tell how the prediction compares with what the engine did.

        Arguments:
            lab: the lab that asks the question.
            question_id: the question's id.
            outcome: how the prediction compares, as one sentence or two.

        """
        form = self._forms.get((lab.id, question_id.strip()))
        if form:
            form.compared(outcome)

    def panel(self, lab: Lab) -> Panel:
        """Return the check panel of a lab.

        Raises:
            NoEngine: when the engine does not answer.

        """
        follower = self.follower()
        if lab.id not in self._panels:
            self._panels[lab.id] = Panel(self._course.attempt(lab), follower)
        return self._panels[lab.id]

    def easel(self) -> LiveDrawings:
        """Return what keeps the drawings up to date.

        Raises:
            NoEngine: when the engine does not answer.

        """
        follower = self.follower()
        if self._easel is None:
            host = self._host
            # A client of its own: requests of two threads through one would get into each other's way.
            self._easel = LiveDrawings(follower, CachingReader(open_client(host)))
        return self._easel

    def home(self, labs: Sequence[Lab]) -> Home:
        """Return the course panel.

        Raises:
            NoEngine: when the engine does not answer.

        """
        follower = self.follower()
        if self._home is None:
            self._home = Home(self._course.work, self._course.engine(), labs, follower)
        return self._home
