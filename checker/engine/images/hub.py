"""Docker Hub as a source of images: whether it can be reached at all, asked once, and pulling from it."""

from __future__ import annotations

import queue
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checker.engine.images.steps import disk_full, failed, follow
from checker.engine.transport import get

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_LIMIT_S = 2.0
"""Seconds for a connection from this machine; looking up the name, which can hang without a network, is included."""

SHORT_ANSWER_S = 4.0
"""Seconds for the first answer to a pull where the image can be had in another way."""

PATIENT_ANSWER_S = 30.0
STALL_LIMIT_S = 120.0
_ONLY_THIS_IMAGE = ("not found", "manifest unknown")
_RATE_LIMIT = ("toomanyrequests", "pull rate limit")


class Hub:
    """Docker Hub, or the mirror of it that the engine is set up with.

    Arguments:
        host: the engine that pulls.
        say: told what is tried, before it is tried.

    """

    def __init__(self, host: str, say: Callable[[str], None]) -> None:
        self._host = host
        self._say = say
        self._asked = False
        self._problem = ""
        self.source = "Docker Hub"

    def pull(self, name: str, *, patient: bool) -> str:
        """Pull one image; return "" or, as half a sentence, why that did not work.

        Once Docker Hub has turned out to be out of reach, later calls return at once.

        Arguments:
            name: repository:tag.
            patient: wait longer for an answer, because there is no other way to get the image.

        Raises:
            EngineProblem: when the engine's disk is full: no other source would help.

        """
        if not self._asked:
            self._asked = True
            self._problem = self._look_around(patient=patient)
        if self._problem:
            return self._problem
        self._say(f"Pulling {name} from {self.source} …")
        problem = self._pulled(name, PATIENT_ANSWER_S if patient else SHORT_ANSWER_S)
        if disk_full(problem):
            raise failed(f"Pulling {name} failed", problem)
        if not any(sign in problem for sign in _ONLY_THIS_IMAGE):
            self._problem = problem
        return problem

    def _look_around(self, *, patient: bool) -> str:
        """Ask the engine how it reaches Docker Hub (``/info``), and try a connection; say why that failed.

        An engine on another machine, or behind a proxy or mirror, reaches other things than this process: then only a
        pull can tell.
        """
        info = get(self._host, "/info")[2]
        info = info if isinstance(info, dict) else {}
        mirrors = (info.get("RegistryConfig") or {}).get("Mirrors")
        if mirrors:
            self.source = "Docker Hub or its mirror"
        indirect = mirrors or info.get("HttpsProxy") or info.get("HttpProxy")
        address = urlsplit(str(info.get("IndexServerAddress", ""))).hostname
        if patient or indirect or not address or not self._host.startswith(("unix://", "npipe://")):
            return ""
        self._say("Looking whether Docker Hub can be reached …")
        return _cannot_connect(address)

    def _pulled(self, name: str, answer_s: float) -> str:
        """Pull; return "" or why not."""
        done = follow(["docker", "pull", name], self._host, answer_s, STALL_LIMIT_S)
        if done.exit_code == 0:
            return ""
        if done.silent_s:
            return f"Docker Hub sent nothing for {done.silent_s:g} s"
        return _in_short(done.output)


def _cannot_connect(address: str) -> str:
    """Connect in a thread, because nothing limits the time of a name look-up; return "" or why it failed."""
    answers: queue.Queue[str] = queue.Queue()

    def connect() -> None:
        try:
            socket.create_connection((address, 443), timeout=CONNECT_LIMIT_S).close()
        except OSError as error:
            answers.put(f"Docker Hub is out of reach ({error.strerror or error})")
        else:
            answers.put("")

    threading.Thread(target=connect, daemon=True).start()
    try:
        return answers.get(timeout=CONNECT_LIMIT_S)
    except queue.Empty:
        return f"Docker Hub is out of reach (no answer within {CONNECT_LIMIT_S:g} s)"


def _in_short(output: str) -> str:
    """Return why a pull failed: its last line, or shorter where the reason is a known one."""
    if any(sign in output.lower() for sign in _RATE_LIMIT):
        return "Docker Hub's pull limit for this network is used up"
    last = (output.strip().splitlines() or ["no reason given"])[-1]
    reason = " ".join(last.split()).removeprefix("Error response from daemon: ").rstrip(".")
    return f"Docker Hub did not give it ({reason})"
