"""How long a lab's checks take where all is solved, beside docker-py's bare calls and a script with the docker CLI."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.commands import parse
from checker.engine.guard.clean import clean_up
from checker.engine.history.recorder import Recorder
from checker.engine.images.provide import ensure_images
from checker.engine.program import find_docker
from checker.engine.transport.client import open_client
from checker.facts import Facts
from checker.files import read_text
from checker.lab.load import load_lab
from checker.lab.vocabulary import Status, Trust
from checker.learner.work import COMMANDS, Work
from checker.play import play, runner
from checker.run import run_checks
from checker.session import course_images
from checker.verify import cases, lay_out
from tests.bench.measure import Aim, Table, measured
from tests.bench.questions import ASKED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checker.engine.engine import Engine
    from checker.lab.load import Lab
    from tests.bench.questions import Questions

AT_REST_S = 1.2
"""Seconds after which no check watches any longer whether a container that has started goes on."""

FLOOR, OURS, SCRIPT = "docker-py, bare calls", "the checker", "a script with the docker CLI"


@dataclass(frozen=True)
class Solved:
    """A lab whose first solution was played on an engine, in a learner's folder."""

    lab: Lab
    endpoint: Engine
    work: Work
    folder: Path
    client: Any
    begun: int

    @property
    def params(self) -> dict[str, str]:
        """The values of the sheet's {placeholders}."""
        return self.work.params(self.lab)

    def checked(self, but: str) -> None:
        """Run the lab's checks, as the button and the command do; without the one called ``but``."""
        facts = Facts(self.client, self.lab, self.folder, self.params, self.work.journal, engine=self.endpoint)
        checks = [item for item in self.lab.checks if item.id != but]
        results = run_checks(checks, facts, params=self.params)
        assert all(result.status is Status.PASSED for result in results), results

    def asked_bare(self, questions: Questions) -> None:
        """Ask the same by docker-py's bare calls."""
        assert all(questions.bare(self.client, self.params, self.folder, self.begun))

    def asked_by_script(self, questions: Questions) -> None:
        """Ask the same by a script."""
        environment = {**os.environ, **self.params, "DOCKER_HOST": self.endpoint.host, "begun": str(self.begun)}
        environment["PATH"] = f"{find_docker().parent}{os.pathsep}{environment['PATH']}"
        subprocess.run(["sh", "-c", questions.script], cwd=self.folder, env=environment, check=True)


def tables(endpoint: Engine, rounds: int) -> Iterator[Table]:
    """Yield a table for each lab whose questions are known here."""
    for lab_id in dict.fromkeys(questions.lab for questions in ASKED):
        with solved(lab_id, endpoint) as lab:
            for questions in ASKED:
                if questions.lab == lab_id:
                    yield _table(lab, questions, rounds)


@contextlib.contextmanager
def solved(lab_id: str, endpoint: Engine) -> Iterator[Solved]:
    """Play a lab's first solution on the engine, and wait until nothing in it is new; remove it afterwards."""
    lab = load_lab(lab_id)
    ensure_images(lab.images, endpoint.host)
    with tempfile.TemporaryDirectory(prefix="docker101-") as scratch, contextlib.ExitStack() as stack:
        work, folder = Work(Path(scratch) / "work"), Path(scratch) / "lab"
        client = open_client(endpoint.host)
        stack.callback(client.close)
        stack.callback(lambda: clean_up(client, endpoint, work.state, keep_images=course_images()))
        stack.enter_context(Recorder(endpoint.host, work.journal))
        lay_out(next(case for case in cases(lab) if case.name == "solution"), folder, work.params(lab))
        begun = int(time.time())
        listed = parse(read_text(folder / COMMANDS), work.params(lab))
        played = play(listed.commands, runner(endpoint, work.state, folder), Trust.LIVE)
        assert all(one.as_expected for one in played), played[-1]
        time.sleep(AT_REST_S)
        yield Solved(lab, endpoint, work, folder, client, begun)


def _table(lab: Solved, questions: Questions, rounds: int) -> Table:
    ways = {FLOOR: lambda: lab.asked_bare(questions), OURS: lambda: lab.checked(questions.but)}
    if os.name != "nt":
        ways[SCRIPT] = lambda: lab.asked_by_script(questions)
    rows = measured(ways, rounds)
    aims = [Aim(OURS, "at most 1.5 times docker-py's bare calls", 1.5, FLOOR)]
    if SCRIPT in ways:
        aims.append(Aim(OURS, "at least ten times faster than a script with the docker CLI", 0.1, SCRIPT))
    but = f" but “{questions.but}”" if questions.but else ""
    return Table(f"Checks of lab {lab.lab.id}, all solved, all tasks{but} (ms)", rows, tuple(aims))
