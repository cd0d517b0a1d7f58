"""What a check may ask about one container; every verdict looks from outside, and trusts nothing that runs inside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from checker.engine.names import container_name, image_name
from checker.engine.transport import NotThere
from checker.engine.views.container_failures import (
    image_words,
    no_dialogue,
    no_file,
    not_fed,
    not_in_file,
    not_in_log,
    other_image,
    other_variable,
)
from checker.engine.views.image_view import ImageView
from checker.engine.views.processes_seen import Process, process_of
from checker.engine.views.published import Published, find_published
from checker.engine.views.reader import FRESH_S
from checker.engine.words import (
    container_state,
    exit_code,
    last_words,
    listed,
    made_up,
    not_running,
    since_s,
)
from checker.errors import EngineProblem, NoEngine
from checker.lab import CannotTell, Failure
from checker.patience import patient_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine.views.reader import Data, Reader

POLL_S = 0.1

LOGS = "docker logs shows what its main process wrote."

PAUSED = "Paused is not stopped: a paused container keeps its process and its memory."

LAST_LINES = 20
"""How much of a log is read for an explanation."""

STATUS = "Compare the STATUS column of docker ps -a with what the task asks for."


class ContainerView:
    """One container.

    What inspect said of it is asked again when it is no longer fresh, so that a view which one check hands to the next
    never tells of the past. Verdicts return the view itself, and raise a ``Failure`` when they do not hold.

    Arguments:
        reader: of the engine that has it.
        data: what inspect says of it.
        neighbours: returns the course's containers, as the engine lists them; asked only to explain a failure.

    """

    def __init__(self, reader: Reader, data: Data, neighbours: Callable[[], list[Data]]) -> None:
        self._reader = reader
        self._data = data
        self._read_at = time.monotonic()
        self._neighbours = neighbours
        self.id = str(data.get("Id", ""))
        self.name = container_name(data)

    # --- what it is

    @property
    def data(self) -> Data:
        """What inspect says of it now."""
        if time.monotonic() - self._read_at > FRESH_S:
            self._look_again()
        return self._data

    @property
    def short_id(self) -> str:
        """The id as docker ps shows it."""
        return self.id[:12]

    @property
    def state(self) -> str:
        """The state as inspect names it: created, running, paused, restarting, removing, exited or dead."""
        return container_state(self.data)

    @property
    def exit_code(self) -> int | None:
        """What its main process ended with; None unless it has ended."""
        return self._code() if self.state in ("exited", "dead") else None

    @property
    def image_id(self) -> str:
        """The id of the image that it was made from."""
        return str(self.data.get("Image", ""))

    @property
    def image_name(self) -> str:
        """The image as it was named when the container was made; this name may mean another image by now."""
        return str((self.data.get("Config") or {}).get("Image", ""))

    @property
    def labels(self) -> dict[str, str]:
        """Its labels, with those that it has from its image."""
        return dict((self.data.get("Config") or {}).get("Labels") or {})

    @property
    def env(self) -> dict[str, str]:
        """Its variables, with those that it has from its image."""
        return dict(item.partition("=")[::2] for item in (self.data.get("Config") or {}).get("Env") or [])

    @property
    def command(self) -> tuple[str, ...]:
        """What it runs: the program and its arguments."""
        return (str(self.data.get("Path") or ""), *(self.data.get("Args") or ()))

    @property
    def restart_count(self) -> int:
        """How often a restart policy has started it again; docker restart does not count."""
        return int(self.data.get("RestartCount") or 0)

    @property
    def host_name(self) -> str:
        """The name that it has as a machine of its own."""
        return str((self.data.get("Config") or {}).get("Hostname") or "")

    def main_process(self) -> Process:
        """Return the process that the container lives as long as; inside, its number is 1.

        Raises:
            Failure: when it does not run.

        """
        return process_of(self.top(), int((self.data.get("State") or {}).get("Pid") or 0))

    def top(self) -> list[dict[str, str]]:
        """Return its processes, as ps on the engine's machine shows them.

        Raises:
            Failure: when it does not run.

        """
        if self.state not in ("running", "paused"):
            raise self._not_running()
        return self._reader.processes(self.id)

    # --- its state

    def is_running(self) -> Self:
        """Expect that it runs, and goes on: one that has started only now is watched until it has run for a second.

        Where the reader hears of its end anyway, nothing is waited for.
        """
        if self.state != "running":
            raise self._not_running()
        deadline, restarts = time.monotonic() + self._young_for_s(), self.restart_count
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(POLL_S, left))
            self._look_again()
            if container_state(self._data) != "running":
                raise self._not_running()
            if self.restart_count > restarts:
                raise self._other_state("does not stay up: its main process ended, and was started again", "", LOGS)
        return self

    def is_paused(self) -> Self:
        """Expect that it is frozen."""
        if self.state == "paused":
            return self
        if self.state == "running":
            raise self._other_state("is running, not paused", "It should be frozen.")
        if self.state in ("exited", "dead"):
            seen = f"is not paused: it has ended, with code {self._code()}"
            raise self._other_state(seen, "It should be frozen.", PAUSED)
        raise self._not_running()

    def is_exited(self, code: int | None = None) -> Self:
        """Expect that it has ended; one that has started only now is given a moment to end.

        Arguments:
            code: the exit code that it should have; default: any.

        """
        self._soon(lambda: container_state(self._data) in ("exited", "dead"))
        state = self.state
        if state == "running":
            raise self._other_state("is still running", "It should have ended.")
        if state == "paused":
            raise self._other_state(
                "is paused, not stopped",
                "It should have ended.",
                "A paused container keeps its process and its memory.",
            )
        if state not in ("exited", "dead"):
            seen, look = not_running(self._data, self._log_end())
            raise Failure(seen, "It should have run, and ended.", look, actual=state)
        if code is None or code == self._code():
            return self
        raise Failure(
            f"The container {self.name} exited with code {self._code()}.{last_words(self._log_end())}",
            f"Its exit code should be {code}.",
            exit_code(self._code(), self._details()),
            actual=str(self._code()),
        )

    def is_created(self) -> Self:
        """Expect that it was made, and never started."""
        if self.state == "created":
            return self
        raise self._other_state(
            f"was started; it is {self.state} now",
            "It should be made, and not started.",
            "Making a container and starting it are two steps.",
        )

    # --- where it comes from

    def from_image(self, ref: str) -> Self:
        """Expect that it was made from the image that ``ref`` names now, whatever name was used for it.

        Images are compared by id, then by their layers and how they run; never by a tag's text.
        """
        try:
            wanted = ImageView(self._reader, self._reader.image(ref), ref)
        except NotThere as error:
            raise Failure(
                f"There is no image named {image_name(ref)}; {self.name} was made from {image_words(self.data)}.",
                look="docker images lists the images that are there.",
            ) from error
        if wanted.id == self.image_id:
            return self
        try:
            own: ImageView | None = ImageView(self._reader, self._reader.image(self.image_id), self.image_name)
        except NotThere:
            own = None
        if own and own.is_same(wanted):
            return self
        raise other_image(self.data, ref, gone=own is None)

    # --- what it shows to the outside

    def publishes(self, port: int, on: int | None = None, protocol: str = "tcp") -> Published:
        """Expect that it runs and that its port is published.

        Arguments:
            port: the port inside the container.
            on: the port of the engine's machine; default: any.
            protocol: tcp or udp.

        Returns:
            The published port, which can be asked whether it answers.

        """
        if self.state != "running":
            raise self._not_running()
        return find_published(self.data, port, on, protocol, self._reader.address)

    def asked_for(self, port: int, protocol: str = "tcp") -> bool:
        """Return whether a certain host port was asked for, as opposed to any that is free.

        Arguments:
            port: the container's port.
            protocol: "tcp" (the default) or "udp".

        """
        asked = ((self.data.get("HostConfig") or {}).get("PortBindings") or {}).get(f"{port}/{protocol}") or []
        return any(str(one.get("HostPort") or "0") != "0" for one in asked)

    def log_has(self, text: str) -> Self:
        """Expect that its log, of both streams, holds ``text``; one that has started only now is given a moment."""
        if self._soon(lambda: text in self._log()):
            return self
        raise not_in_log(self.name, text, self._log())

    def has_file(self, path: str, containing: str | None = None) -> Self:
        """Expect that there is a file in it; it may run or not, and nothing inside it is run for that.

        Arguments:
            path: from the root of its file system.
            containing: what the file's text must hold.

        """
        try:
            found = self._reader.file(self.id, path)
        except NotThere as error:
            raise self._no_file(path) from error
        if found.kind != "file":
            kind = "a folder" if found.kind == "folder" else "something else"
            raise Failure(f"{path} in {self.name} is {kind}.", "It should be a file.")
        text = found.content.decode("utf-8", "replace")
        if containing is None or containing in text:
            return self
        raise not_in_file(self.name, path, containing, text)

    def lacks_file(self, path: str) -> Self:
        """Expect that there is nothing at ``path`` in it; such a check should depend on one that something was there.

        Arguments:
            path: from the root of its file system.

        """
        try:
            self._reader.file(self.id, path)
        except NotThere:
            return self
        raise Failure(
            f"The container {self.name} has the file {path}.",
            f"{self.name} should be without it.",
            "docker diff lists what was changed in a container since it was made.",
        )

    def _no_file(self, path: str) -> Failure:
        elsewhere = []
        for item in [item for item in self._others() if item.get("ImageID") == self.image_id][:5]:
            try:
                self._reader.file(str(item["Id"]), path)
                elsewhere.append(container_name(item))
            except EngineProblem:
                continue
        return no_file(self.name, path, elsewhere)

    # --- how it was made

    def has_env(self, name: str, value: str | None = None) -> Self:
        """Expect that it has an environment variable.

        Arguments:
            name: the variable.
            value: its expected value; default: any value will do.

        Raises:
            Failure: when it is missing, or has another value.

        """
        env = self.env
        if name in env and value in (None, env[name]):
            return self
        raise other_variable(self.name, env, name, value)

    def is_fed(self) -> Self:
        """Expect that it reads its stdin, with a terminal or without, and was given no arguments instead."""
        config = self.data.get("Config") or {}
        arguments = tuple(config.get("Cmd") or ()) if config.get("Entrypoint") else ()
        if config.get("OpenStdin") and not arguments:
            return self
        raise not_fed(self.name, arguments, self._log_end())

    def has_stdin_open(self) -> Self:
        """Expect that its stdin is kept open (-i)."""
        return self._made_with("OpenStdin")

    def has_terminal(self) -> Self:
        """Expect that it has a terminal (-t)."""
        return self._made_with("Tty")

    def _made_with(self, option: str) -> Self:
        config = self.data.get("Config") or {}
        if config.get(option):
            return self
        raise no_dialogue(self.name, has_stdin=bool(config.get("OpenStdin")), has_terminal=bool(config.get("Tty")))

    def has_no_twin(self) -> Self:
        """Expect that no container of the same image runs beside it under a name that the engine made up."""
        same = [item for item in self._others() if item.get("ImageID") == self.image_id]
        twins = [
            container_name(item)
            for item in same
            if container_state(item) == "running" and made_up(container_name(item))
        ]
        if not twins:
            return self
        raise Failure(
            f"A second container of the same image runs beside {self.name}: {listed(twins)}.",
            "There should be one.",
            "Each run makes a new container; without a name of yours, the engine makes one up.",
        )

    # --- helpers

    def _look_again(self) -> None:
        try:
            self._data = self._reader.container(self.id)
        except NotThere as error:
            raise Failure(
                f"The container {self.name} was removed while it was looked at.",
                look="docker ps -a lists what is there now. A container made with --rm goes when its process ends.",
            ) from error
        self._read_at = time.monotonic()

    def _young_for_s(self) -> float:
        """Return for how many seconds from now it has started only now; longer on a busy machine, else 0 or less."""
        age = since_s(str(self._details().get("StartedAt", "")))
        # An age below zero says that the engine's clock is ahead of ours: how old it is cannot be told then.
        settle_s = patient_s(self._reader.settle_s)
        return settle_s - age if age is not None and age >= 0 else settle_s

    def _soon(self, holds: Callable[[], bool]) -> bool:
        """Return whether something holds of it now, or soon where it runs and has started only now."""
        deadline = time.monotonic() + self._young_for_s()
        while not (held := holds()) and container_state(self._data) == "running":
            left = deadline - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(POLL_S, left))
            self._look_again()
        return held

    def _details(self) -> Data:
        return self._data.get("State") or {}

    def _code(self) -> int:
        return int(self._details().get("ExitCode") or 0)

    def _other_state(self, seen: str, expected: str, look: str = STATUS) -> Failure:
        return Failure(f"The container {self.name} {seen}.", expected, look, actual=container_state(self._data))

    def _not_running(self) -> Failure:
        seen, look = not_running(self._data, self._log_end())
        same = [item for item in self._others() if item.get("ImageID") == self.image_id]
        running = [container_name(item) for item in same if container_state(item) == "running"]
        if running and container_state(self._data) != "created":
            seen += f" Running from the same image: {listed(running)}."
        return Failure(seen, "It should be running.", look, actual=container_state(self._data))

    def _others(self) -> list[Data]:
        return [item for item in self._neighbours() if item.get("Id") != self.id]

    def _log(self, last_lines: int = 1000) -> str:
        terminal = bool((self.data.get("Config") or {}).get("Tty"))
        try:
            return self._reader.log(self.id, terminal=terminal, last_lines=last_lines)
        except NotThere:
            return ""
        except EngineProblem as problem:
            raise CannotTell(f"The log of {self.name} cannot be read. {problem.message}") from problem

    def _log_end(self) -> str:
        """Return the log for an explanation: a log that cannot be read must not hide the failure itself."""
        if container_state(self._data) not in ("exited", "dead", "restarting"):
            return ""
        try:
            return self._log(LAST_LINES)
        except (CannotTell, NoEngine):
            return ""
