"""``checker lab new|build|verify``: what an author needs, from an empty folder to a proved lab."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from checker.build import build, on_engine
from checker.cli.commands import complain, say
from checker.cli.test import begin_clean
from checker.errors import EXIT_CHECKS_FAILED, EXIT_OK, CourseError, UsageProblem
from checker.files import LABS, shown, write_text
from checker.lab import FOLDER_NAME, find_lab, lab_ids, load_lab
from checker.learner import Work
from checker.session import open_course
from checker.terminal import bar
from checker.verify import CaseResult, in_proving_order, verify_lab

if TYPE_CHECKING:
    import argparse

    from checker.engine import Engine

TEMPLATE = Path(__file__).resolve().parent.parent / "template"


def lab(options: argparse.Namespace) -> int:
    """Run the author's command."""
    if options.author == "new":
        return _new(options.name)
    ids = [find_lab(name) for name in options.lab] or lab_ids()
    with tempfile.TemporaryDirectory(prefix="docker101-") as scratch:
        os.environ["DOCKER101_WORK"] = str(Path(scratch) / "work")
        return _build(options, ids) if options.author == "build" else _verify(options, ids)


def _new(name: str) -> int:
    """Make a lab's folder that loads and builds, from the template."""
    if not FOLDER_NAME.fullmatch(name):
        raise UsageProblem(f"“{name}” is no name for a lab.", "Use two digits and a topic: 08_volumes")
    folder = LABS / name
    if folder.exists():
        raise UsageProblem(f"{shown(folder)} exists already. Nothing was changed.", "Choose another name.")
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            text = path.read_text(encoding="utf-8").replace("NN_topic", name).replace("NN", name[:2])
            write_text(folder / path.relative_to(TEMPLATE), text)
            say(f"  {shown(folder / path.relative_to(TEMPLATE))}")
    say(f"Made {shown(folder)}. Change it, then: checker lab build {name[:2]}, and: checker lab verify {name[:2]}")
    return EXIT_OK


def _build(options: argparse.Namespace, ids: list[str]) -> int:
    """Run lessons and write their notebooks; the engine is opened only when a lesson's code has changed."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def engine() -> Engine:
            labs = [load_lab(lab_id) for lab_id in ids]
            work = Work()
            course = stack.enter_context(open_course(work, engine=options.engine, yes=options.yes, say=say, labs=labs))
            begin_clean(course, work)
            return course.engine

        for lab_id in ids:
            built = build(lab_id, on_engine(engine))
            how = "every cell run" if built.executed else "only its text changed" if built.changed else "up to date"
            say(f"{shown(built.path)}: {how}")
    return EXIT_OK


def _verify(options: argparse.Namespace, ids: list[str]) -> int:
    """Prove labs, and print one line per case."""
    labs = [load_lab(lab_id) for lab_id in ids]
    work = Work()
    problems: list[str] = []
    with open_course(work, engine=options.engine, yes=options.yes, say=say, labs=labs) as course:
        begin_clean(course, work)
        say(f"{'lab':<14} {'case':<34} {'way':<9} {'tasks':>7} {'seconds':>8}")
        whole = options.whole
        with bar(say, sum(len(in_proving_order(item, whole=whole)) for item in labs), "cases") as done:

            def show(result: CaseResult) -> None:
                _say_result(result)
                done.add(1)

            for item in labs:
                problems += verify_lab(item, course.engine, work, show, whole=whole)
    for problem in problems:
        complain(CourseError(problem))
    say("All as it should be." if not problems else f"{len(problems)} problems.")
    return EXIT_CHECKS_FAILED if problems else EXIT_OK


def _say_result(result: CaseResult) -> None:
    passed = sum(one.status == "passed" for one in result.results)
    way = "parts" if result.by_parts else str(result.trust)
    say(
        f"{result.case.lab.id:<14} {result.case.name:<34} {way:<9} "
        f"{f'{passed}/{len(result.results)}':>7} {result.seconds:>8.1f}  {'ok' if not result.problem else 'NOT OK'}"
    )
