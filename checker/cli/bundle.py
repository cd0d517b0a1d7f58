"""``checker bundle FILE``: put the images and the wheels of the course into one file, for a class without network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from checker import bootstrap, wheels
from checker.bundle import Draft, Manifest, drafted, machine, require_place, requirements_digest
from checker.cli.commands import say
from checker.engine import CONTENT_LABEL, Owned, engine_kind, ensure_images, http, open_engine, saved_image
from checker.errors import EXIT_OK
from checker.learner import Work
from checker.terminal import bar

if TYPE_CHECKING:
    import argparse


def bundle(options: argparse.Namespace) -> int:
    """Get all images of the course, and write them with the wheels for this Python into one file."""
    target = Path(options.file).expanduser().absolute()
    require_place(target)
    with open_engine(options.engine, yes=options.yes, say=say) as engine:
        _write(target, engine.host, tests=options.tests)
    say(f"On the other machine: python3 -m checker start --bundle {target.name}")
    return EXIT_OK


def _write(target: Path, host: str, *, tests: bool) -> None:
    owned = Owned(Work().state, host)
    names = [got.name for got in ensure_images(None, host, say, owns=owned.note_image)]
    with drafted(target, say) as (draft, finish):
        folder = draft.place / "wheels"
        wheels.fetch(folder, tests=tests, say=say)
        python = machine.needs((path.name for path in folder.iterdir()), machine.here())
        draft.add_wheels(folder)
        with bar(say, len(names), "images") as done:
            for name in names:
                _add_image(draft, name, host)
                done.add(1)
        finish(
            Manifest(
                requirements_digest(bootstrap.REQUIREMENTS, bootstrap.PYPROJECT),
                tests,
                python,
                *engine_kind(host),
                tuple(draft.images),
                draft.members,
            )
        )


def _add_image(draft: Draft, name: str, host: str) -> None:
    found = http.get(host, f"/images/{name}/json", 10)[2]
    labels = found["Config"].get("Labels") or {}
    draft.add_image(name, (found["Id"], labels.get(CONTENT_LABEL, "")), saved_image(name, host))
