"""Checks of “Keeper of images”: which names stand for what, and in which order things went."""

from checker.lab import CannotTell, Failure, check

LINUX, LATEST, CLOCK = "hello-world:linux", "hello-world:latest", "docker101/clock:1"


@check(points=1, hint="docker pull prints the whole name of the image that it has asked for.", read="Whole names")
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
        "There is an image named hello-world:linux, and nobody has pulled it: the name was given on this engine.",
        "It should come from the registry.",
        "A tag is only a name: only a pull finds out what the registry has under it.",
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
            f"The image is gone: both {copy} and its last name, {first}, were removed.",
            f"Only {copy} should go.",
            "An image is deleted with its last name; what docker image rm prints tells the two apart.",
        )
    image = engine.image(life.id)
    if first not in image.tags:
        raise Failure(
            f"The image has lost its own name, {first}; what it is named now: {', '.join(image.tags)}.",
            f"{first} should stay, and {copy} go.",
            "docker image rm removes exactly the name that you give it.",
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
    box = history.of(params.model)
    gone.was_run_by(box).was_free_of(box)
    # The containerd image store keeps an image that lost its last name by force, without a name, until a prune.
    unnamed_ns = max((event.time_ns for event in gone.events if event.action == "untag"), default=gone.deleted_ns)
    removed_ns = max(event.time_ns for event in box.events if event.action == "destroy")
    if unnamed_ns < removed_ns:
        raise Failure(
            f"The image lost its last name by force, while the container {params.model} was still there.",
            "The container should be removed first, and then the image: nothing has to be forced.",
        )


@check(
    points=2,
    hint="docker images --all also lists images without a name, as <none> or <untagged>.",
    read="A name moves on",
)
def tidy(engine, history, params):
    """{draft}:1 and {draft}:2 are names of the second image, and the first image is deleted."""
    first, second = f"{params.draft}:1", f"{params.draft}:2"
    kept = engine.image(second)
    if kept.labels.get("edition") != "second":
        raise Failure(
            f"The image {second} has the label edition={kept.labels.get('edition', '')}.",
            "It should be the second edition.",
            "The two build commands on the sheet differ in the tag and in one more option.",
        )
    moved = engine.image(first)
    if moved.id != kept.id:
        raise Failure(
            f"{first} and {second} are names of two images, {moved.short_id} and {kept.short_id}.",
            f"{first} should be a second name of the image {second}.",
            "docker image tag can also give an image a name that another one has.",
        )
    earlier = [life for life in history.images(first) if life.id != kept.id]
    if not earlier:
        history.image(first).history.must_know_since(0, first)
        raise Failure(
            f"{first} has never been the name of another image than {second}.",
            "The first image should be built under that name, and then lose it.",
            "Do the steps of the task in their order.",
        )
    for life in earlier:
        if _is_draft_of(params.artist, engine, life.id):
            engine.no_image(life.id)


def _is_draft_of(artist, engine, image_id):
    """Whether this image is still there and was built from the folder draft; another one may have had its name."""
    try:
        return engine.image(image_id).labels.get("draft") == artist
    except Failure:
        return False


@check(points=1, hint="docker pull prints a whole name, in the line that begins with docker.io.", read="Whole names")
def named(answer, params):
    """You know which whole name Docker makes of {artist}/{work}."""
    given, path = answer("whole_name"), f"{params.artist}/{params.work}"
    if given.removeprefix("index.") == f"docker.io/{path}:latest":
        return
    look = "A whole name has three parts: registry, repository, tag. Whatever is left out, Docker fills in."
    if "://" in given or given.startswith(("hub.", "www.")):
        look = "The registry's name is not the address of Docker Hub's web pages; docker pull shows it."
    elif "library/" in given:
        look = f"library/ is filled in only where a name has no owner; here {params.artist} is the owner."
    elif not given.endswith(":latest"):
        look = "A name without a tag gets one: the lesson's part “Whole names” shows which."
    elif given == f"{path}:latest":
        look = "The registry is missing: it comes before the first slash."
    raise Failure(f"To whole_name you wrote {given}, which is not what Docker asks for.", look=look)


@check(points=1, hint="The lesson's part “Layers” shows which instructions add a layer.", read="Layers")
def layered(answer):
    """You know which instructions of card/Dockerfile add a layer."""
    given = answer("card_layers")
    if given == "COPY and RUN":
        return
    more = "RUN changes files as well" if given == "COPY" else "not all of them change files"
    raise Failure(
        f"To card_layers you wrote “{given}”: {more}.",
        look="Only what changes files adds a layer; the other instructions are written into the image's settings.",
        actual=given,
    )


def outcome_pulled_tag(engine):
    """Return the tag for which the name hello-world stands."""
    tag = next(name for name in engine.image("hello-world").tags if name == LATEST).rpartition(":")[2]
    return tag, "It is only the tag that is filled in; nothing makes it the newest."


def outcome_name_of_a_name(engine):
    """Return whether toolbox:tomorrow is still there without the name that it was made from."""
    engine.no_image("toolbox:today")
    same = engine.image("toolbox:tomorrow").id == engine.image("busybox:1.37").id
    return "it stays: it is a name of the image", "Its ID is that of busybox:1.37." if same else ""


def outcome_poem_steps(engine):
    """Return which steps made the layers that poem:1 has and its base image has not."""
    poem, base = engine.image("poem:1"), engine.image("busybox:1.37")
    steps = [step.words.split()[0] for step in poem.steps_of_layers()[len(base.layers) :]]
    answer = "COPY and RUN" if steps == ["COPY", "RUN"] else "all six"
    return answer, f"busybox:1.37 brought {len(base.layers)}, and your recipe added {len(steps)}."


def outcome_lowest_layer(engine):
    """Return whether poem:1 begins with the layer of busybox:1.37."""
    same = engine.image("poem:1").layers[0] == engine.image("busybox:1.37").layers[0]
    if same:
        return "the same layer as busybox:1.37", "Both images use it; the disk holds it once."
    return "a new one"


def outcome_old_poem(engine, history):
    """Return what became of the image that was named poem:1 first."""
    now = engine.image("poem:1").id
    earlier = [life.id for life in history.images("poem:1") if life.id != now]
    if not earlier:
        raise Failure("poem:1 has been the name of one image only.")
    names = engine.image(earlier[-1]).tags
    return (f"it is named {names[0]}" if names else "it stays, without a name"), "The name moved to the other image."


def outcome_rm_in_use(engine):
    """Return which names are left while reader is there."""
    engine.container("reader")
    engine.image("poem:1")
    engine.no_image("poem:2")
    return "only poem:2: the last name must stay", "reader was created from this image, and could be started again."
