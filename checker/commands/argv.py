"""How docker's own command line is read: subcommand, options, arguments. Standard library only, and quick to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GROUPS = _words(
    "builder buildx checkpoint compose config container context image manifest network node plugin secret service "
    "stack swarm system trust volume"
)
"""Words after ``docker`` that need a second word to make a command."""

VALUED_GLOBALS = _words("--config --context -c --host -H --log-level -l --tlscacert --tlscert --tlskey")
"""Options before the subcommand that take a value."""

_RUN = _words(
    "-d --detach -i --interactive -t --tty -P --publish-all -q --quiet --rm --init --privileged --read-only "
    "--no-healthcheck --oom-kill-disable --sig-proxy --disable-content-trust --use-api-socket --help"
)

BOOLEAN = {
    "run": _RUN,
    "create": _RUN,
    "exec": _words("-d --detach -i --interactive -t --tty --privileged --help"),
    "build": _words(
        "--compress --disable-content-trust --force-rm --help --load --no-cache --pull --push -q --quiet --rm --squash "
        "--check -D --debug"
    ),
    "start": _words("-a --attach -i --interactive --help"),
    "rm": _words("-f --force -l --link -v --volumes --help"),
    "rmi": _words("-f --force --no-prune --help"),
    "prune": _words("-a --all -f --force --volumes --verbose --help"),
    "pull": _words("-a --all-tags -q --quiet --disable-content-trust --help"),
    "commit": _words("-p --pause --no-pause --help"),
    "network create": _words("--attachable --config-only --ingress --internal --ipv4 --ipv6 --help"),
}
"""Options that take no value, by command; all others of these commands take one. Source: ``docker COMMAND --help``."""

_FLAGS_END_AT_FIRST_WORD = frozenset({"run", "create", "exec"})

ALIASES = {
    ("container", "remove"): "rm",
    ("container", "ls"): "ps",
    ("container", "list"): "ps",
    ("container", "ps"): "ps",
    ("image", "rm"): "rmi",
    ("image", "remove"): "rmi",
    ("image", "ls"): "images",
    ("image", "list"): "images",
    ("builder", "build"): "build",
    ("buildx", "build"): "build",
    ("buildx", "b"): "build",
    ("network", "list"): "network ls",
    ("network", "remove"): "network rm",
    ("volume", "list"): "volume ls",
    ("volume", "remove"): "volume rm",
    ("context", "list"): "context ls",
    ("system", "info"): "info",
    ("system", "events"): "events",
}
"""Two words that mean another command; otherwise ``container X`` and ``image X`` mean ``X``. Source: the page of each
command in the reference of the docker CLI, under "Aliases"."""

_SHORT_CONTAINER = _words(
    "attach commit cp create diff exec export kill logs pause port rename restart rm run start stats stop top unpause "
    "update wait"
)
_SHORT_IMAGE = _words("build history import load pull push save tag")


class MissingValue(Exception):
    """The last option needs a value."""


class Split(NamedTuple):
    """A docker command line in its parts. ``at`` is where the words after the subcommand begin in the whole line."""

    before: list[tuple[str, str]]
    name: str
    at: int
    options: list[tuple[str, str]]
    args: list[str]

    def values(self, *flags: str) -> list[str]:
        """Return the values of an option, whatever its spelling, in the order given."""
        return [value for flag, value in self.options if flag in flags]

    def has(self, *flags: str) -> bool:
        """Return whether an option without a value is set."""
        return any(flag in flags and value.lower() not in ("false", "0", "f") for flag, value in self.options)


def split(argv: Sequence[str]) -> Split:
    """Read a line that begins with ``docker``, as the docker CLI would; never raises.

    Source: pflag's rules (``-dit``, ``-p80:80``, ``--name=x``, ``--``); options of run, create and exec end at the
    image or container.
    """
    before, at = _before(argv)
    name, at = command_name(argv, at)
    flags = BOOLEAN.get(name) or BOOLEAN.get(name.rsplit(" ", 1)[-1])
    try:
        options, args = read_options(argv[at:], lambda flag: _boolean(flags, flag), name in _FLAGS_END_AT_FIRST_WORD)
    except MissingValue:
        options, args = [], []  # docker will say so itself
    return Split(before, name, at, options, args)


def command_name(argv: Sequence[str], at: int = 1) -> tuple[str, int]:
    """Return the command's short name ("rm" for ``container remove``) and where the words after it begin.

    Arguments:
        argv: the words of a command line.
        at: the index of the command's first word in ``argv``; default 1, after ``docker``.

    """
    first = argv[at] if at < len(argv) else ""
    if first not in GROUPS or at + 1 >= len(argv):
        return first, at + 1
    pair = (first, argv[at + 1])
    plain = _SHORT_CONTAINER if first == "container" else _SHORT_IMAGE if first == "image" else frozenset()
    return ALIASES.get(pair) or (pair[1] if pair[1] in plain else " ".join(pair)), at + 2


def spellings(name: str) -> list[str]:
    """Return all ways to write a command, its short name first: "rm", "container rm" and "container remove"."""
    groups = (("container", _SHORT_CONTAINER), ("image", _SHORT_IMAGE))
    long = [f"{group} {name}" for group, short in groups if name in short]
    return [name, *long, *(" ".join(pair) for pair, meant in ALIASES.items() if meant == name)]


def read_options(
    words: Sequence[str], boolean: Callable[[str], bool], first_word_ends: bool
) -> tuple[list[tuple[str, str]], list[str]]:
    """Separate options from arguments.

    Arguments:
        words: what follows the subcommand.
        boolean: says of an option whether it takes no value; may raise for one that it does not know.
        first_word_ends: whether the first argument ends the options, as it does after ``docker run``.

    Raises:
        MissingValue: when the last option lacks its value.

    """
    options: list[tuple[str, str]] = []
    args: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return options, args + waiting
        if word.startswith("--"):
            flag, equals, value = word.partition("=")
            options.append((flag, value if equals else "true" if boolean(flag) else _next(flag, waiting)))
        elif word.startswith("-") and word != "-":
            options += _letters(word[1:], boolean, waiting)
        else:
            args.append(word)
            if first_word_ends:
                return options, args + waiting
    return options, args


def _letters(letters: str, boolean: Callable[[str], bool], waiting: list[str]) -> list[tuple[str, str]]:
    """Read a word like ``-dit`` or ``-p80:80``."""
    options: list[tuple[str, str]] = []
    while letters:
        flag, letters = f"-{letters[0]}", letters[1:]
        if letters.startswith("="):
            return [*options, (flag, letters[1:])]
        if not boolean(flag):
            return [*options, (flag, letters or _next(flag, waiting))]
        options.append((flag, "true"))
    return options


def _next(flag: str, waiting: list[str]) -> str:
    if not waiting:
        raise MissingValue(flag)
    return waiting.pop(0)


def _boolean(flags: frozenset[str] | None, flag: str) -> bool:
    return flag in flags if flags is not None else flag in ("-f", "--force", "-a", "--all", "-q", "--quiet", "--help")


def _before(argv: Sequence[str]) -> tuple[list[tuple[str, str]], int]:
    """Return the options between ``docker`` and the subcommand, and the subcommand's index."""
    found: list[tuple[str, str]] = []
    at = 1
    while at < len(argv) and argv[at].startswith("-"):
        flag, equals, value = argv[at].partition("=")
        if not flag.startswith("--") and flag[:2] in VALUED_GLOBALS and len(argv[at]) > 2:
            flag, equals, value = flag[:2], "=", argv[at][2:].removeprefix("=")
        if not equals and flag in VALUED_GLOBALS and at + 1 < len(argv):
            at, value = at + 1, argv[at + 1]
        found.append((flag, value))
        at += 1
    return found, at
