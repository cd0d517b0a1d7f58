"""The class's bundle for real: images out of one engine into another, and a whole course with no network at all."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from checker.bundle import machine
from checker.bundle.manifest import Manifest
from checker.bundle.reader import open_bundle
from checker.bundle.writer import drafted
from checker.engine import program
from checker.engine.images import provide
from checker.engine.images.bundled import SOURCE, engine_kind, saved_image
from checker.engine.images.catalog import Catalog, load_catalog
from checker.errors import EngineProblem, UsageProblem
from checker.files import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checker.bundle.reader import Bundle
    from tests.namespace import Namespace

pytestmark = pytest.mark.engine

MINE = "docker101/test-bundled:1"


def _docker(host: str, *argv: str) -> program.Done:
    return program.run_docker(["docker", *argv], host, timeout_s=60)


def _id(host: str, name: str) -> str:
    """Return an image's id; "" without one."""
    done = _docker(host, "image", "inspect", "--format", "{{.Id}}", name)
    return done.output.strip() if done.exit_code == 0 else ""


@pytest.fixture
def catalog(tmp_path: Path, engine_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """Return a catalog with one image of this test's own, which is built and removed; Docker Hub must not be asked."""
    home = tmp_path / "images"
    (home / "mine").mkdir(parents=True)
    (home / "mine" / "Dockerfile").write_text("FROM scratch\nCOPY x /x\nLABEL org.docker101=1\n")
    (home / "mine" / "x").write_text("one\n")
    (home / "catalog.toml").write_text(f"[[image]]\nname = '{MINE}'\nwhat = 'Mine.'\nfolder = 'mine'\n")
    monkeypatch.setattr(provide.Hub, "pull", lambda *_, **__: pytest.fail("Docker Hub was asked"))
    yield load_catalog(home)
    _docker(engine_host, "image", "rm", "--force", MINE, f"{MINE}-kept")


@pytest.fixture
def bundle(catalog: Catalog, tmp_path: Path, engine_host: str) -> Bundle:
    """Return a bundle with that image, which the engine has no longer."""
    provide.ensure_images(None, engine_host, catalog=catalog)
    with drafted(tmp_path / "class.tar", lambda _: None) as (draft, finish):
        draft.add_image(MINE, (_id(engine_host, MINE), catalog.image(MINE).content), saved_image(MINE, engine_host))
        finish(Manifest("", False, machine.here(), *engine_kind(engine_host), tuple(draft.images), draft.members))
    _docker(engine_host, "image", "rm", "--force", MINE)
    return open_bundle(tmp_path / "class.tar")


def _ensure(catalog: Catalog, host: str, bundle: Bundle) -> tuple[list[provide.Got], list[str]]:
    said: list[str] = []
    return provide.ensure_images(None, host, said.append, catalog=catalog, bundle=bundle), said


def test_an_image_that_is_lacking_comes_from_the_bundle(catalog: Catalog, bundle: Bundle, engine_host: str) -> None:
    """It is the same image, by its id; the second time nothing is done."""
    (got,), said = _ensure(catalog, engine_host, bundle)
    assert got.source == SOURCE
    assert _id(engine_host, MINE) == bundle.manifest.images[0].id
    assert [line.split(" ")[0] for line in said] == ["Getting", "Checking", "Loading", ""]
    assert _ensure(catalog, engine_host, bundle) == ([provide.Got(MINE, provide.PRESENT)], [])


def test_an_image_that_only_lost_its_name_gets_it_back(catalog: Catalog, bundle: Bundle, engine_host: str) -> None:
    """An image of the same id is not loaded again."""
    _ensure(catalog, engine_host, bundle)
    _docker(engine_host, "image", "tag", MINE, f"{MINE}-kept")
    _docker(engine_host, "image", "rm", MINE)
    (got,), said = _ensure(catalog, engine_host, bundle)
    assert got.source == f"{SOURCE}; it was there without its name"
    assert not any(line.startswith(("Checking", "Loading")) for line in said)
    assert _id(engine_host, MINE) == bundle.manifest.images[0].id


def test_an_image_that_is_older_than_its_folder_is_left_in_the_bundle(
    catalog: Catalog, bundle: Bundle, engine_host: str
) -> None:
    """After an update of the course, its own images are built anew rather than taken from an old bundle."""
    (catalog.path.parent / "mine" / "x").write_text("two\n")
    newer = load_catalog(catalog.path.parent)
    assert provide.images_offered(bundle, catalog) == [MINE]
    assert provide.images_offered(bundle, newer) == []
    (got,), _ = _ensure(newer, engine_host, bundle)
    assert got.source.startswith("built from ")


def test_an_older_image_of_the_course_is_replaced(catalog: Catalog, bundle: Bundle, engine_host: str) -> None:
    """What was built from an older folder gives its name to the bundle's image, and goes."""
    (catalog.path.parent / "mine" / "x").write_text("zero\n")
    provide.ensure_images(None, engine_host, catalog=load_catalog(catalog.path.parent))
    old = _id(engine_host, MINE)
    (catalog.path.parent / "mine" / "x").write_text("one\n")
    (got,), _ = _ensure(catalog, engine_host, bundle)
    assert got.source == SOURCE
    assert _id(engine_host, MINE) == bundle.manifest.images[0].id
    assert _id(engine_host, old) == ""


def test_a_damaged_image_is_not_loaded(catalog: Catalog, bundle: Bundle, engine_host: str) -> None:
    """The digests are compared first; the engine gets nothing."""
    data = bytearray(bundle.path.read_bytes())
    data[data.index(b"one\n")] ^= 1
    bundle.path.write_bytes(data)
    with pytest.raises(UsageProblem, match="is damaged"):
        _ensure(catalog, engine_host, open_bundle(bundle.path))
    assert _id(engine_host, MINE) == ""


def test_another_architecture_is_refused_by_name(
    catalog: Catalog, bundle: Bundle, engine_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is loaded, both architectures are named."""
    monkeypatch.setattr("checker.engine.images.bundled.engine_kind", lambda _: ("linux", "riscv64"))
    with pytest.raises(UsageProblem, match=r"holds images for linux/\w+, and this engine runs linux/riscv64"):
        _ensure(catalog, engine_host, bundle)
    assert _id(engine_host, MINE) == ""


def test_what_the_engine_says_to_a_broken_archive_is_shown(
    catalog: Catalog, bundle: Bundle, engine_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image that the engine does not take is its own message, with what docker said."""
    monkeypatch.setattr(type(bundle), "image_pieces", lambda *_: iter([b"no tar at all" * 1000]))
    with pytest.raises(EngineProblem, match=f"Loading {MINE} failed"):
        _ensure(catalog, engine_host, bundle)


def test_an_image_that_is_not_there_cannot_be_saved(engine_host: str) -> None:
    """What docker says is shown."""
    with pytest.raises(EngineProblem, match="Saving docker101/none:1 failed") as problem:
        list(saved_image("docker101/none:1", engine_host))
    assert "Error response from daemon" in problem.value.message.splitlines()[-1]


# --- a class without network


LIMIT_S = 400
"""How long the whole set-up may take before the test gives up, in seconds."""


@pytest.fixture(scope="module")
def class_file(engine_host: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bundle of the whole course, as a teacher makes it on a machine with internet."""
    folder, work = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("work")
    environment = {**os.environ, "DOCKER_HOST": engine_host, "DOCKER101_WORK": str(work)}
    made = subprocess.run(
        [sys.executable, "-m", "checker", "bundle", str(folder / "class.tar")],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode and not os.environ.get("CI") and "Fetching the wheels failed" in made.stderr:
        pytest.skip("Python's packages are out of reach, so no bundle can be made here")
    assert made.returncode == 0, made.stderr
    assert [path.name for path in folder.iterdir()] == ["class.tar"]
    return folder / "class.tar"


def test_a_bundle_holds_the_whole_catalog(class_file: Path, engine_host: str) -> None:
    """Every image of the course is in it as the engine has it, and every layer once."""
    manifest = open_bundle(class_file).manifest
    assert [image.name for image in manifest.images] == [image.name for image in load_catalog().images]
    for image in manifest.images:
        assert image.id == _id(engine_host, image.name)
    with tarfile.open(class_file) as tar:
        names = tar.getnames()
    assert len(names) == len(set(names))


def test_the_course_starts_with_no_network_at_all(class_file: Path, namespace: Namespace, tmp_path: Path) -> None:
    """From a fresh clone to an open course and a check, in a network that holds nothing but this machine."""
    course = tmp_path / "course"
    left_out = shutil.ignore_patterns(".git", ".venv", "work", "__pycache__", ".*_cache", "*.egg-info")
    shutil.copytree(ROOT, course, ignore=left_out)
    inside = ["nsenter", f"--net=/proc/{namespace.keeper}/ns/net"]
    environment = namespace.environment()
    environment.pop("DOCKER101_WORK", None)
    with subprocess.Popen(
        [*inside, sys.executable, "-m", "checker", "start", "--bundle", str(class_file), "--no-browser"],
        cwd=course,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        watchdog = threading.Timer(LIMIT_S, process.kill)
        watchdog.start()
        try:
            said, url = _until_open(process)
            python = str(course / ".venv" / "bin" / "python")
            run = functools.partial(
                subprocess.run, cwd=course, env=environment, check=False, capture_output=True, text=True
            )
            answer = run([*inside, python, "-c", FETCH, url])
            checked = run([*inside, python, "-m", "checker", "check", "00", "--json"])
            stopped = run([*inside, python, "-m", "checker", "stop"])
            process.communicate()
        finally:
            process.kill()
            watchdog.cancel()
    assert answer.stdout == "200\n"
    assert checked.returncode in {0, 1}, checked.stderr
    assert json.loads(checked.stdout)
    names = [image.name for image in load_catalog().images]
    assert [name for name in names if not re.search(rf"^  {re.escape(name)}: {SOURCE}, ", said, re.MULTILINE)] == []
    assert stopped.returncode == 0, stopped.stderr
    assert process.returncode == 0


FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=20).status)"


def _until_open(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Read what ``start`` says until the course's address; return all of it, and the address."""
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        found = re.search(r"http://127\.0\.0\.1:\S+", line)
        if found:
            return "".join(said), found[0]
    pytest.fail(f"it ended before the course was open:\n{''.join(said)}")
