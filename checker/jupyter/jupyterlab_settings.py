"""What JupyterLab finds when it opens: its own settings, the layout of the first visit, the course's terminal."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.files import write_text
from checker.pages import stylesheet

if TYPE_CHECKING:
    from checker.engine import Engine

FIRST = "00_welcome/00_welcome.ipynb"
TERMINAL = "1"
"""The name that a server gives to its first terminal."""

SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {
        "windowingMode": "none",  # short lessons; no blank page
        "codeCellConfig": {"lineWrap": True},  # a command is read to its end
    },
    "@jupyterlab/terminal-extension/plugin": {"fontSize": 12, "scrollback": 5000},
    "@jupyterlab/docmanager-extension/plugin": {"autosaveInterval": 30},
}
"""Settings of the first visit, by the file that JupyterLab keeps each in; what a learner changes later stays."""

LEFT_OUT = ("@jupyterlab/extensionmanager-extension", "@jupyterlab/apputils-extension:announcements")
"""Parts of JupyterLab that ask the internet."""


def folders(work: Path) -> dict[str, str]:
    """Return the variables that keep everything JupyterLab writes below ``work/``, and the user's own settings out."""
    home = work / ".course" / "jupyter"
    return {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "NPM_CONFIG_CACHE": str(home / "npm"),  # JupyterLab asks npm for its settings, where there is one
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


def environment(work: Path, endpoint: Engine) -> dict[str, str]:
    """Return the environment of JupyterLab, and so of its kernels and terminals.

    Arguments:
        work: the learner's folder.
        endpoint: the course's engine.

    """
    dropped = ("DOCKER_CONTEXT", "JUPYTER_CONFIG_PATH", "JUPYTER_PATH", "JUPYTER_TOKEN", "JUPYTERLAB_DIR")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, **folders(work), **_course(work, endpoint), "PATH": _path(work, os.environ.get("PATH", ""))}


def _course(work: Path, endpoint: Engine) -> dict[str, str]:
    return {"DOCKER_HOST": endpoint.host, "DOCKER101_WORK": str(work), "DOCKER_CLI_HINTS": "false"}


def _path(work: Path, rest: str) -> str:
    """Return a PATH with the guarded docker first, then the folder of ``checker``."""
    return os.pathsep.join([*_first(work), rest])


def _first(work: Path) -> list[str]:
    return [str(work / ".course" / "bin"), str(Path(sys.executable).parent)]


def lay_out(work: Path, endpoint: Engine) -> None:
    """Write the settings of the first visit, the server's configuration and the terminal's start file.

    Arguments:
        work: the learner's folder.
        endpoint: the engine of the course.

    Raises:
        CourseError: when ``work/`` cannot be written.

    """
    home = work / ".course" / "jupyter"
    for name, values in SETTINGS.items():
        path = home / "settings" / f"{name}.jupyterlab-settings"
        if not path.exists():
            write_text(path, json.dumps(values, indent=1) + "\n")
    write_text(home / "bashrc", bashrc(work, endpoint))
    write_text(home / "config" / "custom" / "custom.css", stylesheet("jupyter/jupyterlab"))
    write_text(home / "config" / "jupyter_server_config.json", json.dumps(_server(home), indent=1) + "\n")
    page = json.dumps({"disabledExtensions": dict.fromkeys(LEFT_OUT, True)}, indent=1)
    write_text(home / "config" / "labconfig" / "page_config.json", page + "\n")
    for name in ("runtime", "workspaces", "data"):
        (home / name).mkdir(parents=True, exist_ok=True)
    trust(work)


def trust(work: Path) -> None:
    """Sign the course's notebooks, as ``jupyter trust`` does: JupyterLab asks before a button of any other one acts.

    Only those in a lab's folder, where the course puts its lessons; what cannot be read is left to JupyterLab.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary(data_dir=str(work / ".course" / "jupyter" / "data"))  # type: ignore[no-untyped-call]
    for path in sorted(work.glob("[0-9][0-9]_*/*.ipynb")):
        with contextlib.suppress(OSError, ValueError, nbformat.ValidationError):
            notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
            if not notary.check_signature(notebook):  # type: ignore[no-untyped-call]
                notary.sign(notebook)  # type: ignore[no-untyped-call]
    notary.store.close()


def _server(home: Path) -> dict[str, Any]:
    """Return the server's configuration: this machine only, nothing fetched, the course's terminal."""
    return {
        "ServerApp": {
            "allow_root": True,
            "ip": "127.0.0.1",
            "open_browser": False,
            "port_retries": 0,
            "terminado_settings": {"shell_command": shell_command(home / "bashrc")},
        },
        "LabApp": {
            "custom_css": True,
            "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
            "extension_manager": "readonly",
            "news_url": None,
        },
    }


def shell_command(rcfile: Path) -> list[str]:
    """Return the terminal's shell: bash with the course's start file, or what the system has."""
    if os.name == "nt":
        return ["powershell.exe", "-NoLogo"]
    bash = shutil.which("bash")
    return [bash, "--rcfile", str(rcfile), "-i"] if bash else [shutil.which("sh") or "/bin/sh", "-i"]


def bashrc(work: Path, endpoint: Engine) -> str:
    """Return the start file of the course's terminal: the learner's own, and after it what points at the engine.

    Arguments:
        work: the learner's folder.
        endpoint: the engine of the course.

    """
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in _course(work, endpoint).items())
    first = os.pathsep.join(_first(work))
    return (
        "# Rewritten by each `checker start`.\n"
        'if [ -r "$HOME/.bashrc" ]; then . "$HOME/.bashrc"; fi\n'
        f"{exports}"
        "unset DOCKER_CONTEXT\n"
        f'export PATH={shlex.quote(first)}:"$PATH"\n'
        "hash -r\n"
        # A pane of half a window has no room for the name of a user and a machine.
        "PS1='\\W \\$ '\nPROMPT_DIRTRIM=2\n"
        f"cd {shlex.quote(str(work))}\n"
        "echo 'docker talks to the engine of the course.'\n"
        "echo 'Check your lab: checker check'\n"
        "echo 'Continuously:   checker watch'\n"
    )


def workspace(first: str = FIRST) -> dict[str, Any]:
    """Return the layout of the first visit: the notebook ``first`` on the left, a terminal on the right."""
    notebook, terminal = f"notebook:{first}", f"terminal:{TERMINAL}"

    def pane(widget: str) -> dict[str, Any]:
        return {"type": "tab-area", "currentIndex": 0, "widgets": [widget]}

    dock = {
        "type": "split-area",
        "orientation": "horizontal",
        "sizes": [0.62, 0.38],
        "children": [pane(notebook), pane(terminal)],
    }
    shell = {
        "main": {"dock": dock, "current": notebook},
        "down": {"size": 0, "widgets": []},
        "left": {"collapsed": False, "visible": True, "current": "filebrowser", "widgets": ["filebrowser"]},
        "right": {"collapsed": True, "visible": True, "widgets": []},
        "relativeSizes": [0.14, 0.86, 0],
        "top": {"simpleVisibility": True},
    }
    data = {
        "layout-restorer:data": shell,
        notebook: {"data": {"path": first, "factory": "Notebook"}},
        terminal: {"data": {"name": TERMINAL}},
    }
    return {"data": data, "metadata": {"id": "default"}}
