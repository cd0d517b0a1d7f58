"""A reader that remembers: it asks the engine only about what has changed, which the engine's events tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checker.engine.names import container_name, names_in_event
from checker.engine.transport import NotThere
from checker.engine.views.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import docker

    from checker.engine.views.reader import Data


class CachingReader(Reader):
    """Reads from one engine, and asks no question twice until something happened that may change its answer.

    For who listens to the engine's events and hands each one to ``forget``. What no event tells (the processes of a
    container, its log, its files) is asked every time; that an image was built without a name tells none either.

    Arguments:
        client: open; its time limit holds for each question.

    """

    settle_s = 0.0

    def __init__(self, client: docker.APIClient) -> None:
        super().__init__(client)
        self._known: dict[tuple[str, ...], Any] = {}

    def forget(self, event: Mapping[str, Any] | None = None) -> None:
        """Forget what an event of the API's ``/events`` may have changed; without one, forget everything."""
        self._problem = None  # who tells an event answers again
        if event is None:
            self._known = {}
            return
        actor = event.get("Actor") or {}
        given = actor.get("Attributes") or {}
        its = names_in_event(event)
        kind, action = event.get("Type"), event.get("Action")
        if kind == "image" or action == "commit":  # the list of containers tells which names their images have now
            self._drop(lambda key: key[0].startswith("image") or key[0] == "containers")
        elif kind == "container":
            self._drop(lambda key: key[0] == "containers" or (key[0] == "container" and bool(its & set(key[1:]))))
        elif kind == "network":
            self._drop(lambda key: key[0] == "containers" or str(given.get("container", "")) in key[1:])

    def _drop(self, changed: Callable[[tuple[str, ...]], bool]) -> None:
        self._known = {key: value for key, value in self._known.items() if not changed(key)}

    def uncached(self) -> Reader:
        """Return a reader that asks every time."""
        return Reader(self._client)

    def _once(
        self, key: tuple[str, ...], ask: Callable[[], Any], names: Callable[[Any], tuple[str, ...]] | None = None
    ) -> Any:
        """Return what is known, or ask; that something is not there is known as well.

        Arguments:
            key: what is asked.
            ask: asks the engine.
            names: returns, of what was found, all names under which it is known from now on.

        """
        known = self._known  # what is forgotten meanwhile is another one: a late answer does not get into it
        if key not in known:
            try:
                found = ask()
            except NotThere as missing:
                found = missing
            else:
                key = (key[0], *names(found)) if names else key
            known[key] = found
        found = known[key]
        if isinstance(found, NotThere):
            raise NotThere(found.message)
        return found

    def forget_list(self) -> None:
        """Forget the list of containers, which may be late: Engine 20.10 sends an event before it changes the list."""
        self._drop(lambda key: key[0] == "containers")

    def containers(self) -> list[Data]:
        """Return all containers as the engine lists them."""
        found: list[Data] = self._once(("containers",), super().containers)
        return found

    def container(self, name: str) -> Data:
        """Return what inspect says of a container, by its id or its whole name.

        Raises:
            NotThere: when there is none.

        """
        key = next((key for key in self._known if key[0] == "container" and name in key[1:]), ("container", name))
        data: Data = self._once(key, lambda: super(CachingReader, self).container(name), _names_of_container)
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
        found: Data = self._once(("image", ref), lambda: super(CachingReader, self).image(ref))
        return found

    def image_history(self, ref: str) -> list[Data]:
        """Return the steps of an image, the oldest first."""
        found: list[Data] = self._once(("image history", ref), lambda: super(CachingReader, self).image_history(ref))
        return found


def _names_of_container(data: Data) -> tuple[str, str]:
    return str(data["Id"]), container_name(data)
