"""What is read of a Dockerfile: the images that it starts from."""

from __future__ import annotations

import pytest

from checker.lab.dockerfile import bases


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM busybox:1.37\nCOPY x /\n", ["busybox:1.37"]),
        ("# FROM nothing\n  from --platform=linux/amd64 python\n", ["python"]),
        ("FROM a:1 AS tools\nFROM scratch\nCOPY --from=tools /x /\n", ["a:1", "scratch"]),
        ("FROM a:1 AS Tools\nRUN x\nFROM tools\n", ["a:1", "a:1"]),
        ("FROM \\\n  a:1\n", ["a:1"]),
        ("RUN echo FROM here\n", []),
    ],
    ids=["one", "any case, with a platform", "two stages", "a stage goes on with another", "over two lines", "none"],
)
def test_bases_are_read_stage_by_stage(text: str, expected: list[str]) -> None:
    """Each FROM counts, comments and other instructions do not, and a stage's name stands for its image."""
    assert bases(text) == expected
