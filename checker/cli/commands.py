"""What can be typed after ``checker``, and where each command lives."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from checker import bootstrap
from checker.errors import EXIT_INTERNAL, EXIT_USAGE, CourseError, UsageProblem
from checker.output import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checker.bundle import Bundle

EPILOG = "Exit codes: 0 passed or done, 1 checks failed, 2 usage, 3 no engine, 4 internal error."
OUTSIDE = ("doctor", "status")
"""Commands that run before, and without, the virtual environment: standard library only."""


def run(argv: Sequence[str]) -> int:
    """Parse ``argv``, make sure of the environment, run the command, and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # Windows' consoles default to a code page
    _end_as_with_ctrl_c()
    try:
        options = parser().parse_args(argv)
    except SystemExit as stop:
        return EXIT_USAGE if stop.code else 0
    try:
        return _dispatch(options, argv)
    except CourseError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    except BrokenPipeError:
        return EXIT_INTERNAL
    except Exception as error:
        if sys.flags.dev_mode:  # python3 -X dev -m checker …, for whoever fixes it
            raise
        complain(_our_mistake(error))
        return EXIT_INTERNAL


def _end_as_with_ctrl_c() -> None:
    """Let a closed window and a polite kill end a command as Ctrl-C does: what it started is stopped as well."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            with contextlib.suppress(ValueError):  # not in the main thread, as in a notebook or a test
                signal.signal(getattr(signal, name), signal.default_int_handler)


def _dispatch(options: argparse.Namespace, argv: Sequence[str]) -> int:
    if options.command in ("start", "test"):
        if options.bundle:
            options.bundle = _opened(options.bundle)
        tests = options.command == "test"
        done = bootstrap.ensure(argv, tests=tests, yes=options.yes, say=say, bundle=options.bundle)
        if done is not None:
            return done
    elif options.command not in OUTSIDE and not bootstrap.inside() and not bootstrap.packages_here():
        if bootstrap.ready(tests=False):
            return bootstrap.hand_over(argv)
        if options.command != "stop":  # which still ends what can be ended
            raise UsageProblem("The course is not set up yet.", "Set it up with: python3 -m checker start")
    module = importlib.import_module(f"checker.cli.{options.module}")
    handler: Callable[[argparse.Namespace], int] = getattr(module, options.function)
    return handler(options)


def _opened(name: str) -> Bundle:
    """Open the class's bundle; what is wrong with it is said before anything else happens."""
    from checker.bundle import open_bundle

    return open_bundle(Path(name).expanduser())


def _our_mistake(error: Exception) -> CourseError:
    """Say what broke inside the course: a traceback would tell a learner nothing, and exit code 1 a wrong thing."""
    step = error.__traceback__
    while step and step.tb_next:
        step = step.tb_next
    where = f" ({Path(step.tb_frame.f_code.co_filename).name}, line {step.tb_lineno})" if step else ""
    return CourseError(
        f"The course itself broke: {type(error).__name__}: {error}{where}. This is not your mistake.",
        "Please send your teacher the file that this writes: checker doctor --report report.txt",
    )


def complain(error: CourseError) -> None:
    """Print an error and its next step where errors go."""
    print(f"checker: {error}", file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(prog="checker", description="Learn Docker by doing, checked.", epilog=EPILOG)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, module: str, text: str, function: str | None = None) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text, epilog=EPILOG)
        made.set_defaults(module=module, function=function or name)
        return made

    start = command("start", "start", "Set everything up and open the course in JupyterLab.")
    _engine_options(start)
    _bundle_option(start)
    start.add_argument("--as", dest="learner", metavar="ID", help="your id in a class; your sheets' values follow it")
    start.add_argument("--no-browser", action="store_true", help="print the address and serve; open nothing")
    start.add_argument("--port", type=int, help="JupyterLab's port (default: a free one)")

    test = command("test", "test", "Set everything up and run every test.")
    _engine_options(test)
    _bundle_option(test)
    test.add_argument("--unit", action="store_true", help="only what needs no engine: linters and unit tests")
    test.add_argument("pytest", nargs="*", metavar="ARG", help="arguments for pytest instead of all tests (after --)")

    check = command("check", "learner", "Check a lab now.")
    check.add_argument("lab", nargs="?", help="the lab's number or name (default: the one you are in)")
    check.add_argument("--json", action="store_true", help="print JSON instead of text")
    check.add_argument("--html", metavar="FILE", help="also write a page")

    watch = command("watch", "learner", "Check a lab continuously, and tick its tasks while you work, until Ctrl-C.")
    watch.add_argument("lab", nargs="?", help="the lab's number or name (default: the one you are in)")

    setup = command("setup", "learner", "Put the engine into a lab's starting state, where it has one.")
    setup.add_argument("lab", nargs="?", help="the lab's number or name (default: the one you are in)")
    setup.add_argument("--clear", action="store_true", help="only take away what it made")

    command("status", "status", "Show your progress and the engine's state.")
    reset = command("reset", "learner", "Put labs back as handed out, and remove the course's containers.")
    reset.add_argument("lab", nargs="?", help="the lab's number or name (default: all)")
    solution = command("solution", "learner", "Show a lab's solution, after three failed checks.")
    solution.add_argument("lab", help="the lab's number or name")

    certificate = command("certificate", "handouts", "Write a page with your results, once all labs are done.")
    certificate.add_argument("--name", default="", help="what you want to be called on it (default: your id)")
    cheatsheet = command("cheatsheet", "handouts", "Print the course on one page.")
    cheatsheet.add_argument("--write", action="store_true", help="for authors: write it again from the lessons")

    doctor = command("doctor", "doctor", "Say what works, what does not, and how to fix it.")
    doctor.add_argument("--report", metavar="FILE", help="write it all into one file, to send to your teacher")
    doctor.add_argument("--brief", action="store_true", help="name what is in order, and show only the rest in full")
    stop = command("stop", "stop", "Stop and remove what is the course's, and nothing else.")
    stop.add_argument("--all", action="store_true", help="also the course's images and its private engine's data")

    bundle = command("bundle", "bundle", "For teachers: put images and packages into one file, for a class offline.")
    bundle.add_argument("file", metavar="FILE", help="the file to write")
    bundle.add_argument("--tests", action="store_true", help="also what only `checker test` needs")
    _engine_options(bundle)

    _authors_commands(command("lab", "lab", "For authors: new, build, verify."))
    return top


def _authors_commands(lab: argparse.ArgumentParser) -> None:
    authors = lab.add_subparsers(dest="author", metavar="new|build|verify", required=True)
    new = authors.add_parser("new", help="make a lab's folder, with one of each file")
    new.add_argument("name", help="NN_topic, as in 08_volumes")
    for name, text in (("build", "run lessons and write notebooks/"), ("verify", "prove solutions and wrong answers")):
        author = authors.add_parser(name, help=text)
        author.add_argument("lab", nargs="*", help="labs (default: all)")
        if name == "verify":
            author.add_argument("--whole", action="store_true", help="play each case from nothing, live and replayed")
        _engine_options(author)


def _engine_options(to: argparse.ArgumentParser) -> None:
    to.add_argument("--engine", choices=("current", "private"), help="which engine to use (default: one that answers)")
    to.add_argument("--yes", action="store_true", help="install what is missing without asking")


def _bundle_option(to: argparse.ArgumentParser) -> None:
    to.add_argument("--bundle", metavar="FILE", help="take images and packages from this file; needs no network")
