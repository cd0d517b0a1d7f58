"""Serving the wheels of a bundle to pip."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checker.bundle.reader import Bundle

OFFLINE = ("--no-index", "--find-links")


@contextlib.contextmanager
def unpacked(bundle: Bundle, folder: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Unpack a bundle's wheels; yield pip's options for installing from there alone, and the environment for it.

    Arguments:
        bundle: the bundle that holds the wheels.
        folder: where they are unpacked; removed before and afterwards.

    Raises:
        UsageProblem: when a wheel in the bundle is damaged.

    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        bundle.unpack_wheels(folder)
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        # the machine's own settings of pip may name places that need a network
        yield [*OFFLINE, str(folder)], {**variables, "PIP_CONFIG_FILE": os.devnull}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
