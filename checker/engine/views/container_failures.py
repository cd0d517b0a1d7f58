"""The failures of a container's verdicts that need nothing but what was seen. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.engine.names import container_name, image_name
from checker.engine.words import last_words, listed, short
from checker.lab import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Data = Mapping[str, Any]


def image_words(data: Data) -> str:
    """Return how a container's image is told: by the name that it was made with, or by its id."""
    named = str((data.get("Config") or {}).get("Image", ""))
    return short(named.removeprefix("sha256:"), 80) or str(data.get("Image", "")).removeprefix("sha256:")[:12]


def other_image(data: Data, ref: str, *, gone: bool) -> Failure:
    """Say that a container was made from another image than ``ref``.

    Arguments:
        data: what ``docker inspect`` says about the container.
        ref: the name of the image that was expected.
        gone: whether the engine no longer has the image that the container was made from.

    """
    name, named = container_name(data), str((data.get("Config") or {}).get("Image", ""))
    expected = f"It should be made from {ref}."
    if image_name(named) != image_name(ref):
        return Failure(
            f"The container {name} was made from another image: {image_words(data)}.",
            expected,
            "The IMAGE column of docker ps -a shows it. A container's image cannot be changed afterwards.",
            actual=named,
        )
    what = "that is no longer there" if gone else f"that {ref} stood for earlier"
    return Failure(
        f"The container {name} was made from another image: one {what}.",
        expected,
        "The name has come to stand for a newer image since; a container stays with the one it was made from.",
        actual=str(data.get("Image", "")),
    )


def not_in_log(name: str, text: str, log: str) -> Failure:
    """Say that a log does not hold a text.

    Arguments:
        name: the container.
        text: what the log should hold.
        log: the container's log.

    """
    differs = ", but it does in other letter case" if text.casefold() in log.casefold() else ""
    return Failure(
        f"The log of {name} does not hold “{text}”{differs}.{last_words(log)}",
        look="docker logs shows what its main process wrote.",
    )


def not_in_file(name: str, path: str, text: str, content: str) -> Failure:
    """Say that a file in a container does not hold a text.

    Arguments:
        name: the container.
        path: the path of the file in it.
        text: what the file should hold.
        content: what the file holds, or its beginning.

    """
    there = f"It holds: “{short(content, 160)}”." if content.strip() else "It is empty."
    return Failure(
        f"The file {path} in {name} does not hold “{text}”. {there}",
        look="Is it this file, in this container, that was written?",
        actual=short(content, 160),
    )


def no_file(name: str, path: str, elsewhere: Sequence[str]) -> Failure:
    """Say that a file is missing, and in which containers of the same image it is.

    Arguments:
        name: the container.
        path: the path that is missing in it.
        elsewhere: the containers of the same image that have a file at this path.

    """
    there = f" It is in another container: {listed(elsewhere)}." if elsewhere else ""
    return Failure(
        f"There is no file {path} in the container {name}.{there}",
        look="Every container has files of its own: what is written in one is not in another of the same image.",
    )


def other_variable(name: str, env: Mapping[str, str], variable: str, value: str | None) -> Failure:
    """Say that a variable is missing, or has another value.

    Arguments:
        name: the container.
        env: its environment variables.
        variable: the variable that was expected.
        value: its expected value; None when any value will do.

    """
    if variable in env:
        seen = f"In {name} the variable {variable} is “{env[variable]}”."
        return Failure(seen, f"It should be “{value}”.", actual=env[variable])
    near = [other for other in env if other.casefold() == variable.casefold()]
    there = f" There is {near[0]}: small and capital letters make a difference." if near else ""
    return Failure(
        f"The container {name} has no variable {variable}.{there}",
        look="A variable is given to a container when it is made; docker inspect lists them under Env.",
    )


def no_dialogue(name: str, *, has_stdin: bool, has_terminal: bool) -> Failure:
    """Say which half of an interactive session a container lacks.

    Arguments:
        name: the container.
        has_stdin: whether its stdin is open (``-i``).
        has_terminal: whether it has a terminal (``-t``).

    """
    if has_terminal:
        seen = f"The container {name} has a terminal, but its stdin is closed: what you type does not reach it."
    elif has_stdin:
        seen = f"The stdin of {name} is open, but it has no terminal: its shell shows no prompt."
    else:
        seen = f"The container {name} has neither a terminal nor an open stdin."
    return Failure(
        seen, look="An interactive session needs an open stdin and a terminal; each has an option of its own."
    )


def not_fed(name: str, arguments: Sequence[str], log: str) -> Failure:
    """Say why nothing reached a container through its stdin.

    Arguments:
        name: the container.
        arguments: the words after the image's name, which replace the image's command.
        log: the container's log.

    """
    if arguments:
        given = short(" ".join(arguments), 80)
        return Failure(
            f"{name} was given arguments, “{given}”, and so it read nothing from its stdin.",
            look="Words after the image's name are arguments; a file is fed with < at the end of the line.",
        )
    return Failure(
        f"The stdin of {name} was closed: what you fed to it never arrived.{last_words(log)}",
        look="docker run leaves stdin closed unless an option keeps it open.",
    )
