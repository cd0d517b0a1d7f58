"""Watch a lab: its results stay current while the learner works, driven by the engine's events rather than by polling.

One thread a lab. An event makes checks run again: ``checker.affected`` says which. The lab's files are looked at
several times a second, which costs the engine nothing.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from checker.affected import AffectedChecks
from checker.attempt import solution_is_open
from checker.engine import CachingReader, Reader, open_client
from checker.errors import CourseError
from checker.lab import Result, Status
from checker.live import LiveLoop
from checker.report import best_so_far_note
from checker.run import CheckRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from checker.attempt import Attempt
    from checker.engine import Follower
    from checker.learner import Progress
    from checker.live import Turn

FILES_STEP_S = 0.3
"""Seconds between two looks at the lab's files."""

SETTLING_STEP_S = 0.15
"""Seconds between two tries of a check whose state may settle without an event, such as a server that must begin."""


_CHECK = "check"


@dataclass(frozen=True)
class LabStatus:
    """What is known of a lab now.

    ``lost`` is why no events arrive: then the rest is out of date. ``checking``: a check that the learner
    asked for is under way. ``reached`` are the points of the best check so far, where it was better than this one.
    """

    results: tuple[Result, ...] = ()
    problems: tuple[CourseError, ...] = ()
    solution_is_open: bool = False
    lost: str = ""
    checking: bool = False
    reached: float = 0.0


class Watch:
    """Keeps one lab's results current.

    Arguments:
        attempt: what is watched.
        follower: of the engine that the attempt is on.
        tell: called with each new status, from the thread of the watch, or from that of ``check``.

    """

    def __init__(self, attempt: Attempt, follower: Follower, tell: Callable[[LabStatus], object]) -> None:
        self._attempt, self._lab, self._work, self._tell = attempt, attempt.lab, attempt.work, tell
        self._runner = CheckRunner(self._lab.checks, params=attempt.params)
        self._affected = AffectedChecks(self._lab.checks)
        self._client = open_client(attempt.engine.host)
        self._reader = CachingReader(self._client)
        self._saved: list[tuple[Any, ...]] = []
        self._files = self._signature()
        self._settling_until = 0.0
        self.loop = LiveLoop(f"docker101-watch-{self._lab.id}", follower, self._reader, self._act)
        self.status = LabStatus()

    # --- for what displays it

    def check(self) -> LabStatus:
        """Check now, as patiently as it needs, and count it as a try of the learner's.

        Raises:
            CourseError: when the engine does not answer, or the answers cannot be read.

        """
        with self.loop.lock:
            self._work.answers(self._lab)  # broken answers are said once and clearly, before anything is judged
            Reader(self._client).os_type()  # and so is an engine that does not answer: that is no try
            self._reader.forget()
            self._say(replace(self.status, checking=True))
            try:
                self._round(None, patient=True)
                progress = self._work.save_results(self._lab.id, self.status.results)
            finally:
                self._say(replace(self.status, checking=False))
            self._say_reached(progress)
            return self.status

    def ask_to_check(self) -> None:
        """Let the watch's own thread check as soon as it can; the outcome goes to ``tell``."""
        self.loop.put(_CHECK)

    def start(self) -> None:
        """Watch from now on."""
        self.loop.start()

    def stop(self) -> None:
        """Watch no longer; ``check`` still works."""
        self.loop.stop()

    @property
    def watching(self) -> bool:
        """Whether it watches."""
        return self.loop.running

    def close(self) -> None:
        """Stop, and close the connection."""
        self.stop()
        self._client.close()

    # --- one turn of the loop

    def _act(self, turn: Turn) -> float:
        try:
            if _CHECK in turn.words:
                self.check()
            self._take(turn)
        except CourseError as error:
            self._say_problem(error)
        except Exception as error:  # noqa: BLE001  (a thread that dies unseen would leave a panel that looks alive)
            self._say_problem(_our_mistake(error))
        return SETTLING_STEP_S if time.monotonic() < self._settling_until else FILES_STEP_S

    def _take(self, turn: Turn) -> None:
        """Run what may have changed."""
        was_lost = bool(self.status.lost) or any(news.lost for news in turn.news)
        if turn.lost != self.status.lost:
            self._say(replace(self.status, lost=turn.lost))
        if turn.lost:
            return
        files = self._signature()
        if files != self._files or was_lost or (turn.news and not self._runner.results):
            self._files = files
            self._run(self._affected.everything(self._reader.images()))
        elif turn.news:
            self._run(self._affected.by(turn.news, self._reader.images()))
        elif turn.lags:
            self._round(self._affected.everything(self._reader.images())[0])
        elif time.monotonic() < self._settling_until:
            self._settle()

    def _run(self, rounds: Iterable[set[str]]) -> None:
        """Run checks in rounds, and then give what is not there yet its time."""
        for ids in rounds:
            self._round(ids)
        self._wait_for_settling()

    def _settle(self) -> None:
        """Look again at what may settle; what it was in the way of has its own time from then on."""
        unsettled = self._unsettled()
        self._round(unsettled)
        if self._unsettled() != unsettled:
            self._wait_for_settling()

    def _unsettled(self) -> set[str]:
        failed = {result.id for result in self._runner.results if result.status is Status.FAILED}
        return {item.id for item in self._lab.checks if item.within_s and item.id in failed}

    def _wait_for_settling(self) -> None:
        waiting = [item.within_s for item in self._lab.checks if item.id in self._unsettled()]
        self._settling_until = time.monotonic() + max(waiting, default=0.0)

    # --- one round

    def _round(self, ids: Iterable[str] | None, *, patient: bool = False) -> None:
        """Run checks, report each new result, and keep them."""
        if ids is not None and not (ids := set(ids)) and self._runner.results:
            return
        facts = self._attempt.facts(self._client, None if patient else self._reader)

        def take(result: Result) -> None:
            self._affected.note(result, has_built=facts.has_built(), patient=patient)
            self._say_results()

        self._runner.run(facts, ids, patient=patient, on_result=take)
        problems = self._attempt.not_set_up(facts)
        if [str(one) for one in problems] != [str(one) for one in self.status.problems]:
            self._say(replace(self.status, problems=problems))
        self._keep()

    def _say_results(self) -> None:
        results = tuple(self._attempt.with_list(self._runner.results))
        if _said(results) != _said(self.status.results):
            self._say(replace(self.status, results=results))

    def _keep(self) -> None:
        """Save the results where they are new; that a disk is full is said, and stops nothing."""
        if (now := _said(self.status.results)) == self._saved or len(now) < len(self._lab.checks):
            return
        try:
            progress = self._work.save_live(self._lab.id, self.status.results)
        except CourseError as error:
            self._say(replace(self.status, problems=(*self.status.problems, error)))
            return
        self._saved = now
        self._say_reached(progress)

    def _say_reached(self, progress: Progress) -> None:
        solution = solution_is_open(self._lab, progress)
        is_better = bool(best_so_far_note(self.status.results, progress.score))
        reached = progress.score if is_better else 0.0
        self._say(replace(self.status, solution_is_open=solution, reached=reached))

    def _say(self, status: LabStatus) -> None:
        if status != self.status:
            self.status = status
            self._tell(status)

    def _say_problem(self, problem: CourseError) -> None:
        with contextlib.suppress(Exception):  # it may be the callback that failed
            self._say(replace(self.status, problems=(problem,)))

    def _signature(self) -> frozenset[tuple[str, int, int]]:
        """Return what tells whether a file of the lab has changed; its notebook, which saves itself, is none."""
        found = set()
        with contextlib.suppress(OSError):  # a folder may go while it is looked at; the next look sees what came of it
            for path in self._attempt.folder.rglob("*"):
                if path.suffix != ".ipynb" and ".ipynb_checkpoints" not in path.parts and path.is_file():
                    stat = path.stat()
                    found.add((str(path), stat.st_mtime_ns, stat.st_size))
        return frozenset(found)


def _our_mistake(error: Exception) -> CourseError:
    return CourseError(
        f"Watching broke ({type(error).__name__}: {error}). This is not your mistake.", "Ask for a check by hand."
    )


def _said(results: Iterable[Result]) -> list[tuple[Any, ...]]:
    """Return what a learner reads of results: how long each took is nothing new."""
    return [(item.id, item.status, item.score, item.message, item.hint) for item in results]
