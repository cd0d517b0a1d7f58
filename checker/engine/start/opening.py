"""Open an engine for as long as it is needed: choose it, start or join it, and leave it as it was found."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from checker.engine.engine import PRIVATE
from checker.engine.images import ensure_images, images_offered, load_catalog
from checker.engine.own import dockerd, private, registry
from checker.engine.start.choose import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from checker.bundle import Bundle
    from checker.engine.engine import Engine
    from checker.engine.images import Got


@contextlib.contextmanager
def open_engine(
    choice: str | None = None, *, yes: bool = False, say: Callable[[str], None] = print
) -> Iterator[Engine]:
    """Open an engine; on leaving, one of the course's own is stopped unless another command uses it.

    Arguments:
        choice: "current", "private", or None to decide; see ``choose``.
        yes: install what is missing without asking.
        say: called with each line of progress.

    Raises:
        UsageProblem: when there is no such choice, or installing was declined.
        NoEngine: when there is no engine and none can be provided.

    """
    engine = choose(choice, yes=yes, say=say)
    try:
        yield engine
    finally:
        if engine.strategy == PRIVATE:
            private.leave(say)


def bring_images(
    engine: Engine,
    names: Iterable[str] | None,
    say: Callable[[str], None] = print,
    *,
    owns: Callable[[str], object] = lambda _: None,
    bundle: Bundle | None = None,
) -> list[Got]:
    """Make sure that the engine has images, and that ``docker pull`` finds them in the registry of the course's own.

    Arguments:
        engine: an open one.
        names: as in the catalog; None: all of it. What the bundle holds comes on top.
        say: called with each line of progress.
        owns: called with the name of each image that this call brought.
        bundle: the class's bundle, a source of images.

    Returns:
        the images, each with its source.

    Raises:
        CourseError: when an image cannot be had; see ``ensure_images``.

    """
    wanted = None if names is None else list(dict.fromkeys([*names, *(images_offered(bundle) if bundle else ())]))
    got = ensure_images(wanted, engine.host, say=say, owns=owns, bundle=bundle)
    if engine.strategy == PRIVATE:
        registry.fill(dockerd.paths(), [image.name for image in load_catalog().images], say)
    return got
