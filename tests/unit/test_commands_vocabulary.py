"""The vocabulary: commands written anew, and what is told about those that cannot be."""

from __future__ import annotations

import pytest

from checker.commands import NotTaught, parse
from checker.commands.argv import BOOLEAN, spellings, split
from checker.commands.values import KINDS
from checker.commands.vocabulary import NEVER_REPLAYED, entries


def canonical(text: str) -> str:
    """Return the one command of a text as it is written anew."""
    parsed = parse(text)
    assert parsed.problems == ()
    return " ".join(parsed.commands[0].canonical())


SAME = {
    "docker run -d --name shop -p 8000:80 docker101/web": (
        "docker run --detach --name=shop --publish=8000:80 docker101/web"
    ),
    "docker container run -dp8000:80 --name=shop docker101/web": (
        "docker run --detach --publish=8000:80 --name=shop docker101/web"
    ),
    "docker run --rm --init -e A=1 --env B= busybox:1.37 sh -c 'echo -n; x'": (
        "docker run --rm --init --env=A=1 --env=B= busybox:1.37 sh -c echo -n; x"
    ),
    "docker run -d=false --rm=true busybox -d": "docker run --rm busybox -d",
    "docker run --name a1 --name b1 busybox": "docker run --name=b1 busybox",
    "docker run -dit --restart on-failure:3 busybox": (
        "docker run --detach --interactive --tty --restart=on-failure:3 busybox"
    ),
    "docker run -a STDIN -i -P -p 127.0.0.1::80/udp busybox": (
        "docker run --attach=stdin --interactive --publish-all --publish=127.0.0.1::80/udp busybox"
    ),
    "docker create --expose 80 --net shops --pull Always busybox": (
        "docker create --expose=80 --network=shops --pull=always busybox"
    ),
    "docker container start nap -a": "docker start --attach nap",
    "docker stop -t 3 a1 b1": "docker stop -t=3 a1 b1",
    "docker stop --time=3 --signal SIGINT a1": "docker stop -t=3 --signal=INT a1",
    "docker stop --timeout 3 a1": "docker stop -t=3 a1",
    "docker kill -s sigusr1 a1": "docker kill --signal=USR1 a1",
    "docker kill -s 9 -- a1": "docker kill --signal=9 a1",
    "docker container remove a1 -fv": "docker rm --force --volumes a1",
    "docker container prune -f --filter label!=keep": "docker container prune --force --filter=label!=keep",
    "docker container list -aq --no-trunc": "docker ps --all --quiet --no-trunc",
    "docker rename a1 b1": "docker rename a1 b1",
    "docker inspect -f '{{.State.Status}}' a": "docker inspect --format={{.State.Status}} a",
    "docker inspect --type image busybox:1.37": "docker inspect --type=image busybox:1.37",
    "docker exec -d a1 sh -c 'touch /x'": "docker exec --detach a1 sh -c touch /x",
    "docker exec -u 1000:1000 -w /srv a1 ls -l": "docker exec --user=1000:1000 --workdir=/srv a1 ls -l",
    "docker logs -t --tail 5 --since 10m a1": "docker logs --timestamps --tail=5 --since=10m a1",
    "docker port a1 80/tcp": "docker port a1 80/tcp",
    "docker image ls --digests": "docker images --digests",
    "docker images 'busy*'": "docker images busy*",
    "docker image tag busybox:1.37 localhost:5000/my/box:2": "docker tag busybox:1.37 localhost:5000/my/box:2",
    "docker image rm -f sha256:0123456789ab": "docker rmi --force sha256:0123456789ab",
    "docker build -t shop:1.0 --build-arg A=1 --progress plain .": (
        "docker build --tag=shop:1.0 --build-arg=A=1 --progress=plain ."
    ),
    "docker image build -f app/Dockerfile app/": "docker build --file=./app/Dockerfile ./app",
    "docker build -t x1 - < Dockerfile": "docker build --tag=x1 -",
    "docker network connect --alias shop1 shops a1": "docker network connect --alias=shop1 shops a1",
    "docker context ls": "docker context ls",
    "docker version --format json": "docker version --format=json",
    "docker stats --no-stream": "docker stats --no-stream",
}


@pytest.mark.parametrize("text", SAME)
def test_a_command_is_written_anew_in_one_spelling(text: str) -> None:
    """Every way to write a command that the lessons teach leads to one form."""
    assert canonical(text) == SAME[text]


def test_what_is_written_anew_reads_as_itself() -> None:
    """The canonical form is a fixed point, so that nothing changes when it is read once more."""
    for text in SAME:
        anew = parse(text).commands[0].canonical()
        quoted = " ".join(f"'{word}'" for word in anew)
        assert parse(quoted).commands[0].canonical() == anew


REFUSED = {
    "docker strat nap": "Did you mean docker stats or docker start?",
    "docker swarm init": "docker swarm init is no command that this course teaches",
    "docker volume create x": "Use the commands of the lessons",
    "docker attach nap": "waits for somebody",
    "docker logs -f nap": "goes on until somebody stops it",
    "docker context use x": "leave the course's engine",
    "docker -H tcp://x ps": "comes before the subcommand",
    "docker run --privileged busybox": "open the whole machine",
    "docker run -v /:/host busybox": "reaches out of the container",
    "docker run --mount type=bind busybox": "reaches out of the container",
    "docker run --pid host busybox": "--pid is no option of docker run",
    "docker run --cap-add SYS_ADMIN busybox": "so this line cannot be replayed for a grade",
    "docker run --security-opt x busybox": "Leave it out",
    "docker run -name shop busybox": "A long option has two hyphens: --name",
    "docker run --nmae shop busybox": "Did you mean --name?",
    "docker run --env-file /x busybox": "Did you mean",
    "docker run --network host busybox": "own network",
    "docker run --network container:x busybox": "own network",
    "docker run -e HOME busybox": "NAME=value",
    "docker run --rm=maybe busybox": "takes no value",
    "docker run --name": "--name needs a value after it",
    "docker run": "lacks its image",
    "docker rename a": "Its form: docker rename CONTAINER NEW-NAME",
    "docker stop": "Its form: docker stop CONTAINER …",
    "docker ps nap": "takes no more arguments; “nap” is one too many",
    "docker port a1 80 90": "Its form: docker port CONTAINER [EXPOSED]",
    "docker run Busybox": "written in small letters",
    "docker run 'busybox '": "no image name",
    "docker run http://x/y": "no image name",
    "docker tag busybox x@sha256:" + "a" * 64: "names a digest",
    "docker run --name a busybox": "cannot be a name",
    "docker run --name 'x y' busybox": "cannot be a name",
    "docker rm -- -f": "cannot be a name",
    "docker run -p web:80 busybox": "no published port",
    "docker run -p 8000:80000 busybox": "80000",
    "docker run -p 300.0.0.1:1:80 busybox": "no IP address",
    "docker run --expose x busybox": "is no port",
    "docker run --expose 0 busybox": "ports go from 1 to 65535",
    "docker kill -s BILL a1": "is no signal",
    "docker stop -t soon a1": "no number of seconds",
    "docker ps -n all": "is no number",
    "docker ps --filter shop": "is no filter",
    "docker ps --filter magic=1": "is no filter",
    "docker run -a all busybox": "One of: stdin, stdout, stderr.",
    "docker run --pull maybe busybox": "One of: always, missing, never.",
    "docker run -w srv busybox": "no folder inside the container",
    "docker run -u 'a b' busybox": "is no user",
    "docker run -h a_b busybox": "is no host name",
    "docker run -l =x busybox": "is no label",
    "docker run --restart often busybox": "no restart policy",
    "docker logs --tail x a1": "no number of lines",
    "docker logs --since yesterday a1": "is no time",
    "docker images 'a b'": "is no image name",
    "docker build https://x.test/y.git": "outside the lab's folder",
    "docker build /etc": "outside the lab's folder",
    "docker build ..": "outside the lab's folder",
    "docker build -f ../D .": "outside the lab's folder",
    "docker build --target 'a b' .": "stage's name",
    "docker build --progress tty .": "One of: plain, auto.",
    "docker inspect --type volume x1": "One of: container, image, network.",
    "docker run busybox " + "a" * 5000: "longer than 4096",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_replayed_is_named(text: str) -> None:
    """A subcommand, an option or a value outside the vocabulary is one message that names it."""
    parsed = parse(text)
    assert parsed.problems == ()
    [problem] = parsed.not_taught()
    assert REFUSED[text] in f"{problem.message} {problem.next_step}"
    with pytest.raises(NotTaught) as caught:
        parsed.commands[0].canonical()
    assert caught.value.problem == problem


def test_the_table_uses_only_kinds_that_exist() -> None:
    """Every kind in the table has its reader, and every reader is used."""
    used = {kind for entry in entries().values() for kind, _ in entry.args}
    used |= {option.kind for entry in entries().values() for option in entry.options.values() if option.kind}
    assert used == set(KINDS)


def test_reasons_are_given_only_for_what_the_table_leaves_out() -> None:
    """A command or option with a reason against it is not taught as well."""
    for typed in NEVER_REPLAYED:
        name, _, flag = typed.rpartition(" ")
        assert typed not in entries()
        assert not flag.startswith("-") or flag not in entries()[name].options


def test_every_spelling_is_read_as_its_command() -> None:
    """What the grammar writes in several ways, it reads back as the one command."""
    assert spellings("rm") == ["rm", "container rm", "container remove"]
    assert spellings("build") == ["build", "image build", "builder build", "buildx build", "buildx b"]
    assert spellings("network rm") == ["network rm", "network remove"]
    for entry in entries().values():
        assert {split(["docker", *words.split()]).name for words in spellings(entry.name)} == {entry.name}


def test_the_vocabulary_agrees_with_dockers_options() -> None:
    """What the lessons teach as an option without a value is one in docker's own grammar, and the other way round."""
    for entry in entries().values():
        without_value = BOOLEAN.get(entry.name) or BOOLEAN.get(entry.name.rsplit(" ", 1)[-1])
        for flag, option in entry.options.items() if without_value else ():
            assert (flag in without_value) == (not option.kind), (entry.name, flag)
