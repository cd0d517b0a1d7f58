"""A busybox image from Debian's own package, for machines that cannot reach Docker Hub.

``mmdebstrap --variant=extract`` (its manual page) unpacks a package without installing anything on this machine; the
root folder is then laid out as Docker Hub's busybox image has it: every command is a link in ``/bin``.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.engine.images.steps import run
from checker.errors import EngineProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine.images.catalog import Package

TOOL = "mmdebstrap"
NEEDED = (TOOL, "debian-archive-keyring")
"""What apt installs where the tool is missing; Ubuntu does not come with Debian's keys."""

KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
FETCH_LIMIT_S = 600
INSTALL_LIMIT_S = 600
TELL = "Get the course's newest edition with: git pull. If that does not help, please tell its authors."
BINARIES = ("usr/bin/busybox", "bin/busybox")

_FOLDERS = {"bin": 0o755, "dev": 0o755, "etc": 0o755, "home": 0o755, "proc": 0o755, "root": 0o700, "sys": 0o755}
_FOLDERS |= {"tmp": 0o1777, "usr": 0o755, "usr/bin": 0o755, "usr/sbin": 0o755, "var": 0o755, "var/www": 0o755}

_USERS = """\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
"""
_FILES = {
    "etc/passwd": _USERS,
    "etc/group": "root:x:0:\ndaemon:x:1:\nbin:x:2:\nwww-data:x:33:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


class Busybox(NamedTuple):
    """A busybox program: the file, what it prints as its version, and the names of its commands."""

    program: bytes
    version: str
    source: str
    commands: tuple[str, ...]
    time_s: float


def obstacle(engine_arch: str) -> str:
    """Say why this machine cannot build from Debian's packages; an empty text when it can.

    Arguments:
        engine_arch: the engine's processor as the engine calls it: "amd64", "arm64".

    """
    here = machine_arch()
    if engine_arch != here:
        return f"the engine's machine ({engine_arch}) is of another kind than this one ({here})"
    if shutil.which(TOOL):
        return ""
    if not shutil.which("apt-get"):
        return f"that needs {TOOL}, which only Debian and Ubuntu have"
    if not _is_root():
        return f"that needs {TOOL}, and only root can install it (sudo apt-get install {' '.join(NEEDED)})"
    return ""


def _is_root() -> bool:
    """Whether this process may install packages; Windows has no such user."""
    user_id = getattr(os, "geteuid", None)
    return user_id is not None and user_id() == 0


def machine_arch() -> str:
    """Return this machine's processor, under the name that Docker uses for it."""
    machine = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    return {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm"}.get(machine, machine.lower())


def fetch(package: Package, folder: Path, say: Callable[[str], None]) -> Busybox:
    """Fetch a busybox package into ``folder``, which is thrown away afterwards, and look what is in it.

    Arguments:
        package: which package, from which Debian.
        folder: where it is unpacked.
        say: takes each line of progress.

    Raises:
        EngineProblem: when it cannot be fetched, or holds another version than the tag says.

    """
    provide_tool(say)
    say(f"Fetching {package.package} from Debian {package.suite} …")
    archive = folder / "package.tar"
    run(
        [TOOL, "--variant=extract", *keys(), f"--include={package.package}", package.suite, str(archive)],
        FETCH_LIMIT_S,
        f"Fetching {package.package} from Debian {package.suite}",
    )
    found = _look_into(archive, folder)
    if not found.version.startswith(f"{package.version}."):
        raise EngineProblem(
            f"Debian {package.suite} now has busybox {found.version}; the tag {package.version} would be wrong.",
            "Get the course's newest edition with: git pull",
        )
    return found


def rootfs(found: Busybox) -> bytes:
    """Return the root folder of the image as a tar archive; equal input gives equal bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:

        def add(name: str, mode: int, kind: bytes = tarfile.REGTYPE, content: bytes = b"", link: str = "") -> None:
            entry = tarfile.TarInfo(name)
            entry.mode, entry.type, entry.linkname = mode, kind, link
            entry.size, entry.mtime = len(content), int(found.time_s)
            tar.addfile(entry, io.BytesIO(content))

        for name, mode in _FOLDERS.items():
            add(name, mode, tarfile.DIRTYPE)
        add("bin/busybox", 0o755, content=found.program)
        for command in found.commands:
            add(f"bin/{command}", 0o755, tarfile.LNKTYPE, link="bin/busybox")
        add("usr/bin/env", 0o777, tarfile.SYMTYPE, link="../../bin/env")
        for name, text in _FILES.items():
            add(name, 0o644, content=text.encode())
    return out.getvalue()


def keys() -> list[str]:
    """Return the option that names Debian's keys; nothing where the tool finds them by itself."""
    return [f"--keyring={KEYS}"] if KEYS.is_file() else []


def provide_tool(say: Callable[[str], None]) -> None:
    """Install mmdebstrap where it is missing, after saying so."""
    if shutil.which(TOOL):
        return
    say(f"Installing {' and '.join(NEEDED)} with apt-get ({TOOL} fetches Debian packages) …")
    _apt(["update"], "Fetching the lists of packages (apt-get update)")
    _apt(["install", "-y", "--no-install-recommends", *NEEDED], f"Installing {TOOL}")


def _apt(arguments: list[str], what: str) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    run(["apt-get", "-q", *arguments], INSTALL_LIMIT_S, what, quiet)


def _look_into(archive: Path, folder: Path) -> Busybox:
    """Take the program out of the unpacked package, and ask it for its version and its commands."""
    with tarfile.open(archive) as tar:
        entry = next((item for item in tar if item.isreg() and item.name.removeprefix("./") in BINARIES), None)
        content = tar.extractfile(entry) if entry else None
        if entry is None or content is None:
            raise EngineProblem(f"The Debian package holds no {BINARIES[0]}.", TELL)
        program = content.read()
    path = folder / "busybox"
    path.write_bytes(program)
    path.chmod(0o755)
    banner = run([str(path)], 10, "Asking busybox for its version")
    said = re.match(r"BusyBox v(\S+) \((?:Debian )?(.*?)\)", banner)
    if not said:
        raise EngineProblem(f"busybox did not say its version: {banner[:80]!r}.", TELL)
    commands = run([str(path), "--list"], 10, "Asking busybox for its commands").split()
    return Busybox(program, said[1], said[2], tuple(sorted(set(commands) - {"busybox"})), entry.mtime)
