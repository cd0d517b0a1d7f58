"""An image's layers as a picture: which step made one, what came with the base image, what two builds share."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, cast

import pytest

from checker.engine.transport.client import NotThere
from checker.engine.views.recipe import Step
from checker.errors import UsageProblem
from checker.jupyter.diagrams import layers
from checker.jupyter.diagrams.layers import LayerLine, Layers, instruction, lines_of, pair_of, read_stack, size
from checker.jupyter.diagrams.names import names_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checker.engine.views.reader import Reader

BASE = [("ADD file:1 in / ", 2_020_000, "b1"), ('CMD ["sh"]', 0, "")]
FIRST = [
    *BASE,
    ("WORKDIR /app", 0, "w1"),
    ("COPY requirements.txt ./ # buildkit", 16, "c1"),
    ("RUN /bin/sh -c pip install -r requirements.txt # buildkit", 1_500_000, "r1"),
    ("COPY src ./src # buildkit", 394, "s1"),
    ("EXPOSE map[5000/tcp:{}]", 0, ""),
    ("RUN /bin/sh -c useradd app # buildkit", 4336, "u1"),
    ('CMD ["uvicorn" "app.main:app"]', 0, ""),
]
SECOND = [
    (words, count, {"s1": "s2", "u1": "u2"}.get(digest, digest)) for words, count, digest in FIRST
]  # a source was changed


class Images:
    """Stands for the reader of an engine with these images; each is a list of (step, size, digest of its layer)."""

    def __init__(self, **images: Sequence[tuple[str, int, str]]) -> None:
        self._images = {name.replace("_", ":"): list(steps) for name, steps in images.items()}

    def image(self, ref: str) -> dict[str, Any]:
        """Return what inspect says; the images were made in the order in which they are named."""
        if ref not in self._images:
            raise NotThere(f"There is no image named {ref}.")
        made = f"2026-01-01T00:00:{list(self._images).index(ref):02}.5Z"
        digests = [digest for _, _, digest in self._images[ref] if digest]
        return {"Id": str(self._images[ref]), "Created": made, "RootFS": {"Layers": digests}}

    def image_history(self, ref: str) -> list[dict[str, Any]]:
        """Return the steps, the oldest first."""
        return [{"CreatedBy": words, "Size": count, "Created": 1} for words, count, _ in self._images[ref]]


def reader(**images: Sequence[tuple[str, int, str]]) -> Reader:
    """Return a reader of these images; _ stands for the colon of their names."""
    return cast("Reader", Images(**images))


def lines(engine: Reader, *names: str, bases: Sequence[str] = ()) -> list[LayerLine]:
    """Return the rows of a picture, the newest first."""
    stacks = [read_stack(engine, name, [*names, *bases]) for name in names]
    return list(reversed(lines_of([one for one in stacks if one])))


def marks(found: Sequence[LayerLine]) -> dict[str, tuple[str, ...]]:
    """Return the marks of the rows that have any."""
    return {line.words: line.marks for line in found if any(line.marks)}


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ("/bin/sh -c #(nop)  ENV READER=you", "ENV READER=you"),
        ("EXPOSE map[80/tcp:{} 53/udp:{}]", "EXPOSE 80 53/udp"),
        ("/bin/sh -c #(nop)  EXPOSE 5000", "EXPOSE 5000"),
        ("EXPOSE [8080/tcp]", "EXPOSE 8080"),
        ('/bin/sh -c #(nop)  CMD ["cat" "/poem.txt"]', 'CMD ["cat", "/poem.txt"]'),
        ("RUN /bin/sh -c useradd app # buildkit", "RUN useradd app"),
        ("COPY x" + "y" * 200, "COPY x" + "y" * 94 + "…"),
    ],
)
def test_steps_are_said_as_a_dockerfile_says_them(noted: str, words: str) -> None:
    """Both builders' notes give the instruction, ports and brackets included; a long one is cut."""
    assert words == instruction(Step(noted, 0))


def test_every_step_is_a_row_and_layers_are_told_from_settings() -> None:
    """The rows are those of the history, the newest on top; a setting has no layer, a layer has its number."""
    found = lines(reader(app_1=FIRST), "app:1")
    assert len(found) == len(FIRST)
    assert [row.number for line in found for row in line.rows if row] == [0, 6, 0, 5, 4, 3, 2, 0, 1]
    assert found[0].words == 'CMD ["uvicorn", "app.main:app"]'


def test_layer_without_a_step_is_the_lowest() -> None:
    """A base whose history was lost leaves a layer that no step names."""
    engine = Images(app_1=FIRST[2:])
    engine.image = lambda _: {"Id": "x", "RootFS": {"Layers": ["b1", "w1", "c1", "r1", "s1", "u1"]}}  # type: ignore[method-assign]
    found = lines(cast("Reader", engine), "app:1")
    assert (found[-1].words, found[-1].rows[0]) == (layers.UNKNOWN, layers.Row(layers.UNKNOWN, 0, "b1", 1))


def test_base_image_is_told_among_those_that_may_be_it() -> None:
    """The longest history that an image begins with is that of its base image, in steps and in layers."""
    engine = reader(scratchy_1=FIRST[:1], base_1=BASE, other_1=[("ADD y", 1, "y1")], app_1=FIRST)
    stack = read_stack(engine, "app:1", ["gone:1", "scratchy:1", "base:1", "other:1", "app:1"])
    assert stack
    assert (stack.base, stack.base_rows, stack.base_layers) == ("base:1", 2, 1)


def test_rebuild_shows_what_the_cache_kept() -> None:
    """Beside the build of before, the newer one says of each layer whether it was kept or built again."""
    engine = reader(base_1=BASE, app_1=FIRST, app_2=SECOND)
    found = lines(engine, "app:1", "app:2", bases=["base:1"])
    assert marks(found) == {
        "RUN useradd app": ("", "built again"),
        "COPY src ./src": ("", "built again"),
        "RUN pip install -r requirements.txt": ("the same", "kept from the cache"),
        "COPY requirements.txt ./": ("the same", "kept from the cache"),
        "WORKDIR /app": ("the same", "kept from the cache"),
        "ADD file:1 in /": ("the same", "the same"),
    }
    assert Layers(["app:2", "app:1"], ["base:1"]).draw(engine).text.splitlines()[0] == (
        "app:2 has its lowest 4 layers in common with app:1; 2 were built again, 4.73kB."
    )


def test_rebuild_on_an_unknown_base_does_not_speak_of_the_cache() -> None:
    """Where nobody can say what came with the base image, what is shared is the same, and that is all."""
    found = lines(reader(app_1=FIRST, app_2=SECOND), "app:1", "app:2")
    assert marks(found)["WORKDIR /app"] == ("the same", "the same")


def test_same_files_on_another_layer_were_made_anew() -> None:
    """A layer stands on those below it: above the first difference nothing is shared, whatever its files are."""
    again = [(words, count, "c2" if digest == "c1" else digest) for words, count, digest in FIRST]
    found = lines(reader(base_1=BASE, app_1=FIRST, app_2=again), "app:1", "app:2", bases=["base:1"])
    assert marks(found)["RUN useradd app"] == ("", layers.AGAIN)


def test_step_that_only_one_build_has_stands_alone() -> None:
    """A step that was put in has nothing beside it; the ones around it stand side by side."""
    more = [*FIRST[:5], ("ENV PYTHONPATH=src", 0, ""), *FIRST[5:]]
    found = lines(reader(base_1=BASE, app_1=FIRST, app_2=more), "app:1", "app:2", bases=["base:1"])
    assert [line.words for line in found if None in line.rows] == ["ENV PYTHONPATH=src"]
    assert "app:1: not in this image; app:2: no layer" in layers.as_text(_stacks(FIRST, more), [])


def _stacks(*recipes: Sequence[tuple[str, int, str]]) -> list[layers.Stack]:
    engine = reader(**{f"app_{number}": recipe for number, recipe in enumerate(recipes, 1)})
    return [stack for number in range(1, len(recipes) + 1) if (stack := read_stack(engine, f"app:{number}"))]


def test_base_beside_what_was_built_on_it() -> None:
    """The base image may be the second name: the one layer is the same, and the others come on top."""
    engine = reader(base_1=BASE, app_1=FIRST)
    found = lines(engine, "app:1", "base:1")
    assert {mark for line in found for mark in line.marks} == {"", "on top", "the same"}
    assert [line.in_base for line in found] == [False] * 7 + [True] * 2
    text = Layers(["base:1", "app:1"]).draw(engine).text
    assert text.startswith("The lowest layer of app:1 is that of base:1; on top of it: 5 more, 1.5MB.")


def test_images_that_have_nothing_in_common() -> None:
    """Their rows stand one stack above the other, and nothing is said of a cache."""
    engine = reader(one_1=[("COPY a /", 1, "a1")], two_1=[("COPY b /", 2, "b1")])
    found = lines(engine, "one:1", "two:1")
    assert (pair_of(*_stacks(FIRST[:1], [("x", 1, "z")])).shared, marks(found)) == (0, {})
    assert Layers(["one:1", "two:1"]).draw(engine).text.startswith("one:1 and two:1 share no layer.")


def test_other_images_on_one_base_are_no_rebuild() -> None:
    """Two recipes on one base share its layers; neither was built again after the other."""
    engine = reader(base_1=BASE, app_1=FIRST, poem_1=[*BASE, ("COPY poem /", 85, "p1"), ("USER nobody", 0, "")])
    text = Layers(["app:1", "poem:1"], ["base:1"]).draw(engine).text
    assert text.startswith("app:1 has its lowest layer in common with poem:1.")
    assert "built again" not in text


def test_two_names_of_one_image_are_one_stack() -> None:
    """A second name is said, and drawn once."""
    text = Layers(["app:1", "app:2"]).draw(reader(app_1=FIRST, app_2=FIRST)).text
    assert text.startswith("app:1 and app:2 are two names of one image.\napp:1: 9 steps made 6 layers, 3.52MB.")


def test_image_that_is_not_there_is_said() -> None:
    """The one that is there is drawn; one that may come is named."""
    text = Layers(["app:1", "app:2"]).draw(reader(app_1=FIRST)).text
    assert text.startswith("There is no image named app:2 yet.\napp:1: 9 steps")
    nothing = Layers(["app:1"]).draw(reader())
    assert nothing.text == "There is no image named app:1 yet."
    assert "<table" not in nothing.html


def test_image_that_was_removed_is_shown_as_it_was() -> None:
    """Whoever reads the lesson once more after tidying up still has the picture, and is told that it is old."""
    layers = Layers(["app:1", "app:2"])
    before = layers.draw(reader(app_1=FIRST)).text
    after = layers.draw(reader())
    assert after.text == f"app:1 is not there any more. This is how it was.\n{before}"
    assert "<table" in after.html
    assert layers.draw(reader(app_1=FIRST)).text == before


def test_picture_says_what_the_text_says_and_nothing_runs_in_it() -> None:
    """Each step, size and mark stands in the HTML, escaped; what belongs to the base image is folded, not left out."""
    nasty = [*BASE, ("ENV X=1", 0, ""), ("RUN /bin/sh -c echo '<script>' \"&\"", 3, "e1")]
    drawing = Layers(["app:1"], ["base:1"]).draw(reader(base_1=[*BASE, ("ENV X=1", 0, "")], app_1=nasty))
    words = unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", drawing.html))
    assert "<script>" not in drawing.html
    assert "RUN echo '<script>' \"&\"" in words
    assert "2 steps: ENV, CMD" in words
    assert all(said in words for said in ("layer 2", "3B", "2.02MB", "no layer", "From the base image, base:1"))


def test_small_layers_have_a_bar_that_is_seen() -> None:
    """The longest bar is the largest layer's, and three bytes are seen beside two megabytes."""
    html = Layers(["app:1"]).draw(reader(app_1=[("ADD x /", 2_000_000, "x1"), ("RUN /bin/sh -c y", 3, "y1")])).html
    assert [int(width) for width in re.findall(r'style="width:(\d+)%"', html)] == [11, 100]


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [(0, "0B"), (85, "85B"), (999, "999B"), (4336, "4.34kB"), (431_215, "431kB"), (1_499_605, "1.5MB"),
     (101_767_003, "102MB"), (2_500_000_000, "2.5GB")],
)  # fmt: skip
def test_size_is_written_as_docker_writes_it(size_bytes: int, words: str) -> None:
    """Three digits, and units of a thousand."""
    assert words == size(size_bytes)


@pytest.mark.parametrize(("line", "seen"), [("", "No name"), ("a b c", "3 names")])
def test_names_are_one_or_two(line: str, seen: str) -> None:
    """A line without a name, or with too many, is told with how it is meant."""
    with pytest.raises(UsageProblem, match=seen) as caught:
        names_in(cast("Any", _NoLesson()), line, "%layers busybox:1.37", most=2)
    assert "%layers busybox:1.37" in caught.value.next_step


class _NoLesson:
    def lab(self) -> None:
        raise UsageProblem("This notebook does not know its lesson yet.")
