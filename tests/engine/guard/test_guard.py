"""The guard on a real engine: what it labels, what it lets pass, what it holds back and says."""

from __future__ import annotations

from typing import Any

import pytest

from checker.commands import parse
from checker.engine.engine import Engine
from checker.engine.guard.guard import is_guarded, judge
from checker.engine.guard.owned import Owned
from checker.lab.vocabulary import Trust
from checker.play import play, runner
from tests.engine.guard.foreign import IMAGE, OTHER, Foreign
from tests.engine.made import BUSYBOX, LABEL, make

pytestmark = pytest.mark.engine


def verdict(mine: Foreign, command: str) -> Any:
    """Judge one command line."""
    words = parse(command + (" -f" if command.endswith("prune") else "")).commands[0].argv
    return judge(words, mine.host, Owned(mine.state, mine.host))


def refusal(mine: Foreign, command: str) -> str:
    """Return why a command is held back; it always says how to go on and how to switch the guard off."""
    said = str(verdict(mine, command).refusal)
    assert not said or said.endswith("\nIf you do mean it, switch the guard off: DOCKER101_GUARD=off docker …")
    assert not said or len(said.splitlines()) == 3
    return said


def run(mine: Foreign, text: str) -> list[tuple[int, str]]:
    """Play a list on the learner's own engine; return exit codes and notes."""
    listed = parse(text)
    assert not listed.problems
    done = play(listed.commands, runner(mine.endpoint, mine.state, mine.work), Trust.LIVE)
    return [(one.exit_code, one.note) for one in done]


# --- what passes


def test_the_guard_stands_only_on_an_engine_that_was_there() -> None:
    """A private engine holds nothing foreign; and the guard can be switched off by name."""
    current = Engine("unix:///x", "current", "")
    assert is_guarded(current, {})
    assert is_guarded(current, {"DOCKER101_GUARD": "on"})
    assert not is_guarded(current, {"DOCKER101_GUARD": "off"})
    assert not is_guarded(Engine("unix:///x", "private", ""), {})


@pytest.mark.parametrize("command", ["docker ps -a", "docker logs theirs", "docker exec theirs ls", "docker rm --help"])
def test_commands_that_read_pass_untouched(mine: Foreign, command: str) -> None:
    """What only reads, or acts inside a container, runs as it was typed."""
    assert verdict(mine, command) == (command.split(), "", ())


@pytest.mark.parametrize(
    ("command", "labelled"),
    [
        ("docker run -d busybox:1.37 ls", "docker run --label org.docker101=1 -d busybox:1.37 ls"),
        ("docker container create busybox:1.37", "docker container create --label org.docker101=1 busybox:1.37"),
        ("docker build -t ours/a .", "docker build --label org.docker101=1 -t ours/a ."),
        ("docker image build .", "docker image build --label org.docker101=1 ."),
        ("docker network create shops", "docker network create --label org.docker101=1 shops"),
        ("docker volume create data", "docker volume create --label org.docker101=1 data"),
        ("docker -D run busybox:1.37", "docker -D run --label org.docker101=1 busybox:1.37"),
    ],
)
def test_what_is_created_bears_the_label(mine: Foreign, command: str, labelled: str) -> None:
    """The course's label is put in after the subcommand; nothing else of the command changes."""
    assert verdict(mine, command).argv == labelled.split()


def test_commit_passes_the_label_on(mine: Foreign) -> None:
    """An image made from a container is the course's as well."""
    argv = verdict(mine, "docker commit a1 ours/c:1").argv
    assert argv == ["docker", "commit", "--change", "LABEL org.docker101=1", "a1", "ours/c:1"]


def test_a_container_of_the_course_may_be_changed_and_removed(mine: Foreign) -> None:
    """Everything that a lesson does to its own containers works as without the guard."""
    done = run(
        mine,
        f"docker run -d --name shop {BUSYBOX} sleep 600\ndocker pause shop\ndocker unpause shop\n"
        "docker rename shop shop1\ndocker restart -t 0 shop1\ndocker kill shop1\ndocker start shop1\n"
        "docker container prune -f\ndocker stop -t 0 shop1\ndocker rm shop1",
    )
    assert done == [(0, "")] * 10
    assert "shop1" not in mine.names()


def test_only_images_that_were_not_there_are_noted(mine: Foreign) -> None:
    """What the learner had before the course stays theirs; a new name becomes the course's."""
    assert run(mine, f"docker tag {BUSYBOX} ours/box\ndocker run --rm {BUSYBOX} true") == [(0, ""), (0, "")]
    assert list(Owned(mine.state, mine.host).images()) == ["ours/box:latest"]


def test_a_pull_that_fails_notes_nothing(mine: Foreign) -> None:
    """An image that never came is not the course's."""
    [(code, _)] = run(mine, "docker pull 127.0.0.1:1/none:1")
    assert code != 0
    assert Owned(mine.state, mine.host).images() == {}


def test_names_that_the_course_gave_may_go(mine: Foreign) -> None:
    """Removing a tag of the course's own touches the image under its other name in no way."""
    assert run(mine, f"docker tag {IMAGE} ours/copy:1\ndocker rmi ours/copy:1") == [(0, ""), (0, "")]
    assert IMAGE in mine.tags()


def test_an_image_that_the_course_built_may_go(mine: Foreign) -> None:
    """A built image bears the label, and may be removed by its name or its id."""
    (mine.work / "Dockerfile").write_text(f"FROM {IMAGE}\nCMD true\n", encoding="utf-8")
    assert run(mine, "docker build -q -t ours/built:1 .") == [(0, "")]
    image = mine.client.inspect_image("ours/built:1")
    assert image["Config"]["Labels"] == LABEL
    assert run(mine, f"docker rmi {image['Id'][7:19]}") == [(0, "")]


# --- what is held back: containers


@pytest.mark.parametrize(
    ("command", "would"),
    [
        ("docker rm -f theirs", "removed"),
        ("docker container rm theirs", "removed"),
        ("docker stop theirs", "stopped"),
        ("docker kill -s HUP theirs", "killed"),
        ("docker pause theirs", "paused"),
        ("docker unpause theirs", "resumed"),
        ("docker restart theirs", "restarted"),
        ("docker start theirs", "started"),
        ("docker rename theirs x1", "renamed"),
        ("docker update --memory 1g theirs", "changed"),
        ("docker network connect bridge theirs", "changed"),
        ("docker network disconnect bridge theirs", "changed"),
    ],
)
def test_a_foreign_container_is_not_touched(mine: Foreign, command: str, would: str) -> None:
    """The refusal names the container, its image and state, and what would have happened to it."""
    mine.container("theirs")
    assert f"theirs is a container that is not the course's ({IMAGE}, running); it would have been {would}." in (
        refusal(mine, command)
    )
    assert run(mine, command)[0][0] == 125
    assert mine.status("theirs") == "running"


def test_a_foreign_container_is_known_by_its_id_too(mine: Foreign) -> None:
    """An id, or the start of one, is the same thing as a name; one foreign name among ours is enough."""
    theirs = mine.container("theirs")
    make(mine.client, "ours1", "sleep", "600")
    assert "theirs is a container" in refusal(mine, f"docker rm -f ours1 {theirs[:6]}")
    assert refusal(mine, "docker rm -f ours1") == ""
    assert refusal(mine, "docker rm -f nobody") == ""


def test_a_name_that_is_taken(mine: Foreign) -> None:
    """A run that needs the name of a foreign container is told how to free it; the course's own is docker's matter."""
    mine.container("shop", start=False)
    said = refusal(mine, f"docker run -d --name=shop {BUSYBOX}")
    assert f"the name shop is taken by a container that is not the course's ({IMAGE}, created)" in said
    assert "docker rename shop my-shop" in said
    assert "the name shop" in refusal(mine, f"docker create --name x1 --name shop {BUSYBOX}")
    assert refusal(mine, f"docker run -d --name sho {BUSYBOX}") == ""
    make(mine.client, "ours1", start=False)
    assert refusal(mine, f"docker run --name ours1 {BUSYBOX}") == ""


@pytest.mark.parametrize(
    ("published", "held"),
    [("8471:80", True), ("127.0.0.1:8471:80", True), ("0.0.0.0:8471:80/tcp", True), ("8471:80/udp", False),
     ("8472:80", False), ("80", False), ("127.0.0.2:8471:80", False)],
)  # fmt: skip
def test_a_port_that_is_taken(mine: Foreign, published: str, held: bool) -> None:
    """A port that a foreign container holds on the same address is refused, and it says who holds it."""
    mine.container("theirs", port_bindings={80: ("127.0.0.1", 8471)})
    said = refusal(mine, f"docker run -d -p {published} {BUSYBOX}")
    assert bool(said) is held
    if held:
        assert f"the port of {published} is taken by theirs, a container that is not the course's ({IMAGE})" in said
        assert "docker stop theirs" in said


def test_a_port_that_one_of_ours_holds(mine: Foreign) -> None:
    """The course's own clash of ports is a lesson, which docker itself teaches."""
    make(mine.client, "ours1", "sleep", "600", ports=[80], host={"port_bindings": {80: 8473}})
    assert refusal(mine, f"docker run -d -p 8473:80 {BUSYBOX}") == ""


# --- what is held back: images


def test_a_foreign_image_is_not_removed(mine: Foreign) -> None:
    """By name or by id, with or without force."""
    image_id = mine.client.inspect_image(IMAGE)["Id"]
    for command in (f"docker rmi {IMAGE}", f"docker image rm -f {IMAGE}", f"docker image remove {image_id}"):
        assert "is an image that is not the course's" in refusal(mine, command)
        assert "it would have been removed" in refusal(mine, command)
    assert refusal(mine, "docker rmi nothing:1") == ""


def test_a_foreign_name_is_not_taken_away(mine: Foreign) -> None:
    """Where an image has several names, the one that the learner gave stays."""
    run(mine, f"docker tag {IMAGE} ours/copy:1")
    said = refusal(mine, f"docker rmi {IMAGE}")
    assert "(also known as ours/copy:1); its name would have been taken away" in said
    assert "not the course's" in refusal(mine, f"docker rmi -f {mine.client.inspect_image(IMAGE)['Id']}")


def test_an_image_that_a_foreign_container_uses(mine: Foreign) -> None:
    """An image of the course's own stays while somebody else's container was made from it."""
    (mine.work / "Dockerfile").write_text(f"FROM {IMAGE}\nLABEL org.docker101=1\n", encoding="utf-8")
    run(mine, "docker build -q -t ours/used:1 .")
    mine.client.create_container("ours/used:1", ["true"], name="theirs", labels={})
    # a container inherits its image's label; one made before the image got it does not
    assert refusal(mine, "docker rmi -f ours/used:1") == ""
    Owned(mine.state, mine.host).note_image(IMAGE)
    mine.container("others", start=False)
    assert f"{IMAGE} is used by others, which is not the course's" in refusal(mine, f"docker rmi -f {IMAGE}")
    run(mine, f"docker tag {IMAGE} ours/copy:1")
    assert refusal(mine, f"docker rmi {IMAGE}") == ""  # its other name keeps the image


@pytest.mark.parametrize(
    "command", [f"docker tag {OTHER} {IMAGE}", f"docker build -t {IMAGE} .", f"docker commit x1 {IMAGE}"]
)
def test_a_foreign_image_keeps_its_name(mine: Foreign, command: str) -> None:
    """A name that would move from a foreign image to another one is refused, with the way to keep both."""
    said = refusal(mine, command)
    assert f"{IMAGE} names an image that is not the course's, and it would have lost that name." in said
    assert f"docker tag {IMAGE} my-box:1" in said


def test_giving_the_same_image_the_same_name_again(mine: Foreign) -> None:
    """It changes nothing, so it passes; and so does moving a name of the course's own."""
    assert refusal(mine, f"docker tag {IMAGE} {IMAGE}") == ""
    run(mine, f"docker tag {IMAGE} ours/x:1")
    assert refusal(mine, f"docker tag {OTHER} ours/x:1") == ""


# --- what is held back: prune, networks, volumes, other engines


def test_prune_that_would_take_foreign_containers(mine: Foreign) -> None:
    """It lists what would have been lost, at most eight, and gives the filter that spares it."""
    mine.container("theirs", start=False)
    said = refusal(mine, "docker container prune")
    assert "docker container prune would also have removed what is not the course's: container theirs." in said
    assert "docker container prune --filter label=org.docker101" in said
    for number in range(9):
        mine.container(f"more{number}", start=False)
    assert " and 2 more." in refusal(mine, "docker system prune -f")


def test_prune_with_our_filter_takes_only_ours(mine: Foreign) -> None:
    """The way that the refusal names works, and spares what is foreign."""
    mine.container("theirs", start=False)
    make(mine.client, "ours1", start=False)
    assert run(mine, "docker container prune -f --filter label=org.docker101") == [(0, "")]
    assert mine.names() == {"theirs"}


def test_prune_with_other_filters(mine: Foreign) -> None:
    """A label filter that spares the foreign ones passes; a filter by age does not count."""
    mine.container("theirs", start=False)
    assert refusal(mine, "docker container prune -f --filter label=kind=shop") == ""
    assert "theirs" in refusal(mine, "docker container prune -f --filter label!=keep")
    assert "theirs" in refusal(mine, "docker container prune -f --filter until=24h")


def test_prune_passes_where_nothing_foreign_would_go(mine: Foreign) -> None:
    """Running and paused containers are not pruned, so they do not count."""
    mine.container("theirs")
    assert refusal(mine, "docker container prune") == ""


def test_prune_of_images(mine: Foreign) -> None:
    """Without a name, or with --all unused, a foreign image would go."""
    assert f"image {IMAGE}" in refusal(mine, "docker image prune -a -f")
    assert IMAGE not in refusal(mine, "docker image prune")
    nameless = mine.client.create_container(OTHER, ["true"], name="theirs")
    image = mine.client.commit(nameless["Id"])["Id"]
    mine.client.remove_container(nameless["Id"])
    lost = refusal(mine, "docker image prune")
    assert f"would also have removed what is not the course's: image {image[7:19]}." in lost
    mine.client.remove_image(image)


def test_prune_of_networks_and_volumes(mine: Foreign) -> None:
    """Those in use stay, those of the course do not count, and foreign ones are named."""
    for name, labels in (("netours", LABEL), ("nettheirs", {}), ("netused", {})):
        mine.client.create_network(name, labels=labels)
    mine.client.connect_container_to_network(mine.container("theirs"), "netused")
    said = refusal(mine, "docker network prune")
    assert "network nettheirs" in said
    assert "netused" not in said
    assert "netours" not in said
    mine.client.create_volume("volours", labels=LABEL)
    assert "volours" not in refusal(mine, "docker volume prune -a -f")
    mine.client.create_volume("voltheirs")
    assert "volume voltheirs" in refusal(mine, "docker volume prune -a -f")
    assert "volume voltheirs" in refusal(mine, "docker system prune -a -f --volumes")
    assert "voltheirs" not in refusal(mine, "docker system prune -f")


def test_foreign_networks_and_volumes_are_not_removed(mine: Foreign) -> None:
    """By name; the course's own may go."""
    mine.client.create_network("nettheirs")
    mine.client.create_network("netours", labels=LABEL)
    mine.client.create_volume("voltheirs")
    mine.client.create_volume("volours", labels=LABEL)
    assert "nettheirs is a network that is not the course's" in refusal(mine, "docker network rm nettheirs")
    assert "voltheirs is a volume that is not the course's" in refusal(mine, "docker volume remove voltheirs")
    assert run(mine, "docker network rm netours\ndocker volume rm volours") == [(0, ""), (0, "")]


@pytest.mark.parametrize("command", ["docker builder prune", "docker buildx prune"])
def test_the_build_cache_belongs_to_everybody(mine: Foreign, command: str) -> None:
    """Nobody can tell whose cache it is, so it stays."""
    assert "build cache of everything here" in refusal(mine, command)


def test_another_engine_is_left_to_another_terminal(mine: Foreign) -> None:
    """A command that changes something elsewhere is refused; one that reads passes, and so does the own host."""
    assert "-H tcp://x:1 leads to another engine" in refusal(mine, "docker -H tcp://x:1 rm a1")
    assert "--context mine leads to another engine" in refusal(mine, "docker --context=mine run busybox")
    assert refusal(mine, "docker -H tcp://x:1 ps") == ""
    assert refusal(mine, f"docker -H {mine.host} rm a1") == ""


def test_switched_off_by_name(mine: Foreign, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever means it may."""
    mine.container("theirs")
    monkeypatch.setenv("DOCKER101_GUARD", "off")
    assert run(mine, "docker rm -f theirs") == [(0, "")]
