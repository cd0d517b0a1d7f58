"""A small lab for tests, made in a folder of the test's own; each part of it can be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.lab.load import Lab, load_lab
from checker.lab.vocabulary import Result, Status

if TYPE_CHECKING:
    from pathlib import Path

LAB_ID = "08_shop"

TOML = """\
title = "The shop"
lesson = "Shops"
minutes = 20
images = ["docker101/web:1"]

[params]
name = { kind = "word", of = ["amber"] }
port = { kind = "port", of = ["8100"] }

[[questions]]
id = "code"
prompt = "Which exit code will {name} leave?"
kind = "number"

[[questions]]
id = "goes_on"
prompt = "Does {name} go on?"
kind = "choice"
choices = ["yes", "no"]
predict = true
"""

CHECKS = '''\
"""Checks of the shop."""

from checker.lab.vocabulary import Failure, check


@check(points=2, hint="docker ps lists what runs, {name} too.")
def shop(engine):
    """A container named {name} is running."""
    return engine


@check(points=1, hint="Look at the ports.")
def published(shop, params):
    """Port 80 of {name} is published on port {port} of your machine."""


def outcome_goes_on(engine):
    """Say what the engine did."""
    return "yes"
'''

FILES = {
    "lesson.md": "# Shops\n",
    "lab.md": "# The shop\n\nRun `{name}` on port {port}.\n\n    docker ps --format '{{.Names}}'\n",
    "lab.toml": TOML,
    "checks.py": CHECKS,
    "starter/commands.txt": "# Your commands go below this line.\n",
    "starter/app/app.py": "print('open')\n",
    "solution/commands.txt": "# == shop\ndocker run -d --name {name} docker101/web:1\n",
    "wrong/no_name/commands.txt": "# == shop\ndocker run -d docker101/web:1\n",
    "wrong/no_name/expected.toml": 'check = "shop"\nsays = ["{name}"]\nwhy = "run without a name"\n',
}


def write(folder: Path, files: dict[str, str | None]) -> Path:
    """Write files into ``folder``; None leaves one out."""
    for name, text in files.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    return folder


def make_labs(root: Path, changed: dict[str, str | None] | None = None) -> Path:
    """Write the lab below ``root``, with files replaced, added, or left out; return the folder of labs."""
    write(root / "labs" / LAB_ID, {**FILES, **(changed or {})})
    return root / "labs"


def made_lab(root: Path, changed: dict[str, str | None] | None = None) -> Lab:
    """Return the lab, loaded."""
    return load_lab(LAB_ID, make_labs(root, changed))


def result(check_id: str = "shop", status: Status = Status.PASSED, **values: object) -> Result:
    """Return a result worth 2 points, all of them given when it passed."""
    fields = {
        "id": check_id,
        "description": f"The {check_id} is open.",
        "status": status,
        "score": 2 if status is Status.PASSED else 0,
        "max_score": 2,
    }
    return Result(**{**fields, **values})  # type: ignore[arg-type]
