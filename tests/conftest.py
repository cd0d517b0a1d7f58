"""Fixtures of all tests: the engine under test, and a learner's folder that is thrown away."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def engine_host() -> str:
    """Return the DOCKER_HOST of the engine under test; without one, skip with a reason, or fail in CI."""
    host = os.environ.get("DOCKER101_TEST_HOST", "")
    if host:
        return host
    reason = "no Docker engine: run `python3 -m checker test`, or set DOCKER101_TEST_HOST"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def client(engine_host: str) -> Iterator[object]:
    """Return an open client of the engine under test, and remove afterwards what the test made."""
    from docker.errors import APIError

    from checker.engine.transport.client import open_client

    opened = open_client(engine_host)
    before = {item["Id"] for item in opened.containers(all=True)}
    yield opened
    for item in opened.containers(all=True):
        if item["Id"] not in before:
            try:
                opened.remove_container(item["Id"], force=True, v=True)
            except APIError as error:  # newer engines may still be removing what a build left
                if "in progress" not in str(error):
                    raise
    opened.close()


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty learner's folder, set as the course's."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setenv("DOCKER101_WORK", str(folder))
    return folder
