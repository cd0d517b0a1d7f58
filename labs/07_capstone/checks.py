"""Checks of “The broken shop”; each hint names the lesson whose idea the fault comes from."""

from checker.engine import KILL, Change, listed
from checker.lab import Failure, check

KEY = "till-7f3a9c21"
"""What is in key.txt."""

PORT = 8080
"""Where the shop serves inside its container, unless LISTEN says otherwise."""


@check(
    points=2,
    hint="Lesson 02, “Whole names”: what is left out of a name is filled in.",
    read="06: A recipe for an image",
    limit=60,
)
def built(engine, files, params):
    """The image {shop}:1.0 is built from your folder shop."""
    return engine.image_built_as(f"{params.shop}:1.0", files.folder("shop"))


@check(
    points=2,
    hint="Lesson 03: a container lives as long as its main process.",
    read="03: -d does not keep it alive",
    limit=30,
)
def running(built, engine, history, params):
    """The container {shop} runs, made from {shop}:1.0."""
    if history.lives(params.shop) and history.of(params.shop).removed:
        raise Failure(
            f"{params.shop} has exited and was removed, with everything that was in it.",
            "It should still be there, and open.",
            "Lesson 03: with --rm a container is removed when it exits. Lesson 05: rm removes its files as well.",
        )
    return engine.container(params.shop).from_image(built.ref).is_running()


@check(
    points=3,
    hint="Lesson 04: which port comes first, and on which address a server must listen.",
    read="04: The wrong way round",
    within=5,
)
def served(running, params):
    """The shop answers on port {port} of your machine."""
    published = running.publishes(PORT, on=params.port)
    try:
        return published.answers("/", containing="Prices")
    except Failure as failure:
        failure.earned = 1
        raise


@check(
    points=3,
    hint="Lesson 05: what is kept after a stop, and what is lost with the container.",
    read="05: Start again: the files are still there",
)
def kept(running, history, params):
    """{shop} sold {goods}, was closed and opened again, and still has the sale."""
    life = history.of(params.shop).was_restarted()
    try:
        running.has_file("/shop/data/sales.txt", containing=params.goods)
    except Failure as failure:
        failure.look = "Lesson 01: two containers of one image have files of their own. In which one was it sold?"
        failure.earned = 1
        raise
    try:
        running.log_has(f"sold before: {params.goods}")
    except Failure as failure:
        raise Failure(
            f"{params.shop} has the sale, but did not have it yet when it opened last.",
            "The sale should come first, and still be there after the night.",
            "docker logs shows what it had sold each time it opened.",
            earned=2,
        ) from failure
    return life


@check(
    points=2,
    hint="Lesson 06 builds twice and shows which steps come from the cache.",
    read="06: The cache",
    limit=120,
)
def cached(built, engine, files):
    """A new price in prices.txt does not fit the shelves again."""
    shop = files.folder("shop")
    steps = [step.words for step in built.steps_of_layers()]
    fitting = [step for step in steps if "fit.sh" in step and not step.startswith(("COPY", "ADD"))]
    if not fitting:
        raise Failure(
            "No step of the image runs fit.sh.",
            "The shelves should be fitted while the image is built, so that a start need not wait for them.",
        )
    with engine.built_from(shop) as before, engine.built_from(shop, Change("prices.txt", "plums 4\n")) as after:
        again = [step.words for step in before.steps_made_again(after)]
    if any(step in again for step in fitting):
        raise Failure(
            f"After a change in prices.txt, a rebuild fitted the shelves again: {fitting[0]}.",
            "That step should come from the cache.",
            "Lesson 06: a step runs again when something above it has changed. Which files does fit.sh need?",
        )


@check(
    points=2,
    hint="Lesson 06: a later layer hides a file, and does not remove it from the layer below.",
    read="06: What a layer remembers",
    limit=40,
)
def sealed(built, files):
    """No layer of {shop}:1.0 holds the key, and key.txt is still in your folder."""
    if KEY not in files.read("shop/key.txt"):
        raise Failure(
            "shop/key.txt does not hold the key any more.",
            "The shop still needs it; only the image must not contain it.",
            "checker reset 07 brings it back, and keeps your other files.",
        )
    built.holds_nowhere(KEY, "the key")


@check(points=1, hint="Lesson 06: EXPOSE is documentation, for people and for -P.", read="06: EXPOSE is documentation")
def exposed(built):
    """The image documents port 8080, and no other."""
    built.exposes(PORT)
    others = built.ports - {f"{PORT}/tcp"}
    if others:
        raise Failure(
            f"The image {built.ref} also exposes {listed(others)}.",
            "Nothing listens there; -P would publish a port that leads nowhere.",
        )


@check(points=1, hint="Lesson 04: a port without an address is open on all of them.", read="04: Only for you")
def near(served):
    """The port is open to this machine only."""
    served.only_on_this_machine()


@check(
    points=2,
    hint="Lesson 06: RUN creates a user; USER is what the next steps and the container run as.",
    read="06: USER",
)
def keeper(built, running):
    """Neither the image nor the process in {shop} runs as root."""
    built.does_not_run_as_root()
    if running.main_process().user in ("root", "0"):
        raise Failure(
            f"The image runs as {built.user}, but the main process of {running.name} runs as root.",
            look="Lesson 06: an option of docker run can override what the image sets.",
            earned=1,
        )


@check(points=1, hint="Lesson 06: the two forms of CMD.", read="06: Process 1")
def first(running):
    """The shop itself is process 1 of {shop}."""
    process = running.main_process()
    if " -c " in f"{process.command} " or "shop.sh" not in process.command:
        raise Failure(
            f"Process 1 of {running.name} is “{process.command}”.",
            "It should be the shop: docker stop sends its signal to process 1 only.",
            "Lesson 06: which form of CMD starts a shell before the program?",
        )


@check(points=2, hint="Lesson 05: which command asks, and which one does not.", read="05: Stop, gracefully")
def graceful(first, kept):  # noqa: ARG001  (what must have passed before this is looked at)
    """{shop} was closed for the night by being asked, and ended with exit code 0."""
    kept.was_stopped_gracefully()
    codes = [ending.exit_code for ending in kept.endings if ending.signals and KILL not in ending.signals]
    if 0 not in codes:
        raise Failure(f"{kept.name} ended with exit code {codes[-1]}.", "A shop that shuts down properly leaves 0.")
    return kept


@check(
    points=1, hint="Your prediction is in answers.toml; lesson 05 explains 0, 137 and 143.", read="05: Stop, gracefully"
)
def foretold(graceful, answer, params):
    """Your prediction is the exit code that {shop} really left."""
    left, predicted = graceful.endings[-1].exit_code, answer("night_code")
    if left != predicted:
        raise Failure(f"{params.shop} left {left}; you predicted {predicted:g}.", actual=f"{predicted:g}")


@check(
    points=2,
    hint="Lesson 03: a container that has exited is still there, unless it was run with an option that removes it.",
    read="03: --rm: leave nothing behind",
    within=1,
)
def tidy(running, engine, history, params):
    """{taster} ran once and is gone, and {shop} is the only container of the shop's image."""
    history.of(params.taster).ran_image(f"{params.shop}:1.0").ended_by_itself()
    engine.no_container(params.taster)
    mine = [one for one in engine.containers() if one.image_name.partition(":")[0] == params.shop]
    others = [f"{one.name} ({one.state})" for one in mine if one.id != running.id]
    if others:
        raise Failure(
            f"Besides {params.shop} there is still: {listed(others)}.",
            "The list should leave the shop, and nothing else.",
            "Lesson 03: each run creates a new container; without --name, the engine generates a name.",
            earned=1,
        )


@check(points=1, hint="Lesson 03, “-a: which streams”; try each of them on taste.sh.", read="03: -a: which streams")
def heard(answer, params):
    """You know which stream of {taster} holds its complaints."""
    chosen = answer("complaints")
    if chosen != "-a stderr":
        shows = "shows nothing: it feeds a container" if chosen == "-a stdin" else "shows a program's results"
        raise Failure(f"{chosen} {shows}.", f"It should show what {params.taster} complains about.", actual=chosen)


def outcome_night_code(history, params):
    """The exit code that the shop left when it was closed."""
    code = history.of(params.shop).endings[-1].exit_code
    return code, "It did not shut down properly." if code else "It was asked to stop, and closed by itself."
