"""What a check may ask about one image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.engine.names import image_name
from checker.engine.transport import NotThere
from checker.engine.views.layers import traces
from checker.engine.views.recipe import Step, own_recipe, steps_of_layers
from checker.engine.words import listed, short
from checker.lab import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.engine.views.reader import Data, Reader

_SHELLS = ("sh", "bash", "ash", "dash")
_RUN_BY = ("Entrypoint", "Cmd", "Env", "User", "WorkingDir", "ExposedPorts")
"""What of an image's configuration decides how a container of it runs."""


class ImageView:
    """One image.

    Arguments:
        reader: of the engine that has it.
        data: what inspect says of it.
        ref: the name or id by which it was asked for.

    """

    def __init__(self, reader: Reader, data: Data, ref: str) -> None:
        self._reader = reader
        self.data = data
        self.ref = ref

    @property
    def id(self) -> str:
        """The whole id, with ``sha256:``."""
        return str(self.data.get("Id", ""))

    @property
    def short_id(self) -> str:
        """The id as docker images shows it."""
        return self.id.removeprefix("sha256:")[:12]

    @property
    def tags(self) -> tuple[str, ...]:
        """Every name that it has, with the tag."""
        return tuple(self.data.get("RepoTags") or ())

    @property
    def layers(self) -> tuple[str, ...]:
        """The digests of its layers' content, the lowest first."""
        return tuple((self.data.get("RootFS") or {}).get("Layers") or ())

    @property
    def config(self) -> Data:
        """What containers of it start with, as inspect shows it."""
        return self.data.get("Config") or {}

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return dict(self.config.get("Labels") or {})

    @property
    def env(self) -> dict[str, str]:
        """Its variables."""
        return dict(item.partition("=")[::2] for item in self.config.get("Env") or [])

    @property
    def user(self) -> str:
        """What USER says; empty for root."""
        return str(self.config.get("User") or "")

    @property
    def command(self) -> tuple[str, ...]:
        """What CMD says, in the form in which the engine keeps it."""
        return tuple(self.config.get("Cmd") or ())

    @property
    def ports(self) -> frozenset[str]:
        """The exposed ports, as 80/tcp."""
        return frozenset(self.config.get("ExposedPorts") or {})

    @property
    def history(self) -> tuple[Step, ...]:
        """Its steps, the oldest first; asked from the engine each time."""
        steps = self._reader.image_history(self.id)
        return tuple(Step(str(step.get("CreatedBy") or ""), int(step.get("Size") or 0)) for step in steps)

    def steps_of_layers(self) -> list[Step]:
        """Return the step that made each layer, the lowest first."""
        return steps_of_layers(self.history, len(self.layers))

    def steps_made_again(self, after: ImageView) -> list[Step]:
        """Return the steps whose layers ``after``, a later build of the same Dockerfile, does not share."""
        pairs = zip(self.layers, after.layers, strict=False)
        kept = next((place for place, (old, new) in enumerate(pairs) if old != new), len(self.layers))
        return self.steps_of_layers()[kept:]

    def is_same(self, other: ImageView) -> bool:
        """Return whether both are one image: one id, or the same layers and the same way to run.

        Ids differ between image stores for one content; layers alone are the same for images that differ in CMD only.
        """
        if self.id == other.id:
            return True
        return self.layers == other.layers and all(
            (self.config.get(key) or None) == (other.config.get(key) or None) for key in _RUN_BY
        )

    def has_same_content_as(self, ref: str) -> ImageView:
        """Expect that ``ref`` names this very image.

        Raises:
            Failure: when it names another one, or none.

        """
        try:
            other = ImageView(self._reader, self._reader.image(ref), ref)
        except NotThere as error:
            raise Failure(
                f"There is no image named {image_name(ref)} to compare {self.ref} with.",
                look="docker images lists the names, and the id that each of them stands for.",
            ) from error
        if self.is_same(other):
            return self
        what = "in what a container of them starts with" if self.layers == other.layers else "in their layers"
        raise Failure(
            f"{self.ref} and {ref} are two images ({self.short_id} and {other.short_id}): they differ {what}.",
            f"{self.ref} should stand for the same image as {ref}.",
            "A tag is a name for one image; the IMAGE ID column of docker images shows for which.",
            actual=self.short_id,
        )

    def does_not_run_as_root(self) -> ImageView:
        """Expect that containers of it run as another user than root."""
        if self.user.partition(":")[0] not in ("", "0", "root"):
            return self
        made = any("adduser" in step.text or "useradd" in step.text for step in self.history)
        seen = f"The image {self.ref} runs as root."
        raise Failure(
            f"{seen} A user is made in it, but not used." if made else seen,
            look="Making a user and running as that user are two things; docker inspect shows User under Config.",
            actual=self.user or "root",
        )

    def exposes(self, port: int, protocol: str = "tcp") -> ImageView:
        """Expect that the image's EXPOSE names this port.

        Arguments:
            port: the container's port.
            protocol: "tcp" (the default) or "udp".

        Raises:
            Failure: when it does not.

        """
        if f"{port}/{protocol}" in self.ports:
            return self
        there = f"It exposes {listed(self.ports)}." if self.ports else "It exposes none."
        raise Failure(
            f"The image {self.ref} does not expose port {port}. {there}",
            look="EXPOSE is documentation for people, and for -P; it should name the port that the app listens on.",
            actual=listed(self.ports),
        )

    def starts_in_exec_form(self) -> ImageView:
        """Expect that CMD (or ENTRYPOINT) starts the app itself, and no shell before it."""
        started: Any = self.config.get("Entrypoint") or self.config.get("Cmd") or ()
        if not started:
            raise Failure(f"The image {self.ref} says nothing about what to run.", look="What does CMD say?")
        if str(started[0]).rpartition("/")[2] in _SHELLS and "-c" in started[1:2]:
            raise Failure(
                f"The image {self.ref} starts a shell, which starts the app: {short(' '.join(started), 200)}",
                "The app itself should be the container's main process.",
                "The lesson's two forms of CMD differ in who is process 1.",
                actual="shell form",
            )
        return self

    def was_made_as(self, built: ImageView, dockerfile: str) -> ImageView:
        """Expect that this image is what ``dockerfile`` says now, of which ``built`` was made a moment ago.

        Layers alone would not do: a step that runs again gives the same files another date.

        Arguments:
            built: the image that was built from the Dockerfile a moment ago.
            dockerfile: the Dockerfile's path, for messages.

        Raises:
            Failure: when the two differ in their settings, steps or files.

        """
        if self.id == built.id:
            return self
        look = "An image does not follow its Dockerfile: what you change there counts after the next build."
        for key in _RUN_BY:
            mine, theirs = self.config.get(key) or None, built.config.get(key) or None
            if mine != theirs:
                if key == "Env":  # only what differs: much of it is the base image's
                    mine, theirs = _without(mine, theirs), _without(theirs, mine)
                raise Failure(
                    f"The image {self.ref} is not what {dockerfile} says now: its {key} is {_setting(mine)}, and the "
                    f"Dockerfile gives {_setting(theirs)}.",
                    look=look,
                )
        mine_steps, theirs_steps = own_recipe(self.history), own_recipe(built.history)
        if mine_steps != theirs_steps:
            other = next((step for step in theirs_steps if step not in mine_steps), "")
            what = f"it was made without the step {short(other, 100)}" if other else "it was made with other steps"
            raise Failure(f"The image {self.ref} is not what {dockerfile} says now: {what}.", look=look)
        return self

    def holds_nowhere(self, text: str, what: str) -> ImageView:
        """Expect that no file of any layer holds ``text``, nor the image's settings and history.

        Arguments:
            text: looked for in each file, also in those that a later layer removes.
            what: what the text is, for the message: "the token".

        """
        with self._reader.image_archive(self.id) as archive:
            found = traces(archive, text)
        if not found:
            return self
        first = found[0]
        if not first.path:
            raise Failure(
                f"The settings or the history of {self.ref} show {what}.",
                f"Nobody who has the image should be able to read {what}.",
                "docker history and docker inspect show every ENV, ARG and RUN to everybody.",
            )
        step = f"the layer of “{short(_plain_step(first.step), 100)}”" if first.step else "a layer"
        raise Failure(
            f"In {self.ref}, {step} holds {what}, in the file {first.path}.",
            f"Nobody who has the image should be able to read {what}.",
            "A later RUN rm only hides a file: the layer below keeps it. What must not get in must not be copied.",
            actual=first.path,
        )


def _plain_step(created_by: str) -> str:
    return Step(created_by, 0).words


def _without(some: Sequence[str] | None, others: Sequence[str] | None) -> list[str]:
    return [one for one in some or () if one not in (others or ())]


def _setting(value: Any) -> str:
    if isinstance(value, dict):
        value = list(value)
    return short(" ".join(map(str, value)) if isinstance(value, list) else str(value or "nothing"), 100)
