"""Open the course: an engine, its images, a recorder, the learner's folder; close it again in reverse order."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine import (
    PRIVATE,
    Owned,
    Recorder,
    choose,
    dockerd,
    ensure_images,
    find_docker,
    forget_history,
    images_offered,
    install_shim,
    load_catalog,
    private,
    registry,
    remembered_engine,
)
from checker.lab import load_labs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from checker.bundle import Bundle
    from checker.engine import Engine, Got
    from checker.lab import Lab
    from checker.learner import Work

JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class OpenCourse:
    """An opened course: the engine that it uses, its labs, and where each image came from."""

    endpoint: Engine
    labs: tuple[Lab, ...]
    images: tuple[Got, ...]


@contextlib.contextmanager
def opened(  # noqa: PLR0913  (each is one choice of the command that opens the course)
    work: Work,
    *,
    strategy: str | None,
    yes: bool,
    say: Callable[[str], None],
    labs: Sequence[Lab] | None = None,
    bundle: Bundle | None = None,
) -> Iterator[OpenCourse]:
    """Open the course in ``work``, and stop on leaving what was started here.

    Arguments:
        work: the learner's folder.
        strategy: "current", "private", or None to decide.
        yes: install what is missing without asking.
        say: called with each line of progress.
        labs: the labs whose images are needed; default all.
        bundle: the class's bundle, a source of images; all that it holds are brought to the engine.

    Raises:
        NoEngine: when there is no engine and none can be provided.
        CourseError: when an image cannot be had, or the folder cannot be written.

    """
    used = tuple(labs if labs is not None else load_labs())
    with contextlib.ExitStack() as stack:
        found = choose.choose(strategy, yes=yes, say=say)
        if found.strategy == PRIVATE:
            stack.callback(private.leave, say)
        before = remembered_engine(work.root)
        if before and before.host != found.host:
            forget_history(found.host, journal_path(work))  # a journal tells of one engine
        found.save(work.root)
        os.environ["DOCKER_HOST"] = found.host
        owned = Owned(work.state)
        names = list(dict.fromkeys(name for lab in used for name in lab.images))
        names += [name for name in (images_offered(bundle) if bundle else []) if name not in names]
        got = ensure_images(names, found.host, say=say, owns=owned.note_image, bundle=bundle)
        if found.strategy == PRIVATE:
            registry.fill(dockerd.paths(), [image.name for image in load_catalog().images], say)
        stack.enter_context(Recorder(found.host, journal_path(work)))
        install_shim(work.state / "bin", find_docker(), found)
        yield OpenCourse(found, used, tuple(got))


def update_copies(work: Work, labs: Sequence[Lab], say: Callable[[str], None]) -> None:
    """Bring the learner's copies up to date, and say which edited ones were left alone."""
    made = updated = 0
    for lab in labs:
        done = work.update(lab)
        made, updated = made + len(done.made), updated + len(done.updated)
        for path in done.kept:
            say(f"Kept your edited {path}; the course has a newer version (checker reset {lab.id} gives it to you).")
    if made or updated:
        say(f"Your folder {work.root.name}/: {made} files made, {updated} brought up to date.")


def journal_path(work: Work) -> Path:
    """Return where the recorder writes what the engine does."""
    return work.state / JOURNAL
