"""Play one case from nothing: on an engine that holds nothing of the course but its images."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from checker.attempt import Attempt
from checker.commands import parse
from checker.engine import Journal, clean_up, open_client
from checker.errors import UsageProblem
from checker.files import read_toml, shown, write_text
from checker.lab import Trust
from checker.learner import ANSWERS, answers_text, read_answers
from checker.session import course_images
from checker.verify.case import FROM_ENGINE, STARTER, lay_out
from checker.verify.expectation import CaseResult, compare, same_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    import docker

    from checker.engine import Engine
    from checker.lab import Result
    from checker.learner import Work
    from checker.verify.case import Case


def verdict_of(case: Case, trust: Trust, engine: Engine, work: Work) -> CaseResult:
    """Play one case on a clean engine, check it, and compare with what should come of it.

    Arguments:
        case: what to play.
        trust: LIVE runs each command as typed; REPLAYED runs its canonical form.
        engine: where it is played; only the course's images are left on it.
        work: the folder of the learner whose values are filled in.

    """
    started = time.monotonic()
    client = open_client(engine.host)
    try:
        with only_images_on(client, engine, work), tempfile.TemporaryDirectory() as scratch:
            attempt = Attempt(case.lab, work, engine, Path(scratch))
            stopped = done_in(attempt, case, trust)
            results = attempt.check(trust, client=client)
            problem = stopped or compare(case, results, attempt.params)
            if case.folders[-1] in case.lab.solutions:
                again = attempt.check(trust, client=client)
                problem = problem or same_again(results, again) or not_listed(attempt, results)
    finally:
        client.close()
    return CaseResult(case, trust, tuple(results), problem, time.monotonic() - started)


def not_listed(attempt: Attempt, results: Sequence[Result]) -> str:
    """Return which task of a solution would be told to be missing in its command list, or an empty text.

    Arguments:
        attempt: the attempt in which the solution was played.
        results: of all checks of the lab.

    """
    missing = attempt.missing_in_list(results)
    return f"{', '.join(sorted(missing))}: told to be done, but not in the command list" if missing else ""


class only_images_on:  # noqa: N801  (reads as a statement where it is used)
    """The engine with nothing of the course on it but images, before and afterwards."""

    def __init__(self, client: docker.APIClient, engine: Engine, work: Work) -> None:
        self._client, self._engine, self._work = client, engine, work

    def __enter__(self) -> None:
        self._clean()
        Journal(self._work.journal).cut()

    def __exit__(self, *_: object) -> None:
        self._clean()

    def _clean(self) -> None:
        clean_up(self._client, self._engine, self._work.state, keep_images=course_images())


def done_in(attempt: Attempt, case: Case, trust: Trust) -> str:
    """Do a case as a learner would whose attempt this is; return why it stopped early, or an empty text.

    Arguments:
        attempt: an attempt with an empty folder.
        case: what to play.
        trust: LIVE runs each command as typed; REPLAYED runs its canonical form.

    """
    lay_out(case, attempt.folder, attempt.params)
    attempt.set_up(trust)
    stopped = _played(attempt, case, trust)
    ask_the_engine(attempt, case)
    return stopped


def _played(attempt: Attempt, case: Case, trust: Trust) -> str:
    """Play the case's command list; return why it stopped early, or an empty text.

    A wrong answer may stop early: that a command fails is often what is wrong with it. So may a starter, which some
    labs hand out as a broken list that the learner fixes.
    """
    listed = attempt.command_list()
    if listed is None:
        return ""
    must_work = not case.wrong and case.name != STARTER
    if listed.problems and must_work:
        return f"its command list cannot be read: {listed.problems[0]}"
    played = attempt.play(listed.commands, trust)
    last = played[-1] if played else None
    if last is None or last.as_expected or not must_work:
        return ""
    return f"line {last.command.line} ended with exit code {last.exit_code}: {last.output.strip()}"


def ask_the_engine(attempt: Attempt, case: Case) -> None:
    """Fill in the answers that only this run can tell; one that a case gives itself stays as it is.

    Arguments:
        attempt: the attempt in which the case was played.
        case: a solution or wrong answer, perhaps with an ``answers-from.toml``.

    Raises:
        UsageProblem: when a command of ``answers-from.toml`` cannot be read.

    """
    found = [source / FROM_ENGINE for source in case.folders if (source / FROM_ENGINE).is_file()]
    if not found:
        return
    path = attempt.folder / ANSWERS
    answers = read_answers(path, case.lab)
    for question, command in read_toml(found[-1]).items():
        listed = parse(str(command), attempt.params)
        if listed.problems or len(listed.commands) != 1:
            raise UsageProblem(f"{shown(found[-1])}: {question} is no docker command.", "Write one: docker inspect …")
        if not answers.get(case.lab.question(question).id):
            ran = attempt.play(listed.commands, Trust.LIVE)
            answers[question] = ran[0].output.strip() if ran[0].as_expected else ""
    write_text(path, answers_text(case.lab, answers, attempt.params))
