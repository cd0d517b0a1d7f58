"""One open client for an engine, and the translation of docker-py's errors into ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import docker
from docker import errors
from docker.utils import version_lt
from requests import exceptions as http
from urllib3.exceptions import ReadTimeoutError

from checker.errors import CourseError, EngineProblem, NoEngine
from checker.patience import patient_s

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_S = 10.0
"""Seconds that an engine has for one answer."""

OLDEST_API = "1.40"
"""Docker Engine 19.03; older ones lack fields that the checks read."""

NEWEST_API = "1.45"
"""The newest version that docker-py 7 knows; uncapped, newer engines drop fields that it reads."""

LOOK = "Look at it with: checker doctor"


class NotThere(EngineProblem):
    """The engine has no container, image or file of the name that was asked for."""


class EngineHangs(EngineProblem):
    """The engine did not answer within its time limit, which the message gives in seconds."""


class Client(docker.APIClient):
    """docker-py's low-level client, which also knows the address it was opened with."""

    host = ""


def open_client(host: str, timeout_s: float = LIMIT_S) -> Client:
    """Return a client of the engine at ``host`` that speaks a version which both sides know.

    Arguments:
        host: as in DOCKER_HOST: unix://…, tcp://… or npipe://….
        timeout_s: seconds that the engine has for one answer, more on a busy machine; default ``LIMIT_S``.

    Raises:
        NoEngine: when nothing answers there, or nothing that this course can use.
        EngineProblem: when it does not answer in time.

    """
    timeout_s = patient_s(timeout_s)
    with as_our_errors(timeout_s, host):
        client = _connected(host, timeout_s, "auto")
        try:
            version = _spoken(client)
        except BaseException:
            client.close()
            raise
        if version == client.api_version:
            return client
        client.close()
        return _connected(host, timeout_s, version)


def _spoken(client: docker.APIClient) -> str:
    """Return the API version to speak with an engine whose own newest one the client has just learned."""
    if version_lt(client.api_version, OLDEST_API):
        raise _too_old(client.api_version)
    if not version_lt(NEWEST_API, client.api_version):
        return client.api_version
    oldest = str(client.version(api_version=False).get("MinAPIVersion") or "0")
    if version_lt(NEWEST_API, oldest):
        raise _too_new(oldest)
    return NEWEST_API


def _connected(host: str, timeout_s: float, version: str) -> Client:
    """Return a client; it speaks no TLS, as no engine is chosen that asks for it."""
    client = Client(base_url=host, version=version, timeout=timeout_s)  # type: ignore[arg-type]
    client.host = host
    if not host.startswith("tcp://"):
        client.trust_env = False  # a socket needs no proxy; looking for one costs more than the request
    return client


@contextmanager
def as_our_errors(limit_s: float = LIMIT_S, host: str = "") -> Iterator[None]:
    """Turn docker-py's errors, raised inside, into ours.

    Arguments:
        limit_s: the time limit of the client, in seconds, to name it when it is exceeded.
        host: the engine's address, to name it when nothing answers.

    Raises:
        NotThere: the engine answered 404.
        EngineHangs: it did not answer within ``limit_s``.
        EngineProblem: it answered with another error; the message quotes it.
        NoEngine: it cannot be reached, or is not usable.

    """
    try:
        yield
    except (errors.DockerException, http.RequestException, ReadTimeoutError) as error:
        raise _ours(error, limit_s, host) from error


def _ours(error: BaseException, limit_s: float, host: str) -> CourseError:
    """Return our error for one of docker-py's."""
    if isinstance(error, errors.APIError):
        return _refusal(error)
    if _has_cause(error, http.Timeout, ReadTimeoutError, TimeoutError):
        return EngineHangs(f"The engine{_at(host)} did not answer within {limit_s:g} s.", LOOK)
    if isinstance(error, errors.InvalidVersion):
        return _too_old("below 1.24")
    if _has_cause(error, http.JSONDecodeError, KeyError, errors.NotFound):
        return NoEngine(f"Something answers{_at(host)}, but it is no Docker engine.", LOOK)
    return NoEngine(f"No Docker engine answers{_at(host)} ({_last_words(error)}).", LOOK)


def _refusal(error: errors.APIError) -> EngineProblem:
    """Return our error for an answer that says no."""
    said = str(error.explanation or error).strip().rstrip(".")
    if isinstance(error, errors.NotFound):
        return NotThere(f"The engine answered: {said}.")
    return EngineProblem(f"The engine answered with an error: {said}.", LOOK)


def _too_old(version: str) -> NoEngine:
    return NoEngine(
        f"This Docker engine is too old for the course: its API version is {version}, and {OLDEST_API} is needed.",
        "Install Docker Engine 20.10 or newer, then start the course again with: checker start",
    )


def _too_new(version: str) -> NoEngine:
    return NoEngine(
        f"This Docker engine is too new for this edition of the course: it asks for API version {version} at least, "
        f"and the course speaks {NEWEST_API}.",
        "Get the newest edition with: git pull",
    )


def _at(host: str) -> str:
    return f" at {host}" if host else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what led to it; requests and urllib3 keep causes in ``args`` as well."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or one in seen:
            continue
        seen.append(one)
        yield one
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def _has_cause(error: BaseException, *kinds: type[BaseException]) -> bool:
    return any(isinstance(one, kinds) for one in _causes(error))


def _last_words(error: BaseException) -> str:
    """Return the most telling text: the operating system's own words where there are any."""
    for one in _causes(error):
        if isinstance(one, OSError) and one.strerror:
            return one.strerror
    return " ".join(str(error).split())[:300]
