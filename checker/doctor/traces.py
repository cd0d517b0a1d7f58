"""The doctor looks for what the course left behind: containers, and files of runs that ended badly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.doctor.finding import ok, warn
from checker.engine import container_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checker.doctor.engine import EngineFacts
    from checker.doctor.finding import Finding
    from checker.doctor.machine import Machine

_SHOWN = 5


def examine_traces(machine: Machine, engine: EngineFacts) -> Iterator[Finding]:
    """Yield findings about the recorder, the course's things on the engine, and stale files.

    Arguments:
        machine: what can be seen of this machine.
        engine: what the engine answered.

    """
    owner = machine.server_owner()
    is_open = owner is not None and machine.is_alive(owner)
    yield _recorder(machine, is_open=is_open)
    if engine.answers:
        yield _on_engine(machine, engine, is_open=is_open)
    if owner is not None and not is_open:
        seen = "The JupyterLab of an earlier run, which was killed, may still be there."
        yield warn("Stale JupyterLab", seen, f"Clean up with: {machine.checker('start')}")
    if machine.own_engine().has_leftovers:
        seen = "The course's own engine was killed, and left its files behind."
        yield warn("Stale engine", seen, f"Clean up with: {machine.checker('stop')}")


def _recorder(machine: Machine, *, is_open: bool) -> Finding:
    title = "Recorder"
    if machine.is_recording():
        return ok(title, "It writes down what happens to your containers, for the labs that ask about it.")
    if not is_open:
        return ok(title, "The course is not open, so nothing that you do now is written down for the labs.")
    seen = "The course is open, and its recorder is off: labs may not be able to tell what you did."
    return warn(title, seen, f"End the course with Ctrl-C in its window, and run: {machine.checker('start')}")


def _on_engine(machine: Machine, engine: EngineFacts, *, is_open: bool) -> Finding:
    title = "The course's things"
    images = sum(engine.owns(image) for image in engine.images)
    kept = f"{images} image{'' if images == 1 else 's'} of the course on the engine"
    if not engine.ours:
        return ok(title, f"No container, {kept}.")
    names = [f"{container_name(one)} ({one.get('State', '?')})" for one in engine.ours]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    listed = f"{', '.join(names[:_SHOWN])}{more}"
    if is_open:
        return ok(title, f"Containers: {listed}; {kept}.")
    seen = f"The course is not open, and its containers are still there: {listed}; {kept}."
    return warn(title, seen, f"If you have finished with them: {machine.checker('stop')}")
