"""Watching a lab on a real engine: tasks tick while the learner works, unasked for, and then it is quiet."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from checker import watch as watching
from checker.attempt import Attempt
from checker.engine.engine import PRIVATE, Engine
from checker.engine.history.follower import Follower
from checker.engine.history.recorder import Recorder
from checker.engine.transport.client import open_client
from checker.engine.views.caching_reader import CachingReader
from checker.files import ROOT
from checker.jupyter.notebook.live_drawings import Drawing, LiveDrawings
from checker.lab.load import load_labs
from checker.lab.vocabulary import Status, Trust
from checker.learner.work import Work
from checker.verify import cases
from checker.verify.whole import done_in, only_images_on
from checker.watch import LabStatus, Watch
from tests.engine.made import BUSYBOX, busybox, make, until
from tests.unit.made_labs import made_lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from checker.engine.views.reader import Reader
    from checker.lab.load import Lab
    from tests.namespace import Namespace

pytestmark = pytest.mark.engine

LABS = load_labs()
LIMIT_S = 60.0
"""How long a lab's tasks may take to tick; a build on a busy machine takes its time."""

REST_S = 2.0
"""Without a request for so long, a watch has come to rest; while something may settle it asks every 0.15 s."""

OWN = '''\
"""Checks of one container and one image."""

from checker.lab.vocabulary import check


@check(points=1, hint="docker ps -a tells.")
def shop(engine, params):
    """The container {name} runs."""
    engine.container(params.name).is_running()


@check(points=1, hint="docker cp copies files.")
def stocked(engine, params):
    """The container {name} holds the file /stock."""
    engine.container(params.name).has_file("/stock")


@check(points=1, hint="Look at its Dockerfile.")
def built(engine, files, params):
    """The image {name}:1 is built from app."""
    engine.image_built_as(f"{params.name}:1", files.folder("app"))


@check(points=1, hint="docker create makes one.")
def spare(engine):
    """The container spare was made, and never started."""
    engine.container("spare").is_created()


def outcome_goes_on(engine):
    """Say what the engine did."""
    return "yes"
'''


class Watched:
    """A lab that is watched: its results by id, what was told, and how often the engine was asked what."""

    def __init__(self, engine: Engine, work: Work, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        self.work, self.lab, self.told = work, lab, list[LabStatus]()
        self.asked: list[str] = []
        monkeypatch.setattr(watching, "open_client", self._counting)
        engine.save(work.root)
        self.attempt = Attempt(lab, work, engine)
        self.watch = Watch(self.attempt, Follower(engine.host), self.told.append)

    def _counting(self, host: str) -> Any:
        client = open_client(host)
        counted(client, self.asked)
        return client

    def results(self) -> dict[str, str]:
        """Return the status of each check."""
        return {item.id: str(item.status) for item in self.watch.status.results}

    def messages(self) -> dict[str, str]:
        """Return what is said of each check."""
        return {item.id: item.message for item in self.watch.status.results}

    def all_passed(self) -> bool:
        """Return whether each task passed."""
        found = self.watch.status.results
        return len(found) == len(self.lab.checks) and all(item.status is Status.PASSED for item in found)

    def rests(self) -> None:
        """Wait until the engine is not asked any more."""
        seen, since = -1, 0.0

        def silent() -> bool:
            nonlocal seen, since
            if seen != len(self.asked):
                seen, since = len(self.asked), time.monotonic()
            return time.monotonic() - since > REST_S

        until(silent, LIMIT_S)


def counted(client: Any, asked: list[str]) -> None:
    """Note each request that a client sends: "GET /containers/ID/json"."""
    send = client.send

    def note(request: Any, **words: Any) -> Any:
        path = re.sub(r"^.*?/v[0-9.]+(?=/)", "", request.url.partition("?")[0])
        asked.append(f"{request.method} {path}")
        return send(request, **words)

    client.send = note


def inspects(asked: list[str]) -> int:
    """Return how many requests inspected a container."""
    return sum(bool(re.fullmatch(r"GET /containers/[^/]+/json", one)) for one in asked)


def threads() -> list[str]:
    """Return the names of our threads, but the recorder's."""
    return [t.name for t in threading.enumerate() if t.name.startswith("docker101") and "recorder" not in t.name]


@pytest.fixture
def work(tmp_path: Path, engine_host: str) -> Iterator[Work]:
    """Return a learner's folder whose journal is being written."""
    mine = Work(tmp_path / "work")
    with Recorder(engine_host, mine.journal):
        yield mine


@pytest.fixture
def watched(
    engine_host: str, client: Any, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watched]:
    """Return a watched lab of the tests' own; its images are removed afterwards."""
    busybox(client, engine_host)
    lab = made_lab(tmp_path, {"checks.py": OWN})
    made = Watched(Engine(engine_host, PRIVATE, "a test"), work, lab, monkeypatch)
    made.watch.start()
    until(lambda: len(made.results()) == len(lab.checks))
    yield made
    made.watch.close()
    for tag in ("amber:1",):
        if client.images(tag):
            client.remove_image(tag, force=True)


# --- the course's labs


@pytest.mark.parametrize("lab", LABS, ids=[lab.id for lab in LABS])
def test_solution_ticks_by_itself(
    lab: Lab,
    lab_engine: Engine,
    client: Any,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    must_be_playable: Callable[[Lab], None],
) -> None:
    """While the solution is played every task passes; that was no try, and nothing is asked or told after it."""
    must_be_playable(lab)
    with only_images_on(client, lab_engine, work):
        made = Watched(lab_engine, work, lab, monkeypatch)
        made.watch.start()
        try:
            first = next(case for case in cases(lab) if case.folders[-1] == lab.solutions[0])
            assert done_in(made.attempt, first, Trust.LIVE) == ""
            until(made.all_passed, LIMIT_S)
            made.rests()
            assert made.results() == dict.fromkeys([item.id for item in lab.checks], "passed")
            assert (work.progress(lab.id).done, work.progress(lab.id).failed_checks) == (True, 0)
            assert made.told[-1].lost == ""
        finally:
            made.watch.close()
    until(lambda: threads() == [])


# --- one container


def test_container_that_dies_at_once_has_not_passed(watched: Watched, client: Any) -> None:
    """It may tick for the moment that it runs; in the end it is said with which code it ended."""
    make(client, "amber", "sh", "-c", "exit 3")
    until(lambda: "3" in watched.messages()["shop"])
    watched.rests()
    assert watched.results()["shop"] == "failed"
    assert "code 3" in watched.messages()["shop"]


def test_file_that_is_copied_into_a_container_is_seen(watched: Watched, client: Any) -> None:
    """A copy is an event, although nothing in the container ran."""
    make(client, "amber", "sleep", "600")
    until(lambda: watched.results()["shop"] == "passed")
    assert watched.results()["stocked"] == "failed"
    client.put_archive("amber", "/", _tar("stock"))
    until(lambda: watched.results()["stocked"] == "passed")


def _tar(name: str) -> bytes:
    import io
    import tarfile

    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return data.getvalue()


def test_event_costs_at_most_one_inspect(watched: Watched, client: Any) -> None:
    """However many checks ask about a container, and however often."""
    make(client, "amber", "sleep", "600")
    until(lambda: watched.results()["shop"] == "passed")
    watched.rests()
    events: list[Any] = []
    leave = Follower(client.host).listen(lambda news: events.append(news.event))
    until(lambda: bool(events))
    before, known = inspects(watched.asked), len(events)
    for step, status in ((client.pause, "failed"), (client.unpause, "passed")) * 3:
        step("amber")
        until(lambda status=status: watched.results()["shop"] == status)
    watched.rests()
    leave()
    assert 0 < inspects(watched.asked) - before <= len(events) - known


# --- an image


@pytest.mark.parametrize("text", ["RUN false", "RUN echo hello > /hello"], ids=["fails", "works"])
def test_build_of_a_check_leaves_nothing(text: str, watched: Watched, client: Any) -> None:
    """Neither containers nor images that were not there before, and no round without an end."""
    folder = watched.work.folder(watched.lab) / "app"
    folder.mkdir(parents=True)
    client.create_container(BUSYBOX, name="other")
    before = [{item["Id"] for item in found} for found in (client.containers(all=True), client.images())]
    (folder / "Dockerfile").write_text(f"FROM {BUSYBOX}\n{text}\n", encoding="utf-8")
    says = "cannot be built" if "false" in text else "could be built here"
    until(lambda: says in watched.messages()["built"], LIMIT_S)
    watched.rests()
    assert [{item["Id"] for item in found} for found in (client.containers(all=True), client.images())] == before


def test_image_that_loses_its_name_is_seen(watched: Watched, client: Any) -> None:
    """The engine does not say which name went; the check that builds notices all the same."""
    folder = watched.work.folder(watched.lab) / "app"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text(f"FROM {BUSYBOX}\nLABEL org.docker101=1\n", encoding="utf-8")
    until(lambda: "could be built here" in watched.messages()["built"], LIMIT_S)
    list(client.build(path=str(folder), tag="amber:1", rm=True))
    until(lambda: watched.results()["built"] == "passed", LIMIT_S)
    client.remove_image("amber:1")
    until(lambda: watched.results()["built"] == "failed", LIMIT_S)


# --- the engine goes and comes


def test_restart_of_the_engine(namespace: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it is lost is said, and nothing is claimed of it; when it is back, everything is current again."""
    start = "from checker.engine.own import private; private.start(print)"
    host = f"unix://{namespace.home}/run/docker.sock"
    docker = ["docker", "--host", host]
    namespace.run(start)
    subprocess.run([*docker, "import", "-", "nothing"], input=bytes(10240), check=True, capture_output=True)
    work, lab = Work(tmp_path / "work"), made_lab(tmp_path, {"checks.py": OWN})
    made = Watched(Engine(host, PRIVATE, "a test"), work, lab, monkeypatch)
    with Recorder(host, work.journal, retry_s=0.05):
        made.watch.start()
        subprocess.run([*docker, "create", "--name", "spare", "nothing", "x"], check=True, capture_output=True)
        until(lambda: made.results().get("spare") == "passed")
        namespace.run("from checker.engine.own import private; private.stop(print)")
        until(lambda: bool(made.watch.status.lost))
        namespace.run(start)
        until(lambda: not made.watch.status.lost and made.results()["spare"] == "passed")
        subprocess.run([*docker, "rename", "spare", "other"], check=True, capture_output=True)
        until(lambda: made.results()["spare"] == "failed")
        subprocess.run([*docker, "rename", "other", "spare"], check=True, capture_output=True)
        until(lambda: made.results()["spare"] == "passed")
        made.watch.close()
    until(lambda: threads() == [])


# --- drawings, and the command


def test_drawings_cost_at_most_one_inspect_an_event(client: Any, engine_host: str) -> None:
    """However many drawings show a container, each by its name or its id."""
    busybox(client, engine_host)
    its_id, asked = make(client, "amber", "sleep", "600"), list[str]()
    reading = open_client(engine_host)
    counted(reading, asked)
    easel, events = LiveDrawings(Follower(engine_host), CachingReader(reading)), list[Any]()

    def of(name: str) -> Callable[[Reader], Drawing]:
        def draw(reader: Reader) -> Drawing:
            state = str(reader.container(name)["State"]["Status"])
            return Drawing(state, f"<p>{state}</p>")

        return draw

    first = Drawing("", "")
    views = [easel.show(f"{name} {n}", of(name), first) for n in range(3) for name in ("amber", its_id)]
    until(lambda: {repr(view) for view in views} == {"running"})
    leave = Follower(engine_host).listen(lambda news: events.append(news.event))
    until(lambda: bool(events))
    before, known = inspects(asked), len(events)
    for step, state in ((client.pause, "paused"), (client.unpause, "running")) * 3:
        step("amber")
        until(lambda state=state: {repr(view) for view in views} == {state})
    leave()
    easel.close()
    reading.close()
    assert 0 < inspects(asked) - before <= len(events) - known
    until(lambda: threads() == [])


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no Ctrl-C to one process")
def test_command_watches_until_ctrl_c(client: Any, lab_engine: Engine, work: Work) -> None:
    """In a pipe it prints a line a change; Ctrl-C ends it with the exit code of a check, and nothing on stderr."""
    lab_engine.save(work.root)
    with only_images_on(client, lab_engine, work):
        environment = {**os.environ, "DOCKER101_WORK": str(work.root)}
        command = [sys.executable, "-m", "checker", "watch", "00"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(3)]
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=30)
    assert lines[0] == "Watching: tasks tick by themselves as you work. Ctrl-C ends this.\n"
    assert [line[:5] for line in lines[1:]] == ["✗ 0/1", "· 0/1"]
    assert (process.returncode, rest, errors) == (1, "\n", "")
