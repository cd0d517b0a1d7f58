"""What checks may ask about a container beside its engine's machine, on a real engine."""

from __future__ import annotations

from typing import Any

import pytest

from checker.engine.views.engine_view import EngineView
from checker.lab.vocabulary import Failure
from tests.engine.made import busybox, ended, make, until

pytestmark = pytest.mark.engine

NAME = "docker101-parts"


@pytest.fixture
def engine(client: Any, engine_host: str) -> EngineView:
    """Return the engine under test as a check sees it."""
    busybox(client, engine_host)
    return EngineView(client)


def test_kernel_is_that_of_the_machine(engine: EngineView, client: Any) -> None:
    """What uname -r prints in a container is what the engine says of its machine."""
    make(client, NAME, "uname", "-r")
    until(ended(client, NAME))
    engine.container(NAME).log_has(engine.kernel)
    assert engine.kernel


def test_host_name_is_its_own(engine: EngineView, client: Any) -> None:
    """A container has a host name, by itself or by request, and it is not the machine's."""
    make(client, NAME, "true", hostname="guesthouse")
    make(client, f"{NAME}-2", "true")
    names = [engine.container(name).host_name for name in (NAME, f"{NAME}-2")]
    assert names == ["guesthouse", engine.container(f"{NAME}-2").short_id]
    assert engine.machine
    assert engine.machine not in names


def test_main_process_among_others(engine: EngineView, client: Any) -> None:
    """The main process is told from what it starts; its number is the machine's."""
    make(client, NAME, "sh", "-c", "sleep 3001 & sleep 3002; true")
    until(lambda: len(engine.container(NAME).top()) == 3)
    main = engine.container(NAME).main_process()
    assert main.command == "sh -c sleep 3001 & sleep 3002; true"
    assert main.number == client.inspect_container(NAME)["State"]["Pid"]


def test_main_process_of_one_that_has_ended(engine: EngineView, client: Any) -> None:
    """There is none any more, and that is said."""
    make(client, NAME, "true")
    until(ended(client, NAME))
    with pytest.raises(Failure, match="is not running"):
        engine.container(NAME).main_process()


def test_file_that_should_not_be_there(engine: EngineView, client: Any) -> None:
    """A container lacks what was written into another one; it need not run for that."""
    make(client, NAME, "sh", "-c", "echo x > /note")
    make(client, f"{NAME}-2", "true", start=False)
    until(ended(client, NAME))
    engine.container(f"{NAME}-2").lacks_file("/note")
    with pytest.raises(Failure) as caught:
        engine.container(NAME).lacks_file("/note")
    assert caught.value.message == f"The container {NAME} has the file /note. {NAME} should be without it."
