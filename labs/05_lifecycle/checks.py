"""Checks of “Nine lives”: most of them ask what happened, not only what is there now."""

from checker.lab import Failure, check

CLOCK, POLITE, STUBBORN, CRASH = (f"docker101/{name}:1" for name in ("clock", "polite", "stubborn", "crash"))


@check(
    points=2, hint="docker ps shows (Paused) behind the state of a container that is frozen.", read="Pause and unpause"
)
def nap(engine, history, params):
    """{sleeper} was paused, goes on again, and is still the process that was started."""
    cat = engine.container(params.sleeper).from_image(CLOCK)
    history.of(params.sleeper).was_paused_and_resumed().never_restarted()
    cat.is_running()


@check(
    points=2,
    hint="The lesson's part “Stop, gracefully” shows the one command that asks before it forces.",
    read="Stop, gracefully",
)
def goodbye(history, params):
    """{lady} ended gracefully, and was removed afterwards."""
    return history.of(params.lady).ran_image(POLITE).was_stopped_gracefully().was_removed()


@check(points=2, hint="The lesson's part “Kill” shows how to end a container that would not listen.", read="Kill")
def wild(history, params):
    """{rascal} was ended at once, without time to end by itself."""
    return history.of(params.rascal).ran_image(STUBBORN).was_killed()


@check(points=1, hint="A container keeps its id for life; only its name may change.", read="Names and ids")
def grown(engine, history, params):
    """The container that was made as {kitten} now has the name {grown}."""
    engine.container(params.grown).from_image(CLOCK)
    history.of(params.grown).was_renamed(params.kitten, params.grown)


@check(
    points=2,
    hint="docker exec runs a command inside a container, and docker logs shows how often it began.",
    read="Start again: the files are still there",
)
def home(engine, history, params):
    """{homebody} was restarted, is the same container, and still has /basket with the word {toy} in it."""
    cat = engine.container(params.homebody).from_image(CLOCK)
    history.of(params.homebody).was_restarted()
    cat.has_file("/basket", containing=params.toy).is_running()


@check(
    points=2,
    hint="docker container prune --help names the option that narrows it down, and the lesson uses it.",
    read="Prune",
)
def strays(engine, history, params):
    """One prune removed {stray}-1 and {stray}-2, and spared {keeper}, which has ended."""
    keeper = history.of(params.keeper).ran_image(CRASH).was_spared()
    for number in (1, 2):
        history.of(f"{params.stray}-{number}").ran_image(CRASH).was_pruned()
    engine.container(keeper.name).is_exited(3)


@check(
    points=1,
    hint="Your predictions are in answers.toml; the lesson explains 0, 137 and 143.",
    read="Stop, when nobody listens",
)
def codes(goodbye, wild, answer, params):
    """Your two predictions are the exit codes that {lady} and {rascal} really left."""
    predicted = {params.lady: answer("lady_code"), params.rascal: answer("rascal_code")}
    left = {params.lady: goodbye.endings[-1].exit_code, params.rascal: wild.endings[-1].exit_code}
    right = [name for name in left if predicted[name] == left[name]]
    if len(right) < len(left):
        seen = ", ".join(f"{name} left {left[name]}, you predicted {predicted[name]:g}" for name in left)
        raise Failure(
            f"Not as predicted: {seen}.",
            look="A program that ends well says 0; where a signal ended it, the code is 128 + the signal's number.",
            earned=len(right) / len(left),
        )


def outcome_created_listed(engine):
    """Whether docker ps lists ticker while it is only created."""
    state = engine.container("ticker").state
    listed = "yes" if state in ("running", "paused") else "no"
    return listed, f"It is {state}, and docker ps alone lists what is running or paused."


def outcome_start_twice(history):
    """How many processes two starts made."""
    starts = history.of("ticker").starts
    return "nothing" if starts == 1 else "a second process", f"Its main process was started {_times(starts)}."


def outcome_after_pause(history):
    """Whether ticker is still the process of before the pause."""
    starts = history.of("ticker").starts
    kept = "it counts on" if starts == 1 else "it begins at 1 again"
    return kept, f"Its main process was started {_times(starts)}, and its memory lives as long as that process."


def outcome_butler_stopped(history):
    """The exit code that butler left."""
    return _code(history, "butler")


def outcome_mule_stopped(history):
    """The exit code that mule left."""
    return _code(history, "mule")


def outcome_diary_kept(engine):
    """Whether diary still has its file after a stop and a start."""
    kept = engine.container("diary").has_file("/diary.txt", containing="day one")
    return "yes", f"{kept.name} is the same container as before, with the same file system."


def outcome_lady_code(history, params):
    """The exit code that the learner's own container left."""
    return _code(history, params.lady)


def outcome_rascal_code(history, params):
    """The exit code that the learner's own container left."""
    return _code(history, params.rascal)


def _code(history, name):
    ending = history.of(name).endings[-1]
    sent = ", then ".join({9: "KILL", 15: "TERM"}.get(number, str(number)) for number in ending.signals)
    if not sent:
        return ending.exit_code, "No signal was sent; it ended by itself."
    then = "and no program survives KILL" if 9 in ending.signals else "and it ended by itself"
    return ending.exit_code, f"The engine sent {sent}, {then}."


def _times(number):
    return "once" if number == 1 else f"{number} times"
