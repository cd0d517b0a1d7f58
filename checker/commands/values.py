"""The kinds of values that the vocabulary knows: each one a small function that reads a text, or says what is wrong."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}")
IMAGE_ID = re.compile(r"(sha256:)?[0-9a-f]{4,64}")
VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
PUBLISHED = re.compile(
    r"(?:(?P<ip>\d{1,3}(?:\.\d{1,3}){3}|\[::1?\]):(?P<bound>\d{0,5}):|(?P<host>\d{1,5}):)?"
    r"(?P<inside>\d{1,5})(?P<protocol>/tcp|/udp)?"
)
EXPOSED = re.compile(r"(\d{1,5})(/tcp|/udp)?")
SIGNALS = _words(
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG "
    "XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
)
FILTERS = _words(
    "ancestor before dangling driver exited expose health id is-task label label! name network publish reference "
    "scope since status until volume type"
)
MAX_LENGTH = 4096
"""Longest value, in characters; no task needs more."""


class BadValue(Exception):
    """A value cannot be used: what it is (after the value itself), and the next step."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step


def read_value(kind: str, text: str) -> str:
    """Return a value in its canonical form.

    Arguments:
        kind: what the value is, one of ``KINDS``.
        text: the value as it was typed.

    Raises:
        BadValue: when it is none of this kind.

    """
    if len(text) > MAX_LENGTH or "\0" in text:
        _bad(f"is longer than {MAX_LENGTH} characters", "Shorten it.")
    return KINDS[kind](text)


def _bad(what: str, next_step: str) -> NoReturn:
    raise BadValue(what, next_step)


def _matching(pattern: str, what: str, next_step: str) -> Callable[[str], str]:
    """Return a reader for values that one pattern describes in full."""
    whole = re.compile(pattern, re.ASCII)

    def read(text: str) -> str:
        return text if whole.fullmatch(text) else _bad(what, next_step)

    return read


def _one_of(choices: str) -> Callable[[str], str]:
    """Return a reader for values out of a short list."""
    known = choices.split()

    def read(text: str) -> str:
        return text.lower() if text.lower() in known else _bad("is not known here", f"One of: {', '.join(known)}.")

    return read


def _text(text: str) -> str:
    return text


def _name(text: str) -> str:
    if NAME.fullmatch(text):
        return text
    return _bad(
        "cannot be a name: two or more letters, digits, . _ or -, and the first is a letter or a digit",
        "Write the name that the sheet gives.",
    )


def _image(text: str) -> str:
    """Read an image reference, as registry/repository:tag@digest; only docker-image-py knows all its rules."""
    from docker_image.reference import InvalidReference, Reference  # type: ignore[import-untyped]

    if text != text.strip():  # its patterns let a line end pass
        _bad("is no image name; there is a space around it", "An image name looks like this: busybox:1.37")
    try:
        Reference.parse_normalized_named(text)
    except InvalidReference as error:
        small = "; repository names are written in small letters" if text != text.lower() else ""
        raise BadValue(f"is no image name{small}", "An image name looks like this: busybox:1.37") from error
    return text


def _image_or_id(text: str) -> str:
    return text if IMAGE_ID.fullmatch(text) else _image(text)


def _new_image(text: str) -> str:
    if "@" in text:
        _bad("names a digest, and a digest cannot be given", "Give a name and a tag: shop:1.0")
    return _image(text)


def _env(text: str) -> str:
    if VARIABLE.fullmatch(text):
        return text
    return _bad("sets no value; it would take the one of the machine that runs it", "Write NAME=value.")


def _port(number: str) -> str:
    if not 0 < int(number) < 65536:
        _bad(f"has the port {number}; ports go from 1 to 65535", "Write another number.")
    return number


def _published(text: str) -> str:
    found = PUBLISHED.fullmatch(text)
    if not found:
        return _bad("is no published port", "Write HOST:CONTAINER, for example 8000:80, or 127.0.0.1:8000:80.")
    for number in filter(None, found.group("bound", "host", "inside")):
        _port(number)
    if any(int(part) > 255 for part in re.findall(r"\d+", found["ip"] or "") if "." in found["ip"]):
        _bad("begins with no IP address", "This machine alone is 127.0.0.1.")
    return text


def _exposed(text: str) -> str:
    found = EXPOSED.fullmatch(text)
    if not found:
        return _bad("is no port", "Write a number, for example 80 or 80/tcp.")
    _port(found[1])
    return text


def _signal(text: str) -> str:
    name = text.upper().removeprefix("SIG")
    if name in SIGNALS or (text.isascii() and text.isdigit() and 0 < int(text) < 65):
        return name
    return _bad("is no signal", "Write TERM, KILL, HUP … or its number.")


def _filter(text: str) -> str:
    key, equals, value = text.partition("=")
    if not equals or not value or key not in FILTERS:
        _bad("is no filter", f"Write KEY=VALUE with one of these keys: {', '.join(sorted(FILTERS))}.")
    return text


def _stream(text: str) -> str:
    return _one_of("stdin stdout stderr")(text)


def _network(text: str) -> str:
    if text.lower() == "host" or ":" in text or "=" in text:
        _bad("would take the container out of its own network", "Write the name of a network.")
    return _name(text)


def _folder_path(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or re.search(r"[:\\~]", text) or text[:1] in ("", "-"):
        _bad("is outside the lab's folder", "Write a path relative to the lab's folder, which itself is “.”.")
    return f"./{path.as_posix()}" if path.parts else "."


def _context(text: str) -> str:
    return "-" if text == "-" else _folder_path(text)


KINDS: dict[str, Callable[[str], str]] = {
    "command": _text,
    "text": _text,
    "template": _text,
    "container": _name,
    "object": lambda text: text if NAME.fullmatch(text) else _image_or_id(text),
    "new-name": _name,
    "image": _image,
    "image-or-id": _image_or_id,
    "image-pattern": _matching(r"[\w][\w./:*?-]*", "is no image name", "Write a name like busybox."),
    "new-image": _new_image,
    "env": _env,
    "published": _published,
    "exposed": _exposed,
    "signal": _signal,
    "filter": _filter,
    "stream": _stream,
    "network": _network,
    "context": _context,
    "dockerfile": _folder_path,
    "label": _matching(r"[\w][\w./-]*(=.*)?", "is no label", "Write NAME=value."),
    "workdir": _matching(r"/[^:]*", "is no folder inside the container", "Write the absolute path, from /."),
    "user": _matching(r"[\w][\w.-]*(:[\w][\w.-]*)?", "is no user", "Write a name or a number."),
    "host-name": _matching(r"[a-zA-Z0-9][a-zA-Z0-9.-]{0,62}", "is no host name", "Use letters, digits and -."),
    "seconds": _matching(r"-1|\d{1,4}", "is no number of seconds", "Write a whole number, for example 3."),
    "number": _matching(r"-1|\d{1,4}", "is no number", "Write a whole number, for example 3."),
    "tail": _matching(r"all|\d{1,6}", "is no number of lines", "Write a whole number, or all."),
    "moment": _matching(r"\d+[smh]|\d{4}-\d\d-\d\d(T[\d:.]+Z?)?|\d+(\.\d+)?", "is no time", "Write 10s, 5m or a date."),
    "restart": _matching(
        r"no|always|unless-stopped|on-failure(:\d{1,3})?",
        "is no restart policy",
        "One of: no, always, unless-stopped, on-failure:3.",
    ),
    "pull-policy": _one_of("always missing never"),
    "progress": _one_of("plain auto"),
    "object-type": _one_of("container image network"),
    "stage": _matching(r"[\w][\w.-]*", "is no stage's name", "Write the name after AS in the Dockerfile."),
}
"""The reader of each kind, by the name that the vocabulary's table uses."""
