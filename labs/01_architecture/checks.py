"""Checks of “Who does what”: what the engine shows of the parts, and answers that it can judge."""

from checker.lab import Failure, check

CLOCK, BUSYBOX = "docker101/clock:1", "busybox:1.37"

RIGHT = {"who_starts": "daemon", "who_tells": "client", "who_gave": "image", "who_keeps": "container"}

THINK = {
    "who_starts": "The client only sends requests, and may end: a container in the background goes on without it.",
    "who_tells": "The lesson recorded docker --version: how many requests did it send, and to whom?",
    "who_gave": "A third container of the same image would also have that file, before anybody writes anything.",
    "who_keeps": "Its twin, created from the same image, does not have the file; and the file is still there.",
}


@check(
    points=2,
    hint="docker exec runs a command inside one container; docker diff shows what has changed in it.",
    read="Image and container",
)
def twins(engine, params):
    """{one} and {other} are created from one image, and only {one} has the file /note with the word {secret}."""
    engine.container(params.one).from_image(CLOCK).has_file("/note", containing=params.secret)
    engine.container(params.other).from_image(CLOCK).lacks_file("/note")


@check(
    points=2,
    hint="The lesson's first picture shows the parts, and its recordings show who asks and who answers.",
    read="The parts",
)
def who(answer):
    """You know which part of Docker did what."""
    given = {question: answer(question) for question in RIGHT}
    wrong = [question for question in RIGHT if given[question] != RIGHT[question]]
    if wrong:
        first = f"To {wrong[0]} you wrote “{given[wrong[0]]}”: it is not that."
        raise Failure(
            f"{len(RIGHT) - len(wrong)} of {len(RIGHT)} are right. {first}",
            look=THINK[wrong[0]],
            earned=(len(RIGHT) - len(wrong)) / 2,
        )


@check(
    points=2,
    hint="docker logs {probe} shows what it printed; docker info shows the engine's kernel and host name.",
    read="Container and virtual machine",
)
def shared(engine, answer, params):
    """{probe} has printed its kernel, and you know what it shares with the engine's machine."""
    probe = engine.container(params.probe).from_image(BUSYBOX).is_exited(0)
    told = {"kernel": _kernel(probe, engine), "host_name": _host_name(probe, engine)}
    given = {question: answer(question) for question in told}
    wrong = [question for question in told if given[question] != told[question][0]]
    if wrong:
        raise Failure(
            f"Not what the engine says: to {wrong[0]} you wrote “{given[wrong[0]]}”. {told[wrong[0]][1]}",
            earned=2 - len(wrong),
        )


@check(
    points=2,
    hint="docker top shows processes as the engine's machine sees them; ps inside shows the container's view.",
    read="Container and virtual machine",
)
def seen(engine, answer, params):
    """{worker} runs sleep {seconds} as its main process, and you know its number inside."""
    worker = engine.container(params.worker).from_image(BUSYBOX).is_running()
    main, wanted = worker.main_process(), f"sleep {params.seconds}"
    if main.command != wanted:
        beside = any(wanted in row.values() for row in worker.top())
        raise Failure(
            f"The main process of {params.worker} is “{main.command}”"
            + (f", with “{wanted}” beside it." if beside else "."),
            f"It should be “{wanted}” itself.",
            "The words after the image's name become the main process; docker exec only adds another one.",
        )
    inside = answer("inside")
    if inside == main.number:
        raise Failure(
            f"To inside you wrote {inside:g}: that is the number that it has on the engine's machine.",
            "The question asks for the number that it has inside.",
            "Numbers inside a container are its own; the lesson's guest shows both.",
            earned=1,
        )
    if inside != 1:
        raise Failure(
            f"To inside you wrote {inside:g}; in {params.worker} its main process has another number.",
            look="A container begins with its main process, and numbers are given in order; ps inside shows them.",
            earned=1,
        )


def outcome_attach_or_start(history):
    """Which of the two the engine noted first for one docker run."""
    noted = [event.action for event in history.of("parrot").events if event.action in ("create", "attach", "start")]
    first_attach = noted.index("attach") < noted.index("start")
    answer = (
        "first attach: so that no output is lost"
        if first_attach
        else "first start: there must be something to attach to"
    )
    return answer, f"The engine noted {', '.join(noted)}."


def outcome_start_paused(engine):
    """Whether a start makes a paused container go on."""
    state = engine.container("sitter").state
    return "no" if state == "paused" else "yes", f"It is {state}. The way out of a pause is unpause."


def outcome_other_twin(engine):
    """Whether the file of one container is in its twin."""
    engine.container("twin-a").has_file("/mark.txt")
    engine.container("twin-b").lacks_file("/mark.txt")
    return "no: each container has files of its own", "docker diff shows what changed in each."


def outcome_third_twin(engine):
    """Whether a container's file is in one that is made later."""
    engine.container("twin-c").lacks_file("/mark.txt")
    return "no: the image is as it was", "The file is in the writable layer of twin-a alone."


def outcome_guest_number(engine):
    """Whether the main process also has the number 1 on the engine's machine."""
    number = engine.container("guest").main_process().number
    return "1 as well" if number == 1 else "another number", "One process, seen from two sides."


def outcome_kernel(engine, params):
    """Whose kernel the learner's container ran on."""
    return _kernel(engine.container(params.probe), engine)


def outcome_host_name(engine, params):
    """Whose host name the learner's container had."""
    return _host_name(engine.container(params.probe), engine)


def _kernel(probe, engine):
    probe.log_has(engine.kernel)
    return "shared", f"{probe.name} printed the release of the kernel of the engine's machine."


def _host_name(probe, engine):
    if probe.host_name == engine.machine:
        return "shared", f"Both are called {engine.machine}."
    return "its own", f"{probe.name} was called {probe.host_name}, and the engine's machine is called {engine.machine}."
