"""The doctor looks at shells: what makes a command of a lesson behave differently here, above all on Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.doctor.finding import bad, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checker.doctor.finding import Finding
    from checker.doctor.machine import Machine

BIGGEST_SCRIPT_BYTES = 100_000
_CRLF = "Windows' line ends (CRLF); a script with them does not start in a container."


def examine_shells(machine: Machine) -> Iterator[Finding]:
    """Look at the shell, at git's line ends, and at the line ends of scripts."""
    if machine.in_git_bash:
        yield from _git_bash(machine)
    elif machine.in_powershell:
        yield from _powershell(machine)
    elif machine.on_windows:
        yield warn(
            "Command prompt",
            "cmd takes single quotes and \\ at a line's end as they are.",
            'Write double quotes and one line: docker ps --format "{{.Names}}"',
        )
    yield from _line_ends(machine)


def _git_bash(machine: Machine) -> Iterator[Finding]:
    title = "Git Bash"
    if machine.env.get("MSYS_NO_PATHCONV"):
        yield ok(title, "It leaves paths such as /bin/sh in your commands alone.")
    else:
        seen = "It rewrites a path such as /bin/sh into one of Windows before docker sees it."
        yield warn(title, seen, f"Run: {machine.setting('MSYS_NO_PATHCONV', '1')}")
    if "mintty" in machine.env.get("TERM_PROGRAM", ""):
        seen = "docker run -it finds no terminal in this window."
        yield warn("Interactive containers", seen, "Put winpty in front: winpty docker run -it …")


def _powershell(machine: Machine) -> Iterator[Finding]:
    """Look for what differs in PowerShell; only the old one (5.1) has curl as another name of its own command."""
    if "windowspowershell" in machine.env.get("PSModulePath", "").lower().split(";")[0]:
        seen = "In Windows PowerShell curl is another name for Invoke-WebRequest, with other options and output."
        yield warn("curl", seen, "Type its full name: curl.exe http://localhost:8080")
    yield warn(
        "PowerShell",
        "It ends a line with ` where lessons write \\, and takes ${…} inside double quotes for a variable.",
        "Write such commands on one line and in single quotes: docker ps --format '{{.Names}}'",
    )


def _line_ends(machine: Machine) -> Iterator[Finding]:
    title = "Line ends"
    course = [path for path in scripts(machine.root / "labs") if b"\r\n" in path.read_bytes()]
    mine = [path for path in scripts(machine.work) if b"\r\n" in path.read_bytes()]
    if course:
        seen = f"{_named(course, machine.root)}: {_CRLF}"
        yield bad(title, seen, "Clone the course again, with: git clone -c core.autocrlf=false …")
    if mine:
        seen = f"{_named(mine, machine.work)}: {_CRLF}"
        yield warn(title, seen, "Save it with line ends LF: in VS Code click CRLF at the lower right, and choose LF.")
    if not course and not mine:
        yield ok(title, "Scripts have the line ends that containers need (LF).")


def scripts(folder: Path) -> Iterator[Path]:
    """Yield the scripts below ``folder``: inside a container they must end their lines with LF."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts[:-1])
        if hidden or not path.is_file() or not 0 < path.stat().st_size <= BIGGEST_SCRIPT_BYTES:
            continue
        if path.suffix == ".sh" or path.read_bytes()[:2] == b"#!":
            yield path


def _named(paths: list[Path], folder: Path) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0].relative_to(folder).as_posix()}{more}"
