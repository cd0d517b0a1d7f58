"""A real browser on a course that is really open: what the browser tests and the pictures share."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from checker.cli.test import browser
from checker.engine.guard.shim import install_shim
from checker.engine.history.recorder import Recorder
from checker.engine.program import find_docker
from checker.jupyter.jupyterlab_settings import FIRST
from checker.jupyter.server import call, serve
from checker.lab.load import load_labs
from checker.learner.work import Work
from checker.session import clean_engine, update_copies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from checker.engine.engine import Engine
    from checker.jupyter.server import Serving

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Chromium's options for a browser that asks nobody anything, also as root."""

OPEN_LIMIT_MS = 60_000
CELL_LIMIT_MS = 120_000
END_LIMIT_S = 60
POLL_MS = 100
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")


def learner() -> Work:
    """Return an empty learner's folder that is thrown away."""
    return Work(Path(tempfile.mkdtemp(prefix="docker101-")) / "work")


@contextlib.contextmanager
def laid_out(work: Work, engine: Engine) -> Iterator[None]:
    """Make a learner's folder on an engine that is there, with nothing of the course on it but images."""
    engine.save(work.root)
    clean_engine(work)
    with Recorder(engine.host, work.journal):
        install_shim(work.state / "bin", find_docker(), engine)
        update_copies(work, load_labs(), lambda _: None)
        yield
    clean_engine(work)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser that shows nothing on a screen."""
    with sync_playwright() as play:
        program = play.chromium.launch(executable_path=browser(), args=QUIET)
        yield program
        program.close()


@contextlib.contextmanager
def window(program: Browser, server: Serving, *, width: int = 1400, height: int = 900) -> Iterator[Desk]:
    """Open the course in a browser that remembers nothing from before.

    Arguments:
        program: the browser.
        server: that serves the course, furnished for its first visit.
        width, height: of the window, in CSS pixels.

    """
    context = program.new_context(viewport={"width": width, "height": height})
    opened = Desk(context.new_page(), server.url)
    opened.page.goto(server.url)
    opened.page.wait_for_selector(f"{NOTEBOOK} .jp-Cell", timeout=OPEN_LIMIT_MS)
    opened.page.wait_for_selector(".jp-Terminal .xterm-screen", timeout=OPEN_LIMIT_MS)
    opened.wait_until_idle()
    yield opened
    context.close()


@contextlib.contextmanager
def desk(work: Work, engine: Engine, *, first: str = FIRST, width: int = 1400, height: int = 900) -> Iterator[Desk]:
    """Serve the course as ``checker start`` does, and open it in a browser of its own.

    Arguments:
        work: as ``laid_out`` makes it.
        engine: that the course uses.
        first: the notebook of the first visit, below ``work/``.
        width, height: of the window, in CSS pixels.

    """
    with (
        serve(work.root, engine, browser=False, say=print, first=first) as server,
        chromium() as program,
        window(program, server, width=width, height=height) as opened,
    ):
        yield opened


def forget(server: Serving, work: Work) -> None:
    """Make a server that runs like one that was just started: no kernel, no terminal, and nothing in its folder.

    What stays is the server's own: its configuration, its log, and the keys with which it signs notebooks.
    """
    deadline = time.monotonic() + END_LIMIT_S
    for kind, name in (("kernels", "id"), ("terminals", "name")):
        while found := call(server.url, "GET", f"api/{kind}"):
            assert time.monotonic() < deadline, f"{kind} did not end: {found}"
            for one in found:
                with contextlib.suppress(OSError):  # a kernel may take longer than an answer, and is gone by then
                    call(server.url, "DELETE", f"api/{kind}/{one[name]}")
    home = work.state / "jupyter"
    for path in (*work.root.iterdir(), *work.state.iterdir(), home / "settings", home / "workspaces"):
        if path not in (work.state, home):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@dataclass
class Desk:
    """JupyterLab as a learner has it: a lesson on the left, a terminal on the right.

    ``hosts`` are all that the page asked.
    """

    page: Page
    url: str
    hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", lambda socket: self._note(socket.url))

    def _note(self, url: str) -> None:
        host = urlsplit(url).hostname
        if host:  # data: and blob: ask nobody
            self.hosts.add(host)

    # --- the notebook

    def open(self, path: str) -> None:
        """Open a notebook, by its path below ``work/``."""
        self.command("docmanager:open", path=path)
        name = path.rsplit("/", 1)[-1]
        self.page.wait_for_selector(f".lm-TabBar-tab.lm-mod-current:has-text('{name}')", timeout=OPEN_LIMIT_MS)
        self.page.wait_for_selector(f"{NOTEBOOK} .jp-Cell", timeout=OPEN_LIMIT_MS)
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Wait until every kernel is there, joined by the page, with nothing to do, and all that it sent is drawn."""
        deadline = time.monotonic() + CELL_LIMIT_MS / 1000
        while not all(self._ready(one) for one in self._kernels() or [{}]):
            assert time.monotonic() < deadline, "the kernel did not become idle"
            self.page.wait_for_timeout(POLL_MS)
        idle = f"{NOTEBOOK} .jp-Notebook-ExecutionIndicator[data-status='idle']"
        self.page.wait_for_selector(idle, timeout=CELL_LIMIT_MS)
        # A view is drawn a moment after its message has come.
        self.page.wait_for_function(
            f"() => [...document.querySelectorAll('{NOTEBOOK} .jp-OutputArea-output.lm-Panel')]"
            ".every(output => output.querySelector('.docker101-note'))",
            timeout=CELL_LIMIT_MS,
        )

    def _kernels(self) -> list[dict[str, Any]]:
        try:
            return list(call(self.url, "GET", "api/kernels"))
        except OSError:
            return []  # the server's answer while a kernel is being made

    @staticmethod
    def _ready(kernel: dict[str, Any]) -> bool:
        """Return whether the page has joined a kernel that is idle: what runs before that is lost without a word."""
        return kernel.get("execution_state") == "idle" and kernel.get("connections", 0) > 0

    def run_up_to(self, source: str) -> Locator:
        """Run all cells above the first one that holds ``source``, then that one, and return it."""
        self.cell(source).locator(".cm-content").click()
        self.page.keyboard.press("Escape")
        self.page.click(".lm-MenuBar-itemLabel:text-is('Run')")
        self.page.click(".lm-Menu-itemLabel:text-is('Run All Above Selected Cell')")
        self.page.wait_for_timeout(POLL_MS)
        self.wait_until_idle()
        return self.run(source)

    def run_all(self) -> None:
        """Run all cells of the open notebook and wait until each has its number."""
        self.page.click(".lm-MenuBar-itemLabel:text-is('Run')")
        self.page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
        self.page.wait_for_function(
            f"() => ![...document.querySelectorAll('{NOTEBOOK} .jp-CodeCell .jp-InputPrompt')]"
            ".some(prompt => !/[0-9]/.test(prompt.textContent))",
            timeout=CELL_LIMIT_MS,
            polling=250,
        )
        self.wait_until_idle()

    def cell(self, source: str) -> Locator:
        """Return the first code cell whose source holds ``source``."""
        cells = self.page.locator(f"{NOTEBOOK} .jp-CodeCell")
        return cells.filter(has=self.page.locator(".jp-InputArea-editor", has_text=source)).first

    def run(self, source: str) -> Locator:
        """Run the first cell whose source holds ``source``, wait until it is done, and return it."""
        cell = self.cell(source)
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self._run_active()
        return cell

    def put(self, source: str, text: str) -> Locator:
        """Write ``text`` in place of what the first cell with ``source`` holds, run it, and return the cell."""
        cell = self.cell(source)
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        self._run_active()
        return self.cell(text.splitlines()[-1])

    def _run_active(self) -> None:
        self.page.keyboard.press("Control+Enter")
        done = self.page.locator(f"{NOTEBOOK} .jp-CodeCell .jp-InputPrompt").filter(has_text="*")
        done.first.wait_for(state="detached", timeout=CELL_LIMIT_MS)
        self.wait_until_idle()

    def seen(self) -> list[dict[str, str]]:
        """Return of each code cell its ``source``, the ``text`` that a learner reads below it, and its ``error``."""
        found: list[dict[str, str]] = self.page.evaluate(
            """panel => [...document.querySelectorAll(panel + ' .jp-CodeCell')].map(cell => ({
                 source: [...cell.querySelectorAll('.cm-line')].map(line => line.textContent).join('\\n'),
                 text: [...cell.querySelectorAll('.jp-OutputArea-output')].map(out => out.innerText).join('\\n'),
                 error: [...cell.querySelectorAll('[data-mime-type="application/vnd.jupyter.error"]')]
                          .map(out => out.innerText).join('\\n')}))""",
            NOTEBOOK,
        )
        return found

    def bring_up(self, text: str) -> None:
        """Scroll the open notebook until the first cell that holds ``text`` is at its top."""
        self.page.evaluate(
            "([panel, text]) => [...document.querySelector(panel).querySelectorAll('.jp-Cell')]"
            ".find(one => one.textContent.includes(text)).scrollIntoView({block: 'start'})",
            [NOTEBOOK, text],
        )
        self.page.wait_for_timeout(500)

    # --- the rest of the window

    def type(self, command: str) -> None:
        """Type a command into the course's terminal, and press Enter."""
        self.page.click(".jp-Terminal .xterm-screen")
        self.page.wait_for_function(
            "() => document.activeElement?.classList.contains('xterm-helper-textarea')", timeout=OPEN_LIMIT_MS
        )
        self.page.keyboard.type(command + "\n")

    def command(self, name: str, **arguments: Any) -> None:
        """Run a command of JupyterLab's own, as a button on its page does; it asks whether such a button is trusted."""
        self.page.evaluate(
            """([name, args]) => { const button = document.createElement('button');
                 button.dataset.commandlinkerCommand = name; button.dataset.commandlinkerArgs = args;
                 document.body.append(button); button.click(); button.remove(); }""",
            [name, json.dumps(arguments)],
        )
        self.page.click(".jp-Dialog .jp-mod-accept")

    def theme(self, name: str) -> None:
        """Switch to another theme, and wait until it is there."""
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function(
            "name => document.body.dataset.jpThemeName === name", arg=name, timeout=OPEN_LIMIT_MS
        )
        self.page.wait_for_timeout(500)
