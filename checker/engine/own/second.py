"""A second engine beside the private one, in a network namespace of its own: two halves of the tests run side by side.

Nothing of one engine is seen on the other: containers, images, and published ports, which are the namespace's. Its
folders are below the first one's data, so that the next run finds its images, and ``checker stop --all`` removes it.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from typing import TYPE_CHECKING, Any

from checker.engine.own import dockerd
from checker.engine.own.namespace import Namespace, network_namespace, no_namespace
from checker.engine.program import find_docker
from checker.engine.transport import http
from checker.errors import EngineProblem, NoEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

COPY_LIMIT_S = 600
"""How long copying the images may take, in seconds."""

_START = (
    "import sys; from checker.engine.own import private; "
    "private.stop(print); private.start(print, user=int(sys.argv[1]))"  # a killed run may have left one
)
_FILL = (
    "import json, sys; from checker.engine.own import dockerd, registry; "
    "registry.fill(dockerd.paths(), json.loads(sys.argv[1]), print)"
)


def obstacle() -> str:
    """Say why there can be no second engine here; empty when there can."""
    reason = no_namespace()
    if reason:
        return reason
    try:
        dockerd.require_short(dockerd.second(dockerd.paths()))
    except NoEngine as error:
        return error.message
    return ""


@contextlib.contextmanager
def second_engine(names: Sequence[str], user: int, say: Callable[[str], None]) -> Iterator[tuple[str, Namespace]]:
    """Start the second engine, with images of the private one that runs here; stop it at the end.

    Ask ``obstacle`` first.

    Arguments:
        names: the images that it gets, each with its tag; what the first engine lacks is left out.
        user: the process that uses it.
        say: is told what is done.

    Yields:
        the engine's address, and the namespace that its published ports are in.

    Raises:
        EngineProblem: when it does not start, or images cannot be copied.

    """
    first = dockerd.paths()
    place = dockerd.second(first)
    with network_namespace(place.run.parent) as namespace:
        say("Starting a second engine, in a network namespace of its own …")
        _run(namespace, _START, str(user))
        _copy(first.host, place.host, names, say)
        _run(namespace, _FILL, json.dumps(list(names)))
        yield place.host, namespace


def _run(namespace: Namespace, code: str, *args: str) -> None:
    try:
        namespace.run(code, *args)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        raise EngineProblem(f"The second engine could not be set up: {error}", "See: checker doctor") from error


def _copy(source: str, target: str, names: Sequence[str], say: Callable[[str], None]) -> None:
    """Copy the images that the target lacks, or has in another version."""
    have, wanted = _images(target), _images(source)
    missing = [name for name in names if name in wanted and have.get(name) != wanted[name]]
    if not missing:
        return
    say(f"Copying images to it: {', '.join(missing)}.")
    docker = str(find_docker())
    with subprocess.Popen([docker, "--host", source, "save", *missing], stdout=subprocess.PIPE) as saving:
        loading = subprocess.run(
            [docker, "--host", target, "load", "--quiet"],
            stdin=saving.stdout,
            capture_output=True,
            text=True,
            timeout=COPY_LIMIT_S,
            check=False,
        )
    if saving.returncode or loading.returncode:
        raise EngineProblem(f"The images could not be copied: {loading.stderr.strip()}", "See: checker doctor")


def _images(host: str) -> dict[str, str]:
    """Return an engine's images: the id of each name."""
    found: list[dict[str, Any]] = http.get(host, "/images/json", 10)[2]
    return {tag: str(image["Id"]) for image in found for tag in image.get("RepoTags") or []}
