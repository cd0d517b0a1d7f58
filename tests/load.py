"""Play labs once on a quiet machine and once on a busy one, and print what came of each: ``python -m tests.load``.

A verdict under load must be the verdict without, or say that it cannot tell. The course starts an engine of its own, so
nothing else may need that one meanwhile; where the machine is not quiet to begin with, the first column is none.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.engine import PRIVATE
from checker.lab.load import load_lab, load_labs
from checker.lab.vocabulary import Status, Trust
from checker.learner.work import Work
from checker.session import open_course
from checker.verify import cases, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from checker.engine.engine import Engine
    from checker.lab.vocabulary import Result
    from checker.verify import Case, CaseResult

LOOPS = 4
"""How many programs do nothing but keep a processor busy."""

_BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(100000))"
"""Ends with whoever started it, however that ended."""


@contextlib.contextmanager
def busy_machine(loops: int = LOOPS) -> Iterator[None]:
    """Keep the machine's processors busy until the block ends, at the priority of the engine or a better one."""
    started = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(loops)]
    with contextlib.suppress(OSError, AttributeError):  # only root may, and Windows has no such thing
        for process in started:
            os.setpriority(os.PRIO_PROCESS, process.pid, 0)
    try:
        yield
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def misjudged(verdict: CaseResult) -> str:
    """Return what a verdict says that is not so; that a check cannot tell is no such thing.

    Arguments:
        verdict: of a solution or a wrong answer, with what should come of it.

    """
    if all(result.status is not Status.ERROR for result in verdict.results):
        return verdict.problem
    wrong = verdict.case.wrong.check if verdict.case.wrong else ""
    told = [f"{one.id} {one.status}: {one.message}" for one in verdict.results if _is_wrong(one, wrong)]
    return "; ".join(told)


def _is_wrong(result: Result, should_fail: str) -> bool:
    if result.status is Status.FAILED:
        return result.id != should_fail
    return result.status is Status.PASSED and result.id == should_fail


def differs(quiet: CaseResult, loaded: CaseResult) -> str:
    """Return which checks judged otherwise under load, but for those that say that they cannot tell."""
    unknown = {result.id for result in loaded.results if result.status is Status.ERROR}
    return ", ".join(
        one.id
        for one, other in zip(quiet.results, loaded.results, strict=True)
        if one.status is not other.status and not {other.id, other.needs} & unknown
    )


def told(verdict: CaseResult) -> str:
    """Return what a verdict says, in a few words."""
    by_status = {status: [r.id for r in verdict.results if r.status is status] for status in Status}
    words = [f"{len(by_status[Status.PASSED])}/{len(verdict.results)} passed"]
    words += [f"failed: {', '.join(by_status[Status.FAILED])}"] if by_status[Status.FAILED] else []
    words += [f"cannot tell: {', '.join(by_status[Status.ERROR])}"] if by_status[Status.ERROR] else []
    return "; ".join(words)


def main() -> int:
    """Play what the command line asks for; return 1 where a verdict is another one under load."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("lab", nargs="*", help="which labs (default: all)")
    parser.add_argument("--wrong", action="store_true", help="also the wrong answers, not the solutions alone")
    parser.add_argument("--loops", type=int, default=LOOPS, help=f"how many busy loops run beside (default: {LOOPS})")
    options = parser.parse_args()
    labs = [load_lab(name) for name in options.lab] or load_labs()
    every = [case for lab in labs for case in cases(lab)]
    wanted = [case for case in every if case.folders[-1] in case.lab.solutions or (options.wrong and case.wrong)]
    with tempfile.TemporaryDirectory() as folder:
        work = Work(Path(folder))
        with open_course(work, engine=PRIVATE, yes=False, say=print, labs=labs) as course:
            return _played(wanted, course.engine, work, options.loops)


def _played(wanted: Sequence[Case], engine: Engine, work: Work, loops: int) -> int:
    """Play each case both ways, print a line for each, and return the exit code."""
    print(f"{'lab':<16} {'case':<30} {'quiet':<26} {'loaded':<26} {'seconds':>13}  same")
    wrong = 0
    for case in wanted:
        quiet = verdict_of(case, Trust.LIVE, engine, work)
        with busy_machine(loops):
            loaded = verdict_of(case, Trust.LIVE, engine, work)
        other = differs(quiet, loaded)
        wrong += bool(other)
        seconds = f"{quiet.seconds:.1f} → {loaded.seconds:.1f}"
        row = f"{case.lab.id:<16} {case.name:<30} {told(quiet):<26} {told(loaded):<26} {seconds:>13}"
        print(row, f" NO: {other}" if other else " yes", flush=True)
        if loaded.problem != quiet.problem:
            print(f"    under load: {loaded.problem}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
