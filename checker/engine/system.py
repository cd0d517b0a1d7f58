"""What kind of machine this is, as far as finding, starting or installing an engine depends on it."""

from __future__ import annotations

import getpass
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

LINUX = "linux"
MACOS = "macos"
WINDOWS = "windows"

_PROGRAMS = ("docker", "dockerd", "podman", "colima", "apt-get", "dnf", "pacman", "zypper", "apk", "sudo", "service")
_ADMIN_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class System:
    """Facts about a machine, all of them plain values, so that advice can be tested for machines that are not here.

    ``distribution`` and ``relatives`` are ID and ID_LIKE of /etc/os-release; ``programs`` those of interest that are
    installed; ``in_docker_group`` whether the user is a member of the group docker by the machine's list, and
    ``docker_group_active`` whether this login has it already; ``systemd`` whether systemd runs the machine.
    """

    name: str
    distribution: str = ""
    relatives: tuple[str, ...] = ()
    uid: int = 1000
    user: str = "you"
    wsl: bool = False
    systemd: bool = False
    in_docker_group: bool = False
    docker_group_active: bool = False
    programs: frozenset[str] = frozenset()

    @property
    def root(self) -> bool:
        """Whether this is the superuser of a unix system."""
        return self.name != WINDOWS and self.uid == 0

    @property
    def debian(self) -> bool:
        """Whether this is Debian, Ubuntu, or made from them, with their apt-get."""
        family = {self.distribution, *self.relatives} & {"debian", "ubuntu"}
        return self.name == LINUX and bool(family) and "apt-get" in self.programs

    @property
    def sudo(self) -> str:
        """What to put before a command that needs the superuser."""
        return "" if self.root else "sudo "


def this_system() -> System:
    """Return the facts of this machine."""
    name = {"win32": WINDOWS, "darwin": MACOS}.get(sys.platform, LINUX)
    release = _os_release() if name == LINUX else {}
    listed, active = _docker_group()
    return System(
        name=name,
        distribution=release.get("ID", ""),
        relatives=tuple(release.get("ID_LIKE", "").split()),
        uid=os.getuid() if hasattr(os, "getuid") else 1000,
        user=_user(),
        wsl=name == LINUX and "microsoft" in platform.release().lower(),
        systemd=Path("/run/systemd/system").is_dir(),
        in_docker_group=listed,
        docker_group_active=active,
        programs=frozenset(program for program in _PROGRAMS if find_program(program)),
    )


def find_program(program: str) -> str | None:
    """Return the path of a program, also of one for administrators that an ordinary PATH does not reach."""
    return shutil.which(program) or shutil.which(program, path=_ADMIN_FOLDERS)


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a uid without a name, as in some containers
        return "you"


def _docker_group() -> tuple[bool, bool]:
    try:
        import grp

        group = grp.getgrnam("docker")
    except (ImportError, KeyError):
        return False, False
    return _user() in group.gr_mem, group.gr_gid in os.getgroups()
