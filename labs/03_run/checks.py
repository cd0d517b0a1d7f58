"""Checks of “First shift”: containers that run, that have ended, that were fed, and one that is gone."""

from checker.lab import Failure, check

BUSYBOX, CLOCK, GREETER = "busybox:1.37", "docker101/clock:1", "docker101/greeter:1"


@check(
    points=2,
    hint="docker ps lists what runs now, docker ps -a also lists what has ended.",
    read="In the background: -d",
)
def baker(engine, history, params):
    """{baker} runs in the background, and only once."""
    box = engine.container(params.baker).from_image(CLOCK)
    history.of(params.baker).was_left_alone().was_started_in_background()
    box.is_running().has_no_twin()


@check(
    points=2,
    hint="docker ps -a shows the exit code in its STATUS column, and docker inspect under State.",
    read="The exit code passes through",
)
def courier(engine, history, params):
    """{courier} ended by itself with exit code {code}, and has not been removed."""
    history.of(params.courier).is_kept()
    return engine.container(params.courier).from_image(BUSYBOX).is_exited(params.code)


@check(
    points=1,
    hint="Your answer to courier_code is in answers.toml; compare it with what docker ps -a shows of {courier}.",
    read="The exit code passes through",
)
def handed_on(courier, answer):
    """You predicted the exit code that docker run handed on to you."""
    predicted = answer("courier_code")
    if predicted != courier.exit_code:
        raise Failure(
            f"To courier_code you wrote {predicted:g}; {courier.name} ended with {courier.exit_code}.",
            "docker run ends with the code with which its container ended.",
            look="In the foreground, docker run hands on the exit code of the container's process.",
        )


@check(
    points=2,
    hint="docker logs shows whom it has greeted; the lesson's part “-i: keep stdin open” feeds a file.",
    read="-i: keep stdin open",
)
def clerk(engine, files, params):
    """{clerk} read guests.txt from its stdin and greeted everyone in it, also {guest}."""
    guests = [line.strip() for line in files.read("guests.txt").splitlines() if line.strip()]
    if params.guest not in guests:
        raise Failure(
            f"{params.guest} is not in guests.txt; it lists {', '.join(guests) or 'nobody'}.",
            "The name should be on a line of its own.",
            "The file is beside the sheet. Was it saved?",
        )
    box = engine.container(params.clerk).from_image(GREETER).is_exited(0).is_fed()
    for guest in guests:
        box.log_has(f"Hello, {guest}!")


@check(
    points=2,
    hint="docker ps must list it after you have left it; the lesson shows two keys for that.",
    read="Leave a shell without ending it",
    replay=False,
)
def desk(engine, params):
    """{desk} is a running shell with stdin and a terminal, and the word {treat} is in its file /note."""
    box = engine.container(params.desk).from_image(BUSYBOX).has_stdin_open().has_terminal()
    if box.exit_code is not None:
        raise Failure(
            f"The shell of {box.name} has ended, with code {box.exit_code}, and so has its container.",
            "It should be left running.",
            "exit and Ctrl-D end a shell. The lesson shows two keys that leave it running.",
        )
    box.is_running().has_file("/note", containing=params.treat)


@check(
    points=2,
    hint="docker inspect lists a container's variables under Env, and docker logs shows what it printed.",
    read="-e: variables",
)
def porter(engine, params):
    """{porter} printed “{greeting}, {guest}!”, with the word from its variable GREETING."""
    box = engine.container(params.porter).from_image(GREETER)
    given = [word for word in box.command if "GREETING" in word]
    if given:
        raise Failure(
            f"{box.name} got “{given[0]}” as one of its arguments, and greeted it like a guest.",
            look="What comes after the image's name goes to the program inside; options come before it.",
        )
    box.has_env("GREETING", params.greeting).is_exited(0).log_has(f"{params.greeting}, {params.guest}!")


@check(
    points=2,
    hint="docker ps -a lists every container that is there, running or not.",
    read="--rm: leave nothing behind",
    within=1,
)
def ghost(engine, history, params):
    """{ghost} ended by itself, and has been removed."""
    history.of(params.ghost).ran_image(GREETER).ended_by_itself(0).was_removed()
    engine.no_container(params.ghost)


def outcome_other_command(engine):
    """What ticktock did instead of counting."""
    box = engine.container("ticktock").log_has("no clock today")
    return "echo only", f"The engine ran “{' '.join(box.command)}” in place of the image's own command."


def outcome_typo_there(history, engine):
    """What is left of a run whose program is not in the image."""
    if history.of("typo").removed:
        return "no: it could not be started"
    if engine.container("typo").state == "created":
        return "yes, created: no program ever ran in it", "The engine created it, and could not start ehco."
    return "yes, exited: its program has failed"


def outcome_shell_behind(engine):
    """Whether a shell without input stays."""
    state = engine.container("idler").state
    if state == "running":
        return "running: -d keeps it alive"
    return (
        "exited: its shell had nothing to read",
        "Its stdin is closed, so the shell read the end of its input at once.",
    )


def outcome_deaf_hears(engine):
    """How many names came through a closed stdin."""
    box = engine.container("deaf").is_exited(0)
    box.log_has("nobody to greet")
    return 0, "Its stdin was closed, and the file went nowhere."


def outcome_after_exec(engine):
    """Whether the end of an exec's process ends its container."""
    box = engine.container("pulse")
    if box.state == "running":
        return "running: its main process is another one", f"Process 1 is still “{box.main_process().command}”."
    return "exited: its shell has ended"


def outcome_fed_shown(history):
    """Where the greetings are when stdin alone is attached."""
    history.of("fed").ended_by_itself(0)
    return "in docker logs", "Only stdin was attached, and the log keeps what nobody watched."
