"""What a check sees of the engine: containers and images by name, and who else is there when one is missing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from checker.engine.engine import bears_label
from checker.engine.names import container_name, image_name, image_tags
from checker.engine.transport import NotThere, http
from checker.engine.views.building import built
from checker.engine.views.container_view import ContainerView
from checker.engine.views.image_view import ImageView
from checker.engine.views.reader import Reader
from checker.engine.words import container_state, listed, other_name, roll_call, short
from checker.errors import CourseError, NoEngine
from checker.lab import CannotTell, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import docker

    from checker.engine.history import History
    from checker.engine.views.building import Change
    from checker.engine.views.reader import Data
    from checker.lab import Folder


NAMELESS = "docker images shows it as <none>; docker build gives it a name only when told one."

REGISTRY_LIMIT_S = 8.0
"""Seconds that the engine has to ask a registry."""


class EngineView:
    """One engine, as checks see it.

    ``asked`` holds the names of containers and images that were asked for.

    Arguments:
        source: an open client, whose time limit holds for each question, or a reader of one.
        history: returns what happened on the engine; asked only to explain a missing container. None: no history.
        owns: says of a container, as the engine lists it, whether it is the course's; only these are named.
        untold: names of containers whose state no message gives away: a question asks for it.
        lock: a file that all checks of this learner lock while they build; None: there are no others.

    """

    def __init__(
        self,
        source: docker.APIClient | Reader,
        history: Callable[[], History] | None = None,
        *,
        owns: Callable[[Mapping[str, Any]], bool] = bears_label,
        untold: Collection[str] = (),
        lock: Path | None = None,
    ) -> None:
        self._reader = source if isinstance(source, Reader) else Reader(source)
        self._history = history
        self._owns = owns
        self._untold, self._lock = untold, lock
        self.asked: set[str] = set()
        self.has_built = False

    def answers_at_all(self) -> None:
        """Raise at once, without asking again, when the engine has failed to answer before.

        Raises:
            EngineProblem: it did not answer in time.
            NoEngine: it is gone.

        """
        self._reader.answers_at_all()

    @property
    def os(self) -> str:
        """The operating system of the engine's machine, in small letters, as docker version shows it."""
        return self._reader.os_type()

    @property
    def kernel(self) -> str:
        """The release of the kernel on the engine's machine, as uname -r prints it."""
        return str(self._reader.info().get("KernelVersion", ""))

    @property
    def machine(self) -> str:
        """The host name of the engine's machine."""
        return str(self._reader.info().get("Name", ""))

    # --- containers

    def container(self, name: str) -> ContainerView:
        """Return the container of this name, in whatever state it is.

        Raises:
            Failure: when there is none; says which there are, and which may be meant.

        """
        self.asked.add(name)
        try:
            return ContainerView(self._reader, self._named(name), self._our_containers)
        except NotThere as error:
            raise self._no_such_container(name) from error

    def containers(self) -> list[ContainerView]:
        """Return the course's containers in whatever state, sorted by name; one that vanishes meanwhile is left out."""
        views = []
        for item in self._our_containers():
            with contextlib.suppress(NotThere):
                data = self._reader.container(str(item["Id"]))
                views.append(ContainerView(self._reader, data, self._our_containers))
        return sorted(views, key=lambda view: view.name)

    def no_container(self, name: str) -> None:
        """Expect that no container has this name; a check of this kind depends on one that something was there.

        Raises:
            Failure: when there is one, running or not.

        """
        self.asked.add(name)
        try:
            state = container_state(self._named(name))
        except NotThere:
            return
        words = {"exited": "stopped, but still there", "created": "never started, but there", "paused": "paused"}
        raise Failure(
            f"There is still a container named {name}: it is {words.get(state, state)}.",
            "It should be gone.",
            "A container that has ended stays, with its files, until it is removed; docker ps -a lists it.",
            actual=state,
        )

    def _named(self, name: str) -> Data:
        """Return what inspect says of the container of exactly this name; ids and their beginnings do not count."""
        data = self._reader.container(name)
        if container_name(data) != name:
            raise NotThere(f"There is no container named {name}.")
        return data

    def _our_containers(self) -> list[Data]:
        return [item for item in self._reader.containers() if self._owns(item)]

    def _no_such_container(self, name: str) -> Failure:
        every = self._reader.containers()
        ours = [item for item in every if self._owns(item)]
        there = roll_call(ours, len(every) - len(ours), self._untold)
        seen = f"There is no container named {name}.{self._past(name)} {there}"
        if self._image_names(name):
            return Failure(
                f"{seen} There is an image of that name.",
                look="An image is what containers are made from; making one gives the container a name of its own.",
            )
        return Failure(seen, look=other_name(name, ours))

    def _past(self, name: str) -> str:
        """Say what became of a container that had this name earlier, as far as the history tells."""
        if self._history is None:
            return ""
        try:
            lives = self._history().lives(name)
        except (CannotTell, Failure, CourseError):
            return ""  # the history only explains; that it cannot is no reason to hide the failure
        if not lives:
            return ""
        return " One existed, and has been removed." if lives[-1].removed else " One existed, and has been renamed."

    # --- images

    def image(self, ref: str) -> ImageView:
        """Return the image of this name, or of this id.

        Raises:
            Failure: when there is none; says which name may be meant.

        """
        self.asked.add(image_name(ref))
        try:
            return ImageView(self._reader, self._image(ref), ref)
        except NotThere as error:
            raise self._no_such_image(ref) from error

    @contextlib.contextmanager
    def built_from(self, folder: Folder, change: Change | None = None) -> Iterator[ImageView]:
        """Build a copy of a learner's folder; the image is there inside the block, and loses its name afterwards.

        Arguments:
            folder: from ``files.folder``; it holds a Dockerfile.
            change: made in the copy first.

        Raises:
            Failure: when it cannot be built; quotes the builder and says what that means.

        """
        self.has_built = True
        with built(self._reader, folder, change, lock=self._lock) as name:
            yield ImageView(self._reader, self._reader.image(name), name)

    def image_built_as(self, ref: str, folder: Folder) -> ImageView:
        """Return the image of this name, which must be what the Dockerfile in ``folder`` gives.

        Arguments:
            ref: the image's name, with or without a tag.
            folder: the folder with the Dockerfile and its build context.

        Raises:
            Failure: when the Dockerfile cannot be built, or its image is missing, has another name, or is of another
                making.

        """
        dockerfile = f"{folder.name}/Dockerfile"
        before = {str(item["Id"]): image_tags(item) for item in self._reader.images()}
        with self.built_from(folder) as fresh:
            try:
                image = self.image(ref)
            except Failure as failure:
                raise _not_built_as(ref, dockerfile, before.get(fresh.id), failure) from failure
            return image.was_made_as(fresh, dockerfile)

    def no_image(self, ref: str) -> None:
        """Expect that no image has this name, or this id.

        Raises:
            Failure: when there is one; says what uses it.

        """
        self.asked.add(image_name(ref))
        try:
            image = ImageView(self._reader, self._image(ref), ref)
        except NotThere:
            return
        users = [container_name(item) for item in self._our_containers() if item.get("ImageID") == image.id]
        used = f" These containers are made from it: {listed(users)}." if users else ""
        if ref.startswith("sha256:") or ref == image.short_id:
            names = f"named {listed(image.tags)}" if image.tags else "without a name"
            seen = f"The image {image.short_id} is still there, {names}.{used}"
        else:
            seen = f"There is still an image named {image_name(ref)}.{used}"
        raise Failure(
            seen, "It should be gone.", "An image is deleted with its last name, unless a container is made from it."
        )

    def reaches_registry_of(self, ref: str) -> bool:
        """Return whether a registry, or the engine's mirror of it, tells the engine about this image.

        The engine asks as it does before a pull (Engine API, DistributionInspect); nothing is pulled.
        """
        try:
            path = f"/distribution/{quote(image_name(ref), safe='/:@')}/json"
            return http.get(self._reader.address, path, REGISTRY_LIMIT_S)[0] == 200
        except NoEngine:
            return False

    def _image(self, ref: str) -> Data:
        """Return what inspect says of an image of just this name or id; the beginning of an id does not count."""
        data = self._reader.image(ref)
        names = (*(data.get("RepoTags") or ()), *(data.get("RepoDigests") or ()))
        if image_name(ref) in names or "@" in ref:
            return data
        digits = ref.removeprefix("sha256:")
        if len(digits) >= 12 and str(data.get("Id", "")).removeprefix("sha256:").startswith(digits):
            return data
        raise NotThere(f"There is no image named {ref}.")

    def _image_names(self, name: str) -> list[str]:
        """Return the images' names that ``name`` may mean, with or without a registry before it and a tag after it."""
        tags = [tag for item in self._reader.images() for tag in image_tags(item)]
        return [tag for tag in tags if name in (tag, tag.rsplit(":", 1)[0], tag.rsplit(":", 1)[0].rsplit("/", 1)[-1])]

    def _no_such_image(self, ref: str) -> Failure:
        wanted = image_name(ref)
        repository, _, tag = wanted.rpartition(":")
        tags = [name for item in self._reader.images() for name in image_tags(item)]
        others = [name for name in tags if name.rpartition(":")[0] == repository]
        seen = f"There is no image named {wanted}."
        if others:
            untagged = tag == "latest" or f"{repository}:latest" in others
            look = "Without a tag, a name stands for the tag latest." if untagged else "The tag is part of the name."
            return Failure(f"{seen} {repository} is there as: {listed(others)}.", look=look)
        return Failure(f"{seen}{self._container_instead(ref)}", look=_other_image_name(wanted, tags))

    def _container_instead(self, ref: str) -> str:
        names = [container_name(item) for item in self._our_containers()]
        return " There is a container of that name: a container is made from an image." if ref in names else ""


def _other_image_name(wanted: str, tags: Sequence[str]) -> str:
    """Say which image may be meant by a name that none has."""
    last = wanted.rsplit("/", 1)[-1]
    same_end = [name for name in tags if name.rsplit("/", 1)[-1] == last]
    if same_end:
        return f"Did you mean {short(same_end[0], 80)}? The part before the slash belongs to the name."
    return "docker images lists the names of all images that are there."


def _not_built_as(ref: str, dockerfile: str, names: Sequence[str] | None, failure: Failure) -> Failure:
    """Say how a Dockerfile was built, when there is no image of the name that it was to get.

    Arguments:
        ref: the name.
        dockerfile: as the learner knows it.
        names: those of the image that the Dockerfile gives; None when it had not been built before.
        failure: what is said of the missing image otherwise.

    """
    wanted = image_name(ref)
    if names is None:
        return Failure(
            f"{failure.seen} {dockerfile} itself is in order: a copy of it could be built here.",
            look="docker build needs the name, and as its last word the folder that holds what COPY asks for.",
        )
    if not names:
        return Failure(f"There is no image named {wanted}: {dockerfile} was built without a name.", look=NAMELESS)
    if image_name(wanted.rpartition(":")[0]) in names:
        return Failure(
            f"There is no image named {wanted}: {dockerfile} was built as {listed(names)}.",
            look="Without a tag, a name stands for the tag latest.",
        )
    return Failure(
        f"There is no image named {wanted}: {dockerfile} was built under another name, {listed(names)}.",
        look="Compare it letter by letter with the name on your sheet.",
    )
