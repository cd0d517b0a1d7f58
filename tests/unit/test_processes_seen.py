"""A container's processes as docker top tells them, whichever ps the engine's machine has."""

from __future__ import annotations

import pytest

from checker.engine.views.processes_seen import process_of
from checker.lab.vocabulary import CannotTell

PROCPS = [{"UID": "root", "PID": "41", "CMD": "sh -c x"}, {"UID": "1000", "PID": "42", "CMD": "sleep 3001"}]
BUSYBOX = [{"PID": "42", "USER": "1000", "TIME": "0:00", "COMMAND": "sleep 3001 "}]


@pytest.mark.parametrize("rows", [PROCPS, BUSYBOX], ids=["procps", "busybox"])
def test_process_is_found_by_its_number(rows: list[dict[str, str]]) -> None:
    """Titles of columns differ between systems; number and command do not."""
    found = process_of(rows, 42)
    assert (found.number, found.command) == (42, "sleep 3001")


def test_process_that_is_not_listed() -> None:
    """A process that ended between two questions is no mistake of the learner's."""
    with pytest.raises(CannotTell, match="does not list the process 7"):
        process_of(PROCPS, 7)
