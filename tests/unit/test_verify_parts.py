"""The parts of a command list: which hang together, and which a wrong answer touches."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from checker.verify.parts import changed_files, groups, read_parts, touched
from checker.verify.snapshot import Snapshot
from tests.unit.made_labs import made_lab

if TYPE_CHECKING:
    from pathlib import Path

    from checker.verify.parts import Part

PARAMS = {"name": "amber", "port": "8100"}
LIST = """\
# == shop
docker build -t shop:1.0 shop
docker run -d --name {name} docker101/web:1
# == sign
docker run --rm -i docker101/web:1 < texts/sign.txt
# == night
docker stop {name}
# == sold
docker image tag index.docker.io/library/shop:1.0 sold
"""


def parts(tmp_path: Path, text: str = LIST) -> tuple[Part, ...]:
    """Return the parts of a list, in a lab that uses docker101/web:1."""
    found = read_parts(text, made_lab(tmp_path), PARAMS)
    assert found is not None
    return found


def test_parts_that_name_the_same_hang_together(tmp_path: Path) -> None:
    """A container, or an image in whatever spelling; the course's own images are everybody's."""
    found = [{*group} for group in groups(parts(tmp_path))]
    assert found == [{"sign"}, {"shop", "night", "sold"}]


@pytest.mark.parametrize(
    "text",
    ["docker ps\n", "# == a\ndocker run --privileged x\n", "# == a\nls\n"],
    ids=["no parts", "not taught", "no docker"],
)
def test_a_list_that_cannot_be_told_apart_is_played_whole(text: str, tmp_path: Path) -> None:
    """Without parts, or with a command whose names are not known, nothing can be said."""
    assert read_parts(text, made_lab(tmp_path), PARAMS) is None


@pytest.mark.parametrize(
    ("changed", "files", "expected"),
    [
        (("docker stop", "docker kill"), (), {"night"}),
        (("", ""), ("shop/Dockerfile",), {"shop"}),
        (("", ""), ("texts/sign.txt",), {"sign"}),
        (("", ""), ("shopping.txt", "texts/other.txt"), set()),
    ],
    ids=["a command", "what is built", "what is fed", "what nobody reads"],
)
def test_what_a_wrong_answer_touches(
    changed: tuple[str, str], files: tuple[str, ...], expected: set[str], tmp_path: Path
) -> None:
    """A part whose commands are others, and one that reads a file that is another one."""
    wrong = parts(tmp_path, LIST.replace(*changed) if changed[0] else LIST)
    assert touched(parts(tmp_path), wrong, [PurePosixPath(file) for file in files]) == expected


def test_files_that_differ_are_found_by_their_content(tmp_path: Path) -> None:
    """One that is only there once, and one with other bytes; not one with another date."""
    for folder, files in {"one": {"a": "1", "b/c": "2", "d": "3"}, "other": {"a": "1", "b/c": "9", "e": "4"}}.items():
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    found = changed_files(tmp_path / "one", tmp_path / "other")
    assert found == {PurePosixPath(name) for name in ("b/c", "d", "e")}


def held(containers: str = "", tags: str = "", images: str = "", volumes: str = "") -> Snapshot:
    """Return what an engine holds: "1=web" for a container of an id and a name, "shop:1=a" for an image's name."""
    pairs = [dict(word.split("=") for word in text.split()) for text in (containers, tags)]
    return Snapshot(pairs[0], {}, frozenset(volumes.split()), pairs[1], frozenset(images.split()))


def test_a_snapshot_tells_what_came() -> None:
    """Containers, names of images, images without a name."""
    before = held("1=web", "shop:1=a", "a", "v")
    after = held("1=web 2=amber", "shop:1=a x:1=a", "a b", "v w")
    assert before.is_within(after)
    assert after.more_than(before) == held("2=amber", "x:1=a", "b", "w")


@pytest.mark.parametrize(
    "after",
    [
        held("", "shop:1=a", "a"),
        held("9=web", "shop:1=a", "a"),
        held("1=web", "shop:1=b", "a b"),
        held("1=web", "", "a"),
    ],
    ids=["gone", "made again", "another image", "a name less"],
)
def test_a_snapshot_tells_whether_something_went(after: Snapshot) -> None:
    """A container that was made again under its name is another one, as is an image."""
    assert not held("1=web", "shop:1=a", "a").is_within(after)
