"""Checks of “Keeper of images”: which names stand for what, and in which order things went."""

from checker.lab import CannotTell, Failure, check

LINUX, LATEST, CLOCK = "hello-world:linux", "hello-world:latest", "docker101/clock:1"


@check(points=1, hint="docker pull says in its last line which image it has asked for.", read="Whole names")
def fetched(engine, history, files):
    """The image hello-world:linux was pulled from its registry, and is there."""
    if LINUX in history.pulled():
        engine.image(LINUX)
        return
    tried = files.exists("commands.txt") and LINUX in files.read("commands.txt")
    if tried and not engine.reaches_registry_of(LINUX):
        raise CannotTell(
            "No registry that has hello-world:linux can be reached from this engine, so it cannot be pulled here. "
            "This is not your mistake; do the other tasks."
        )
    engine.image(LINUX)
    raise Failure(
        "There is an image named hello-world:linux, and nobody has pulled it: the name was given here.",
        "It should come from the registry.",
        "A tag is only a name: what the registry has under that name, a pull alone finds out.",
    )


@check(
    points=2,
    hint="docker images shows the same IMAGE ID in two rows when one image has two names.",
    read="A tag is a label",
)
def hung(engine, params):
    """The image docker101/clock:1 is also named {gallery}/clock:{season}."""
    engine.image(f"{params.gallery}/clock:{params.season}").has_same_content_as(CLOCK)


@check(
    points=2, hint="The lesson's part “Take a name away” shows what happens to the other name.", read="Take a name away"
)
def copied(engine, history, params):
    """The image {card}:first had the second name {card}:copy for a while, and is still there under its own."""
    first, copy = f"{params.card}:first", f"{params.card}:copy"
    life = history.image(first).was_named(copy)
    if life.deleted_ns:
        raise Failure(
            f"The image is gone: {first} was its last name, and that was taken away as well as {copy}.",
            f"Only {copy} should go.",
            "An image is deleted with its last name; what docker image rm prints tells the two apart.",
        )
    image = engine.image(life.id)
    if first not in image.tags:
        raise Failure(
            f"The image has lost its own name, {first}; what it is named now: {', '.join(image.tags)}.",
            f"{first} should stay, and {copy} go.",
            "docker image rm takes away the very name that it is given.",
        )
    engine.no_image(copy)
    return image


@check(
    points=2,
    hint="docker image rm prints Untagged for a name that goes, and Deleted when the image itself goes.",
    read="Take a name away",
)
def gone(engine, history, params):
    """The image that was named {sketch}:1 and {sketch}:2 is deleted."""
    image = history.image(f"{params.sketch}:1").was_named(f"{params.sketch}:2")
    engine.no_image(image.id)
    return image.was_deleted()


@check(points=2, hint="docker ps -a lists containers that have ended; each one still needs its image.", read="In use")
def freed(gone, history, params):
    """{model} ran from that image, and was removed before the image was."""
    model = history.of(params.model)
    gone.was_run_by(model).was_free_of(model)


@check(points=2, hint="docker images shows an image that has lost its name as <none>.", read="A name moves on")
def tidy(engine, history, params):
    """{draft}:1 was built twice; the image of the first build is deleted, the second one has the name."""
    name = f"{params.draft}:1"
    builds = history.images(name)
    if len(builds) == 1:
        raise Failure(
            f"{name} has been the name of one image only.",
            "The second build should give the name to another image.",
            "The two build commands on the sheet differ in one option.",
        )
    if builds and builds[-1].deleted_ns:
        raise Failure(
            f"The image that had the name {name} last is deleted.",
            "It should stay: the one to remove is the earlier one, which has no name.",
            "docker images shows an image that has lost its name as <none>.",
        )
    now = engine.image(name)
    for earlier in [build for build in builds if build.id != now.id]:
        engine.no_image(earlier.id)
    history.image(name)


@check(points=1, hint="The last line of docker pull shows a whole name.", read="Whole names")
def named(answer, params):
    """You know which whole name {artist}/{work} stands for."""
    given, path = answer("whole_name"), f"{params.artist}/{params.work}"
    if given.removeprefix("index.") == f"docker.io/{path}:latest":
        return
    look = "A whole name has three parts: registry, repository, tag. Whatever is left out, Docker fills in."
    if "://" in given or given.startswith(("hub.", "www.")):
        look = "The registry's name is not the address of Docker Hub's web pages; docker pull shows it."
    elif "library/" in given:
        look = f"library/ is filled in where a name has no owner; here {params.artist} is the owner."
    elif not given.endswith(":latest"):
        look = "A name without a tag gets one: the lesson's part “Whole names” shows which."
    elif given == f"{path}:latest":
        look = "The registry is missing: it stands before the first slash."
    raise Failure(f"You wrote {given}, which is not what Docker asks for.", look=look)


@check(points=1, hint="The lesson's part “Layers” shows which instructions add a layer.", read="Layers")
def layered(copied, answer):
    """You predicted how many layers the image of the recipe card has."""
    predicted, layers = answer("card_layers"), len(copied.layers)
    if predicted != layers:
        raise Failure(
            f"You predicted {predicted:g} layers; the image has {layers}.",
            look="Only what changes files adds a layer: FROM brings those of its image, RUN and COPY add one each.",
            actual=f"{predicted:g}",
        )


def outcome_pulled_tag(engine):
    """Return the tag for which the name hello-world stands."""
    tag = next(name for name in engine.image("hello-world").tags if name == LATEST).rpartition(":")[2]
    return tag, "It is only the tag that is filled in; nothing makes it the newest."


def outcome_second_name(engine):
    """Return whether the two names stand for one image."""
    first, second = engine.image("busybox:1.37"), engine.image("toolbox:today")
    same = first.id == second.id
    return "one image" if same else "two images", f"Both names stand for the {'same id' if same else 'ids of two'}."


def outcome_name_removed(engine):
    """Return whether busybox:1.37 is still there without its second name."""
    engine.no_image("toolbox:today")
    engine.image("busybox:1.37")
    return "yes", "The second name is gone, and the image has another one left."


def outcome_poem_layers(engine):
    """Return how many layers poem:1 has."""
    layers, base = len(engine.image("poem:1").layers), len(engine.image("busybox:1.37").layers)
    return layers, f"busybox:1.37 brought {base}, and your recipe added {layers - base}."


def outcome_lowest_layer(engine):
    """Return whether poem:1 begins with the layer of busybox:1.37."""
    same = engine.image("poem:1").layers[0] == engine.image("busybox:1.37").layers[0]
    if same:
        return "the very layer of busybox:1.37", "It is one layer, which both images use; the disk holds it once."
    return "a new one"


def outcome_old_poem(engine, history):
    """Return what became of the image that was named poem:1 first."""
    builds = history.images("poem:1")
    if len(builds) < 2:
        raise Failure("poem:1 has not been built twice.")
    old = builds[-2]
    if old.deleted_ns:
        return "it is deleted"
    names = engine.image(old.id).tags
    return ("it is changed" if names else "it stays, without a name"), "The name moved to the new image."


def outcome_rm_in_use(engine):
    """Return whether poem:1 was removed while reader was there."""
    engine.container("reader")
    engine.image("poem:1")
    return "no", "reader was made from it, and could be started again."
