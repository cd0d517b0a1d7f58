"""Checks of “Ship it”: the image and the running container are looked at from outside; nothing in them is believed."""

import time

from checker.engine import Change
from checker.lab import Failure, bases, check

BASE, TINY = "docker101/python:3.13", "docker101/tiny:1"
LETTERS = "sesame-1f9b-4c07"
"""The beginning of what is in token.txt."""

ADD_LAYERS = "COPY and RUN"
"""What is right about the instructions of the shop's Dockerfile, with each builder and image store."""

RUNS = {"no": "one: RUN ran only during the build", "yes": "two: RUN runs again in each container"}
AGAIN = {"no": "no: nothing above that step changed", "yes": "yes: a build runs every step"}
"""The choices of two predictions, by whether a step ran again."""

PACKAGES_BYTES = 100_000
"""A step that added more than this installed something; the app and a user are smaller."""

STARTING_S = 4.0
"""How long an app of the lesson may take until it answers, in seconds."""


@check(
    points=1,
    hint="The section “FROM” of the lesson says why a base image needs a tag.",
    read="FROM: what it starts from",
)
def pinned(files):
    """shop/Dockerfile starts from docker101/python:3.13, with just this tag."""
    starts = bases(files.read("shop/Dockerfile"))
    if starts[-1:] == [BASE]:
        return files.folder("shop")
    if starts[-1:] in (["docker101/python"], ["docker101/python:latest"]):
        raise Failure(
            f"FROM {starts[-1]} asks for whatever has the tag latest today.",
            f"It should name the one version that was tested: {BASE}.",
            "A name without a tag means latest, and tomorrow that may be another image.",
        )
    seen = f"The image starts FROM {starts[-1]}." if starts else "shop/Dockerfile has no FROM."
    raise Failure(seen, f"It should start from {BASE}.")


@check(points=2, hint="docker build needs a name, with its tag, and a folder.", read="A recipe for an image", limit=60)
def built(pinned, engine, params):
    """The image {name}:1.0 is built from your folder shop."""
    return engine.image_built_as(f"{params.name}:1.0", pinned)


@check(points=2, hint="The section “The cache” of the lesson shows the order.", read="The cache", limit=120)
def cached(pinned, built, engine):
    """A change in app/main.py alone does not install the packages again."""
    change = Change("app/main.py", "\n# One line more.\n")
    with engine.built_from(pinned) as before, engine.built_from(pinned, change) as after:
        again = [step.words for step in before.steps_made_again(after) if step.size_bytes > PACKAGES_BYTES]
    if again:
        raise Failure(
            f"After a change in app/main.py, a rebuild of {built.ref} ran this step again: {again[0]}.",
            "The packages should come from the cache.",
            "A step runs again when something above it has changed. What is above it, and does it need that?",
        )


@check(
    points=1, hint="docker ps -a shows whether it runs, and docker logs what it printed.", read="Does it run?", limit=30
)
def running(built, engine, params):
    """The container {box} runs, made from {name}:1.0."""
    return engine.container(params.box).from_image(built.ref).is_running()


@check(points=2, hint="docker top shows who runs what in a container.", read="USER")
def user(built, running):
    """Neither the image nor the process in {box} runs as root."""
    built.does_not_run_as_root()
    if running.main_process().user in ("root", "0"):
        raise Failure(f"The main process of {running.name} runs as root.", look="Which user was it started as?")


@check(points=1, hint="The section “Process 1” of the lesson shows the two forms of CMD.", read="Process 1")
def started(built, running):
    """The app itself is process 1 of {box}: the image starts it in exec form."""
    built.starts_in_exec_form()
    first = running.main_process()
    if first.is_shell:
        raise Failure(
            f"Process 1 of {running.name} is a shell: {first.command}.",
            "It should be the app: docker stop sends its signal to process 1 only.",
            "In a script, exec replaces the shell with the program that comes after it.",
        )


@check(points=1, hint="docker image inspect shows an image's ExposedPorts.", read="EXPOSE is documentation")
def exposed(built, params):
    """The image documents that its app serves on port {inside}."""
    built.exposes(params.inside)


@check(
    points=2,
    hint="docker ps shows which port leads where, and docker logs where the app listens.",
    read="EXPOSE is documentation",
    within=5,
)
def reached(running, params):
    """The shop in {box} answers on port {port} of your machine."""
    return running.publishes(params.inside, on=params.port).answers("/", status=200)


@check(
    points=1,
    hint="ENV sets a variable in the image; docker run -e overrides it in one container.",
    read="WORKDIR and ENV",
)
def sign(built, running, reached, params):
    """SIGN has the default {sign} in the image, and {box} overrides it with {other}."""
    if built.env.get("SIGN") != params.sign:
        raise Failure(
            f"In the image {built.ref}, SIGN is {built.env.get('SIGN', 'not set')}.",
            f"Its default there should be {params.sign}.",
            "docker image inspect shows an image's variables under Env.",
        )
    running.has_env("SIGN", params.other)
    try:
        reached.answers("/", containing=params.other)
    except Failure as failure:
        raise Failure(
            f"{failure.seen} In {running.name}, SIGN is {params.other}.",
            "The shop should sell what SIGN says.",
            "Does the app still read the variable, or is the word written into it?",
        ) from failure


@check(
    points=2,
    hint="The section “What a layer remembers” of the lesson looks into one.",
    read="What a layer remembers",
    limit=40,
)
def token(built, files):
    """No layer of {name}:1.0 holds the token, and token.txt is still in your folder."""
    if LETTERS not in files.read("shop/token.txt"):
        raise Failure("shop/token.txt does not hold the token any more.", look="checker reset 06 brings it back.")
    built.holds_nowhere(LETTERS, "the token")


@check(
    points=1,
    hint="The lesson compares RootFS.Layers of an image and of its base: one step added a layer, another did not.",
    read="FROM: what it starts from",
)
def counted(answer):
    """You know which instructions of your Dockerfile add layers to the image."""
    given = answer("added")
    if given != ADD_LAYERS:
        raise Failure(
            f"“{given}” is not what adds layers.",
            look="A layer is a set of changed files. Which instructions change files, and which only set something?",
            actual=given,
        )


@check(points=2, hint="The section “FROM scratch” of the lesson builds one like it.", read="FROM scratch", limit=60)
def card(engine, files, params):
    """The image {card}:1.0 is built from nothing, holds one file, and has printed its greeting as {card}."""
    starts = bases(files.read("card/Dockerfile"))
    if starts[-1:] != ["scratch"]:
        raise Failure(f"The card starts FROM {', '.join(starts[-1:]) or 'nowhere'}.", "It should start from nothing.")
    image = engine.image_built_as(f"{params.card}:1.0", files.folder("card"))
    if len(image.layers) != 1:
        raise Failure(f"{image.ref} has {len(image.layers)} layers.", "One file is one layer.")
    engine.container(params.card).from_image(image.ref).is_exited(0).log_has("one file in it")


def outcome_run_or_cmd(engine):
    """Whether RUN acted again when a container started."""
    try:
        engine.container("stamped-2").log_has("1 /book")
    except Failure as failure:
        return RUNS["yes"], failure.seen
    return RUNS["no"], "Both containers found its one line."


def outcome_variable_in_cmd(engine):
    """What the exec form printed of a variable."""
    try:
        engine.container("direct").log_has("Dear $READER")
    except Failure as failure:
        return "Dear Ada", failure.seen
    return (
        "Dear $READER",
        "echo got the text as it is: the exec form starts no shell, and only a shell expands variables.",
    )


def outcome_outside_copied(engine):
    """Whether the build that asked for a file outside its context gave an image."""
    try:
        engine.image("letter:2")
    except Failure:
        return "no", "There is no image letter:2: COPY sees only the build context, and nothing else of your machine."
    return "yes"


def outcome_shell_form_code(history):
    """The exit code that the shell form left."""
    return history.of("deaf").endings[
        -1
    ].exit_code, "TERM went to the shell, which did not pass it on, so KILL followed."


def outcome_pip_again(engine):
    """Whether the layer of the packages is another one in the second build."""
    before, after = engine.image("kitchen:1"), engine.image("kitchen:2")
    again = [step.words for step in before.steps_made_again(after) if step.size_bytes > PACKAGES_BYTES]
    if again:
        return AGAIN["yes"], f"This step ran again: {again[0]}."
    return AGAIN["no"], "The layer of the packages is the same one in both images."


def outcome_door_5000(engine):
    """Who answers on the port that -P published."""
    return _who_answers(engine.container("cook").publishes(5000))


def outcome_novel_gone(engine):
    """Whether a file that a later step removed is still in the image."""
    try:
        engine.image("novel:1").holds_nowhere("Dear diary", "the draft")
    except Failure as failure:
        return "yes", f"{failure.actual} is in the layer that COPY made, under the one that hides it."
    return "no"


def outcome_python_shipped(engine):
    """Whether the image has anything of the stage before."""
    shipped = set(engine.image("site:1").layers) & set(engine.image(BASE).layers)
    if shipped:
        return "yes: the Dockerfile starts from it", "The image has layers of the first stage."
    return "no: only the last stage is the image", "site:1 has no layer of the first stage, and one file from it."


def _who_answers(port):
    """Ask a published port until it answers, or an app has had the time to begin."""
    deadline = time.monotonic() + STARTING_S
    while True:
        try:
            port.answers("/", containing="Soup")
        except Failure:
            if time.monotonic() > deadline:
                return "nobody", f"No server in {port.container} listens on {port.container_port}."
            time.sleep(0.1)
        else:
            return "the kitchen", f"Its server listens on {port.container_port}, and that port was published."
