"""Checks of “Open for business”: what is published, where, and whether it answers when it is asked from outside."""

from checker.lab import Failure, check

WEB, TWO = "docker101/web:1", "docker101/twoports:1"


@check(
    points=2, hint="The PORTS column of docker ps shows both ports, with an arrow between them.", read="-p YOURS:ITS"
)
def shop(engine, params):
    """{shop} answers on your port {port}."""
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
            f"{box.name} is published, but not where the engine chose: its port {fixed.container_port} was given your "
            f"port {fixed.host_port}.",
            "The engine should choose.",
            "Between -p and -P there is more than the size of a letter; the lesson's part “-P” shows it.",
            earned=1,
        )
    return published[1]


@check(
    points=1,
    hint="docker port lists a container's published ports; yours stand on the right.",
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
            "docker port writes the container's port first, then an arrow, then yours.",
        )
    raise Failure(
        f"You wrote {given:g}; your port {market.host_port} leads to port 8080 of {params.market} now.",
        look="The engine may choose another port each time the container starts. And there are two: which is whose?",
    )


@check(
    points=2,
    hint="docker inspect lists a container's variables under Env, and docker ps its ports.",
    read="The wrong way round",
)
def booth(engine, params):
    """{booth} is mended: your port {outside} leads to the port {inside} that its server listens on."""
    box = engine.container(params.booth).from_image(WEB)
    box.publishes(params.inside, on=params.outside).answers()


@check(
    points=1, hint="docker ps lists what runs; what is missing there, and there with -a?", read="When the port is taken"
)
def failed_stall(answer, history):
    """You know which of the three stalls could not open last night."""
    given = answer("failed_stall")
    first = history.lives(given)[:1]
    if not first:
        raise Failure(f"There has been no container named {given}.", look="Was the lab set up?")
    if first[0].starts:
        raise Failure(
            f"{given} did open: its process was started.",
            look="One that could not start has a state of its own: docker ps -a shows it, docker inspect tells why.",
        )
    return given


@check(
    points=2, hint="docker inspect shows under State why a container could not start.", read="When the port is taken"
)
def stall(failed_stall, engine, history, params):
    """That stall is open now, on your port {spare}, and the other two go on as they were."""
    engine.container(failed_stall).from_image(WEB).publishes(80, on=params.spare).answers()
    for name in (f"{params.row}-{side}" for side in ("east", "north", "west")):
        history.of(name).is_kept()
        engine.container(name).is_running()


@check(points=2, hint="In the PORTS column of docker ps an address stands before the port.", read="Only for you")
def till(engine, params):
    """{till} answers on your port {private}, and only from your own machine."""
    box = engine.container(params.till).from_image(WEB)
    box.publishes(80, on=params.private).only_on_this_machine().answers()


def outcome_kiosk_reached(engine):
    """Whether a server answers that is not published."""
    box = engine.container("kiosk").is_running()
    return _answers(box, 80), "A container has a network of its own; nothing of it is published."


def outcome_same_port(engine):
    """Whether two containers may serve on the same port inside."""
    for name in ("kiosk", "stand"):
        engine.container(name).publishes(80)
    return "yes", "Each container has a network, and so a port 80, of its own."


def outcome_mirror_answers(engine):
    """Where a container with reversed ports answers."""
    box = engine.container("mirror").is_running()
    found = [str(port) for port in (9490, 9482) if _answers(box, 9490, port) == "yes"]
    return found[0] if found else "none", "Your port 9490 leads to its port 9482, where nothing listens."


def outcome_fair_ports(engine):
    """How many ports -P has published."""
    box = engine.container("fair").is_running()
    ports = [box.publishes(port).container_port for port in (80, 8080)]
    return len(ports), f"It published {' and '.join(map(str, ports))}: all that the image exposes."


def outcome_hidden_answers(engine):
    """Whether an unexposed port can be published."""
    box = engine.container("hidden").is_running()
    return _answers(box, 7000), "EXPOSE is a note for people and for -P; -p needs none."


def outcome_hermit_answers(engine):
    """Whether a server answers that listens on its own loopback only."""
    box = engine.container("hermit").is_running()
    box.publishes(80)
    return _answers(box, 80), "127.0.0.1 is the container itself; what is published comes in from outside."


def outcome_late_state(engine):
    """What a run leaves whose port is taken."""
    state = engine.container("late").state
    return f"a {state} container", "It was made, and then it could not start."


def _answers(box, port, on=None):
    try:
        box.publishes(port, on=on).answers()
    except Failure:
        return "no"
    return "yes"
