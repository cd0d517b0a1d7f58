"""Fixtures: an engine on which a learner has things of their own, beside the course's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.guard.clean import BUILT_IN_NETWORKS
from checker.engine.own.private import status
from checker.engine.transport.client import open_client
from tests.engine.guard.foreign import Foreign, bring_images, remove_images
from tests.engine.made import busybox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def foreign_images(engine_host: str) -> Iterator[None]:
    """Bring a learner's own images to the engine, once for each file: tests of others may remove them in between.

    These tests prune: on an engine that holds things of somebody else they are skipped.
    """
    client = open_client(engine_host)
    there = [c["Names"][0] for c in client.containers(all=True)] + [
        v["Name"] for v in client.volumes()["Volumes"] or []
    ]
    there += [n["Name"] for n in client.networks() if n["Name"] not in BUILT_IN_NETWORKS]
    if engine_host != status().host:
        there += [image["Id"] for image in client.images(filters={"dangling": True})]
    if there:
        pytest.skip(f"the engine under test holds things of others, which these tests might remove: {there[0]}")
    bring_images(client, busybox(client, engine_host))
    yield
    remove_images(client, "foreign/")
    client.close()


@pytest.fixture
def mine(client: Any, engine_host: str, work: Path, foreign_images: None) -> Iterator[Foreign]:
    """Return a learner's own images on the engine, and the means to make more."""
    yield Foreign(client, engine_host, work)
    for container in client.containers(all=True):
        client.remove_container(container["Id"], force=True, v=True)
    for network in client.networks():
        if network["Name"] not in BUILT_IN_NETWORKS:
            client.remove_network(network["Id"])
    for volume in client.volumes()["Volumes"] or []:
        client.remove_volume(volume["Name"])
    remove_images(client, "ours/")


@pytest.fixture
def emptied(engine_host: str, mine: Foreign) -> Foreign:
    """Return the same on an engine that may be emptied: the course's own one, never a learner's with images on it."""
    if engine_host != status().host:
        pytest.skip("the engine under test is not the course's own, and this test removes all unknown images on it")
    return mine


@pytest.fixture
def kept(mine: Foreign) -> list[str]:
    """Return the names of the images that other tests need."""
    return [tag for tag in mine.tags() if not tag.startswith(("ours/", "foreign/"))]
