"""A network namespace for one test, in which it may start an engine of its own."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.own import namespace
from checker.engine.own.namespace import Namespace, no_namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Namespace", "network_namespace", "no_namespace"]


@contextlib.contextmanager
def network_namespace() -> Iterator[Namespace]:
    """Make a network namespace whose folder is thrown away; ask ``no_namespace`` first."""
    # not tmp_path: the path of a unix socket must stay short
    home = Path(tempfile.mkdtemp(prefix="d101-", dir="/tmp"))
    try:
        with namespace.network_namespace(home) as made:
            yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)
