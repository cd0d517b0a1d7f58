"""Watch a lab: its results stay current while the learner works, driven by what the engine tells, not by asking it.

One thread a lab. An event makes checks run again: ``checker.affected`` says which. The lab's files are looked at
several times a second, which costs the engine nothing.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from checker import report
from checker.affected import AffectedChecks
from checker.engine import CachingReader, Inbox, Reader, open_client
from checker.errors import CourseError
from checker.facts import Facts
from checker.lab import Result, Status
from checker.live import course_engine, not_set_up, not_yet_in_list, solution_is_open
from checker.run import CheckRunner
from checker.session import journal_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from checker.engine import Engine, Follower, News
    from checker.lab import Lab
    from checker.learner import Progress, Work

FILES_STEP_S = 0.3
"""Seconds between two looks at the lab's files."""

SETTLING_STEP_S = 0.15
"""Seconds between two tries of a check whose state may settle without an event, such as a server that must begin."""


@dataclass(frozen=True)
class LabStatus:
    """How a lab stands.

    ``lost`` is why the engine is not heard: then the rest tells of the past. ``checking``: a check that the learner
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
        work: the learner's folder.
        lab: what is watched.
        follower: of the engine that the course uses.
        tell: called with each new standing, from the thread of the watch, or from that of ``check``.

    """

    def __init__(self, work: Work, lab: Lab, follower: Follower, tell: Callable[[LabStatus], object]) -> None:
        self._work, self._lab, self._follower, self._tell = work, lab, follower, tell
        self._engine: Engine = course_engine(work)
        self._rounds = CheckRunner(lab.checks, params=work.params(lab))
        self._touched = AffectedChecks(lab.checks)
        self._client = open_client(self._engine.host)
        self._reader = CachingReader(self._client)
        self._running = threading.Lock()
        self._inbox = Inbox()
        self._leave: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None
        self._saved: list[tuple[Any, ...]] = []
        self._files = self._signature()
        self._settling_until = 0.0
        self._list_lags = False
        self.standing = LabStatus()

    # --- for who shows it

    def check(self) -> LabStatus:
        """Check now, as patiently as it needs, and count it as a try of the learner's.

        Raises:
            CourseError: when the engine does not answer, or the answers cannot be read.

        """
        with self._running:
            self._work.answers(self._lab)  # broken answers are said once and clearly, before anything is judged
            Reader(self._client).os_type()  # and so is an engine that does not answer: that is no try
            self._reader.forget()
            self._say(replace(self.standing, checking=True))
            try:
                self._round(None, patient=True)
                progress = self._work.save_results(self._lab.id, self.standing.results)
            finally:
                self._say(replace(self.standing, checking=False))
            self._say_reached(progress)
            return self.standing

    def ask_to_check(self) -> None:
        """Let the watch's own thread check as soon as it can; the outcome is told."""
        self._inbox.put("check")

    def start(self) -> None:
        """Watch from now on."""
        if self._thread is None:
            self._inbox = Inbox()  # a thread that is still busy with its last check must not take what is for the next
            name = f"docker101-watch-{self._lab.id}"
            self._thread = threading.Thread(target=self._watch, args=(self._inbox,), name=name, daemon=True)
            self._thread.start()
            self._leave = self._follower.listen(self._inbox.put)

    def stop(self) -> None:
        """Watch no longer; ``check`` still works."""
        if self._thread is not None and self._leave is not None:
            self._leave()
            self._inbox.put("stop")
            self._thread.join(5)
            self._thread = None

    @property
    def watching(self) -> bool:
        """Whether it watches."""
        return self._thread is not None

    def close(self) -> None:
        """Stop, and close the connection."""
        self.stop()
        self._client.close()

    # --- the thread

    def _watch(self, inbox: Inbox) -> None:
        while "stop" not in (batch := inbox.take(self._step_s())):
            try:
                if "check" in batch:
                    self.check()
                with self._running:
                    self._take([item for item in batch if not isinstance(item, str)])
            except CourseError as error:
                self._say_problem(error)
            except Exception as error:  # noqa: BLE001  (a thread that dies unseen would leave a panel that looks alive)
                self._say_problem(_our_mistake(error))

    def _step_s(self) -> float:
        return SETTLING_STEP_S if time.monotonic() < self._settling_until else FILES_STEP_S

    def _take(self, batch: list[News]) -> None:
        """Run what may have changed."""
        for news in batch:
            if not news.lost:
                self._reader.forget(news.event)
        was_lost = bool(self.standing.lost) or any(news.lost for news in batch)
        state = next((news for news in reversed(batch) if news.event is None), None)
        if state and state.lost != self.standing.lost:
            self._say(replace(self.standing, lost=state.lost))
        if self.standing.lost:
            return
        files = self._signature()
        if files != self._files or was_lost or (batch and not self._rounds.results):
            self._files = files
            self._run(self._touched.everything(self._reader.images()))
        elif batch:
            self._run(self._touched.by(batch, self._reader.images()))
        elif time.monotonic() < self._settling_until:
            self._settle()
        elif self._list_lags:
            self._list_lags = False
            self._reader.forget_list()
            self._round(self._touched.everything(self._reader.images())[0])
        self._list_lags = self._list_lags or any(news.event for news in batch)

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
        failed = {result.id for result in self._rounds.results if result.status is Status.FAILED}
        return {item.id for item in self._lab.checks if item.within_s and item.id in failed}

    def _wait_for_settling(self) -> None:
        waiting = [item.within_s for item in self._lab.checks if item.id in self._unsettled()]
        self._settling_until = time.monotonic() + max(waiting, default=0.0)

    # --- one round

    def _round(self, ids: Iterable[str] | None, *, patient: bool = False) -> None:
        """Run checks, tell of each result that is new, and keep them."""
        if ids is not None and not (ids := set(ids)) and self._rounds.results:
            return
        facts = self._facts(None if patient else self._reader)

        def take(result: Result) -> None:
            self._touched.note(result, has_built=facts.has_built(), patient=patient)
            self._say_results()

        self._rounds.run(facts, ids, patient=patient, on_result=take)
        problems = not_set_up(self._work, self._lab, facts)
        if [str(one) for one in problems] != [str(one) for one in self.standing.problems]:
            self._say(replace(self.standing, problems=problems))
        self._keep()

    def _facts(self, reader: Reader | None) -> Facts:
        work, lab = self._work, self._lab
        return Facts(
            self._client, lab, work.folder(lab), work.params(lab), journal_path(work),
            engine=self._engine, reader=reader,
        )  # fmt: skip

    def _say_results(self) -> None:
        results = tuple(not_yet_in_list(self._work, self._lab, self._rounds.results))
        if _said(results) != _said(self.standing.results):
            self._say(replace(self.standing, results=results))

    def _keep(self) -> None:
        """Save the results where they are new; that a disk is full is said, and stops nothing."""
        if (now := _said(self.standing.results)) == self._saved or len(now) < len(self._lab.checks):
            return
        try:
            progress = self._work.save_live(self._lab.id, self.standing.results)
        except CourseError as error:
            self._say(replace(self.standing, problems=(*self.standing.problems, error)))
            return
        self._saved = now
        self._say_reached(progress)

    def _say_reached(self, progress: Progress) -> None:
        solution = solution_is_open(self._lab, progress)
        is_better = bool(report.best_so_far_note(self.standing.results, progress.score))
        reached = progress.score if is_better else 0.0
        self._say(replace(self.standing, solution_is_open=solution, reached=reached))

    def _say(self, standing: LabStatus) -> None:
        if standing != self.standing:
            self.standing = standing
            self._tell(standing)

    def _say_problem(self, problem: CourseError) -> None:
        with contextlib.suppress(Exception):  # it may be who is told that broke
            self._say(replace(self.standing, problems=(problem,)))

    def _signature(self) -> frozenset[tuple[str, int, int]]:
        """Return what tells whether a file of the lab has changed; its notebook, which saves itself, is none."""
        found = set()
        with contextlib.suppress(OSError):  # a folder may go while it is looked at; the next look sees what came of it
            for path in self._work.folder(self._lab).rglob("*"):
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
