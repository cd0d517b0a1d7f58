"""Names of images and containers: one spelling each, however they were written."""

from __future__ import annotations

import pytest

from checker.engine import container_name, image_name
from checker.engine.names import image_tags, names_in_event, plain_name

DIGEST = f"sha256:{'4e' * 32}"
ID = "0d" * 32


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("x", "x:latest"),
        ("x:tag", "x:tag"),
        ("a/b", "a/b:latest"),
        ("library/x", "x:latest"),
        ("library/x:tag", "x:tag"),
        ("library/a/b", "library/a/b:latest"),
        ("library", "library:latest"),
        ("docker.io/x", "x:latest"),
        ("docker.io/a/b:2", "a/b:2"),
        ("docker.io/library/x", "x:latest"),
        ("index.docker.io/x", "x:latest"),
        ("index.docker.io/library/x:1", "x:1"),
        ("index.example/x", "index.example/x:latest"),
        ("registry.example/library/x", "registry.example/library/x:latest"),
        ("registry.example:5000/x", "registry.example:5000/x:latest"),
        ("localhost/x", "localhost/x:latest"),
        ("localhost:5000/a/b:1", "localhost:5000/a/b:1"),
        (f"x@{DIGEST}", f"x@{DIGEST}"),
        (f"x:tag@{DIGEST}", f"x@{DIGEST}"),
        (f"docker.io/library/x@{DIGEST}", f"x@{DIGEST}"),
        (f"localhost:5000/x:1@{DIGEST}", f"localhost:5000/x@{DIGEST}"),
        (ID, f"sha256:{ID}"),
        (f"sha256:{ID}", f"sha256:{ID}"),
        (f"sha256:{ID[:12]}", f"sha256:{ID[:12]}"),
        (ID[:12], f"{ID[:12]}:latest"),
        ("X", "X:latest"),
        ("x:Tag", "x:Tag"),
        ("Library/x", "Library/x:latest"),
        ("", ""),
    ],
)
def test_image_names(written: str, listed: str) -> None:
    """An image's name is told as the engine lists it, and a name that was told so stays as it is."""
    assert image_name(written) == listed
    assert image_name(listed) == listed


def test_container_names() -> None:
    """A name comes without its slash and is not a link's; a container without one is told by its id."""
    assert container_name({"Names": ["/other/alias", "/shop"]}) == "shop"
    assert container_name({"Name": "/shop"}) == "shop"
    assert container_name({"Names": None, "Id": "0123456789abcdef"}) == "0123456789ab"
    assert container_name({"Names": ["/other/alias"], "Id": "0123456789abcdef"}) == "0123456789ab"


def test_plain_names() -> None:
    """The engine's slash is no part of a name, and what it did not tell is empty."""
    assert [plain_name(told) for told in ("/shop", "shop", None, "")] == ["shop", "shop", "", ""]


def test_names_of_images_leave_out_those_that_are_none() -> None:
    """An image that lost its name has none, on engines that say <none> and on those that say nothing."""
    assert image_tags({"RepoTags": ["x:1", "x:2"]}) == ["x:1", "x:2"]
    assert image_tags({"RepoTags": ["<none>:<none>"]}) == image_tags({"RepoTags": None}) == image_tags({}) == []


def test_an_event_tells_the_id_and_both_names() -> None:
    """A rename is about the old name and the new one."""
    event = {"Actor": {"ID": "12", "Attributes": {"name": "new", "oldName": "/old"}}}
    assert names_in_event(event) == {"12", "new", "old"}
    assert names_in_event({}) == frozenset()
