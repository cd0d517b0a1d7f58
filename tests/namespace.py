"""A network namespace of its own, in which a private engine may be started beside the machine's."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Namespace:
    """A network namespace that ``keeper`` holds open, and ``home``, the folder of the private engine in it."""

    keeper: int
    home: Path

    def popen(self, code: str, *args: str) -> subprocess.Popen[str]:
        """Start Python code in the namespace, with the private engine's folder set."""
        return subprocess.Popen(
            ["nsenter", f"--net=/proc/{self.keeper}/ns/net", sys.executable, "-c", code, *args],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, *args: str) -> str:
        """Run Python code in the namespace to its end; return what it printed."""
        process = self.popen(code, *args)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out

    def environment(self) -> dict[str, str]:
        """Return the environment in which nothing leads to another engine."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER")}
        return {**kept, "DOCKER101_ENGINE_HOME": str(self.home), "HOME": str(self.home)}


@contextlib.contextmanager
def network_namespace() -> Iterator[Namespace]:
    """Make a network namespace without any engine; ask ``no_namespace`` first. An engine in it is ended at the end."""
    # not tmp_path: the path of a unix socket must stay short
    home = Path(tempfile.mkdtemp(prefix="d101-", dir="/tmp"))
    script = "ip link set lo up 2>/dev/null; echo ready; exec sleep 3600"
    with subprocess.Popen(["unshare", "--net", "sh", "-c", script], stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        keeper.stdout.readline()
        made = Namespace(keeper.pid, home)
        try:
            yield made
        finally:
            made.run("from checker.engine.own import private; private.stop(print)")
            keeper.kill()
            shutil.rmtree(home, ignore_errors=True)


def no_namespace() -> str:
    """Say why no network namespace can be made here; empty when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a private engine needs Linux and root"
    if not all(shutil.which(program) for program in ("dockerd", "unshare", "nsenter")):
        return "dockerd, unshare or nsenter is not installed"
    if subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True).returncode:
        return "this machine does not let root make a network namespace"
    return ""
