"""The {placeholders} of sheets, checks and command lists, and text without what prints nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDER = re.compile(r"(?<![{$])\{([a-z][a-z0-9_]*)\}(?!\})")
"""A {placeholder} of a sheet; not the braces of ``--format '{{…}}'`` or of ``${NAME}`` in a Dockerfile."""

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Terminal sequences and other signs that print nothing: a container's log may hold them, a report never does."""


def filled(text: str, params: Mapping[str, str]) -> str:
    """Return ``text`` with each {placeholder} that the sheet knows filled in.

    Other braces stay as they are: a message may quote the ones of ``--format``.

    Arguments:
        text: a text with {placeholders}.
        params: their values, by name.

    """
    return PLACEHOLDER.sub(lambda found: params.get(found.group(1), found.group()), text)


def plain(text: str) -> str:
    """Return ``text`` without colour codes and other signs that print nothing."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))
