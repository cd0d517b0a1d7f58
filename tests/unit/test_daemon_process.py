"""A program that is launched and waited for, played by small Python scripts: it answers, ends, or is ended."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from checker import daemon
from checker.daemon import Daemon, DoesNotAnswer

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def launched(tmp_path: Path, script: str) -> Daemon:
    """Launch a Python script as a daemon."""
    return Daemon([sys.executable, "-c", script], dict(os.environ), tmp_path / "log", Path("/"))


def test_one_that_answers_goes_on_running_until_it_is_ended(tmp_path: Path) -> None:
    """The wait is over with the first answer, and the end comes with the request for it."""
    running = launched(tmp_path, "import time; print('up', flush=True); time.sleep(60)")
    running.wait_until(lambda: running.last_lines(1) == ["up"], 60, 0.01)
    assert running.process.poll() is None
    running.end(60)
    assert running.process.returncode not in (None, 0)


def test_one_that_ends_is_not_asked_any_more(tmp_path: Path) -> None:
    """Its exit code is told, whatever else would answer in its place."""
    ended = launched(tmp_path, "raise SystemExit(7)")
    ended.process.wait()
    with pytest.raises(DoesNotAnswer) as caught:
        ended.wait_until(lambda: True, 60, 0.01)
    assert caught.value.exit_code == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot ask a process to end")
def test_one_that_does_not_answer_is_killed_if_it_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit it is asked to end, and then killed, also when it ignores the request."""
    monkeypatch.setattr(daemon, "FAILED_GRACE_S", 0.1)
    stubborn = launched(tmp_path, STUBBORN)
    stubborn.wait_until(lambda: stubborn.last_lines(1), 60, 0.01)
    with pytest.raises(DoesNotAnswer) as caught:
        stubborn.wait_until(lambda: False, 0.05, 0.01)
    assert caught.value.exit_code is None
    assert stubborn.process.returncode == -9


def test_an_interrupted_wait_leaves_nothing_running(tmp_path: Path) -> None:
    """Ctrl-C during the wait ends the daemon as well."""

    def interrupted() -> bool:
        raise KeyboardInterrupt

    running = launched(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        running.wait_until(interrupted, 60, 0.01)
    assert running.process.returncode is not None


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("level=info msg=a\nlevel=error msg=b\nlevel=fatal msg=c\nlevel=error msg=d\n", ["level=fatal msg=c"]),
        ("level=error msg=a\nlevel=info msg=b\nlast\n", ["level=error msg=a", "last"]),
        ("level=info msg=a\nlevel=info msg=b\nlevel=info msg=c\n", ["level=info msg=b", "level=info msg=c"]),
        ("\n", []),
    ],
)
def test_the_lines_that_tell_are_shown(log: str, told: list[str], tmp_path: Path) -> None:
    """What was fatal comes first, mere information last."""
    quiet = launched(tmp_path, "")
    quiet.process.wait()
    quiet.log.write_text(log, encoding="utf-8")
    assert told == quiet.last_lines(2)
