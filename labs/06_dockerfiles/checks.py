"""Checks of “Ship it”: the image and the running container are looked at from outside; nothing in them is believed."""

import time

from checker.engine import Change
from checker.lab import Failure, bases, check

BASE, TINY = "docker101/python:3.13", "docker101/tiny:1"
LETTERS = "sesame-1f9b-4c07"
"""The beginning of what stands in token.txt."""

PACKAGES_BYTES = 100_000
"""A step that added more than this installed something; the app and a user are smaller."""

STARTING_S = 4.0
"""How long an app of the lesson may take until it answers, in seconds."""


@check(points=1, hint="The lesson's part “FROM” says why a tag stands there.", read="FROM: what it starts from")
def pinned(files):
    """shop/Dockerfile starts from docker101/python:3.13, with just this tag."""
    starts = bases(files.read("shop/Dockerfile"))
    if starts[-1:] == [BASE]:
        return files.folder("shop")
    if starts[-1:] in (["docker101/python"], ["docker101/python:latest"]):
        raise Failure(
            f"FROM {starts[-1]} asks for whatever bears the tag latest today.",
            f"It should name the one version that was tested: {BASE}.",
            "Without a tag, a name stands for latest, and tomorrow that may be another image.",
        )
    seen = f"The image starts FROM {starts[-1]}." if starts else "shop/Dockerfile has no FROM."
    raise Failure(seen, f"It should start from {BASE}.")


@check(points=2, hint="docker build needs a name, with its tag, and a folder.", read="A recipe for an image", limit=60)
def built(pinned, engine, params):
    """The image {name}:1.0 is built from your folder shop."""
    return engine.image_built_as(f"{params.name}:1.0", pinned)


@check(points=2, hint="The lesson's part “The cache” has the order.", read="The cache", limit=120)
def cached(pinned, built, engine):
    """A change in app/main.py alone does not install the packages again."""
    change = Change("app/main.py", "\n# One line more.\n")
    with engine.built_from(pinned) as before, engine.built_from(pinned, change) as after:
        again = [step.words for step in before.steps_made_again(after) if step.size_bytes > PACKAGES_BYTES]
    if again:
        raise Failure(
            f"After a change in app/main.py, a rebuild of {built.ref} did this again: {again[0]}.",
            "The packages should come from the cache.",
            "A step is done again when something before it has changed. What stands above it, and does it need that?",
        )


@check(
    points=1, hint="docker ps -a shows whether it runs, and docker logs what it said.", read="Does it run?", limit=30
)
def running(built, engine, params):
    """The container {box} runs, made from {name}:1.0."""
    return engine.container(params.box).from_image(built.ref).is_running()


@check(points=2, hint="docker top shows who runs what in a container.", read="USER")
def user(built, running):
    """Neither the image nor the process in {box} runs as root."""
    built.does_not_run_as_root()
    if running.main_process().user in ("root", "0"):
        raise Failure(f"The main process of {running.name} runs as root.", look="Who was it started as?")


@check(points=1, hint="The lesson's part “Process 1” has the two forms of CMD.", read="Process 1")
def started(built, running):
    """The app itself is process 1 of {box}: it is started in exec form."""
    built.starts_in_exec_form()
    first = running.main_process()
    if first.is_shell:
        raise Failure(
            f"Process 1 of {running.name} is a shell: {first.command}.",
            "It should be the app: docker stop speaks to process 1 alone.",
            "A script hands its place over to a program with exec.",
        )


@check(points=1, hint="docker inspect shows an image's ExposedPorts.", read="EXPOSE is a note")
def exposed(built, params):
    """The image says that its app serves on port {inside}."""
    built.exposes(params.inside)


@check(
    points=2,
    hint="docker ps shows which port leads where, and docker logs where the app listens.",
    read="EXPOSE is a note",
    within=5,
)
def reached(running, params):
    """The shop in {box} answers on your port {port}."""
    return running.publishes(params.inside, on=params.port).answers("/", status=200)


@check(
    points=1,
    hint="ENV gives a variable in the image its value; docker run -e gives it another in one container.",
    read="WORKDIR and ENV",
)
def sign(built, running, reached, params):
    """The image sells {sign} by its own setting, and {box} sells {other}."""
    if built.env.get("SIGN") != params.sign:
        raise Failure(
            f"In the image {built.ref}, SIGN is {built.env.get('SIGN', 'not set')}.",
            f"Its own setting should be {params.sign}.",
            "docker inspect shows an image's variables under Env.",
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
    points=2, hint="The lesson's part “What a layer remembers” looks into one.", read="What a layer remembers", limit=40
)
def token(built, files):
    """No layer of {name}:1.0 holds the token, and token.txt is still in your folder."""
    if LETTERS not in files.read("shop/token.txt"):
        raise Failure("shop/token.txt does not hold the token any more.", look="checker reset 06 brings it back.")
    built.holds_nowhere(LETTERS, "the token")


@check(points=1, hint="docker history shows each step of an image with the size that it added.", read="02: Layers")
def counted(built, engine, answer):
    """You know how many layers {name}:1.0 has on top of its base."""
    if answer("added") != len(built.layers) - len(engine.image(BASE).layers):
        raise Failure(
            f"You answered {answer('added')}; {built.ref} has another number of layers on top of {BASE}.",
            look="Which instructions add files, and which only set something? WORKDIR may make a folder.",
        )


@check(points=2, hint="The lesson's part “FROM scratch” builds one like it.", read="FROM scratch", limit=60)
def card(engine, files, params):
    """The image {card}:1.0 is built from nothing, holds one file, and has said hello once, as {card}."""
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
        return "yes", failure.seen
    return "no", "RUN acted once, when the image was built; both containers found its one line."


def outcome_outside_copied(engine):
    """Whether the build that asked for a file outside its context gave an image."""
    try:
        engine.image("letter:2")
    except Failure:
        return "no", "There is no image letter:2: COPY sees the build context and nothing else of your machine."
    return "yes"


def outcome_shell_form_code(history):
    """The exit code that the shell form left."""
    return history.of("deaf").endings[-1].exit_code, "TERM went to the shell, which did not pass it on."


def outcome_pip_again(engine):
    """Whether the layer of the packages is another one in the second build."""
    before, after = engine.image("kitchen:1"), engine.image("kitchen:2")
    again = [step.words for step in before.steps_made_again(after) if step.size_bytes > PACKAGES_BYTES]
    if again:
        return "yes", f"Done again: {again[0]}."
    return "no", "Nothing that stands above pip install has changed."


def outcome_door_5000(engine):
    """Who answers on the port that -P published."""
    return _who_answers(engine.container("cook").publishes(5000))


def outcome_door_8080(engine):
    """Who answers once the note is right."""
    return _who_answers(engine.container("chef").publishes(8080))


def outcome_novel_gone(engine):
    """Whether a file that a later step removed is still in the image."""
    try:
        engine.image("novel:1").holds_nowhere("Dear diary", "the draft")
    except Failure as failure:
        return "yes", f"{failure.actual} lies in the layer that COPY made, under the one that hides it."
    return "no"


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
