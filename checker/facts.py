"""Where the built-ins of a lab's checks come from: the engine, the learner's files and answers, the history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from checker.engine import FRESH_S, EngineView
from checker.lab import FilesView, typed_answer
from checker.learner import ANSWERS, read_answers
from checker.placeholders import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import docker

    from checker.engine import Engine, History, ImageLife, Prune, Reader, Timeline
    from checker.lab import Lab


class Params:
    """The values of the sheet's {placeholders} as attributes: ports and numbers as numbers, words as texts."""

    def __init__(self, lab: Lab, values: Mapping[str, str]) -> None:
        kinds = {param.name: param.kind for param in lab.params}
        self._lab = lab.id
        self._values = {name: _typed(kinds.get(name, "word"), value) for name, value in values.items()}

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})
        if name in values:
            return values[name]
        known = ", ".join(values) or "none"
        raise AttributeError(f"the lab {self.__dict__.get('_lab')} has no parameter {name}; it has: {known}")


class NotedHistory:
    """The history, which notes the names of the containers that it is asked for in ``asked``."""

    def __init__(self, history: History, asked: set[str]) -> None:
        self._history, self._asked = history, asked

    def of(self, name: str) -> Timeline:
        """Return the timeline of the container that has the name ``name`` now, or had it last; see ``History.of``."""
        self._asked.add(name)
        return self._history.of(name)

    def lives(self, name: str) -> list[Timeline]:
        """Return the timelines of all containers that ever had the name ``name``; see ``History.lives``."""
        self._asked.add(name)
        return self._history.lives(name)

    def images(self, ref: str) -> list[ImageLife]:
        """Return what happened to each image that was given the name ``ref``; see ``History.images``."""
        self._asked.add(ref)
        return self._history.images(ref)

    def image(self, ref: str) -> ImageLife:
        """Return what happened to the image that was given the name ``ref`` last; see ``History.image``."""
        self._asked.add(ref)
        return self._history.image(ref)

    def pulled(self) -> list[str]:
        """Return the names of all images that were pulled; see ``History.pulled``."""
        return self._history.pulled()

    def prunes(self) -> list[Prune]:
        """Return every prune of containers; see ``History.prunes``."""
        return self._history.prunes()


class Facts:
    """The built-ins of one lab's checks, on one engine.

    Arguments:
        client: open, of the engine that is judged.
        lab: the lab that is checked.
        work_folder: the learner's folder of this lab.
        params: the values of the sheet's {placeholders}.
        journal_path: what the recorder wrote.
        engine: the engine that the client talks to; it says what on it is the course's.
        reader: who asks the engine; default: one that asks every time.

    """

    def __init__(  # noqa: PLR0913  (the sources of a check's facts, one each)
        self,
        client: docker.APIClient,
        lab: Lab,
        work_folder: Path,
        params: Mapping[str, str],
        journal_path: Path,
        *,
        engine: Engine,
        reader: Reader | None = None,
    ) -> None:
        self._client, self._lab, self._folder, self._params = client, lab, work_folder, params
        self._journal_path = journal_path
        self._history: History | None = None
        self._history_read = 0.0
        asked_about = {filled(choice, params) for question in lab.questions for choice in question.choices}
        self._engine = EngineView(
            reader or client,
            self.history,
            owns=engine.owns,
            untold=asked_about,
            lock=journal_path.with_name("building.lock"),
        )

    def built_in(self, name: str) -> Any:
        """Return the built-in called ``name``: ``checker.lab.vocabulary.BUILT_INS`` lists them.

        Raises:
            EngineProblem: for those that need the engine, once it has not answered in time.

        """
        if name in ("engine", "image", "history"):
            self._engine.answers_at_all()
        sources: dict[str, Callable[[], Any]] = {
            "engine": lambda: self._engine,
            "image": lambda: self._engine.image,
            "files": lambda: FilesView(self._folder),
            "answer": lambda: self.answer,
            "history": lambda: NotedHistory(self.history(), self._engine.asked),
            "params": lambda: Params(self._lab, self._params),
        }
        return sources[name]()

    def names_asked(self) -> frozenset[str]:
        """Return, and forget, the names of containers and images that were asked for since the last call."""
        asked = frozenset(self._engine.asked)
        self._engine.asked.clear()
        return asked

    def has_built(self) -> bool:
        """Return, and forget, whether an image was built since the last call."""
        has_built, self._engine.has_built = self._engine.has_built, False
        return has_built

    def answer(self, question_id: str) -> int | float | str:
        """Return the learner's answer to a question, as its kind.

        Raises:
            Failure: when there is none, or it is not of that kind.
            UsageProblem: when answers.toml cannot be read, or the lab does not ask this.

        """
        question = self._lab.question(question_id)
        written = read_answers(self._folder / ANSWERS, self._lab).get(question_id)
        return typed_answer(question, written, self._params)

    def history(self) -> History:
        """Return what happened on the engine; read again unless it was read a moment ago."""
        from checker.engine import read_history

        now = time.monotonic()
        if self._history is None or now - self._history_read > FRESH_S:
            self._history, self._history_read = read_history(self._client, self._journal_path), now
        return self._history


def _typed(kind: str, value: str) -> int | float | str:
    """Return a parameter's value as lab.toml means it."""
    if kind not in ("port", "number"):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number
