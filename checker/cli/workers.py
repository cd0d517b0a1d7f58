"""Two workers for the tests, each with an engine, a network and a learner's folder of its own."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from typing import TYPE_CHECKING

from checker.engine import PRIVATE, Engine, Recorder, load_catalog, second
from checker.learner import Work
from checker.session import clean_engine, update_copies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from checker.engine import Namespace
    from checker.session import OpenCourse


@contextlib.contextmanager
def two_workers(course: OpenCourse, scratch: Path, say: Callable[[str], None]) -> Iterator[list[str]]:
    """Set up a second engine, where one is possible; yield pytest's arguments that use both.

    The first worker has the course's engine and the machine's network. The second one, all that it starts (JupyterLab,
    Chromium, kernels) and all that its engine publishes are in a network namespace. Where there can be only one engine,
    nothing is yielded, and the tests run one after the other.

    Arguments:
        course: as it is open now.
        scratch: a folder that is thrown away.
        say: is told what is done, and why there is one worker only.

    Raises:
        EngineProblem: when the second engine cannot be set up though it should.

    """
    reason = "the engine is not the course's own" if course.engine.strategy != PRIVATE else second.obstacle()
    if reason:
        say(f"Tests run one after the other: {reason}.")
        yield []
        return
    names = [image.name for image in load_catalog().images]
    with second.second_engine(names, os.getpid(), say) as (host, namespace):
        engine = Engine(host, PRIVATE, "the second engine")
        work = Work(scratch / "second")
        engine.save(work.root)
        clean_engine(work)
        with Recorder(host, work.journal):
            update_copies(work, course.labs, lambda _: None)
            program = scratch / "second.sh"
            program.write_text(_interpreter(namespace, host, work), encoding="utf-8")
            yield ["--tx=popen", f"--tx=popen//python=sh {program}", "--dist=loadfile"]


def _interpreter(namespace: Namespace, host: str, work: Work) -> str:
    """Return the shell script that is the second worker's Python (an execution specification holds no "//")."""
    variables = {
        "DOCKER_HOST": host,
        "DOCKER101_TEST_HOST": host,
        "DOCKER101_ENGINE_HOME": str(namespace.home),
        "DOCKER101_WORK": str(work.root),
    }
    words = namespace.command("env", *(f"{name}={value}" for name, value in variables.items()), sys.executable)
    return f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'
