"""A notebook that leaves something on the engine, or takes something away, fails the run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from checker.files import ROOT
from tests.engine.made import BUSYBOX, busybox, make
from tests.left_behind import NAME, Seen, difference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENT = "import docker, io, os\nclient = docker.APIClient(os.environ['DOCKER101_TEST_HOST'])\n"
BUILD = f"_ = list(client.build(fileobj=io.BytesIO(b'FROM {BUSYBOX}\\nENV D101=1'), rm=True))"


@pytest.fixture
def there(client: Any, engine_host: str) -> Iterator[None]:
    """Put one of everything on the engine for a notebook to take away; what is left afterwards is removed."""
    busybox(client, engine_host)
    make(client, "d101-there", "true", start=False)
    client.tag(BUSYBOX, "d101-there", "1")
    before = {image["Id"] for image in client.images()}
    yield
    for remove, name in ((client.remove_network, "d101-left"), (client.remove_volume, "d101-left")):
        with contextlib.suppress(Exception):
            remove(name)
    for name in ["d101-there:1", *({image["Id"] for image in client.images()} - before)]:
        with contextlib.suppress(Exception):
            client.remove_image(name, force=True)


def nbval(tmp_path: Path, host: str, *sources: str) -> subprocess.CompletedProcess[str]:
    """Write a notebook with these cells, and run nbval over it with the plugin."""
    notebook = nbformat.v4.new_notebook()
    for number, source in enumerate(sources, 1):
        notebook.cells.append(nbformat.v4.new_code_cell(source, execution_count=number))
    nbformat.write(notebook, tmp_path / "small.ipynb")
    command = [sys.executable, "-m", "pytest", "-p", "tests.left_behind", "--nbval", "--nbval-current-env"]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-c", "pyproject.toml", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "DOCKER101_TEST_HOST": host},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.engine
def test_what_a_notebook_changes_is_named(tmp_path: Path, engine_host: str, there: None) -> None:
    """The run fails with the notebook's name, all that was left behind, and all that was taken away."""
    done = nbval(
        tmp_path,
        engine_host,
        CLIENT,
        f"_ = client.create_container('{BUSYBOX}', name='d101-left')",
        BUILD,
        "_ = client.create_network('d101-left')",
        "_ = client.create_volume('d101-left')",
        "_ = client.remove_container('d101-there')",
        "_ = client.remove_image('d101-there:1')",
    )
    assert done.returncode == 1, done.stdout
    assert "small.ipynb does not leave the engine as it found it:" in done.stdout
    told = [line for line in done.stdout.splitlines() if line.startswith(("  left behind", "  taken away"))]
    left, taken = told[:2]  # under CI, pytest's summary tells them once more
    assert left.startswith("  left behind: container d101-left (created), image ")
    assert left.endswith(" (without a name), network d101-left, volume d101-left")
    assert taken == "  taken away: container d101-there (created), image d101-there:1"
    assert "(labs/small/lesson.md) should put that right" in done.stdout
    assert "1 failed, 7 passed" in done.stdout


@pytest.mark.engine
def test_a_notebook_that_tidies_up_passes(tmp_path: Path, engine_host: str, there: None) -> None:
    """What is made and removed again leaves no trace; the comparison counts as a test of its own."""
    make_it = f"made = client.create_container('{BUSYBOX}', name='d101-left')"
    done = nbval(tmp_path, engine_host, CLIENT, make_it, "_ = client.remove_container('d101-left')")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_every_notebook_is_compared() -> None:
    """The plugin is loaded for notebooks/ too: each notebook has its comparison behind its last cell."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--nbval", "--nbval-current-env", "notebooks"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    names = sorted({line.partition("::")[0] for line in listed if ".ipynb::" in line})
    last = [[line for line in listed if line.startswith(f"{name}::")][-1] for name in names]
    assert names
    assert last == [f"{name}::{NAME}" for name in names]


def test_what_goes_by_itself_is_waited_for() -> None:
    """A container that was run with --rm may go a moment later than its command ends."""
    answers = [Seen({("container", "1"): "container going (exited)"}), Seen()]
    assert difference(Seen(), lambda: answers.pop(0)) == ""


def test_both_directions_are_told() -> None:
    """What was left behind and what was taken away stand on a line of their own."""
    before, after = (Seen({("network", name): f"network {name}"}) for name in "ab")
    assert difference(before, lambda: after, settle_s=0) == "  left behind: network b\n  taken away: network a"
