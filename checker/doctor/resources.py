"""The doctor looks at the machine: the learner's folder, disk space, ports, proxies, WSL."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NamedTuple

from checker.doctor.finding import bad, ok, warn
from checker.engine import MACOS, PRIVATE
from checker.errors import CourseError
from checker.lab import lab_ids, load_lab
from checker.learner import Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checker.doctor.engine import EngineFacts
    from checker.doctor.finding import Finding
    from checker.doctor.machine import Machine

GB = 1_000_000_000
MB = 1_000_000
JUPYTER_PORT = 8888


class _Disk(NamedTuple):
    """What a disk is for, below how many free bytes it is low or full, and what to do then."""

    title: str
    low: int
    full: int
    fix: str


WORK_DISK = _Disk("Disk for your work", 500 * MB, 20 * MB, "Free some space on that disk.")
ENGINE_DISK = _Disk("Disk of the engine", 3 * GB, GB // 2, "See what Docker uses with: docker system df")


def examine_resources(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    """Yield findings about what a lab needs besides Docker itself: a writable folder, disk space, ports, proxies.

    Arguments:
        machine: what can be seen of this machine.
        engine: what the engine answered.

    """
    yield _writable(machine)
    yield _space(machine, WORK_DISK, machine.work)
    yield from _engine_space(machine, engine)
    yield from _ports(machine, engine)
    yield from _proxy(machine, engine)
    yield from _wsl(machine)


def _writable(machine: Machine) -> Finding:
    title = "Your folder"
    problem = machine.problem_with_writing(machine.work)
    if not problem:
        made = "" if machine.exists(machine.work) else " It is made at the first start."
        return ok(title, f"{machine.work} can be written.{made}")
    if problem == os.strerror(errno.ENOSPC):
        fix = "Free some space on that disk."
    elif machine.on_windows:
        fix = "Move the course into a folder of your own, such as Documents."
    elif machine.kind.root:
        elsewhere = machine.setting("DOCKER101_WORK", "~/docker101-work")
        fix = f"Point the course at a folder that can be written: {elsewhere}"
    else:
        fix = f'Make it yours: sudo chown -R "$USER" {machine.work}'
    return bad(title, f"{machine.work} cannot be written ({problem}): no answer and no result can be saved.", fix)


def _space(machine: Machine, disk: _Disk, path: Path) -> Finding:
    title, low, full, fix = disk
    free = machine.free_bytes(path)
    if free is None:
        return ok(title, f"How much is free at {path} cannot be seen from here.")
    if free < full:
        return bad(title, f"Only {size(free)} free at {path}.", fix)
    if free < low:
        return warn(title, f"{size(free)} free at {path}; {size(low)} is a comfortable amount.", fix)
    return ok(title, f"{size(free)} free at {path}.")


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{count / GB:.1f} GB" if count >= GB else f"{count / MB:.0f} MB"


def _engine_space(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    root = engine.data_root
    if not engine.answers or not engine.is_local or root is None or not machine.exists(root):
        return
    yield _space(machine, ENGINE_DISK, root)


def _ports(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    title = "Ports of your sheets"
    if engine.answers and not engine.is_local:
        return
    wanted = _personal_ports(machine)
    held = {port: engine.holder_of(port) for port in wanted}
    taken = {port: held[port] for port in wanted if held[port] or not machine.port_is_free(port)}
    foreign = {port: holder for port, holder in taken.items() if not (holder and holder.ours)}
    for port, holder in foreign.items():
        lab = wanted[port]
        if holder:
            seen = f"Port {port}, which the sheet of {lab} gives you, is published by your own container {holder.name}."
            yield warn(title, seen, f"When you can do without it for a while: docker stop {holder.name}")
        else:
            seen = f"Port {port}, which the sheet of {lab} gives you, is taken by another program."
            yield warn(title, seen, f"See which one, and close it: {_who_listens(machine, port)}")
    if not foreign and wanted:
        ours = f" ({len(taken)} held by the course's own containers)" if taken else ""
        yield ok(title, f"{', '.join(map(str, wanted))}: free for you{ours}.")
    if not machine.port_is_free(JUPYTER_PORT):
        yield ok("Port of JupyterLab", f"{JUPYTER_PORT} is taken, perhaps by JupyterLab; the course takes a free one.")


def _personal_ports(machine: Machine) -> dict[int, str]:
    """Return this learner's personal ports, each with the lab whose sheet gives it."""
    ports: dict[int, str] = {}
    work = Work(machine.work)
    labs = machine.root / "labs"
    for lab_id in lab_ids(labs):
        try:
            lab = load_lab(lab_id, labs)
        except (CourseError, ModuleNotFoundError):
            continue  # the look at the course's files has said so
        values = work.params(lab)
        ports |= {int(values[param.name]): lab_id for param in lab.params if param.kind == "port"}
    return ports


def _who_listens(machine: Machine, port: int) -> str:
    if machine.on_windows:
        return f"netstat -ano | findstr :{port}"
    if machine.kind.name == MACOS:
        return f"lsof -nP -iTCP:{port} -sTCP:LISTEN"
    return f"ss -ltnp 'sport = :{port}'"


def _proxy(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    title = "Proxy"
    names = [name for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy") if machine.env.get(name)]
    if not names:
        return
    spared = (machine.env.get("NO_PROXY") or machine.env.get("no_proxy") or "").replace(" ", "").split(",")
    if not {"localhost", "127.0.0.1", "*"} & set(spared):
        seen = f"{names[0]} is set, and NO_PROXY does not spare this machine: requests to your containers go astray."
        yield warn(title, seen, f"Run: {machine.setting('NO_PROXY', 'localhost,127.0.0.1,::1')}")
    if engine.answers and not (engine.info.get("HttpProxy") or engine.info.get("HttpsProxy")):
        seen = f"{names[0]} is set for you, but the engine, which is what pulls images, knows of no proxy."
        yield warn(title, seen, _engine_proxy(machine, engine))
    elif {"localhost", "127.0.0.1", "*"} & set(spared):
        yield ok(title, "Set for you and for the engine; requests to this machine are spared.")


def _engine_proxy(machine: Machine, engine: EngineFacts) -> str:
    if engine.sought.strategy == PRIVATE:
        return f"Restart the course's engine from this shell: {machine.checker('stop')}"
    if engine.is_desktop or machine.has_desktop:
        return "Enter it in Docker Desktop: Settings, Resources, Proxies."
    return 'Write it under "proxies" in /etc/docker/daemon.json, then run: sudo systemctl restart docker'


def _wsl(machine: Machine) -> Iterator[Finding]:
    if not machine.kind.wsl:
        return
    title = "WSL"
    if str(machine.work).startswith("/mnt/"):
        seen = f"{machine.work} is on Windows' disk: slow from here, and file permissions are not kept."
        yield warn(title, seen, "Clone the course again inside WSL: cd ~, then git clone …")
    else:
        yield ok(title, "This is Linux inside Windows (WSL), and your folder is on Linux's own disk.")
