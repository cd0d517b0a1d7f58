"""Checks of “Open for business”: what is published, where, and whether it answers when it is asked from outside."""

from checker.lab import Failure, check

WEB, TWO = "docker101/web:1", "docker101/twoports:1"

HIDDEN = {"yes": "yes: -p can publish any port", "no": "no: only exposed ports can be published"}
HERMIT = {"yes": "yes: its port is published", "no": "no: what comes from outside does not arrive at 127.0.0.1"}
"""The choices of two predictions, by whether the server answers."""


@check(
    points=2,
    hint="The PORTS column of docker ps shows both ports, with an arrow between them.",
    read="-p HOST:CONTAINER",
)
def shop(engine, params):
    """{shop} answers on port {port} of your machine."""
    engine.container(params.shop).from_image(WEB).publishes(80, on=params.port).answers()


@check(points=2, hint="docker port lists a container's published ports.", read="-P: let the engine choose")
def market(engine, params):
    """{market} has both its ports published, each on a port that the engine chose."""
    box = engine.container(params.market).from_image(TWO).is_running()
    published = [box.publishes(port).answers() for port in (80, 8080)]
    chosen = [one for one in published if not box.asked_for(one.container_port)]
    if len(chosen) < len(published):
        fixed = next(one for one in published if one not in chosen)
        raise Failure(
            f"{box.name} is published, but not where the engine chose: its port {fixed.container_port} was given port "
            f"{fixed.host_port} of your machine.",
            "The engine should choose.",
            "-p takes the port that you give it; the section “-P” of the lesson shows the option that takes none.",
            earned=1,
        )
    return published[1]


@check(
    points=1,
    hint="docker port lists a container's published ports: the container's port first, the host's after the arrow.",
    read="-P: let the engine choose",
    replay=False,
)
def market_port(market, answer, params):
    """You know which port of your machine leads to port 8080 of {market}."""
    given = answer("market_port")
    if given == market.host_port:
        return
    if given == market.container_port:
        raise Failure(
            f"{given} is the port inside {params.market}.",
            "The port of your machine was asked for.",
            "docker port writes the container's port first, then an arrow, then the port of your machine.",
        )
    raise Failure(
        f"You answered {given:g}; port {market.host_port} of your machine leads to port 8080 of {params.market} now.",
        look="It has two ports, and the engine can choose other host ports at each start: docker port shows both.",
    )


@check(
    points=2,
    hint="docker inspect lists a container's variables under Env, and docker ps its ports.",
    read="The wrong way round",
)
def booth(engine, params):
    """{booth} is fixed: port {outside} of your machine leads to the port {inside} that its server listens on."""
    box = engine.container(params.booth).from_image(WEB)
    box.publishes(params.inside, on=params.outside).answers()


@check(
    points=1,
    hint="Compare docker ps with docker ps -a: which container is only in the longer list?",
    read="When the port is taken",
)
def failed_stall(answer, history):
    """You know which of the three stalls could not open last night."""
    given = answer("failed_stall")
    first = history.lives(given)[:1]
    if not first:
        raise Failure(f"There has been no container named {given}.", look="Was the lab set up? The sheet says how.")
    if first[0].starts:
        raise Failure(
            f"{given} did open: its main process was started.",
            look="A container that could not start is only created: docker ps -a shows it, docker inspect says why.",
        )
    return given


@check(
    points=2, hint="docker inspect shows under State why a container could not start.", read="When the port is taken"
)
def stall(failed_stall, engine, history, params):
    """That stall is open now, on port {spare} of your machine, and the other two still run as they were."""
    engine.container(failed_stall).from_image(WEB).publishes(80, on=params.spare).answers()
    for name in (f"{params.row}-{side}" for side in ("east", "north", "west")):
        history.of(name).is_kept()
        engine.container(name).is_running()


@check(points=2, hint="The PORTS column of docker ps shows an address before each published port.", read="Only for you")
def till(engine, params):
    """{till} answers on port {private} of your machine, and only there."""
    box = engine.container(params.till).from_image(WEB)
    box.publishes(80, on=params.private).only_on_this_machine().answers()


def outcome_kiosk_reached(engine):
    """Whether a server answers that is not published."""
    box = engine.container("kiosk").is_running()
    return _answers(box, 80), "A container has a network of its own, and none of its ports is published."


def outcome_same_port(engine):
    """Whether two containers may serve on the same port inside."""
    for name in ("kiosk", "stand"):
        engine.container(name).publishes(80)
    return "yes", "Each container has a network, and so a port 80, of its own."


def outcome_mirror_answers(engine):
    """Where a container with reversed ports answers."""
    box = engine.container("mirror").is_running()
    found = [str(port) for port in (9490, 9482) if _answers(box, 9490, port) == "yes"]
    return found[0] if found else "none", "Port 9490 of your machine leads to its port 9482, where nothing listens."


def outcome_fair_port(engine):
    """Where a port answers that -P has published."""
    port = engine.container("fair").is_running().publishes(8080)
    where = "8080" if port.host_port == port.container_port else "a free port that the engine chose"
    return where, "-P publishes all that the image exposes, and docker port shows where."


def outcome_hidden_answers(engine):
    """Whether an unexposed port can be published."""
    box = engine.container("hidden").is_running()
    seen = _answers(box, 7000)
    return HIDDEN[seen], "EXPOSE is documentation, and what -P goes by; -p does not need it."


def outcome_hermit_answers(engine):
    """Whether a server answers that listens on its own loopback only."""
    box = engine.container("hermit").is_running()
    box.publishes(80)
    seen = _answers(box, 80)
    return HERMIT[seen], "127.0.0.1 is the container itself; a published port leads to another address of it."


def outcome_late_state(engine):
    """What a run leaves whose port is taken."""
    state = engine.container("late").state
    return f"a {state} container", "It was created, and then it could not start."


def _answers(box, port, on=None):
    try:
        box.publishes(port, on=on).answers()
    except Failure:
        return "no"
    return "yes"
