"""The course's vocabulary: every subcommand, option and kind of value that the lessons teach, as one table.

What has no word here cannot be replayed for a grade: privileged containers, mounts from the host, devices,
capabilities, host namespaces, security options, log drivers, plugins, volumes, other engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from checker.commands.argv import spellings

_RUN = """
    --detach -d
    --interactive -i
    --tty -t
    --rm
    --init
    --publish-all -P
    --name new-name
    --env -e env +
    --attach -a stream +
    --publish -p published +
    --expose exposed +
    --label -l label +
    --workdir -w workdir
    --user -u user
    --hostname -h host-name
    --entrypoint text
    --restart restart
    --stop-signal signal
    --stop-timeout seconds
    --pull pull-policy
    --network --net network
"""

_LISTING = """
    --all -a
    --quiet -q
    --no-trunc
    --filter -f filter +
    --format template
"""

TABLE = f"""
run : image command*{_RUN}
create : image command*{_RUN}
start : container+
    --attach -a
    --interactive -i
stop : container+
    -t --time --timeout seconds
    --signal -s signal
restart : container+
    -t --time --timeout seconds
    --signal -s signal
kill : container+
    --signal -s signal
pause : container+
unpause : container+
rename : container new-name
wait : container+
rm : container+
    --force -f
    --volumes -v
container prune :
    --force -f
    --filter filter +
ps :{_LISTING}
    --size -s
    --last -n number
    --latest -l
logs : container
    --timestamps -t
    --tail -n tail
    --since moment
    --until moment
inspect : object+
    --format -f template
    --type object-type
    --size -s
container inspect : container+
    --format -f template
    --size -s
exec : container command+
    --detach -d
    --interactive -i
    --tty -t
    --env -e env +
    --user -u user
    --workdir -w workdir
top : container
port : container exposed?
diff : container
stats : container*
    --no-stream
    --no-trunc
    --all -a
    --format template
images : image-pattern?{_LISTING}
    --digests
pull : image
    --quiet -q
push : image
    --quiet -q
tag : image-or-id new-image
rmi : image-or-id+
    --force -f
    --no-prune
image inspect : image-or-id+
    --format -f template
image prune :
    --all -a
    --force -f
    --filter filter +
history : image-or-id
    --quiet -q
    --no-trunc
    --human -H
    --format template
build : context
    --tag -t new-image +
    --file -f dockerfile
    --build-arg env +
    --label label +
    --target stage
    --progress progress
    --no-cache
    --pull
    --quiet -q
network create : new-name
    --label label +
network rm : container+
network ls :
    --quiet -q
    --filter -f filter +
    --format template
network inspect : container+
    --format -f template
network connect : network container
    --alias new-name +
network disconnect : network container
    --force -f
context ls :
    --quiet -q
    --format template
context show :
version :
    --format -f template
info :
    --format -f template
system df :
    --verbose -v
    --format template
"""
"""One block a command: its short name (``argv.spellings`` knows the others), then its arguments (? + * as in patterns),
then its options: the canonical spelling, other spellings, the kind of its value (none: set or not), + where
it may repeat."""

NEVER_REPLAYED = {
    "attach": "waits for somebody at a terminal.",
    "events": "goes on until somebody stops it.",
    "login": "asks for a password.",
    "logs --follow": "goes on until somebody stops it.",
    "logs -f": "goes on until somebody stops it.",
    "container attach": "waits for somebody at a terminal.",
    "context use": "would leave the course's engine.",
    "run --privileged": "would open the whole machine to the container.",
    "create --privileged": "would open the whole machine to the container.",
    "exec --privileged": "would open the whole machine to the container.",
    "run -v": "reaches out of the container, into the machine that grades.",
    "run --volume": "reaches out of the container, into the machine that grades.",
    "run --mount": "reaches out of the container, into the machine that grades.",
    "create -v": "reaches out of the container, into the machine that grades.",
    "create --volume": "reaches out of the container, into the machine that grades.",
    "create --mount": "reaches out of the container, into the machine that grades.",
}
"""Commands and options that learners do try, with the reason why no replay runs them."""


@dataclass(frozen=True)
class Option:
    """An option: the canonical spelling, and the kind of its value (empty: it takes none)."""

    spelling: str
    kind: str
    repeats: bool


@dataclass(frozen=True)
class Entry:
    """A subcommand. ``args`` holds each argument's kind and how often it may occur: 1, ? (0 or 1), + (1 or more), *."""

    name: str
    args: tuple[tuple[str, str], ...]
    options: dict[str, Option]

    @property
    def first_word_ends(self) -> bool:
        """Whether the first argument ends the options: what follows is the container's own command."""
        return any(kind == "command" for kind, _ in self.args)

    @property
    def form(self) -> str:
        """The command's form for people: "rename CONTAINER NEW-NAME"."""
        ends = {"1": "{}", "?": "[{}]", "+": "{} …", "*": "[{} …]"}
        return " ".join([self.name, *(ends[count].format(kind.upper()) for kind, count in self.args)])


@cache
def entries() -> dict[str, Entry]:
    """Return the vocabulary by name; every spelling of a subcommand leads to its entry."""
    found: dict[str, Entry] = {}
    entry = Entry("", (), {})
    for line in TABLE.strip().splitlines():
        if line.startswith(" "):
            option = _option(line.split())
            entry.options.update(dict.fromkeys((word for word in line.split() if word.startswith("-")), option))
        elif line:
            name, _, args = line.partition(":")
            entry = Entry(name.strip(), tuple(_arg(word) for word in args.split()), {})
            found.update(dict.fromkeys(spellings(entry.name), entry))
    return found


def _option(words: list[str]) -> Option:
    kinds = [word for word in words if not word.startswith("-") and word != "+"]
    return Option(words[0], kinds[0] if kinds else "", words[-1] == "+")


def _arg(word: str) -> tuple[str, str]:
    return (word[:-1], word[-1]) if word[-1] in "?+*" else (word, "1")
