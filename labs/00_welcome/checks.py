"""Checks of “First check”: two containers of one image, and one answer that the engine itself can judge."""

from checker.lab import Failure, check


@check(
    points=1,
    within=1,
    hint="docker ps -a also lists containers that have ended, with their names in the last column.",
    read="Your first container",
)
def greeted(engine, history, params):
    """Two containers called {name} and {again} have run the image hello-world, and have ended."""
    boxes = []
    for name in (params.name, params.again):
        lives = history.lives(name)
        if lives and all(life.removed for life in lives):
            raise Failure(
                f"{name} has run, and has been removed: with --rm, a container is removed as soon as it ends.",
                "Both containers should still be there.",
                "docker ps -a must list them.",
            )
        boxes.append(engine.container(name).from_image("hello-world").is_exited(0))
    return boxes


@check(
    points=1,
    hint="Count the rows of docker ps -a for your two names, and the rows of docker images for hello-world.",
    read="Your first container",
)
def counted(greeted, answer):
    """You know how many images and containers two runs use and leave."""
    given = answer("two_runs")
    images = {box.data["Image"] for box in greeted}
    if given != ("one image, two containers" if len(images) == 1 else "two images, two containers"):
        raise Failure(
            f"To two_runs you wrote “{given}”; the engine says otherwise.",
            look="docker ps -a lists containers, and docker images lists images: they are two lists.",
        )


def outcome_after_hello(engine):
    """Whether the container of hello-world still runs."""
    return "yes" if engine.container("hello").state == "running" else "no"


def outcome_image_stays(engine):
    """Whether the image outlives its container."""
    there = bool(engine.image("hello-world").layers)
    return "yes" if there else "no", "An image stays until you remove the image itself."
