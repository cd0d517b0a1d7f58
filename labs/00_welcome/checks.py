"""Checks of “First check”: one container, and one answer that the engine itself can judge."""

from checker.lab import Failure, check


@check(
    points=1,
    within=1,
    hint="docker ps -a also lists containers that have ended, with their names in the last column.",
    read="Your first container",
)
def greeted(engine, history, params):
    """A container called {name} has run the image hello-world, and has ended."""
    lives = history.lives(params.name)
    if lives and all(life.removed for life in lives):
        raise Failure(
            f"{params.name} has run, and is not there any more: with --rm a container removes itself at its end.",
            "The task asks for a container that can still be looked at.",
            "docker ps -a must list it.",
        )
    engine.container(params.name).from_image("hello-world").is_exited(0)


@check(
    points=1,
    hint="docker version has two halves; look at the last words of the one that is called Server.",
    read="The engine introduces itself",
)
def asked(engine, answer):
    """You know which operating system the engine reports as its type."""
    given = answer("engine_os").lower()
    if given != engine.os:
        raise Failure(
            f"You wrote “{given}”; the engine says otherwise.",
            "It is the operating system of the engine's own machine, which need not be the one you sit at.",
        )


def outcome_after_hello(engine):
    """Whether the container of hello-world still runs."""
    return "yes" if engine.container("hello").state == "running" else "no"


def outcome_image_stays(engine):
    """Whether the image outlives its container."""
    there = bool(engine.image("hello-world").layers)
    return "yes" if there else "no", "An image stays until you remove the image itself."
