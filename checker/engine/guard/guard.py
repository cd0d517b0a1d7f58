"""Keep the course's commands away from what is not the course's on the learner's own engine.

``judge`` looks at one docker command before it runs: it adds the course's label to what is created, and refuses what
would touch or need something foreign, saying what would have been lost and how to go on. Standard library only: the
course's terminal asks it before each command that changes something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from checker.commands import Split, split
from checker.engine.engine import LABEL, LABELLED, PRIVATE, bears_label
from checker.engine.guard.looks import Looks
from checker.engine.names import container_name, image_name, image_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from checker.engine.engine import Engine
    from checker.engine.guard.owned import Owned

SWITCH = "DOCKER101_GUARD"
"""The environment variable that switches the guard off when it is "off"."""

REFUSED = 125
"""The exit code of a refused command: docker's own for a command that never reached a container."""


class Decision(NamedTuple):
    """What to do with a command: run ``argv`` and then note the images ``owns``, or show the refusal."""

    argv: list[str]
    refusal: str = ""
    owns: tuple[str, ...] = ()


class GuardedCommand(NamedTuple):
    """One command, and what can be asked about the engine that it goes to."""

    argv: list[str]
    line: Split
    look: Looks


class _Refused(Exception):
    """The command must not run."""


def is_guarded(endpoint: Engine, environment: Mapping[str, str]) -> bool:
    """Return whether commands are judged: not where everything is the course's own, nor when switched off by name.

    Arguments:
        endpoint: the engine that commands would go to.
        environment: environment variables, of which ``DOCKER101_GUARD`` switches the guard off.

    """
    return endpoint.strategy != PRIVATE and environment.get(SWITCH, "").lower() != "off"


def judge(argv: Sequence[str], host: str, owned: Owned) -> Decision:
    """Judge one command line.

    Arguments:
        argv: the command's words, "docker" first.
        host: the engine, as in DOCKER_HOST.
        owned: the record of images that the course brought there.

    Raises:
        NoEngine: when the engine does not answer.

    """
    words, line = list(argv), split(argv)
    rule = RULES.get(line.name)
    if rule is None or line.has("--help"):
        return Decision(words)
    try:
        _same_engine(line, host)
        return rule(GuardedCommand(words, line, Looks(host, owned)))
    except _Refused as refused:
        return Decision(words, str(refused))


def _refuse(message: str, next_step: str) -> NoReturn:
    raise _Refused(
        f"The course's guard held this back: {message}\n{next_step}\n"
        f"If you do mean it, switch the guard off: {SWITCH}=off docker …"
    )


def _same_engine(line: Split, host: str) -> None:
    for flag, value in line.before:
        if flag in ("-H", "--host", "-c", "--context") and value != host:
            _refuse(
                f"{flag} {value} leads to another engine than the course's, where it cannot see what is yours.",
                f"Leave {flag} out, or use a terminal of your own for other engines.",
            )


def _labelled(case: GuardedCommand) -> list[str]:
    """Return the command with the course's label put in after the subcommand."""
    return [*case.argv[: case.line.at], "--label", LABELLED, *case.argv[case.line.at :]]


# --- commands that create something


def _run(case: GuardedCommand) -> Decision:
    for port in case.line.values("-p", "--publish"):
        _port_is_free(case, port)
    return _create(case)


def _create(case: GuardedCommand) -> Decision:
    for name in case.line.values("--name")[-1:]:
        there = case.look.container(name)
        if there and container_name(there) == name and not bears_label(there):
            _refuse(
                f"the name {name} is taken by a container that is not the course's "
                f"({there['Config']['Image']}, {there['State']['Status']}).",
                f"Rename yours in a terminal of your own, and try again: docker rename {name} my-{name}",
            )
    image = case.line.args[0] if case.line.args else ""
    return Decision(_labelled(case), owns=_new_images(case, [image]))


def _port_is_free(case: GuardedCommand, published: str) -> None:
    taker = case.look.taker_of(published)
    if taker:
        name = container_name(taker)
        _refuse(
            f"the port of {published} is taken by {name}, a container that is not the course's ({taker['Image']}).",
            f"Stop yours in a terminal of your own while you do this task: docker stop {name}",
        )


def _build(case: GuardedCommand) -> Decision:
    tags = case.line.values("-t", "--tag")
    for tag in tags:
        _tag_is_free(case, tag, "")
    return Decision(_labelled(case), owns=tuple(tags))


def _tag(case: GuardedCommand) -> Decision:
    if len(case.line.args) != 2:
        return Decision(case.argv)
    source, target = case.line.args
    image = case.look.image(source)
    if image:
        _tag_is_free(case, target, image["Id"])
    return Decision(case.argv, owns=_new_images(case, [target]))


def _commit(case: GuardedCommand) -> Decision:
    for target in case.line.args[1:]:
        _tag_is_free(case, target, "")
    return Decision([*case.argv[: case.line.at], "--change", f"LABEL {LABELLED}", *case.argv[case.line.at :]])


def _tag_is_free(case: GuardedCommand, tag: str, image_id: str) -> None:
    """Refuse when a foreign image would lose its name to another one."""
    there = case.look.image(tag)
    if there and there["Id"] != image_id and not case.look.is_ours(there, tag):
        _refuse(
            f"{tag} names an image that is not the course's, and it would have lost that name.",
            f"Give yours another name in a terminal of your own, and try again: docker tag {tag} my-{_plain(tag)}",
        )


def _plain(tag: str) -> str:
    return tag.rpartition("/")[2]


def _pull(case: GuardedCommand) -> Decision:
    return Decision(case.argv, owns=_new_images(case, case.line.args))


def _new_images(case: GuardedCommand, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name and not case.look.image(name))


def _labelled_only(case: GuardedCommand) -> Decision:
    return Decision(_labelled(case))


# --- commands that change or remove something


def _containers(would: str) -> Callable[[GuardedCommand], Decision]:
    """Return the rule for commands that name containers; ``would`` says what would have happened to a foreign one."""

    def rule(case: GuardedCommand) -> Decision:
        named = case.line.args[:1] if case.line.name == "rename" else case.line.args
        for name in named:
            there = case.look.container(name)
            if there and not bears_label(there):
                _refuse(
                    f"{container_name(there)} is a container that is not the course's ({there['Config']['Image']}, "
                    f"{there['State']['Status']}); it would have been {would}.",
                    "Name one of the course's containers; docker ps -a --filter label=org.docker101 lists them.",
                )
        return Decision(case.argv)

    return rule


def _rmi(case: GuardedCommand) -> Decision:
    for name in case.line.args:
        image = case.look.image(name)
        if image:
            _image_may_go(case, image, name)
    return Decision(case.argv)


def _image_may_go(case: GuardedCommand, image: dict[str, Any], name: str) -> None:
    tags = image_tags(image)
    by_tag = image_name(name) in tags
    if not case.look.is_ours(image, name if by_tag else ""):
        known = f" (also known as {', '.join(t for t in tags if t != image_name(name))})" if len(tags) > by_tag else ""
        _refuse(
            f"{name} is an image that is not the course's{known}; "
            + ("its name would have been taken away." if by_tag and len(tags) > 1 else "it would have been removed."),
            "Remove images that you pulled, tagged or built in this course; leave this one.",
        )
    users = [container_name(c) for c in case.look.foreign(case.look.containers()) if c["ImageID"] == image["Id"]]
    if users and not (by_tag and len(tags) > 1):
        _refuse(
            f"{name} is used by {', '.join(users)}, which is not the course's; its image would have been removed.",
            "Leave this image; the tasks of the course do not need it gone.",
        )


def _named(kind: str) -> Callable[[GuardedCommand], Decision]:
    """Return the rule for commands that remove networks or volumes by name."""

    def rule(case: GuardedCommand) -> Decision:
        for name in case.line.args:
            there = case.look.named(kind, name)
            if there and not bears_label(there):
                _refuse(
                    f"{name} is a {kind} that is not the course's; it would have been changed or removed.",
                    f"Name one of the course's; docker {kind} ls --filter label={LABEL} lists them.",
                )
        return Decision(case.argv)

    return rule


def _container_of_network(case: GuardedCommand) -> Decision:
    return _containers("changed")(case._replace(line=case.line._replace(args=case.line.args[1:])))


def _prune(*kinds: str) -> Callable[[GuardedCommand], Decision]:
    """Return the rule for a prune of these kinds of things."""

    def rule(case: GuardedCommand) -> Decision:
        line = case.line
        filters = line.values("--filter")
        if any(item in (f"label={LABEL}", f"label={LABELLED}") for item in filters):
            return Decision(case.argv)
        wanted = [*kinds, *(["volume"] if line.name == "system prune" and line.has("--volumes") else [])]
        lost = [thing for kind in wanted for thing in case.look.prunable(kind, filters, line.has("-a", "--all"))]
        if lost:
            shown = ", ".join(lost[:8]) + (f" and {len(lost) - 8} more" if len(lost) > 8 else "")
            _refuse(
                f"docker {line.name} would also have removed what is not the course's: {shown}.",
                f"Remove only the course's: docker {line.name} --filter label={LABEL}",
            )
        return Decision(case.argv)

    return rule


def _builder_prune(case: GuardedCommand) -> Decision:
    _refuse(
        f"docker {case.line.name} would have removed the build cache of everything here, not only the course's.",
        "To build without the cache use: docker build --no-cache …",
    )


RULES: dict[str, Callable[[GuardedCommand], Decision]] = {
    "run": _run,
    "create": _create,
    "build": _build,
    "tag": _tag,
    "commit": _commit,
    "pull": _pull,
    "network create": _labelled_only,
    "volume create": _labelled_only,
    "rm": _containers("removed"),
    "stop": _containers("stopped"),
    "kill": _containers("killed"),
    "pause": _containers("paused"),
    "unpause": _containers("resumed"),
    "restart": _containers("restarted"),
    "start": _containers("started"),
    "rename": _containers("renamed"),
    "update": _containers("changed"),
    "rmi": _rmi,
    "network rm": _named("network"),
    "network connect": _container_of_network,
    "network disconnect": _container_of_network,
    "volume rm": _named("volume"),
    "container prune": _prune("container"),
    "image prune": _prune("image"),
    "network prune": _prune("network"),
    "volume prune": _prune("volume"),
    "system prune": _prune("container", "network", "image"),
    "builder prune": _builder_prune,
    "buildx prune": _builder_prune,
}
"""The rule of each command that creates, changes or removes something; others read, or act inside a container."""
