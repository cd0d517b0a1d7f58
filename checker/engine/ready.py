"""Waiting until what a command has started is ready, so that its first moments decide nothing.

A program that is asked to end before it has set its trap cannot end gracefully, however right the command was. So an
image of the course says in two labels which of its commands tells that it is ready, and with which line of its log:

    LABEL org.docker101.ready="sh /polite.sh" org.docker101.ready.line="polite: ready"

A container with another command (``docker run IMAGE sleep 9``, or an image built on it that has a CMD of its own) says
no such thing, and nothing is waited for. Facts are from the Docker Engine API reference: "Inspect a container", "Get
container logs".
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from checker.commands import split
from checker.engine.transport import get
from checker.engine.words import moment_s
from checker.errors import CourseError
from checker.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMAND_LABEL = "org.docker101.ready"
"""The label with the command, its words parted by blanks, that tells when it is ready."""

LINE_LABEL = "org.docker101.ready.line"
"""The label with the line of the log, or its beginning, by which the command tells so."""

LIMIT_S = 5.0
"""Seconds that a container may take to be ready on a quiet machine; then the list goes on all the same."""

POLL_S = 0.02

_ID = re.compile(r"^[0-9a-f]{64}$", re.MULTILINE)


def wait_until_ready(host: str, argv: Sequence[str], output: str) -> None:
    """Wait until each container that a docker command has started is ready, has ended, or takes too long; never raise.

    Arguments:
        host: the engine, as in DOCKER_HOST.
        argv: the command's words, "docker" first.
        output: what the command said.

    """
    started = _started(argv, output)
    patience = Patience(LIMIT_S) if started else None
    for ref in started:
        try:
            while not _is_ready(host, ref) and patience and patience.left_s():
                time.sleep(POLL_S)
        except (CourseError, ValueError):
            return  # an engine that does not answer is told of by the next command


def _started(argv: Sequence[str], output: str) -> list[str]:
    """Return the containers that a command may have started and left running, by id or as they were named."""
    command = split(argv)
    if command.name == "run" and command.has("-d", "--detach"):
        return _ID.findall(output)[-1:]
    return command.args if command.name in ("start", "restart") else []


def _is_ready(host: str, ref: str) -> bool:
    """Return whether there is nothing (more) to wait for."""
    status, _, found = get(host, f"/containers/{quote(ref, safe='')}/json")
    if status != 200:
        return True
    line, state = _line_when_ready(found["Config"]), found["State"]
    if not line or not state["Running"] or state["Paused"]:
        return True
    # What was logged before the last end is of an earlier run. The start is no bound: a quick program writes its first
    # line before the engine notes that it runs.
    since = moment_s(state["FinishedAt"]) or 0.0
    status, _, log = get(host, f"/containers/{found['Id']}/logs?stdout=1&stderr=1&since={since:.6f}")
    return status != 200 or line in log


def _line_when_ready(config: dict[str, Any]) -> str:
    """Return the line by which a container of this configuration tells that it is ready; empty when none does."""
    labels = config.get("Labels") or {}
    command = [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())]
    told = labels.get(COMMAND_LABEL) == " ".join(command)
    return str(labels.get(LINE_LABEL, "")) if told else ""
