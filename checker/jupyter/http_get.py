"""``%get``: ask a web address as a browser would, and say in plain words what came of it."""

from __future__ import annotations

import http
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checker.engine import LIMIT_S, Answer, ProbeOutcome, outside_address, probe_until_begun
from checker.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN_CHARACTERS = 200

WORDS = {
    ProbeOutcome.REFUSED: "No answer: the connection was refused. Nothing is open at this port.",
    ProbeOutcome.RESET: (
        "No answer: the connection was accepted, then reset. The port is open, but no server listens on it."
    ),
    ProbeOutcome.SILENT: f"No answer: timed out after {LIMIT_S:g} s.",
    ProbeOutcome.NO_HTTP: "No answer in HTTP",
    ProbeOutcome.UNREACHABLE: "No answer: the address cannot be reached",
}


def get(address: str, engine: str, *, asks: Callable[[str, int, str], Answer] = probe_until_begun) -> str:
    """Ask a web address past every proxy, and return the status and the first line that came back, or why none did.

    Arguments:
        address: like http://127.0.0.1:8000/; this machine's own address means the engine's machine.
        engine: the engine's address, as in DOCKER_HOST.
        asks: for tests.

    Raises:
        UsageProblem: when this is no such address.

    """
    host, port, path = _parts(address)
    machine = _machine(host, engine)
    told = _told(asks(machine, port, path))
    return (
        told
        if machine == host or machine.startswith("127.")
        else f"(asked {machine}, the machine of the engine)\n{told}"
    )


def _parts(address: str) -> tuple[str, int, str]:
    """Return host, port and path of an address."""
    text = address.strip()
    example = "An address looks like this: http://127.0.0.1:8000/"
    if not text:
        raise UsageProblem("The address after %get is missing.", example)
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        raise UsageProblem(f"“{text}” is no address.", example) from None
    if parts.scheme != "http" or not host or " " in text:
        raise UsageProblem(f"%get asks web servers by plain http, and “{text}” is no such address.", example)
    return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _machine(host: str, engine: str) -> str:
    """Return whom to ask: published ports are the engine's machine's, which may be another than this one."""
    if host == "localhost":
        host = "127.0.0.1"  # on some systems it also means an address that no published port answers on
    if not host.startswith("127."):
        return host
    machine = outside_address(engine, "")
    return host if machine in (None, "127.0.0.1") else machine


def _told(answer: Answer) -> str:
    if answer.outcome is not ProbeOutcome.ANSWERED:
        return WORDS[answer.outcome] + (f": {answer.words}." if answer.words else "")
    try:
        phrase = http.HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    first = next((line.strip() for line in answer.body.splitlines() if line.strip()), "(an empty answer)")
    return f"{answer.status} {phrase}".strip() + f"\n{first[:SHOWN_CHARACTERS]}"
