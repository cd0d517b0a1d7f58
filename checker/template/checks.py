"""Checks of the lab NN_topic: one function per task. Each wrong/ folder shows one way to fail one of them."""

from checker.lab import check


@check(points=1, hint="docker ps lists the containers that run, with their names in the last column.", read="One idea")
def clock(engine, params):
    """A container called {name} runs from docker101/clock:1."""
    return engine.container(params.name).from_image("docker101/clock:1").is_running()


def outcome_goes_on(engine):
    """Say what the engine did; compared with the prediction goes_on."""
    return "yes" if engine.container("example").state == "running" else "no"
