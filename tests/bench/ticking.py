"""How soon a tick appears after the event that earned it: in a listener, in ``checker watch``, in the browser."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import TYPE_CHECKING

from checker.attempt import Attempt
from checker.engine.engine import PRIVATE, Engine
from checker.engine.history.follower import Follower
from checker.engine.history.journal import happened_ns
from checker.engine.transport import http
from checker.lab.load import load_lab
from checker.lab.vocabulary import Status
from checker.watch import Watch
from tests.bench.measure import Aim, Row, Table
from tests.browser import browser

if TYPE_CHECKING:
    from checker.engine.history.follower import News
    from checker.watch import LabStatus

LAB = load_lab("05")
TASK = "nap"
TICK_MS = 100
LIMIT_S = 20

HEARD, WATCHED, SEEN = "a listener hears it", "checker watch ticks", "the browser shows the tick"

SEE = """() => { window.ticked = 0; const row = document.querySelector('.docker101-check li[data-key="nap"]');
  new MutationObserver(() => { if (row.classList.contains('passed') && !window.ticked)
    window.ticked = performance.timeOrigin + performance.now(); }).observe(row, {attributes: true}); }"""
"""Note in the browser, in milliseconds since 1970, when the row of the task becomes a passed one."""


class _Stopwatch:
    """When this process heard of the event and of the tick that it earned, in milliseconds since 1970."""

    def __init__(self) -> None:
        self.event_ms = self.heard_ms = self.ticked_ms = 0.0
        self.done = threading.Event()

    def hear(self, news: News) -> None:
        """Note an unpause."""
        if news.event and news.event.get("Action") == "unpause":
            self.heard_ms, self.event_ms = time.time() * 1000, happened_ns(news.event) / 1e6

    def tell(self, standing: LabStatus) -> None:
        """Note when the task passes."""
        task = next((item for item in standing.results if item.id == TASK), None)
        if task and task.status is Status.PASSED and not self.ticked_ms:
            self.ticked_ms = time.time() * 1000
            self.done.set()
        elif task and task.status is not Status.PASSED:
            self.ticked_ms = 0.0
            self.done.clear()


def ticks(host: str, rounds: int) -> Table:
    """Measure the whole way, from the engine's own time of the event; all clocks are this machine's.

    Each round makes a container, freezes it, and lets it go on: that last event earns the task.

    Arguments:
        host: an engine of our own, with the course's images.
        rounds: how often.

    """
    engine, work = Engine(host, PRIVATE, ""), browser.learner()
    samples: dict[str, list[float]] = {HEARD: [], WATCHED: [], SEEN: []}
    with browser.laid_out(work, engine), browser.desk(work, engine, first=f"{LAB.id}/{LAB.notebook}") as desk:
        desk.run("%lesson")
        desk.run("%check")
        desk.page.evaluate(SEE)
        clock, follower, name = _Stopwatch(), Follower(host), work.params(LAB)["sleeper"]
        leave, watch = follower.listen(clock.hear), Watch(Attempt.here(LAB, work), follower, clock.tell)
        watch.start()
        for number in range(rounds + 1):
            _docker(host, "run", "-d", "--name", name, "docker101/clock:1")
            _docker(host, "pause", name)
            desk.page.wait_for_timeout(700)
            desk.page.evaluate("() => { window.ticked = 0; }")
            _docker(host, "unpause", name)
            desk.page.wait_for_function("() => window.ticked", timeout=LIMIT_S * 1000, polling=50)
            assert clock.done.wait(LIMIT_S)
            seen_ms = float(desk.page.evaluate("() => window.ticked"))
            if number:  # the first round warms up
                for row, at_ms in ((HEARD, clock.heard_ms), (WATCHED, clock.ticked_ms), (SEEN, seen_ms)):
                    samples[row].append(at_ms - clock.event_ms)
            _docker(host, "rm", "-f", name)
            desk.page.wait_for_timeout(700)
        leave()
        watch.close()
    rows = tuple(Row(name, tuple(times)) for name, times in samples.items())
    aim = Aim(SEEN, f"at most {TICK_MS} ms after the event", at_most_ms=TICK_MS)
    share = sum(one <= TICK_MS for one in samples[SEEN])
    return Table("A tick, from the event that earned it (ms)", rows, (aim,), _note(share, rounds, host))


def _docker(host: str, *arguments: str) -> None:
    subprocess.run(["docker", "-H", host, *arguments], check=True, stdout=subprocess.DEVNULL)


def _note(share: int, rounds: int, host: str) -> str:
    return (
        f"{share} of {rounds} within {TICK_MS} ms; Engine {http.ping(host).server}, task {TASK} of lab {LAB.id}, "
        f"whose {len(LAB.checks)} tasks are watched twice: by this process, and by the notebook's kernel."
    )
