"""Prove a lab quickly: a wrong answer plays its own parts only, on the state that the solution left.

A wrong answer is mostly the solution with one part done in another way. So the solution is played once; for each wrong
answer, what the other way's parts had made is removed and forgotten, they are played as the wrong answer has them, and
all checks are run: just the one that it breaks must fail. Where that cannot be done with certainty (the parts hang
together with others, the engine has lost something else, or the outcome is not the expected one), the whole case is
played on a clean engine, and only that counts.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checker.attempt import Attempt
from checker.engine import Journal, clean_up, engine_now_ns, open_client
from checker.files import read_text
from checker.lab import Status, Trust
from checker.learner import COMMANDS
from checker.session import course_images
from checker.verify.case import STARTER, Case, cases, lay_out
from checker.verify.expectation import CaseResult, compare, same_again
from checker.verify.parts import changed_files, groups, read_parts, touched
from checker.verify.snapshot import remove_all, take_snapshot
from checker.verify.whole import ask_the_engine, not_listed, verdict_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import docker

    from checker.engine import Engine
    from checker.lab import Lab
    from checker.learner import Work
    from checker.verify.parts import Part
    from checker.verify.snapshot import Snapshot

FOLDER_ONLY = frozenset({COMMANDS, "answers.toml"})
"""Files whose change alone makes no part another one: the list is compared part by part, answers are only read."""


@dataclass(frozen=True)
class Made:
    """What the solution's part made when it was played: things, and from when to when (engine's clock, ns)."""

    things: Snapshot
    from_ns: int
    to_ns: int


@dataclass(frozen=True)
class Plan:
    """How a wrong answer is played on the solution's state: its parts, and which groups of parts it replaces."""

    parts: tuple[Part, ...]
    replaced: frozenset[str]


class Prover:
    """Proves the cases of one lab, best in the order of ``in_proving_order``.

    Arguments:
        lab: loaded.
        engine: one that holds the lab's images; the course's things on it are removed.
        work: a folder whose journal a recorder is writing.
        whole: play each case on a clean engine.

    As a context manager it leaves nothing of the course but its images on the engine.
    """

    def __init__(self, lab: Lab, engine: Engine, work: Work, *, whole: bool = False) -> None:
        self._lab, self._engine, self._work, self._whole = lab, engine, work, whole
        self._params = work.params(lab)
        self._client: docker.APIClient = open_client(engine.host)
        self._scratch = tempfile.TemporaryDirectory()
        self._folder = Path(self._scratch.name)
        self._parts: tuple[Part, ...] = ()
        self._made: dict[str, Made] = {}
        self._there = False
        self._absent: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was played, and the files of it."""
        with contextlib.suppress(Exception):  # what went wrong before is what counts
            self._clean()
        self._client.close()
        self._scratch.cleanup()

    def prove(self, case: Case, trust: Trust = Trust.LIVE) -> CaseResult:
        """Play a case in the quickest way that proves it, check it, and compare with what should come of it.

        Arguments:
            case: of the lab.
            trust: LIVE, or REPLAYED from the parse of the command list; that one is always played whole.

        Raises:
            CourseError: when the engine does not answer.

        """
        if trust is Trust.LIVE and not self._whole:
            result = self._on_the_solution(case) if case.wrong else self._the_solution(case)
            if result and not result.problem:
                return result
        self._there = False
        return verdict_of(case, trust, self._engine, self._work)

    # --- the first solution, which stays for the wrong answers

    def _the_solution(self, case: Case) -> CaseResult | None:
        """Play the first solution part by part, and leave it there; return None for any other case."""
        if case.folders[-1] != self._lab.solutions[0]:
            return None
        started = time.monotonic()
        self._there = False
        if not self._bring_solution():
            return None
        attempt = self._attempt()
        results, again = (attempt.check(client=self._client) for _ in range(2))
        problem = compare(case, results, attempt.params) or same_again(results, again) or not_listed(attempt, results)
        return CaseResult(case, Trust.LIVE, tuple(results), problem, time.monotonic() - started)

    # --- a wrong answer on the solution's state

    def _on_the_solution(self, case: Case) -> CaseResult | None:
        """Return what came of a wrong answer; None where that proves nothing."""
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as scratch:
            attempt = Attempt(self._lab, self._work, self._engine, Path(scratch))
            lay_out(case, attempt.folder, attempt.params)
            if not self._bring_solution():
                return None
            plan = self._plan(attempt)
            if plan is None or not self._bring_without(plan.replaced):
                return None
            before, from_ns = take_snapshot(self._client), engine_now_ns(self._engine.host)
            self._play(attempt, plan.parts, plan.replaced)
            ask_the_engine(attempt, case)
            results = attempt.check(client=self._client)
            problem = compare(case, results, attempt.params)
            remove_all(self._client, take_snapshot(self._client).more_than(before))
            self._there = before == take_snapshot(self._client)
            Journal(self._work.journal).cut(engine_now_ns(self._engine.host), from_ns=from_ns)
            if not self._there:
                return None
        return CaseResult(case, Trust.LIVE, tuple(results), problem, time.monotonic() - started, by_parts=True)

    def _plan(self, attempt: Attempt) -> Plan | None:
        """Return how a wrong answer is played on the solution's state; None when it must be played whole."""
        parts = read_parts(_text_of(attempt.folder), self._lab, self._params)
        if parts is None or [part.name for part in parts] != [part.name for part in self._parts]:
            return None
        files = {path for path in changed_files(self._folder, attempt.folder) if str(path) not in FOLDER_ONLY}
        changed = touched(self._parts, parts, files)
        replaced = frozenset().union(*(group for group in groups(self._parts) if group & changed))
        others = frozenset().union(*(part.names for part in self._parts if part.name not in replaced))
        mine = frozenset().union(*(part.names for part in parts if part.name in replaced))
        starting = set(Attempt(self._lab, self._work, self._engine).starting_names)
        return None if mine & others or mine & starting else Plan(parts, replaced)

    def _play(self, attempt: Attempt, parts: tuple[Part, ...], names: frozenset[str]) -> bool:
        """Play the parts of these names as one list; return whether it ran to its end as was meant."""
        commands = [command for part in parts if part.name in names for command in part.commands]
        played = attempt.play(commands, Trust.LIVE)
        return len(played) == len(commands) and all(one.as_expected for one in played)

    # --- the solution's state

    def _bring_solution(self) -> bool:
        """Make sure that the solution, or all of it but one group of parts, is on the engine; return whether it is."""
        if self._there:
            return True
        self._clean()
        Journal(self._work.journal).cut()
        solution = next(case for case in cases(self._lab) if case.folders[-1] == self._lab.solutions[0])
        lay_out(solution, self._folder, self._params)
        self._parts = read_parts(_text_of(self._folder), self._lab, self._params) or ()
        self._made, self._absent = {}, frozenset()
        if not self._parts:
            return False
        attempt = self._attempt()
        attempt.set_up()
        self._there = all(self._add(attempt, part) for part in self._parts)
        ask_the_engine(attempt, solution)
        self._there = self._there and self._is_right()
        return self._there

    def _bring_without(self, names: frozenset[str]) -> bool:
        """Make sure that all parts of the solution but these are on the engine; return whether that worked."""
        if names == self._absent:
            return True
        if self._absent:
            self._there = all(self._add(self._attempt(), part) for part in self._parts if part.name in self._absent)
            self._absent = frozenset()
            if not self._there or not self._is_right():
                self._there = False
                return self._bring_solution() and self._bring_without(names)
        for part in reversed(self._parts):
            if part.name in names:
                self._remove(part)
        self._absent = names
        return True

    def _add(self, attempt: Attempt, part: Part) -> bool:
        """Play one part of the solution, note what it made, and return whether it went as meant and took nothing."""
        before, from_ns = take_snapshot(self._client), engine_now_ns(self._engine.host)
        went = self._play(attempt, (part,), frozenset({part.name}))
        after = take_snapshot(self._client)
        self._made[part.name] = Made(after.more_than(before), from_ns, engine_now_ns(self._engine.host))
        return went and (before.is_within(after) or bool(part.names & set(attempt.starting_names)))

    def _remove(self, part: Part) -> None:
        """Take back what a part of the solution made, and forget that it was ever done."""
        made = self._made.pop(part.name)
        remove_all(self._client, made.things)
        journal, names = Journal(self._work.journal), {*part.names, *made.things.containers.values()}
        journal.cut(made.to_ns, from_ns=made.from_ns)
        journal.cut(engine_now_ns(self._engine.host), names)

    def _is_right(self) -> bool:
        """Return whether every check passes on the solution's state."""
        results = self._attempt().check(client=self._client)
        return all(result.status is Status.PASSED for result in results)

    def _attempt(self) -> Attempt:
        return Attempt(self._lab, self._work, self._engine, self._folder)

    def _clean(self) -> None:
        clean_up(self._client, self._engine, self._work.state, keep_images=course_images())


def in_proving_order(lab: Lab, *, whole: bool = False) -> list[tuple[Case, Trust]]:
    """Return what is to be proved of a lab, so that wrong answers to the same parts follow each other.

    Arguments:
        lab: loaded.
        whole: everything in each way that it can be played. Default: the starter as it is typed, each solution as it is
            typed and replayed, each wrong answer as it is typed: a replay differs from it in the form of its commands
            alone, which ``tests/unit/test_replays.py`` proves to mean the same.

    """
    every = cases(lab)
    if whole:
        in_replay = {item.id for item in lab.checks if item.replay}
        return [
            (case, trust)
            for case in every
            for trust in Trust
            if trust is Trust.LIVE or not case.wrong or case.wrong.check in in_replay
        ]
    wrongs = sorted((case for case in every if case.wrong), key=_parts_named)
    rights = [case for case in every if not case.wrong]
    found = [(case, trust) for case in rights for trust in Trust if trust is Trust.LIVE or case.name != STARTER]
    found.sort(key=lambda one: one[1] is Trust.LIVE and one[0].folders[-1] == lab.solutions[0])  # its state is needed
    return found + [(case, Trust.LIVE) for case in wrongs]


def _parts_named(case: Case) -> tuple[str, ...]:
    """Return what decides the order: wrong answers without a list of their own first, then by the parts they name."""
    path = case.folders[-1] / COMMANDS
    text = read_text(path) if path.is_file() else ""
    return tuple(line.strip() for line in text.splitlines() if line.startswith("# == "))


def _text_of(folder: Path) -> str:
    path = folder / COMMANDS
    return read_text(path) if path.is_file() else ""
