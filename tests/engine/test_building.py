"""Building a learner's folder on a real engine; the notes' Dockerfile; and images that would fool or hold up checks."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from checker import patience
from checker.engine import program
from checker.engine.images import provide
from checker.engine.images.hub import Hub
from checker.engine.transport.client import open_client
from checker.engine.views import building
from checker.engine.views.building import Change
from checker.engine.views.engine_view import EngineView
from checker.files import LABS, read_text
from checker.lab.learner_files import Folder
from checker.lab.vocabulary import CannotTell, Failure
from tests.engine.made import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

BASE = "docker101/python:3.13"
NOTES = """\
FROM python:3.12
WORKDIR /usr/local/app

# Install the application dependencies
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

# Copy in the source code
COPY src ./src
EXPOSE 5000

# Setup an app user so the container doesn't run as the root user
RUN useradd app
USER app

CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8080"]
"""
"""The Dockerfile of docker-101-notes.md, word for word."""

ROUNDS = 5
LAB = LABS / "06_dockerfiles"
LIMIT_S = 60
"""How long these tests wait for an app, and the longest that one verdict on a hostile image may take."""


@pytest.fixture
def engine(client: Any, engine_host: str) -> EngineView:
    """Return the view of an engine that has the images used here."""
    provide.ensure_images(["busybox:1.37", BASE, "docker101/tiny:1"], engine_host)
    return EngineView(client)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Folder]:
    """Return what writes a learner's folder: its Dockerfile, and other files by name."""

    def write(dockerfile: str, **files: str) -> Folder:
        home = tmp_path / "shop"
        home.mkdir(exist_ok=True)
        for name, text in {"Dockerfile": dockerfile, **files}.items():
            (home / name).write_text(text)
        return Folder("shop", home)

    return write


@pytest.fixture
def run(client: Any, engine_host: str) -> Iterator[Callable[..., str]]:
    """Return what builds an image d101-shop:1 from a folder and runs it as d101-shop; both go afterwards."""

    def built_and_run(folder: Folder, *options: str) -> str:
        done = program.run_docker(["docker", "build", "--tag", "d101-shop:1", str(folder.path)], engine_host)
        assert done.exit_code == 0, done.output
        done = program.run_docker(["docker", "run", "-d", "--name", "d101-shop", *options, "d101-shop:1"], engine_host)
        return done.output

    yield built_and_run
    program.run_docker(["docker", "rm", "--force", "d101-shop"], engine_host)
    program.run_docker(["docker", "image", "rm", "d101-shop:1"], engine_host)


def failure(verdict: Callable[[], object]) -> Failure:
    """Return how a verdict fails."""
    with pytest.raises(Failure) as caught:
        verdict()
    return caught.value


# --- the notes' Dockerfile


def kitchen(folder: Callable[..., Folder], dockerfile: str) -> Folder:
    """Return a folder with that Dockerfile and the lesson's app."""
    found = folder(dockerfile, **{"requirements.txt": read_text(LAB / "starter/kitchen/requirements.txt")})
    source = found.path / "src" / "app"
    source.mkdir(parents=True)
    for path in (LAB / "starter" / "kitchen" / "src" / "app").iterdir():
        (source / path.name).write_text(read_text(path))
    return found


def serves(engine: EngineView) -> None:
    """Expect that d101-shop answers, in the time that an app takes to begin."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            engine.container("d101-shop").publishes(8080).answers("/", containing="Soup")
        except Failure:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def test_the_notes_dockerfile_builds_and_serves_without_internet(
    engine: EngineView, folder: Callable[..., Folder], run: Callable[..., str]
) -> None:
    """Only its base line is changed; where its source lies is told to Python from outside, as its text forgets to."""
    run(kitchen(folder, NOTES.replace("python:3.12", BASE)), "-P", "-p", "8080", "-e", "PYTHONPATH=src")
    serves(engine)
    shop = engine.container("d101-shop")
    assert "nothing in d101-shop" in failure(lambda: shop.publishes(5000).answers("/")).seen
    assert engine.image("d101-shop:1").user == "app"


def test_the_notes_dockerfile_builds_and_serves_word_for_word(
    engine: EngineView, folder: Callable[..., Folder], run: Callable[..., str], engine_host: str
) -> None:
    """With Docker Hub in reach, not a letter is changed."""
    problem = Hub(engine_host, print).pull("python:3.12", patient=False)
    if problem:
        pytest.skip(problem)
    run(kitchen(folder, NOTES), "-p", "8080", "-e", "PYTHONPATH=src")
    serves(engine)


def test_the_lesson_builds_the_notes_dockerfile_with_its_base_line_changed_only() -> None:
    """What the lesson writes into kitchen/Dockerfile first is the notes' text."""
    cells = re.findall(r"%%file kitchen/Dockerfile\n(.*?)```", read_text(LAB / "lesson.md"), re.DOTALL)
    assert cells[0] == NOTES.replace("python:3.12", BASE)


def test_the_python_image_is_what_its_name_says(engine: EngineView, engine_host: str) -> None:
    """Python 3.13 with pip, useradd and a link python; pip installs the apps' packages with no network at all."""
    script = (
        "python -V && pip --version && useradd app && pip install --no-cache-dir uvicorn==0.35.0 && uvicorn --version"
    )
    done = program.run_docker(["docker", "run", "--rm", "--network", "none", BASE, "sh", "-ec", script], engine_host)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Python 3.13.")
    assert engine.image(BASE).labels["org.docker101"] == "1"


# --- building for a check


def test_a_build_is_gone_afterwards(engine: EngineView, folder: Callable[..., Folder], client: Any) -> None:
    """Inside the block the image is there; afterwards neither it, nor its name, nor a container is."""
    shop = folder("FROM busybox:1.37\nCOPY a /a\nRUN cat /a > /b\nLABEL org.docker101=1\n", a="one")
    before = {item["Id"] for item in client.images()}
    with engine.built_from(shop) as image:
        assert image.tags[0].startswith(f"{building.REPOSITORY}:")
    assert {item["Id"] for item in client.images()} == before
    assert (shop.path / "a").read_text() == "one"


def test_what_was_built_before_is_used_and_a_change_shows_which_step_is_done_again(
    engine: EngineView, folder: Callable[..., Folder], run: Callable[..., str]
) -> None:
    """The same folder gives the very image that is there; a changed file gives other layers from its step on."""
    shop = folder("FROM busybox:1.37\nCOPY a /a\nRUN cat /a > /b\nCOPY c /c\nLABEL org.docker101=1\n", a="1", c="1")
    run(shop)
    with engine.built_from(shop) as same, engine.built_from(shop, Change("c", "2")) as other:
        assert same.id == engine.image("d101-shop:1").id
        assert [step.words for step in same.steps_made_again(other)] == [same.steps_of_layers()[-1].words]
    with engine.built_from(shop) as same, engine.built_from(shop, Change("a", "2")) as other:
        assert "RUN cat /a > /b" in [step.words for step in same.steps_made_again(other)]


REFUSED = {
    "no such instruction": ("FROM busybox:1.37\nCOPPY a b\n", "begins with an instruction"),
    "not in the context": ("FROM busybox:1.37\nCOPY nowhere /x\n", "COPY sees the build context alone"),
    "outside the context": ("FROM busybox:1.37\nCOPY ../x /x\n", "COPY sees the build context alone"),
    "no such user": ("FROM busybox:1.37\nUSER clerk\nRUN true\n", "USER names someone who is not in the image"),
    "not as root": ("FROM busybox:1.37\nUSER 1000\nRUN touch /etc/x\n", "what needs root has to come before"),
    "no such base": ("FROM docker101/never-there:1\n", "FROM names an image that is not here"),
    "a step that fails": ("FROM busybox:1.37\nRUN false\n", "names the step that failed"),
}


@pytest.mark.parametrize(("dockerfile", "look"), REFUSED.values(), ids=REFUSED.keys())
def test_a_build_that_fails_is_explained(
    engine: EngineView, folder: Callable[..., Folder], client: Any, dockerfile: str, look: str
) -> None:
    """Each common mistake is told in the builder's last words and in ours; nothing is left of it."""
    before = {item["Id"] for item in client.images()}
    with (
        pytest.raises(Failure, match="shop/Dockerfile cannot be built") as caught,
        engine.built_from(folder(dockerfile)),
    ):
        pass
    assert look in caught.value.look
    assert {item["Id"] for item in client.images()} == before


def test_a_folder_of_another_kind_is_not_sent(
    engine: EngineView, folder: Callable[..., Folder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with far too much in it is named instead of built."""
    monkeypatch.setattr(building, "LIMIT_FILES", 1)
    with pytest.raises(Failure, match="holds more than 1 files"), engine.built_from(folder("FROM x\n", a="1")):
        pass


def test_an_image_that_is_older_than_its_dockerfile_is_told_by_what_differs(
    engine: EngineView, folder: Callable[..., Folder], run: Callable[..., str]
) -> None:
    """Of its variables only the one that differs is quoted; most come from the base image."""
    lines = "FROM docker101/python:3.13\nENV SIGN={}\nLABEL org.docker101=1\n"
    run(folder(lines.format("bread")))
    told = failure(lambda: engine.image_built_as("d101-shop:1", folder(lines.format("cheese"))))
    assert told.seen == (
        "The image d101-shop:1 is not what shop/Dockerfile says now: its Env is SIGN=bread, and the Dockerfile gives "
        "SIGN=cheese."
    )


def test_checks_that_build_the_same_do_not_disturb_each_other(
    engine_host: str, engine: EngineView, folder: Callable[..., Folder], tmp_path: Path
) -> None:
    """A panel that checks by itself and a check that is asked for build one image; each takes off its own name only."""
    shop = folder('FROM busybox:1.37\nCOPY a /a\nRUN echo one > /one\nENV X=1\nCMD ["true"]\n', a="1")

    def builds(_: int) -> list[str]:
        view = EngineView(open_client(engine_host), lock=tmp_path / "lock")
        told = []
        for _ in range(ROUNDS):
            with view.built_from(shop) as image:
                told.append(image.ref)
        return told

    with ThreadPoolExecutor(3) as pool:
        names = [name for told in pool.map(builds, range(3)) for name in told]
    assert len(set(names)) == 3 * ROUNDS
    assert not [image for image in engine._reader.images() if set(image.get("RepoTags") or ()) & set(names)]


def test_an_image_that_went_meanwhile_is_built_once_more(
    engine: EngineView, folder: Callable[..., Folder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A learner who builds or removes the same at this moment is no reason to say that it cannot be built."""
    asked: list[list[str]] = []
    went = program.Done(
        1, "Successfully built f5ff847ca522\nfailed to get digest sha256:f5ff: no such file or directory\n"
    )

    def run(command: list[str], host: str, **options: Any) -> program.Done:
        asked.append(command)
        return went if len(asked) == 1 else really(command, host, **options)

    really = program.run_docker
    monkeypatch.setattr(program, "run_docker", run)
    with engine.built_from(folder("FROM busybox:1.37\nENV X=1\n")) as image:
        assert "X=1" in image.config["Env"]
    assert (len(asked), asked[0]) == (2, asked[1])


# --- hostile images


def _builds_no_longer_than(seconds: float, engine: EngineView, shop: Folder) -> Failure:
    def build() -> None:
        with building.built(engine._reader, shop, limit_s=seconds):
            pass

    return failure(build)


def test_a_build_without_end_is_given_up(
    engine: EngineView, folder: Callable[..., Folder], client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time limit is said, and no container of the build goes on; on a busy machine nobody can tell."""
    monkeypatch.setattr(patience, "load_per_core", lambda: 0.0)
    before = {item["Id"] for item in client.containers(all=True)}
    told = _builds_no_longer_than(2, engine, folder("FROM busybox:1.37\nRUN sleep 600\n"))
    assert told.seen == "Building shop/Dockerfile had not ended after 2 s and was given up."
    until(lambda: {item["Id"] for item in client.containers(all=True)} <= before)  # newer engines take their time
    monkeypatch.setattr(patience, "load_per_core", lambda: patience.BUSY)
    with pytest.raises(CannotTell, match="this machine is busy with other work"):
        _builds_no_longer_than(1, engine, folder("FROM busybox:1.37\nRUN sleep 600\n"))


def test_a_build_that_prints_without_end_is_given_up(
    engine: EngineView, folder: Callable[..., Folder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endless output also ends as a failure, by its amount; or by its time, since BuildKit cuts the output off."""
    monkeypatch.setattr(patience, "load_per_core", lambda: 0.0)
    told = _builds_no_longer_than(5, engine, folder("FROM busybox:1.37\nRUN yes 'a long line of nothing at all'\n"))
    assert "was given up" in told.seen


def test_a_health_check_that_lies_convinces_nobody(
    engine: EngineView, folder: Callable[..., Folder], run: Callable[..., str]
) -> None:
    """The container is healthy, and nothing answers."""
    shop = folder("FROM busybox:1.37\nHEALTHCHECK --interval=1s CMD true\nCMD sleep 600\nLABEL org.docker101=1\n")
    run(shop, "-p", "80")
    told = failure(lambda: engine.container("d101-shop").publishes(80).answers("/"))
    assert "nothing in d101-shop" in told.seen


def test_an_app_that_never_comes_up_is_told_with_what_was_seen(
    engine: EngineView, folder: Callable[..., Folder], run: Callable[..., str]
) -> None:
    """A server that takes connections and says nothing fails within the limit of one question."""
    run(
        folder('FROM busybox:1.37\nCMD ["nc", "-ll", "-p", "80", "-e", "sleep", "600"]\nLABEL org.docker101=1\n'),
        "-p",
        "80",
    )
    told = failure(lambda: engine.container("d101-shop").is_running().publishes(80).answers("/"))
    assert "accepts the connection, but sends nothing" in told.seen


def test_a_shell_that_is_none_runs_nothing_of_ours(
    engine: EngineView, folder: Callable[..., Folder], run: Callable[..., str]
) -> None:
    """An image whose /bin/sh is a stub says nothing about itself: the checks never ask it."""
    shop = folder(
        "FROM busybox:1.37\nCOPY --from=docker101/tiny:1 /hello /bin/sh\nCMD sleep 600\nLABEL org.docker101=1\n"
    )
    run(shop)
    image = engine.image("d101-shop:1")
    assert "runs as root" in failure(image.does_not_run_as_root).seen
    assert "starts a shell" in failure(image.starts_in_exec_form).seen
    assert "is not running" in failure(lambda: engine.container("d101-shop").is_running()).seen


def test_endless_output_of_a_container_is_read_in_part(
    engine: EngineView, folder: Callable[..., Folder], run: Callable[..., str]
) -> None:
    """A log without end fails as any other that lacks the words."""
    run(folder('FROM busybox:1.37\nCMD ["yes", "nothing"]\nLABEL org.docker101=1\n'), "--log-opt", "max-size=1m")
    told = failure(lambda: engine.container("d101-shop").is_running().log_has("one file in it"))
    assert "d101-shop" in told.seen
