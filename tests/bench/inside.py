"""What the bench does inside a network namespace of its own, where engines may be started and stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from checker import bootstrap
from checker.engine.own import dockerd, private
from checker.engine.transport import http
from checker.files import ROOT
from checker.machine import any_free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

POLL_S = 0.01
LIMIT_S = 120.0


def engines(rounds: int) -> None:
    """Start and stop a bare dockerd and the course's private engine in turns; print the samples as JSON."""
    place = dockerd.paths()
    bare = place.run.parent / "bare"

    def start_bare() -> float:
        started = time.perf_counter()
        options = [f"--host=unix://{bare}/d.sock", f"--data-root={bare}/data", f"--exec-root={bare}/exec"]
        with subprocess.Popen(["dockerd", *options, f"--pidfile={bare}/pid"], stderr=subprocess.DEVNULL) as process:
            _until(lambda: http.ping(f"unix://{bare}/d.sock", 1).ok)
            took = time.perf_counter() - started
            process.terminate()
        return took

    def start_ours() -> float:
        started = time.perf_counter()
        private.start(_silent)
        took = time.perf_counter() - started
        private.stop(_silent)
        return took

    bare.mkdir()
    _print_samples({"dockerd, started bare": start_bare, "the course's private engine": start_ours}, rounds)
    shutil.rmtree(bare, ignore_errors=True)


def starts(rounds: int) -> None:
    """Start and stop a bare JupyterLab and the whole course in turns; print the samples as JSON."""
    python = str(bootstrap.python())
    with tempfile.TemporaryDirectory(prefix="docker101-") as scratch:
        work = Path(scratch) / "work"

        def start_bare() -> float:
            port = any_free_port()
            command = [python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
            environment = {**os.environ, "JUPYTER_TOKEN": "bench", "HOME": scratch}
            started = time.perf_counter()
            with subprocess.Popen(
                command, cwd=scratch, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                _until(lambda: _answers(f"http://127.0.0.1:{port}/lab?token=bench"))
                took = time.perf_counter() - started
                process.terminate()
            return took

        def start_ours() -> float:
            command = [python, "-m", "checker", "start", "--no-browser", "--engine", "private"]
            environment = {**os.environ, "DOCKER101_WORK": str(work)}
            started = time.perf_counter()
            with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
                lines = iter(process.stdout or ())
                address = next((line.strip() for line in lines if line.strip().startswith("http://")), "")
                _until(lambda: _answers(address))
                took = time.perf_counter() - started
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=LIMIT_S)
            return took

        _print_samples({"JupyterLab, started bare": start_bare, "checker start, warm": start_ours}, rounds)


def _print_samples(ways: Mapping[str, Callable[[], float]], rounds: int) -> None:
    """Do each thing once to warm up and then ``rounds`` times, in turns."""
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, do in ways.items():
            took_ms = do() * 1000
            if number:
                samples[name].append(took_ms)
    sys.stdout.write(json.dumps(samples))


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing answered within {LIMIT_S:g} s")
        time.sleep(POLL_S)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (an address of this machine)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _silent(_: str) -> None:
    """Say nothing."""
