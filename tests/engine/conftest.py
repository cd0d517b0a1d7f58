"""Fixtures of the engine tests: a network namespace of its own, in which a private engine may be started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.namespace import network_namespace, no_namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.namespace import Namespace


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    """Return a network namespace without any engine; without the means, skip with the reason."""
    reason = no_namespace()
    if reason:
        pytest.skip(reason)
    with network_namespace() as made:
        yield made
