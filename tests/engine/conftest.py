"""Fixtures of the engine tests: the labs' engine, and a network namespace in which a private one may be started."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from checker.engine.engine import CURRENT, PRIVATE, Engine
from checker.engine.images.provide import ensure_images
from checker.engine.own.private import status
from checker.engine.transport.client import open_client
from checker.engine.views.engine_view import EngineView
from checker.lab.load import load_labs
from checker.learner.work import COMMANDS
from tests.namespace import network_namespace, no_namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from checker.lab.load import Lab
    from tests.namespace import Namespace


@pytest.fixture(scope="session")
def lab_engine(engine_host: str) -> Engine:
    """Return the engine under test with every lab's images."""
    ours = engine_host == status().host
    ensure_images([name for lab in load_labs() for name in lab.images], engine_host)
    return Engine(engine_host, PRIVATE if ours else CURRENT, "the engine under test")


@pytest.fixture(scope="session")
def must_be_playable(lab_engine: Engine) -> Callable[[Lab], None]:
    """Return what skips the test of a lab that pulls an image, where the engine reaches no registry, nor our mirror."""
    client = open_client(lab_engine.host)
    try:
        reaches_registry = EngineView(client).reaches_registry_of("hello-world:linux")
    finally:
        client.close()

    def check(lab: Lab) -> None:
        if _pulls(lab) and not reaches_registry and not os.environ.get("CI"):
            pytest.skip("the engine under test reaches no registry to pull from, and docker-registry is not installed")

    return check


def _pulls(lab: Lab) -> bool:
    """Say whether a solution of the lab pulls an image."""
    lists = [folder / COMMANDS for folder in lab.solutions]
    texts = [path.read_text(encoding="utf-8") for path in lists if path.is_file()]
    return any(re.search(r"^docker (image )?pull ", text, re.MULTILINE) for text in texts)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    """Return a network namespace without any engine; without the means, skip with the reason."""
    reason = no_namespace()
    if reason:
        pytest.skip(reason)
    with network_namespace() as made:
        yield made
