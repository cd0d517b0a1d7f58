"""Programs, processes, ports and waiting."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from checker.machine import Ran, TooSlow, any_free_port, is_alive, port_is_free, run_program, until

if TYPE_CHECKING:
    from pathlib import Path


def test_a_program_tells_both_streams_and_its_exit_code(tmp_path: Path) -> None:
    """It runs in the folder and environment that it is given, without input."""
    code = "import os, sys; print(os.getcwd(), os.environ['X'], repr(sys.stdin.read()), file=sys.stderr); sys.exit(3)"
    done = run_program([sys.executable, "-c", code], 60, variables={**os.environ, "X": "y"}, cwd=tmp_path)
    assert done == Ran(3, f"{tmp_path} y ''\n")


def test_a_slow_program_is_ended_and_what_it_said_is_kept() -> None:
    """The limit is named."""
    with pytest.raises(TooSlow, match="did not end within 2 s") as slow:
        run_program([sys.executable, "-c", "import time; print('so far', flush=True); time.sleep(60)"], 2)
    assert slow.value.output == "so far\n"


def test_a_program_that_is_not_there() -> None:
    """That is the system's own error."""
    with pytest.raises(OSError, match="there-is-no-such"):
        run_program(["there-is-no-such-program"], 1)


def test_waiting_ends_with_the_first_true_answer() -> None:
    """Later ones are not asked for."""
    answers = iter([0, "", 7, 8])
    assert until(lambda: next(answers), 60, 0) == 7
    assert next(answers) == 8


def test_waiting_in_vain_returns_the_last_answer() -> None:
    """It is asked even when there is no time, and the answer is what it was."""
    assert until(lambda: "", 0, 0) == ""
    asked = list[int]()
    assert not until(lambda: asked.append(1), 0.01, 0.001)
    assert len(asked) > 1


def test_processes_that_are_alive() -> None:
    """This one is; one that was collected is not, and no process has the number 0."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    assert (is_alive(os.getpid()), is_alive(gone.pid), is_alive(0)) == (True, False, False)


def test_ports_that_are_free() -> None:
    """A port that somebody listens on is not."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not port_is_free(port)
    assert port_is_free(port)
    assert port_is_free(any_free_port())
