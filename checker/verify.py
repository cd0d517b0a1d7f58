"""Prove a lab: nothing passes on the starter, every solution passes, each wrong answer fails where it should.

Each case is a submission, laid out in a folder of its own, played on an engine that holds nothing of the course but its
images, and checked; once as a learner would do it (live), once from the parse of its command list (replayed).
"""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checker.commands import parse
from checker.engine import Journal, clean_up, open_client
from checker.errors import UsageProblem
from checker.facts import Facts
from checker.files import read_text, read_toml, shown, write_text
from checker.lab import Result, Status, Trust
from checker.learner import ANSWERS, COMMANDS, Work, answers_text, read_answers
from checker.live import course_images, missing_in_list
from checker.placeholders import filled
from checker.play import play, runner
from checker.prepare import prepare
from checker.run import run_checks
from checker.session import journal_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import docker

    from checker.engine import Engine
    from checker.lab import Lab, Wrong

SECTION = re.compile(r"^# == (\w+)\s*$", re.MULTILINE)
"""Parts of a solution's command list, one a task; a wrong answer replaces the parts that it names."""

STARTER = "starter"

FROM_ENGINE = "answers-from.toml"
"""A solution's answers that only its own run can tell, as a port that was free: question = "docker inspect …"."""


@dataclass(frozen=True)
class Case:
    """One submission: its name, the folders that make it up (later ones win), and the wrong answer that it is."""

    lab: Lab
    name: str
    folders: tuple[Path, ...]
    wrong: Wrong | None = None


@dataclass(frozen=True)
class CaseResult:
    """What came of a case, played one way; ``problem`` is empty when all is as it should be."""

    case: Case
    trust: Trust
    results: tuple[Result, ...]
    problem: str
    seconds: float


def cases(lab: Lab) -> list[Case]:
    """Return the cases of a lab: the starter, its solutions, its wrong answers.

    Raises:
        UsageProblem: when the lab has no solution: nothing could be proved then.

    """
    if not lab.solutions:
        raise UsageProblem(f"The lab {lab.id} has no solution/ folder.", "A lab is proved by its solutions: write one.")
    starter = lab.folder / STARTER
    found = [Case(lab, STARTER, (starter,))]
    found += [Case(lab, folder.name, (starter, folder)) for folder in lab.solutions]
    found += [Case(lab, f"wrong/{w.name}", (starter, lab.solutions[0], w.folder), w) for w in lab.wrongs]
    return found


def verify(lab: Lab, endpoint: Engine, work: Work, on_verdict: Callable[[CaseResult], None]) -> list[str]:
    """Prove one lab; return what is wrong with it, one sentence each.

    Arguments:
        lab: loaded.
        endpoint: an engine that holds the lab's images; the course's things on it are removed before each case.
        work: a folder whose journal a recorder is writing.
        on_verdict: called with each verdict as it is known.

    """
    problems = []
    for case in cases(lab):
        for trust in ways(case):
            verdict = verdict_of(case, trust, endpoint, work)
            on_verdict(verdict)
            if verdict.problem:
                problems.append(f"{lab.id} {case.name} ({trust}): {verdict.problem}")
    return problems + unproved(lab)


def ways(case: Case) -> list[Trust]:
    """Return how a case is played: a wrong answer to a task that does not count in a replay, live alone."""
    in_replay = {item.id for item in case.lab.checks if item.replay}
    return [trust for trust in Trust if trust is Trust.LIVE or not case.wrong or case.wrong.check in in_replay]


def unproved(lab: Lab) -> list[str]:
    """Return one sentence for each check that no wrong answer fails: nothing shows that it can fail."""
    failed = {wrong.check for wrong in lab.wrongs}
    return [f"{lab.id}: no wrong answer fails the check {c.id}" for c in lab.checks if c.id not in failed]


def verdict_of(case: Case, trust: Trust, endpoint: Engine, work: Work) -> CaseResult:
    """Play one case on a clean engine, check it, and compare with what should come of it."""
    started = time.monotonic()
    client = open_client(endpoint.host)
    try:
        with only_images_on(client, endpoint, work), tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            stopped = done_in(folder, case, trust, endpoint, work)
            params = work.params(case.lab)
            facts = Facts(client, case.lab, folder, params, journal_path(work), engine=endpoint)
            checks = [item for item in case.lab.checks if item.replay or trust is Trust.LIVE]
            results = run_checks(checks, facts, params=params, trust=trust)
            proves_right = case.folders[-1] in case.lab.solutions
            again = run_checks(checks, facts, params=params, trust=trust) if proves_right else results
            problem = stopped or _compare(case, results, params) or _same_again(results, again)
            if proves_right:
                problem = problem or _not_listed(case.lab, folder / COMMANDS, params, results)
    finally:
        client.close()
    return CaseResult(case, trust, tuple(results), problem, time.monotonic() - started)


def _not_listed(lab: Lab, path: Path, params: dict[str, str], results: Sequence[Result]) -> str:
    """Return which task of a solution would be told to be missing in its command list, or an empty text."""
    missing = missing_in_list(lab, read_text(path), params, results) if path.is_file() else frozenset()
    return f"{', '.join(sorted(missing))}: told to be done, but not in the command list" if missing else ""


class only_images_on:  # noqa: N801  (reads as a statement where it is used)
    """The engine with nothing of the course on it but images, before and afterwards."""

    def __init__(self, client: docker.APIClient, endpoint: Engine, work: Work) -> None:
        self._client, self._endpoint, self._work = client, endpoint, work

    def __enter__(self) -> None:
        self._clean()
        Journal(journal_path(self._work)).cut()

    def __exit__(self, *_: object) -> None:
        self._clean()

    def _clean(self) -> None:
        clean_up(self._client, self._endpoint, self._work.state, keep_images=course_images())


def done_in(folder: Path, case: Case, trust: Trust, endpoint: Engine, work: Work) -> str:
    """Do a case as a learner would whose folder of the lab this is; return why it stopped early, or an empty text."""
    lay_out(case, folder, work.params(case.lab))
    prepare(case.lab, endpoint, work, trust)
    stopped = _played(case, folder, trust, endpoint, work)
    ask_the_engine(case, folder, endpoint, work)
    return stopped


def lay_out(case: Case, folder: Path, params: dict[str, str]) -> None:
    """Write a case's files into ``folder``, with the learner's values filled in."""
    for source in case.folders:
        for path in sorted(source.rglob("*")) if source.is_dir() else []:
            if not path.is_file() or path.name in ("expected.toml", FROM_ENGINE):
                continue
            target = folder / path.relative_to(source)
            text = filled(read_text(path), params)
            if path.name == COMMANDS and case.wrong and source == case.wrong.folder and SECTION.search(text):
                text = with_parts_of(text, read_text(target))
            write_text(target, text)
    if not (folder / ANSWERS).is_file() and case.lab.questions:
        write_text(folder / ANSWERS, answers_text(case.lab, {}, params))


def with_parts_of(wrong: str, solution: str) -> str:
    """Return a solution's command list with the parts that ``wrong`` names replaced.

    Raises:
        UsageProblem: when the wrong answer names a part that the solution does not have, or when a command of either
            would be lost.

    """
    parts = _parts(solution, "solution")
    for name, text in _parts(wrong, "wrong answer").items():
        if name not in parts:
            raise UsageProblem(f"The solution has no part “# == {name}”.", f"It has: {', '.join(parts) or 'none'}.")
        parts[name] = text
    return "\n".join(f"# == {name}\n{text.strip()}\n" for name, text in parts.items())


def _parts(text: str, whose: str) -> dict[str, str]:
    """Return the text of each part of a command list by its name."""
    before, *pieces = SECTION.split(text)
    lost = [line for line in before.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if pieces and lost:
        raise UsageProblem(f"The {whose} has a command before its first part: {lost[0]}", "Put it into a part.")
    parts: dict[str, str] = {}
    for name, part in zip(pieces[::2], pieces[1::2], strict=True):
        if name in parts:
            raise UsageProblem(f"The {whose} has the part “# == {name}” twice.", "Make one of the two.")
        parts[name] = part
    return parts


def _played(case: Case, folder: Path, trust: Trust, endpoint: Engine, work: Work) -> str:
    """Play the case's command list; return why it stopped early, or an empty text.

    A wrong answer may stop early: that a command fails is often what is wrong with it. So may a starter, which some
    labs give as a broken list that is to be mended.
    """
    path = folder / COMMANDS
    if not path.is_file():
        return ""
    listed = parse(read_text(path), work.params(case.lab))
    must_work = not case.wrong and case.name != STARTER
    if listed.problems and must_work:
        return f"its command list cannot be read: {listed.problems[0]}"
    played = play(listed.commands, runner(endpoint, work.state, folder), trust)
    last = played[-1] if played else None
    if last is None or last.as_expected or not must_work:
        return ""
    return f"line {last.command.line} ended with exit code {last.exit_code}: {last.output.strip()}"


def ask_the_engine(case: Case, folder: Path, endpoint: Engine, work: Work) -> None:
    """Fill in the answers that only this run can tell; one that a case gives itself stays as it is.

    Raises:
        UsageProblem: when a command of ``answers-from.toml`` cannot be read.

    """
    found = [source / FROM_ENGINE for source in case.folders if (source / FROM_ENGINE).is_file()]
    if not found:
        return
    params = work.params(case.lab)
    answers = read_answers(folder / ANSWERS, case.lab)
    for question, command in read_toml(found[-1]).items():
        listed = parse(str(command), params)
        if listed.problems or len(listed.commands) != 1:
            raise UsageProblem(f"{shown(found[-1])}: {question} is no docker command.", "Write one: docker inspect …")
        if not answers.get(case.lab.question(question).id):
            ran = play(listed.commands, runner(endpoint, work.state, folder), Trust.LIVE)
            answers[question] = ran[0].output.strip() if ran[0].as_expected else ""
    write_text(folder / ANSWERS, answers_text(case.lab, answers, params))


def _compare(case: Case, results: Sequence[Result], params: dict[str, str]) -> str:
    """Return how the results differ from what should come of the case, or an empty text."""
    broken = [r for r in results if r.status is Status.ERROR]
    if broken:
        return f"{broken[0].id} is an error: {broken[0].message}"
    if case.wrong:
        return _compare_wrong(case.wrong, results, params)
    passed = [r.id for r in results if r.status is Status.PASSED]
    if case.name == STARTER:
        return f"{passed[0]} passes before anything was done" if passed else ""
    failed = [r for r in results if r.status is not Status.PASSED]
    return f"{failed[0].id} {failed[0].status}: {failed[0].message}" if failed else ""


def _compare_wrong(wrong: Wrong, results: Sequence[Result], params: dict[str, str]) -> str:
    failed = [r for r in results if r.status is Status.FAILED]
    if [r.id for r in failed] != [wrong.check]:
        seen = "; ".join(f"{r.id}: {r.message}" for r in failed) or "none"
        return f"should fail {wrong.check} alone, failed: {seen}"
    if any(r.status is Status.SKIPPED and r.needs != wrong.check for r in results):
        return "a check is skipped for another reason"
    told = f"{failed[0].message} {failed[0].hint}"
    says = [filled(word, params) for word in wrong.says]
    missing = [word for word in says if word.lower() not in told.lower()]
    return f"the message does not say {missing[0]!r}: {told}" if missing else ""


def _same_again(results: Sequence[Result], again: Sequence[Result]) -> str:
    """Return which check judged differently the second time, as one that changes what it looks at does."""
    for one, other in zip(results, again, strict=True):
        if (one.status, one.score) != (other.status, other.score):
            told = [f"{result.status} ({result.score:g} points)" for result in (one, other)]
            return f"{one.id} gave {told[0]}, and {told[1]} when checked again"
    return ""
