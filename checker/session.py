"""Open the course: an engine, its images, a recorder, the learner's folder; close it again in reverse order."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.engine import (
    Owned,
    Recorder,
    bring_images,
    clean_up,
    course_engine,
    find_docker,
    forget_history,
    install_shim,
    load_catalog,
    open_client,
    open_engine,
    remembered_engine,
)
from checker.lab import load_labs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from checker.bundle import Bundle
    from checker.engine import Engine
    from checker.lab import Lab
    from checker.learner import Work


@dataclass(frozen=True)
class OpenCourse:
    """An opened course: the engine that it uses, and its labs."""

    engine: Engine
    labs: tuple[Lab, ...]


@contextlib.contextmanager
def open_course(  # noqa: PLR0913  (each is one choice of the command that opens the course)
    work: Work,
    *,
    engine: str | None,
    yes: bool,
    say: Callable[[str], None],
    labs: Sequence[Lab] | None = None,
    bundle: Bundle | None = None,
) -> Iterator[OpenCourse]:
    """Open the course in ``work``, and stop on leaving what was started here.

    Arguments:
        work: the learner's folder.
        engine: "current", "private", or None to decide.
        yes: install what is missing without asking.
        say: called with each line of progress.
        labs: the labs whose images are needed; default all.
        bundle: the class's bundle, a source of images; all that it holds are brought to the engine.

    Raises:
        NoEngine: when there is no engine and none can be provided.
        CourseError: when an image cannot be had, or the folder cannot be written.

    """
    used = tuple(labs if labs is not None else load_labs())
    with open_engine(engine, yes=yes, say=say) as found:
        before = remembered_engine(work.root)
        if before and before.host != found.host:
            forget_history(found.host, work.journal)  # a journal is about one engine
        found.save(work.root)
        os.environ["DOCKER_HOST"] = found.host  # for what this command starts: kernels, terminals, tests
        owned = Owned(work.state)
        bring_images(found, (name for lab in used for name in lab.images), say, owns=owned.note_image, bundle=bundle)
        with Recorder(found.host, work.journal):
            install_shim(work.state / "bin", find_docker(), found)
            yield OpenCourse(found, used)


def update_copies(work: Work, labs: Sequence[Lab], say: Callable[[str], None]) -> None:
    """Bring the learner's copies up to date, and say which edited ones were left alone.

    Arguments:
        work: the learner's folder.
        labs: the labs whose files are copied.
        say: takes each line of progress.

    """
    made = updated = 0
    for lab in labs:
        done = work.update(lab)
        made, updated = made + len(done.made), updated + len(done.updated)
        for path in done.kept:
            say(f"Kept your edited {path}; the course has a newer version (checker reset {lab.id} gives it to you).")
    if made or updated:
        say(f"Your folder {work.root.name}/: {made} files made, {updated} brought up to date.")


def clean_engine(work: Work, *, everything: bool = False) -> list[str]:
    """Remove the course's containers and what else it made on the engine; return their names.

    Arguments:
        work: the learner's folder.
        everything: also remove the course's images.

    Raises:
        NoEngine: when the engine does not answer.

    """
    engine = course_engine(work.root)
    client = open_client(engine.host)
    try:
        removed = clean_up(client, engine, work.state, keep_images=() if everything else course_images())
        forget_history(engine.host, work.journal)  # what was removed is no part of the next try
        return removed
    finally:
        client.close()


def course_images() -> list[str]:
    """Return the names of all images of the course's catalog: what a clean engine keeps."""
    return [image.name for image in load_catalog().images]
