"""A reader that remembers: it asks the engine only about what has changed, which the engine's events tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.engine.client import NotThere
from checker.engine.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import docker

    from checker.engine.reader import Data


class Remembered(Reader):
    """Reads from one engine, and asks no question twice until something happened that may change its answer.

    For who listens to the engine's events and hands each one to ``forget``. What no event tells (the processes of a
    container, its log, its files) is asked every time.

    Arguments:
        client: open; its time limit holds for each question.

    """

    settle_s = 0.0

    def __init__(self, client: docker.APIClient) -> None:
        super().__init__(client)
        self._known: dict[tuple[str, ...], Any] = {}

    def forget(self, event: Mapping[str, Any] | None = None) -> None:
        """Take note of an event of the Engine API's ``/events``; without one, forget everything."""
        if event is None:
            self._known.clear()
            self._problem = None
            return
        actor = event.get("Actor") or {}
        given = actor.get("Attributes") or {}
        its = {str(actor.get("ID", "")), str(given.get("name", "")), str(given.get("oldName", "")).lstrip("/")}
        if event.get("Type") == "image":
            self._drop(lambda key: key[0].startswith("image"))
        elif event.get("Type") == "container":
            self._drop(lambda key: key[0] == "containers" or (key[0] == "container" and bool(its & set(key[1:]))))

    def _drop(self, changed: Callable[[tuple[str, ...]], bool]) -> None:
        self._known = {key: value for key, value in self._known.items() if not changed(key)}

    def _once(self, key: tuple[str, ...], ask: Callable[[], Any]) -> Any:
        """Return what is known, or ask; that something is not there is known as well."""
        if key not in self._known:
            try:
                self._known[key] = ask()
            except NotThere as missing:
                self._known[key] = missing
        found = self._known[key]
        if isinstance(found, NotThere):
            raise NotThere(found.message)
        return found

    def containers(self) -> list[Data]:
        """Return all containers as the engine lists them."""
        found: list[Data] = self._once(("containers",), super().containers)
        return found

    def container(self, name: str) -> Data:
        """Return what inspect says of a container, by its id or its whole name.

        Raises:
            NotThere: when there is none.

        """
        known = next((key for key in self._known if key[0] == "container" and name in key[1:]), ("container", name))
        data: Data = self._once(known, lambda: super(Remembered, self).container(name))
        if len(known) == 2:  # from now on it is known by its name and by its id
            del self._known[known]
            self._known["container", str(data["Id"]), str(data.get("Name", "")).lstrip("/")] = data
        return data

    def images(self) -> list[Data]:
        """Return all images as the engine lists them."""
        found: list[Data] = self._once(("images",), super().images)
        return found

    def image(self, ref: str) -> Data:
        """Return what inspect says of an image.

        Raises:
            NotThere: when there is none.

        """
        found: Data = self._once(("image", ref), lambda: super(Remembered, self).image(ref))
        return found

    def image_history(self, ref: str) -> list[Data]:
        """Return the steps of an image, the oldest first."""
        found: list[Data] = self._once(("image history", ref), lambda: super(Remembered, self).image_history(ref))
        return found
