"""Read from a Dockerfile what no image shows: which images it starts from."""

from __future__ import annotations

import re

_FROM = re.compile(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.IGNORECASE | re.MULTILINE)


def bases(text: str) -> list[str]:
    """Return the image that each stage starts from, in the order of the file; a stage that goes on with another's.

    Source: Dockerfile reference, FROM. Names that an ARG fills in stay as they are written.
    """
    found: list[str] = []
    stages: dict[str, str] = {}
    joined = re.sub(r"\\[ \t]*\n", " ", text)
    for image, stage in _FROM.findall(joined):
        base = stages.get(image.lower(), image)
        found.append(base)
        if stage:
            stages[stage.lower()] = base
    return found
