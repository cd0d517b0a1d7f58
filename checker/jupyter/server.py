"""Start JupyterLab on the learner's folder: this machine only, its own settings, a terminal that is ready."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
import webbrowser
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from checker.daemon import Daemon, DoesNotAnswer
from checker.errors import CourseError
from checker.files import shown, write_text
from checker.jupyter import jupyterlab_settings
from checker.machine import any_free_port, is_alive, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from checker.engine import Engine

START_LIMIT_S = 60
STOP_LIMIT_S = 10
POLL_S = 0.1
LOG_LINES_SHOWN = 6


@dataclass
class Serving:
    """A JupyterLab that answers. ``daemon`` is None for one that another ``checker start`` keeps running."""

    url: str
    daemon: Daemon | None
    record: Path | None = field(default=None, repr=False)

    def wait(self) -> int:
        """Return the exit code when the server has ended, 0 when Ctrl-C ended it."""
        if self.daemon is None:
            return 0
        try:
            return self.daemon.process.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop the server with its kernels and terminals; one that does not stop in time is killed."""
        if self.daemon is None:
            return
        self.daemon.end(STOP_LIMIT_S)
        if self.record:
            self.record.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(  # noqa: PLR0913  (each is one choice of the one who starts the course)
    work: Path,
    endpoint: Engine,
    *,
    browser: bool,
    say: Callable[[str], None],
    port: int | None = None,
    first: str = jupyterlab_settings.FIRST,
) -> Serving:
    """Start JupyterLab and return when it answers.

    Arguments:
        work: the learner's folder; what is served, and where all settings and logs lie (``.course/jupyter``).
        endpoint: the engine that its terminal and cells talk to.
        browser: whether to open it in the browser.
        say: prints one line.
        port: the port; None takes a free one.
        first: the notebook of the first visit, below ``work``.

    Raises:
        CourseError: when it does not answer in time, or ends at once; shows its last lines.

    """
    record = _record(work)
    serving = _already_open(record, say)
    if serving is None:
        jupyterlab_settings.lay_out(work, endpoint)
        serving = _start(work, endpoint, port, record)
        try:
            furnish(serving, first)
        except BaseException:
            serving.stop()
            raise
    if browser and not _open(serving.url):
        say("No browser opened by itself: copy the address below into one on this machine.")
    return serving


def stop_open(work: Path) -> bool:
    """Stop the JupyterLab that serves ``work``, whoever started it; return whether there was one."""
    record = _record(work)
    _, url = _recorded(record)
    if not url or not _answers(url):
        return False
    _shut_down(url)
    record.unlink(missing_ok=True)
    return True


def _record(work: Path) -> Path:
    return work / ".course" / "jupyter" / "server.json"


def _start(work: Path, endpoint: Engine, port: int | None, record: Path) -> Serving:
    """Start the server's process and wait until it answers."""
    token = secrets.token_urlsafe(24)
    chosen = port or any_free_port()
    url = f"http://127.0.0.1:{chosen}/lab?token={token}"
    log = work / ".course" / "jupyter" / "server.log"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.port={chosen}"]
    # The token goes through the environment: the arguments of a process are there for every user to read.
    variables = {**jupyterlab_settings.environment(work, endpoint), "JUPYTER_TOKEN": token}
    command.append(f"--ServerApp.root_dir={work}")
    daemon = Daemon(command, variables, log, work)
    serving = Serving(url, daemon, record)
    try:
        _wait_for(daemon, url)
        write_text(record, json.dumps({"owner": os.getpid(), "url": url}) + "\n")
        record.chmod(0o600)
    except BaseException:
        serving.stop()
        raise
    return serving


def _wait_for(daemon: Daemon, url: str) -> None:
    try:
        daemon.wait_until(lambda: _answers(url), START_LIMIT_S, POLL_S)
    except DoesNotAnswer as failed:
        said = "\n".join(f"  {line}" for line in daemon.last_lines(LOG_LINES_SHOWN))
        if failed.exit_code is None:
            raise CourseError(
                f"JupyterLab did not answer within {START_LIMIT_S} s. Its last lines:\n{said}",
                f"The whole log is in {shown(daemon.log)}. Start again with: checker start",
            ) from None
        raise CourseError(
            f"JupyterLab ended at once (exit code {failed.exit_code}). Its last lines:\n{said}",
            f"The whole log is in {shown(daemon.log)}. See what else is wrong with: checker doctor",
        ) from None


def _answers(url: str) -> bool:
    try:
        return "started" in call(url, "GET", "api/status")  # "api" alone would answer without our token
    except (OSError, ValueError):
        return False


def furnish(serving: Serving, first: str) -> None:
    """Make the terminal, and on the first visit the layout; later visits keep the learner's.

    Arguments:
        serving: a server that answers.
        first: the notebook of the first visit, below the folder that is served.

    """
    try:
        call(serving.url, "POST", "api/terminals", {"name": jupyterlab_settings.TERMINAL})
    except OSError:
        return  # a system without terminals (no pty) still has the notebooks
    if not _has_layout(call(serving.url, "GET", "lab/api/workspaces/default")):
        call(serving.url, "PUT", "lab/api/workspaces/default", jupyterlab_settings.workspace(first))


def _has_layout(workspace: Any) -> bool:
    return isinstance(workspace, dict) and bool(workspace.get("data"))


def _already_open(record: Path, say: Callable[[str], None]) -> Serving | None:
    """Return the server of another ``checker start`` that runs; stop one that is left from a killed run."""
    owner, url = _recorded(record)
    if not url or not _answers(url):
        return None
    if is_alive(owner):
        say("The course is open already; its window keeps running it.")
        return Serving(url, None)
    say("Stopping the JupyterLab of an earlier run.")
    _shut_down(url)
    return None


def _recorded(record: Path) -> tuple[int, str]:
    """Return the process that started the last server, and its address; an empty one when there is no note of it."""
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        return int(known["owner"]), str(known["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""


def _shut_down(url: str) -> None:
    """Ask a server to end, and wait until it does not answer any more."""
    with contextlib.suppress(OSError, ValueError):
        call(url, "POST", "api/shutdown")
    until(lambda: not _answers(url), STOP_LIMIT_S, POLL_S)


def call(url: str, method: str, path: str, body: object = None) -> Any:
    """Ask the server's REST API.

    Arguments:
        url: the address with its token, as in ``Serving``.
        method: the HTTP method.
        path: the path, without the leading slash.
        body: what to send as JSON.

    Raises:
        OSError: when it does not answer, or answers with an error.

    """
    base, token = url.split("/lab?token=")
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{base}/{path}", data=data, method=method)  # noqa: S310  (http on loopback)
    request.add_header("Authorization", f"token {token}")
    request.add_header("Content-Type", "application/json")
    # A proxy of the machine must not see this: it is a call to the machine itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=5) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def _open(url: str) -> bool:
    """Open the browser; false where there is no screen (a text browser would take the terminal over)."""
    system = os.name == "nt" or sys.platform == "darwin"
    screen = system or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    with contextlib.suppress(webbrowser.Error):
        return bool(screen) and webbrowser.open(url)
    return False
