"""The doctor looks at the engine: whether one really answers, which, why that one, and what it can do."""

from __future__ import annotations

import email.utils
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from checker.doctor.finding import ENGINE_TITLE, bad, ok, warn
from checker.doctor.machine import Sought
from checker.engine import MACOS, PRIVATE, Engine, advice, container_name
from checker.errors import NoEngine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checker.doctor.finding import Finding
    from checker.doctor.machine import Machine

NEWEST_API = (1, 45)
"""The newest API version that docker-py knows; the course never speaks a newer one."""

SKEW_LIMIT_S = 2.0


class Holder(NamedTuple):
    """The container that publishes a port, and whether it is the course's."""

    name: str
    ours: bool


@dataclass(frozen=True)
class EngineFacts:
    """What the engine said when the doctor asked; empty where none answered.

    ``skew_s`` is by how many seconds its clock is off from this machine's, None when it did not say.
    """

    sought: Sought = field(default_factory=Sought)
    version: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    containers: tuple[Mapping[str, Any], ...] = ()
    images: tuple[Mapping[str, Any], ...] = ()
    skew_s: float | None = None
    problem: str = ""

    @property
    def answers(self) -> bool:
        """Whether an engine was found, and answered every question."""
        return bool(self.sought.host) and not self.problem

    @property
    def is_local(self) -> bool:
        """Whether its published ports are this machine's."""
        address = urlsplit(self.sought.host)
        return address.scheme in ("unix", "npipe") or address.hostname in ("127.0.0.1", "localhost", "::1")

    @property
    def is_desktop(self) -> bool:
        """Whether it is Docker Desktop's, inside a virtual machine of its own."""
        return "Docker Desktop" in str(self.info.get("OperatingSystem", ""))

    @property
    def data_root(self) -> Path | None:
        """Where it keeps its data, when that is a folder of this machine."""
        root = self.info.get("DockerRootDir")
        return Path(root) if root and not self.is_desktop else None

    @property
    def ours(self) -> tuple[Mapping[str, Any], ...]:
        """The course's containers."""
        return tuple(one for one in self.containers if self.owns(one))

    def holder_of(self, port: int) -> Holder | None:
        """Return the container that publishes ``port``."""
        for container in self.containers:
            if any(published.get("PublicPort") == port for published in container.get("Ports") or ()):
                return Holder(container_name(container), self.owns(container))
        return None

    def owns(self, thing: Mapping[str, Any]) -> bool:
        """Return whether a container or image is the course's."""
        return Engine(self.sought.host, self.sought.strategy, self.sought.source).owns(thing)


def look_at_engine(machine: Machine) -> EngineFacts:
    """Find the engine and ask it everything that the doctor wants to know."""
    sought = machine.find_engine()
    if not sought.host:
        return EngineFacts(sought)
    try:
        before = machine.now()
        version, date = _asked(machine, sought.host, "/version", dict)
        after = machine.now()
        return EngineFacts(
            sought,
            version=version,
            info=_asked(machine, sought.host, "/info", dict)[0],
            containers=tuple(_asked(machine, sought.host, "/containers/json?all=1", list)[0]),
            images=tuple(_asked(machine, sought.host, "/images/json", list)[0]),
            skew_s=skew(date, before, after),
        )
    except NoEngine as error:
        return EngineFacts(sought, problem=error.message)


def _asked(machine: Machine, host: str, path: str, kind: type) -> tuple[Any, str]:
    """Return what the engine answers to one question, and by its clock when."""
    status, headers, body = machine.get(host, path)
    if status != 200 or not isinstance(body, kind):
        said = body.get("message", "") if isinstance(body, dict) else str(body)
        raise NoEngine(f"It answered {status} to GET {path}: {said[:200] or 'something else than asked for'}")
    return body, headers.get("date", "")


def skew(date: str, before: float, after: float) -> float | None:
    """Return by how many seconds at least the clock that wrote ``date`` (whole seconds) is off: ahead is positive.

    Arguments:
        date: the ``Date`` header of the engine's answer.
        before: this machine's time before the request, in seconds since 1970.
        after: this machine's time after the answer, in seconds since 1970.

    Returns:
        Seconds, rounded towards 0; None when the date cannot be read.

    """
    try:
        theirs = email.utils.parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    if theirs > after:
        return theirs - after
    return min(theirs + 1 - before, 0.0)


def examine_engine(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    """Yield findings about the engine: whether it answers, its clock, and whether it is rootless or uses SELinux.

    Arguments:
        machine: what can be seen of this machine.
        engine: what the engine answered.

    """
    yield _reachable(machine, engine)
    if not engine.answers:
        return
    yield from _clock(machine, engine)
    yield from _rootless(engine)
    if any("selinux" in str(option) for option in engine.info.get("SecurityOptions") or ()):
        yield ok("SELinux", "On. A folder of yours that you mount into a container needs :z after its path.")


def _reachable(machine: Machine, engine: EngineFacts) -> Finding:
    sought = engine.sought
    if not sought.host:
        places = [f"{one.host} ({one.source}): {one.detail}" for one in sought.tried if one.matters]
        others = sum(not one.matters for one in sought.tried)
        places += [f"{others} usual places where nothing is"] if others else []
        fix = sought.advice or f"Run: {machine.checker('start')}   (it starts an engine of the course's own)"
        return bad(ENGINE_TITLE, f"None answers. Tried: {'; '.join(places) or 'no address is known'}.", fix)
    if engine.problem:
        return bad(ENGINE_TITLE, f"It stopped answering half-way. {engine.problem}", _again(machine, engine))
    version = engine.version
    oldest, newest = str(version.get("MinAPIVersion", "?")), str(version.get("ApiVersion", "?"))
    seen = f"Version {version.get('Version', '?')} answers at {sought.host} ({sought.source}); API {oldest} to {newest}"
    if _numbers(oldest) > NEWEST_API:
        known = ".".join(map(str, NEWEST_API))
        return bad(ENGINE_TITLE, f"{seen}. The course speaks API {known} at most.", "Get the newest course: git pull")
    skipped = "".join(f" Passed over: {one.host} ({one.detail})." for one in sought.tried if one.matters)
    return ok(ENGINE_TITLE, f"{seen}.{skipped}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _again(machine: Machine, engine: EngineFacts) -> str:
    if engine.sought.strategy == PRIVATE:
        return f"Restart it: {machine.checker('stop')}, then {machine.checker('start')}"
    return advice.restart(engine.sought.host, machine.kind)


def _clock(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    title = "Clock"
    if engine.skew_s is None:
        return
    if abs(engine.skew_s) <= SKEW_LIMIT_S:
        yield ok(title, "The engine's clock and this machine's agree.")
        return
    direction = "ahead of" if engine.skew_s > 0 else "behind"
    seen = (
        f"The engine's clock is {math.ceil(abs(engine.skew_s))} s {direction} this machine's; times in lessons differ."
    )
    if machine.on_windows or machine.kind.wsl:
        fix = "Run in Windows: wsl --shutdown. Then start Docker Desktop again."
    elif machine.kind.name == MACOS:
        fix = advice.restart(engine.sought.host, machine.kind)
    elif engine.is_local:
        fix = "Run: sudo timedatectl set-ntp true"
    else:
        fix = "Set the clock of the machine that the engine runs on."
    yield warn(title, seen, fix)


def _rootless(engine: EngineFacts) -> Iterator[Finding]:
    options = [str(option) for option in engine.info.get("SecurityOptions") or ()]
    if not any("rootless" in option for option in options):
        return
    if str(engine.info.get("CgroupVersion")) == "1":
        seen = "It runs rootless on cgroup v1, where docker pause does not work; lesson 05 needs it."
        yield warn("Rootless engine", seen, "Use an engine that runs as root: docker context use default")
    else:
        yield ok("Rootless engine", "It runs without root's rights; ports under 1024 cannot be published.")
