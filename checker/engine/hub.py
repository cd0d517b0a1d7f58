"""Docker Hub as a source of images: whether it can be reached at all, asked once, and pulling from it."""

from __future__ import annotations

import queue
import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from checker.engine.http import get
from checker.engine.steps import disk_full, failed
from checker.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECT_LIMIT_S = 3.0
"""Seconds for a connection from this machine; looking up the name, which can hang without a network, is included."""

SHORT_ANSWER_S = 4.0
"""Seconds for the first answer to a pull, where something else can be done when none comes."""

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
        self._connected = False

    def pull(self, name: str, *, patient: bool) -> str:
        """Pull one image; return "" or, as half a sentence, why that did not work.

        Once Docker Hub has turned out to be out of reach, later calls return at once.

        Arguments:
            name: repository:tag.
            patient: wait longer for the first answer, because there is no other way to get the image.

        Raises:
            EngineProblem: when the engine's disk is full: no other source would help.

        """
        if not self._asked:
            self._asked = True
            self._problem = self._unreachable()
        if self._problem:
            return self._problem
        self._say(f"Pulling {name} from Docker Hub …")
        problem = self._pulled(name, PATIENT_ANSWER_S if patient or self._connected else SHORT_ANSWER_S)
        if disk_full(problem):
            raise failed(f"Pulling {name} failed", problem)
        if not any(sign in problem for sign in _ONLY_THIS_IMAGE):
            self._problem = problem
        return problem

    def _unreachable(self) -> str:
        """Try a connection, where one from here says something about the engine's network; say why it failed.

        An engine on another machine, or behind a proxy or mirror (``/info``), reaches other things than this process.
        """
        info = get(self._host, "/info")[2]
        info = info if isinstance(info, dict) else {}
        indirect = info.get("HttpsProxy") or info.get("HttpProxy") or (info.get("RegistryConfig") or {}).get("Mirrors")
        address = urlsplit(str(info.get("IndexServerAddress", ""))).hostname
        if indirect or not address or not self._host.startswith(("unix://", "npipe://")):
            return ""
        self._say("Looking whether Docker Hub can be reached …")
        problem = _cannot_connect(address)
        self._connected = not problem
        return problem

    def _pulled(self, name: str, answer_s: float) -> str:
        """Pull; return "" or why not."""
        limit_s = answer_s
        events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=_pull_into, args=(events, self._host, name), daemon=True).start()
        while True:
            try:
                event = events.get(timeout=limit_s)
            except queue.Empty:
                return f"Docker Hub sent nothing for {limit_s:g} s"
            if event is None:
                return ""
            if "error" in event:
                return _in_short(str(event["error"]))
            limit_s = STALL_LIMIT_S


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


def _pull_into(events: queue.Queue[dict[str, Any] | None], host: str, name: str) -> None:
    """Put what the engine says while it pulls into ``events``; None at the end."""
    try:
        for event in _pulling(host, name):
            events.put(event)
        events.put(None)
    except (CourseError, ValueError) as error:
        events.put({"error": error.message if isinstance(error, CourseError) else str(error)})


def _pulling(host: str, name: str) -> Iterator[dict[str, Any]]:
    from checker.engine.client import open_client, translated

    repository, _, tag = name.rpartition(":")
    client = open_client(host)
    with translated(host=host):
        try:
            yield from client.pull(repository, tag=tag, stream=True, decode=True)
        finally:
            client.close()


def _in_short(error: str) -> str:
    """Return the engine's words about a failed pull, shorter where the reason is a known one."""
    if any(sign in error.lower() for sign in _RATE_LIMIT):
        return "Docker Hub's pull limit for this network is used up"
    return " ".join(error.split()).rstrip(".")
