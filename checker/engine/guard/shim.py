"""The ``docker`` that comes first on the PATH of the course's terminal: it asks the guard, then becomes the real one.

Commands that only read go straight through, by a few lines of shell. The others start a bare Python (no
site-packages), which asks the guard and then replaces itself by the real program, so that terminals, signals and exit
codes are its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from checker.commands import spellings
from checker.engine.engine import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.engine.engine import Engine

READS = (
    "ps", "logs", "inspect", "images", "history", "top", "port", "stats", "events", "search", "diff", "wait", "exec",
    "attach", "cp", "version", "info", "login", "logout", "context", "help", "save", "export", "compose",
    "container inspect", "image inspect", "network ls", "network inspect", "volume ls", "volume inspect", "system df",
)  # fmt: skip
"""Commands that only read, or act inside a container; none of them needs the guard."""

_SPELLINGS = [words for name in READS for words in spellings(name)]

READING = [*(words for words in _SPELLINGS if " " not in words), "--help", "--version", "-v"]
"""Words after ``docker`` that need no guard, whatever follows."""

READING_PAIRS = [words.replace(" ", ":") for words in _SPELLINGS if " " in words]
"""Two words after ``docker`` that need no guard."""

_SH = """#!/bin/sh
# The docker of this course's terminal. It asks the course's guard before a command touches what is not the course's.
# Switched off by DOCKER101_GUARD=off. Rewritten by each `checker start`.
real={real}
if [ ! -x "$real" ]; then
    here={folder}
    IFS=:
    for folder in $PATH; do
        if [ "$folder" != "$here" ] && [ -x "$folder/docker" ]; then real=$folder/docker; break; fi
    done
    unset IFS
fi
if [ ! -x "$real" ]; then echo "The docker program is gone. See what is missing with: checker doctor" >&2; exit 127; fi
DOCKER_HOST=${{DOCKER_HOST:-{host}}}
export DOCKER_HOST
if [ "${{DOCKER101_GUARD-}}" = off ] || [ $# = 0 ]; then exec "$real" "$@"; fi
case $1 in
    {reading}) exec "$real" "$@" ;;
esac
case $1:${{2-}} in
    {pairs}) exec "$real" "$@" ;;
esac
if [ ! -x {python} ]; then
    echo "The course's guard is gone (was .venv removed?). Start the course again with: python3 -m checker start" >&2
    exit 125
fi
exec {python} -I -S {script} "$real" "$@"
"""

_CMD = """@echo off\r
rem The docker of this course's terminal. Switched off by DOCKER101_GUARD=off. Rewritten by each `checker start`.\r
setlocal\r
if not defined DOCKER_HOST set "DOCKER_HOST={host}"\r
if /i "%DOCKER101_GUARD%"=="off" goto real\r
for %%w in ({reading}) do if "%~1"=="%%w" goto real\r
"{python}" -I -S "{script}" "{real}" %*\r
exit /b %errorlevel%\r
:real\r
"{real}" %*\r
exit /b %errorlevel%\r
"""

_SCRIPT = """# Rewritten by each `checker start`: asks the course's guard, then becomes the real docker.
import sys
sys.path.insert(0, {root!r})
from checker.engine.guard.shim import main
main(sys.argv[1], sys.argv[2:], {state!r})
"""


def install_shim(folder: Path, real_docker: Path, endpoint: Engine) -> None:
    """Write the course's ``docker`` into ``folder`` (work/.course/bin); on an engine of the course's own remove it.

    Arguments:
        folder: where the program ``docker`` of the course is written.
        real_docker: the docker program that it runs in the end.
        endpoint: the engine of the course.

    Raises:
        CourseError: when the folder cannot be written.

    """
    from checker.files import ROOT, write_text

    shim = folder / ("docker.cmd" if os.name == "nt" else "docker")
    if endpoint.strategy == PRIVATE:
        shim.unlink(missing_ok=True)
        return
    script = folder / "guard.py"
    write_text(script, _SCRIPT.format(root=str(ROOT), state=str(folder.parent)))
    write_text(shim, shim_text(folder, real_docker, endpoint.host, sys.executable))
    shim.chmod(0o755)


def shim_text(folder: Path, real_docker: Path, host: str, python: str) -> str:
    """Return the shim's text for this system.

    Arguments:
        folder: where the shim is written, with the script that judges commands.
        real_docker: the docker program that it runs in the end.
        host: the engine, as in DOCKER_HOST.
        python: the path of the Python interpreter that judges commands.

    """
    script = folder / "guard.py"
    if os.name == "nt":
        return _CMD.format(real=real_docker, host=host, python=python, script=script, reading=" ".join(READING))
    from shlex import quote

    return _SH.format(
        real=quote(str(real_docker)),
        folder=quote(str(folder)),
        host=host,
        python=quote(python),
        script=quote(str(script)),
        reading="|".join(READING),
        pairs="|".join(READING_PAIRS),
    )


def main(real: str, words: Sequence[str], state: str) -> None:
    """Judge one command of the terminal, and become the real docker; runs in a Python without site-packages.

    Arguments:
        real: the path of the real docker program.
        words: the arguments that were typed after ``docker``.
        state: the path of the folder ``work/.course``.

    """
    from checker.engine.guard.guard import REFUSED, judge
    from checker.engine.guard.owned import Owned
    from checker.errors import NoEngine

    host = os.environ.get("DOCKER_HOST", "")
    argv = ["docker", *words]
    try:
        owned = Owned(Path(state), host)
        owned.settle()
        verdict = judge(argv, host, owned)
        if verdict.refusal:
            sys.stderr.write(verdict.refusal + "\n")
            sys.exit(REFUSED)
        argv = verdict.argv
        for name in verdict.owns:
            owned.note_image(name)
    except NoEngine:
        pass  # the real docker says so in its own words
    except OSError as error:
        sys.stderr.write(f"The course's guard could not keep its record: {error}\n")
    _become(real, argv)


def _become(real: str, argv: list[str]) -> None:
    if os.name == "nt":  # there a process that replaces itself gives its terminal back too early
        sys.exit(subprocess.call([real, *argv[1:]]))
    os.execv(real, argv)  # noqa: S606  (no shell is wanted)
