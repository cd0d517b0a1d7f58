"""The private engine's daemon: its folders, its process, and cleaning up after one that was killed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.daemon import Daemon, DoesNotAnswer
from checker.engine.own import processes
from checker.engine.system import find_program
from checker.engine.transport import http
from checker.errors import NoEngine
from checker.machine import run_program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONTAINERS_GRACE_S = 3.0
STOP_GRACE_S = 20.0
STEP_S = 0.03
LOG_LINES_SHOWN = 8
_SOCKET_PATH_LIMIT_BYTES = 107  # sun_path of unix(7) holds 108, the last of which ends it
_MARK = ".docker101"
_SOCKETS = ("docker.sock", "exec/containerd/containerd.sock.ttrpc")
_CONFIG = Path("/etc/docker/daemon.json")
_INHERITED = ("registry-mirrors", "insecure-registries", "dns", "dns-opts", "dns-search", "bip", "mtu", "proxies",
              "storage-driver", "default-address-pools")  # fmt: skip


@dataclass(frozen=True)
class EnginePaths:
    """Where the private engine keeps what it has: ``run`` is gone after a reboot, ``data`` stays."""

    run: Path
    data: Path

    @property
    def socket(self) -> Path:
        """The engine's socket."""
        return self.run / "docker.sock"

    @property
    def pid(self) -> Path:
        """The file in which dockerd writes its process id."""
        return self.run / "docker.pid"

    @property
    def log(self) -> Path:
        """What dockerd says."""
        return self.run / "dockerd.log"

    @property
    def users(self) -> Path:
        """Who uses the engine: a line of process id and birth each."""
        return self.run / "users"

    @property
    def host(self) -> str:
        """The engine's address."""
        return f"unix://{self.socket}"

    @property
    def namespace(self) -> str:
        """The engine's name towards a containerd that it may share with others."""
        return f"docker101-{hashlib.sha256(os.fsencode(self.run)).hexdigest()[:8]}"


def paths() -> EnginePaths:
    """Return the engine's folders: below ``$DOCKER101_ENGINE_HOME``, else the system's places."""
    home = os.environ.get("DOCKER101_ENGINE_HOME")
    if home:
        return EnginePaths(Path(home).absolute() / "run", Path(home).absolute() / "data")
    return EnginePaths(Path("/run/docker101"), Path("/var/lib/docker101"))


def second(place: EnginePaths) -> EnginePaths:
    """Return the folders of the second engine (``own.second``): below the data of the first, and removed with it."""
    home = place.data / "second"
    return EnginePaths(home / "run", home / "data")


def require_short(place: EnginePaths) -> None:
    """Raise NoEngine when a socket's path would be longer than Linux allows."""
    longest = max(len(os.fsencode(place.run / name)) for name in _SOCKETS)
    if longest > _SOCKET_PATH_LIMIT_BYTES:
        raise NoEngine(
            f"The folder {place.run.parent} has too long a path for the engine's sockets: {longest} bytes, where "
            f"Linux allows {_SOCKET_PATH_LIMIT_BYTES}.",
            "Set DOCKER101_ENGINE_HOME to a folder with a shorter path, such as /opt/docker101.",
        )


def running(place: EnginePaths) -> int | None:
    """Return the process of this engine's daemon that is alive, whatever its pid file says."""
    return next((pid for pid in processes.named("dockerd") if f"--host={place.host}" in processes.arguments(pid)), None)


def foreign(place: EnginePaths) -> int | None:
    """Return the process of a daemon in this network namespace that is not this engine's."""
    own, here = running(place), processes.network()
    return next((pid for pid in processes.named("dockerd") if pid != own and processes.network(pid) == here), None)


def launch(place: EnginePaths, arguments: Sequence[str], say: Callable[[str], None], limit_s: float) -> None:
    """Start the daemon and wait until it answers.

    Arguments:
        place: where the engine keeps its files.
        arguments: more options of dockerd.
        say: takes each line of progress.
        limit_s: the seconds that it may take to answer.

    Raises:
        NoEngine: when it is not installed, dies, or does not answer within ``limit_s`` seconds; none is left running.

    """
    dockerd = find_program("dockerd")
    if dockerd is None:
        raise NoEngine("dockerd, the Docker daemon, is not installed.", "Install it with: apt-get install docker.io")
    say("Starting the course's own engine …")
    mark(place)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}
    environment["PATH"] = f"{environment.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
    daemon = Daemon([dockerd, *_options(place, arguments, say)], environment, place.log, Path("/"))
    started, told_s, detail = time.monotonic(), 0, ""

    def answers() -> bool:
        nonlocal detail, told_s
        ping = http.ping(place.host, 1)
        detail, waited_s = ping.detail, int(time.monotonic() - started)
        if not ping.ok and waited_s >= told_s + 2:
            told_s = waited_s
            say(f"  waiting for it to answer ({told_s} s of at most {limit_s:g} s)")
        return ping.ok

    try:
        daemon.wait_until(answers, limit_s, STEP_S)
    except DoesNotAnswer as failed:
        said = "\n".join(f"  {line}" for line in daemon.last_lines(LOG_LINES_SHOWN)) or "  (nothing)"
        if failed.exit_code is not None:
            raise NoEngine(
                f"The Docker daemon ended while it started, with exit code {failed.exit_code}. Its last lines:\n{said}",
                f"The whole log is in {place.log}.",
            ) from None
        raise NoEngine(
            f"The Docker daemon did not answer within {limit_s:g} s and was ended ({detail}). Its last lines:\n{said}",
            f"The whole log is in {place.log}. Then try again with: checker start",
        ) from None


def mark(place: EnginePaths) -> None:
    """Make the data folder, and mark it as the course's when it is new or empty; nothing is put there before.

    Raises:
        NoEngine: when it cannot be written.

    """
    try:
        place.data.mkdir(parents=True, exist_ok=True, mode=0o711)
        if not any(place.data.iterdir()):
            text = "Made by the Docker course. Removed by: checker stop --all\n"
            (place.data / _MARK).write_text(text, encoding="utf-8")
    except OSError as error:
        raise NoEngine(
            f"The engine's data folder {place.data} cannot be written: {error.strerror}.",
            "Set DOCKER101_ENGINE_HOME to a folder that can be written and has some GB free.",
        ) from error


def remove_folders(place: EnginePaths) -> bool:
    """Remove the engine's folders from the disk, once its daemon has ended; return whether there was any data.

    A data folder that was there before the engine came is not the course's, and stays.
    """
    there = (place.data / _MARK).is_file()
    if there:
        shutil.rmtree(place.data)
    if place.run.is_dir():
        shutil.rmtree(place.run / "exec", ignore_errors=True)
        for path in (place.pid, place.socket, place.log, place.users, place.run / "daemon.json", place.run / "lock"):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # someone else's things lie there too
            place.run.rmdir()
    return there


def end(place: EnginePaths, say: Callable[[str], None]) -> bool:
    """End the daemon and clean up; return whether one was running.

    Arguments:
        place: where the engine keeps its files.
        say: takes each line of progress.

    """
    pid = running(place)
    if pid is not None:
        say(f"Stopping the course's own engine (its containers get {CONTAINERS_GRACE_S:g} s to end) …")
        if not processes.terminate(pid, CONTAINERS_GRACE_S):
            _kill_containers(place)
        if not processes.end(pid, STOP_GRACE_S):
            say(f"  it did not end within {STOP_GRACE_S:g} s and was killed")
    clear_leftovers(place, say)
    return pid is not None


def clear_leftovers(place: EnginePaths, say: Callable[[str], None]) -> None:
    """Remove what a daemon that was killed left: its containers' processes and keepers, mounts, socket, pid files.

    Arguments:
        place: where the engine keeps its files.
        say: takes each line of progress.

    """
    keepers = _keepers(place)
    if keepers or place.pid.exists():
        say("Cleaning up after an engine of the course that was killed.")
    _kill_containers(place)
    for pid in keepers:
        processes.end(pid, 2)
    _unmount(place)
    # dockerd takes any living process of that id for its containerd, and then waits for it in vain
    for path in (place.pid, place.socket, place.run / "exec" / "containerd" / "containerd.pid"):
        path.unlink(missing_ok=True)


def _options(place: EnginePaths, arguments: Sequence[str], say: Callable[[str], None]) -> list[str]:
    """Return dockerd's options, ``arguments`` among them. Source: the reference of ``dockerd``."""
    config, inherited = place.run / "daemon.json", _inherited(say)
    mirrors: list[str] = []
    if any(argument.startswith("--registry-mirror") for argument in arguments):
        # dockerd refuses a setting that is both in its file and among its options
        mirrors = inherited.pop("registry-mirrors", None) or []
    config.write_text(json.dumps(inherited), encoding="utf-8")
    return [
        f"--host={place.host}",
        f"--data-root={place.data}",
        f"--exec-root={place.run / 'exec'}",
        f"--pidfile={place.pid}",
        f"--config-file={config}",
        # A containerd of the system's may serve dockerd too: what is ours there must not mix with what is not.
        f"--containerd-namespace={place.namespace}",
        f"--containerd-plugins-namespace=plugins.{place.namespace}",
        *arguments,
        *(f"--registry-mirror={mirror}" for mirror in mirrors),
    ]


def _inherited(say: Callable[[str], None]) -> dict[str, Any]:
    """Return what the machine's own settings say about networks and registries, but not about folders and sockets."""
    try:
        data = json.loads(_CONFIG.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        say(f"{_CONFIG} cannot be read and is ignored: {error}")
        return {}
    return {name: data[name] for name in _INHERITED if name in data} if isinstance(data, dict) else {}


def _keepers(place: EnginePaths) -> list[int]:
    """Return the containerd processes that this engine's daemon started: its own one, and one per container."""
    marks = (f"{place.run / 'exec'}/", place.namespace)
    return [
        pid
        for pid in processes.everyone()
        if processes.command(pid).startswith("containerd")
        and any(mark in argument for argument in processes.arguments(pid) for mark in marks)
    ]


def _kill_containers(place: EnginePaths) -> None:
    """Kill what runs in this engine's containers: the names of processes' control groups hold the containers' ids."""
    try:
        ids = [folder.name for folder in (place.data / "containers").iterdir()]
    except OSError:
        return
    for pid in processes.everyone():
        groups = processes.cgroup(pid)
        if any(container in groups for container in ids):
            processes.kill(pid)


def _unmount(place: EnginePaths) -> None:
    """Take down the mounts below the engine's folders, the deepest first, so that the folders can be removed."""
    try:
        table = (processes.PROC / "self" / "mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    mounts = [tuple(field.encode().decode("unicode_escape") for field in line.split()[3:5]) for line in table]
    # dockerd also mounts its data folder on itself; a disk that someone mounted there has "/" as its root
    ours = [
        point
        for root, point in mounts
        if point.startswith((f"{place.run}/", f"{place.data}/"))
        or (point == str(place.data) and root != "/" and point.endswith(root))
    ]
    for point in sorted(ours, key=len, reverse=True):
        run_program(["umount", "--lazy", point], 10)
