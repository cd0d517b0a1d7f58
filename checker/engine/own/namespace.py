"""A network namespace of its own, in which an engine of the course's own may run beside the machine's."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE_LIMIT_S = 120
"""How long a piece of Python that is run in a namespace may take, in seconds."""

_KEPT_OPEN = "ip link set lo up 2>/dev/null; echo ready; exec cat"
"""What holds a namespace open: it ends with its standard input, also when the process that made it is killed."""


@dataclass(frozen=True)
class Namespace:
    """A network namespace that the process ``keeper`` holds open, and ``home``, the folder of the engine in it."""

    keeper: int
    home: Path

    def command(self, *words: str) -> list[str]:
        """Return the command that runs ``words`` in the namespace."""
        return ["nsenter", f"--net=/proc/{self.keeper}/ns/net", *words]

    def popen(self, code: str, *args: str) -> subprocess.Popen[str]:
        """Start Python code in the namespace, with the private engine's folder set.

        Arguments:
            code: the program, as ``python -c`` takes it.
            args: its arguments.

        """
        return subprocess.Popen(
            self.command(sys.executable, "-c", code, *args),
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, *args: str) -> str:
        """Run Python code in the namespace to its end; return what it printed.

        Arguments:
            code: the Python code.
            args: what it finds in ``sys.argv`` after the first.

        Raises:
            AssertionError: when it ends with another exit code than 0; holds what it said.
            subprocess.TimeoutExpired: when it takes longer than ``CODE_LIMIT_S``.

        """
        process = self.popen(code, *args)
        out, err = process.communicate(timeout=CODE_LIMIT_S)
        if process.returncode:
            raise AssertionError(err)
        return out

    def environment(self) -> dict[str, str]:
        """Return the environment in which nothing leads to another engine."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER")}
        return {**kept, "DOCKER101_ENGINE_HOME": str(self.home), "HOME": str(self.home)}


@contextlib.contextmanager
def network_namespace(home: Path) -> Iterator[Namespace]:
    """Make a network namespace without any engine; an engine that is started in it is ended at the end.

    Arguments:
        home: the folder of the engine in it. Its path must be short: the engine's sockets are below it.

    """
    keeper = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", _KEPT_OPEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with keeper:
        assert keeper.stdout is not None  # noqa: S101  (for mypy: it was asked for above)
        keeper.stdout.readline()
        made = Namespace(keeper.pid, home)
        try:
            yield made
        finally:
            try:
                made.run("from checker.engine.own import private; private.stop(print)")
            finally:
                keeper.kill()


def no_namespace() -> str:
    """Say why no network namespace can be made here; empty when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a private engine needs Linux and root"
    if not all(shutil.which(program) for program in ("dockerd", "unshare", "nsenter")):
        return "dockerd, unshare or nsenter is not installed"
    if subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode:
        return "this machine does not let root make a network namespace"
    return ""
