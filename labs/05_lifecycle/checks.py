"""Checks of “Robots at work”: most of them ask what happened, not only what is there now."""

from checker.lab import Failure, check

KEPT = "yes: it belongs to the container, and the container still exists"
"""What is right about diary's file."""

CLOCK, POLITE, STUBBORN, CRASH = (f"docker101/{name}:1" for name in ("clock", "polite", "stubborn", "crash"))


@check(
    points=2, hint="docker ps shows (Paused) after the status of a container that is frozen.", read="Pause and unpause"
)
def paused(engine, history, params):
    """{painter} was paused, runs again, and is still the process that was started."""
    robot = engine.container(params.painter).from_image(CLOCK)
    history.of(params.painter).was_paused_and_resumed().never_restarted()
    robot.is_running()


@check(
    points=2,
    hint="The section “Stop, gracefully” of the lesson shows the one command that asks before it forces.",
    read="Stop, gracefully",
)
def graceful(history, params):
    """{guide} ended gracefully, and was removed afterwards."""
    return history.of(params.guide).ran_image(POLITE).was_stopped_gracefully().was_removed()


@check(
    points=2,
    hint="The section “Kill” of the lesson shows how to end a container without asking it first.",
    read="Kill",
)
def killed(history, params):
    """{runaway} was ended at once, without time to end by itself."""
    return history.of(params.runaway).ran_image(STUBBORN).was_killed()


@check(
    points=1,
    hint="A container keeps its ID as long as it exists; only its name can change.",
    read="Names and ids",
)
def renamed(engine, history, params):
    """The container that was created as {prototype} now has the name {product}."""
    engine.container(params.product).from_image(CLOCK)
    history.of(params.product).was_renamed(params.prototype, params.product)


@check(
    points=2,
    hint="docker exec runs a command inside a container, and docker logs shows each time its program began.",
    read="Start again: the files are still there",
)
def restarted(engine, history, params):
    """{packer} was restarted, is the same container, and still has /order with the word {part} in it."""
    robot = engine.container(params.packer).from_image(CLOCK)
    history.of(params.packer).was_restarted()
    robot.has_file("/order", containing=params.part).is_running()


@check(
    points=2,
    hint="docker container prune --help names the option that restricts it, and the lesson uses it.",
    read="Prune",
)
def pruned(engine, history, params):
    """One prune removed {trial}-1 and {trial}-2, and kept {sample}, which has exited."""
    sample = history.of(params.sample).ran_image(CRASH).was_spared()
    for number in (1, 2):
        history.of(f"{params.trial}-{number}").ran_image(CRASH).was_pruned()
    engine.container(sample.name).is_exited(3)


@check(
    points=1,
    hint="Your predictions are in answers.toml; the lesson explains 0, 137 and 143.",
    read="Stop, when nobody listens",
)
def codes(graceful, killed, answer, params):
    """Your two predictions are the exit codes that {guide} and {runaway} really left."""
    predicted = {params.guide: answer("guide_code"), params.runaway: answer("runaway_code")}
    left = {params.guide: graceful.endings[-1].exit_code, params.runaway: killed.endings[-1].exit_code}
    right = [name for name in left if predicted[name] == left[name]]
    if len(right) < len(left):
        seen = ", ".join(f"{name} left {left[name]}, you predicted {predicted[name]:g}" for name in left)
        raise Failure(
            f"Not as predicted: {seen}.",
            look="A program that ends well leaves 0; one that a signal ended leaves 128 + the signal's number.",
            earned=len(right) / len(left),
        )


def outcome_created_listed(engine):
    """Whether docker ps lists ticker while it is only created."""
    state = engine.container("ticker").state
    listed = "yes" if state in ("running", "paused") else "no"
    return listed, f"It is {state}, and docker ps alone lists running and paused containers."


def outcome_start_twice(history):
    """How many processes two starts made."""
    starts = history.of("ticker").starts
    return "nothing" if starts == 1 else "a second process", f"Its main process was started {_times(starts)}."


def outcome_after_pause(history):
    """Whether ticker is still the process of before the pause."""
    starts = history.of("ticker").starts
    kept = "it counts on" if starts == 1 else "it starts again at 1"
    return kept, f"Its main process was started {_times(starts)}, and its memory lives as long as that process."


def outcome_butler_stopped(history):
    """The exit code that butler left."""
    return _code(history, "butler")


def outcome_mule_stopped(history):
    """Whether mule reported success when it was stopped."""
    code, why = _code(history, "mule")
    return "yes" if code == 0 else "no", f"It left {code}. {why}"


def outcome_diary_kept(engine):
    """Whether diary still has its file after a stop and a start."""
    kept = engine.container("diary").has_file("/diary.txt", containing="day one")
    return KEPT, f"{kept.name} is the same container as before, with the same writable layer."


def outcome_guide_code(history, params):
    """The exit code that the learner's own container left."""
    return _code(history, params.guide)


def outcome_runaway_code(history, params):
    """The exit code that the learner's own container left."""
    return _code(history, params.runaway)


def _code(history, name):
    ending = history.of(name).endings[-1]
    sent = ", then ".join({9: "KILL", 15: "TERM"}.get(number, str(number)) for number in ending.signals)
    if not sent:
        return ending.exit_code, "No signal was sent; it ended by itself."
    then = "and no program survives KILL" if 9 in ending.signals else "and it ended by itself"
    return ending.exit_code, f"The engine sent {sent}, {then}."


def _times(number):
    return "once" if number == 1 else f"{number} times"
