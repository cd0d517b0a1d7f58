"""Put the engine into a lab's starting state, as often as one likes.

Some labs begin with something that is there already: a container to be mended, a stray to be found. Their folder holds
a ``setup.txt``, a command list like a learner's: docker commands with the sheet's {placeholders}, ``# should fail``
behind a line that ought to be refused. ``%setup`` in the notebook, ``checker setup``, and ``checker lab verify`` before
each case play it. Every container that it makes has a name, by which it is removed before it is made again; what is not
the course's is never removed. ``checker.lab`` refuses a setup.txt that could not be played twice, or not for a grade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checker.commands import parse
from checker.engine import forget_history, listed, open_client, remove_containers, taken_port
from checker.errors import CourseError
from checker.lab import Trust
from checker.play import play, runner
from checker.session import journal_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    import docker

    from checker.commands import Command
    from checker.engine import Engine
    from checker.lab import Lab
    from checker.learner import Work
    from checker.play import Played


@dataclass(frozen=True)
class Prepared:
    """What was done, as names of containers: ``made`` now, ``removed`` because they were left from before."""

    made: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def prepare(lab: Lab, endpoint: Engine, work: Work, trust: Trust = Trust.LIVE) -> Prepared:
    """Make a lab's starting state; of a lab that has none, nothing.

    Arguments:
        lab: the lab.
        endpoint: the engine.
        work: the learner's folder, whose values the sheet has.
        trust: LIVE on the learner's own engine; REPLAYED writes the commands anew, as for a grade.

    Raises:
        CourseError: when a name that it needs is taken by what is not the course's, or a command fails.
        NoEngine: when the engine does not answer.

    """
    commands = _commands(lab, work)
    if not commands:
        return Prepared()
    removed = clear(lab, endpoint, work)
    for played in play(commands, runner(endpoint, work.state, lab.folder), trust):
        if not played.as_expected:
            raise _not_made(lab, played)
    return Prepared(_made_by(commands), removed)


def set_up_and_say(lab: Lab, endpoint: Engine, work: Work, *, only_clear: bool) -> str:
    """Make a lab's starting state, or only take it away; return one sentence for the learner.

    Raises:
        CourseError: see ``prepare``.

    """
    if not lab.setup:
        return f"The lab {lab.id} begins with nothing: there is nothing to set up."
    if only_clear:
        gone = clear(lab, endpoint, work)
        return f"Removed: {listed(gone)}." if gone else "There is nothing left of the starting state."
    done = prepare(lab, endpoint, work)
    again = " anew" if done.removed else ""
    return f"The lab's starting state is there. Made{again}: {listed(done.made)}."


def clear(lab: Lab, endpoint: Engine, work: Work) -> tuple[str, ...]:
    """Remove the containers that a lab's starting state consists of, and forget their history; return their names.

    Raises:
        CourseError: when one of them is not the course's.
        NoEngine: when the engine does not answer.

    """
    names = names_in(lab, work)
    client = open_client(endpoint.host)
    try:
        removed = _removed(client, names, endpoint)
        forget_history(client, journal_path(work), names)
    finally:
        client.close()
    return removed


def names_in(lab: Lab, work: Work) -> tuple[str, ...]:
    """Return the names of the containers that a lab's starting state consists of."""
    return _made_by(_commands(lab, work))


def _commands(lab: Lab, work: Work) -> tuple[Command, ...]:
    return parse(lab.setup, work.params(lab)).commands


def _made_by(commands: Iterable[Command]) -> tuple[str, ...]:
    """Return the names that these commands give to containers."""
    names = [name for command in commands for name in command.known().new_names]
    return tuple(dict.fromkeys(names))


def _removed(client: docker.APIClient, names: Iterable[str], endpoint: Engine) -> tuple[str, ...]:
    removed, foreign = remove_containers(client, endpoint, names)
    if foreign:
        raise CourseError(
            f"The name {foreign[0]}, which this lab needs, is taken by a container that is not the course's.",
            f"Give yours another name in a terminal of your own: docker rename {foreign[0]} my-{foreign[0]}",
        )
    return tuple(removed)


def _not_made(lab: Lab, played: Played) -> CourseError:
    """Say which command stood in the way, and what to do."""
    number = lab.id.split("_")[0]
    port = taken_port(played.output)
    if port:
        return CourseError(
            f"Port {port} of your machine, which this lab needs, is taken: by a container, or by a program outside of "
            "Docker.",
            f"The PORTS column of docker ps shows whether a container has it. checker reset {number} removes the "
            "course's; another program must give the port back while you do this lab.",
        )
    what = played.note or f"it ended with exit code {played.exit_code}: {played.output.strip()}"
    return CourseError(
        f"The starting state of {lab.id} could not be made. Its command was: {played.command.text.strip()}\n{what}",
        f"Remove what you made for this lab, and try again: checker reset {number}",
    )
