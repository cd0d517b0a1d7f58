"""Everything that the doctor may look at on this machine, as one record: the tests hand in another one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.engine import MACOS, WINDOWS, System

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from checker.machine import Ran


class Tried(NamedTuple):
    """An address at which an engine was looked for: what named it, and why it cannot be used.

    ``matters`` is false for one of the usual places where nothing is.
    """

    host: str
    source: str
    detail: str
    matters: bool = True


@dataclass(frozen=True)
class Sought:
    """The outcome of looking for an engine. ``host`` is empty when none can be used; then ``advice`` says what to do.

    ``strategy`` is how the course uses it: "current" or "private"; empty before the first ``start``.
    Empty ``advice`` without a host means that ``start`` provides an engine.
    """

    host: str = ""
    source: str = ""
    strategy: str = ""
    tried: tuple[Tried, ...] = ()
    advice: str = ""


class OwnEngine(NamedTuple):
    """The private engine: where it writes its log (None: there is none), and whether it left files when it died."""

    log: Path | None = None
    has_leftovers: bool = False


@dataclass(frozen=True)
class Machine:
    """This machine, as far as the doctor looks at it. Every field that is a function answers one question.

    ``which`` returns every program of that name on the PATH, ``run`` None for a command that could not be run,
    ``version_of`` None for a Python package that is not installed, ``problem_with_writing`` an empty text for a folder
    that can be written.
    """

    kind: System
    python: tuple[int, int, int]
    executable: Path
    env: Mapping[str, str]
    home: Path
    root: Path
    work: Path
    which: Callable[[str], list[Path]]
    run: Callable[[Sequence[str]], Ran | None]
    read: Callable[[str | Path], str]
    exists: Callable[[str | Path], bool]
    version_of: Callable[[str], str | None]
    free_bytes: Callable[[Path], int | None]
    port_is_free: Callable[[int], bool]
    problem_with_writing: Callable[[Path], str]
    is_alive: Callable[[int], bool]
    find_engine: Callable[[], Sought]
    get: Callable[[str, str], tuple[int, dict[str, str], Any]]
    own_engine: Callable[[], OwnEngine]
    is_recording: Callable[[], bool]
    server_owner: Callable[[], int | None]
    now: Callable[[], float] = field(default=time.time)

    @property
    def on_windows(self) -> bool:
        """Whether this is Windows itself (not WSL)."""
        return self.kind.name == WINDOWS

    @property
    def has_desktop(self) -> bool:
        """Whether Docker usually comes as Docker Desktop here."""
        return self.kind.wsl or self.kind.name in (MACOS, WINDOWS)

    @property
    def in_powershell(self) -> bool:
        """Whether this was typed in PowerShell, which puts the user's own folder of modules into its variable."""
        return self.on_windows and str(self.home).lower() in self.env.get("PSModulePath", "").lower()

    @property
    def in_git_bash(self) -> bool:
        """Whether this was typed in Git Bash or another MSYS shell."""
        return self.on_windows and bool(self.env.get("MSYSTEM"))

    def checker(self, command: str) -> str:
        """Return how a command of the course is typed here: short where ``checker`` is on the PATH."""
        if self.which("checker"):
            return f"checker {command}"
        return f"{'py' if self.on_windows else 'python3'} -m checker {command}"

    def setting(self, name: str, value: str = "") -> str:
        """Return the command that sets an environment variable in this shell, or unsets it when there is no value.

        Arguments:
            name: the variable.
            value: its new value; default: the variable is unset.

        """
        if self.in_git_bash or not self.on_windows:
            return f"export {name}={value}" if value else f"unset {name}"
        if self.in_powershell:
            return f'$env:{name} = "{value}"' if value else f"Remove-Item Env:{name}"
        return f"set {name}={value}"
