"""A lab to be watched, whose checks note that they ran, and what tests do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.lab.load import Lab
    from checker.learner.work import Work
    from checker.watch import LabStatus
    from tests.unit.fake_client import FakeClient

WATCHED = '''\
"""Checks that note that they ran."""

from checker.lab.vocabulary import Failure, check

RAN = []
SETTLED = []


@check(points=1, hint="Look.")
def pinned(files):
    """The file here.txt is there."""
    RAN.append("pinned")
    if not files.exists("here.txt"):
        raise Failure("There is no here.txt.")


@check(points=1, hint="Look.")
def built(pinned, engine):
    """The image {name}:1 is built."""
    RAN.append("built")
    engine.has_built = True
    engine.image("amber:1")


@check(points=2, hint="docker ps lists what runs.")
def shop(engine, params):
    """The container {name} runs."""
    RAN.append("shop")
    engine.container(params.name).is_running()


@check(points=1, hint="Look.", within=30)
def other(engine):
    """The container other runs, and has settled."""
    RAN.append("other")
    engine.container("other").is_running()
    if not SETTLED:
        raise Failure("It has not settled.")


def outcome_goes_on(engine):
    """Say what the engine did."""
    return "yes"
'''
ALL = ["pinned", "built", "shop", "other"]


def globals_of(lab: Lab) -> dict[str, Any]:
    """Return what the lab's checks can see."""
    return lab.checks[0].function.__globals__


def settled(lab: Lab, client: FakeClient) -> None:
    """Do the one task that a patient check waits for."""
    client.make("other")
    globals_of(lab)["SETTLED"].append(1)


def ran(lab: Lab) -> list[str]:
    """Return, and forget, which checks ran."""
    found = list(globals_of(lab)["RAN"])
    globals_of(lab)["RAN"].clear()
    return found


def done(work: Work, lab: Lab, client: FakeClient) -> None:
    """Do all that the lab asks for."""
    (work.folder(lab) / "here.txt").write_text("", encoding="utf-8")
    client.held_images["amber:1"] = {"Id": "sha256:1"}
    client.make("amber")
    settled(lab, client)


def statuses(standing: LabStatus) -> list[str]:
    """Return the status of each result."""
    return [str(item.status) for item in standing.results]
