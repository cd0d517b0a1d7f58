"""An image's history in words, whichever builder wrote it down."""

from __future__ import annotations

import pytest

from checker.engine.views.recipe import Step, own_recipe, step_words, steps_of_layers

CLASSIC = [
    Step("/bin/sh -c #(nop) ADD file:09b1 in / ", 100),
    Step('/bin/sh -c #(nop)  CMD ["sh"]', 0),
    Step("/bin/sh -c #(nop) WORKDIR /shop", 0),
    Step("/bin/sh -c #(nop) COPY file:fd80 in ./ ", 16),
    Step("/bin/sh -c pip install -r requirements.txt", 1500),
    Step("/bin/sh -c #(nop)  USER app", 0),
]
BUILDKIT = [
    *CLASSIC[:2],
    Step("WORKDIR /shop", 0),
    Step("COPY requirements.txt ./ # buildkit", 16),
    Step("RUN /bin/sh -c pip install -r requirements.txt # buildkit", 1500),
    Step("USER app", 0),
]


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ("/bin/sh -c #(nop) WORKDIR /shop", "WORKDIR /shop"),
        ("/bin/sh -c #(nop) COPY file:fd806a in ./ ", "COPY … ./"),
        ("COPY requirements.txt ./ # buildkit", "COPY requirements.txt ./"),
        ("/bin/sh -c useradd app", "RUN useradd app"),
        ("RUN /bin/sh -c useradd app # buildkit", "RUN useradd app"),
        ("|1 VERSION=2 /bin/sh -c echo $VERSION", "RUN echo $VERSION"),
        ("RUN |1 VERSION=2 /bin/sh -c echo $VERSION # buildkit", "RUN echo $VERSION"),
        ("EXPOSE map[5000/tcp:{}]", "EXPOSE map[5000/tcp:{}]"),
    ],
)
def test_step_is_said_as_a_dockerfile_says_it(noted: str, words: str) -> None:
    """Both builders' notes give the instruction."""
    assert step_words(noted) == words


def test_one_dockerfile_gives_one_recipe() -> None:
    """What one builder made and what the other made are told to be of the same making."""
    assert own_recipe(CLASSIC) == own_recipe(BUILDKIT) == ("COPY", "COPY", "RUN pip install -r requirements.txt")


@pytest.mark.parametrize("steps", [CLASSIC, BUILDKIT], ids=["classic", "BuildKit"])
def test_each_layer_gets_its_step(steps: list[Step]) -> None:
    """Settings make no layer; WORKDIR made one where there is one more than the others account for."""
    four = [step.words.split()[0] for step in steps_of_layers(steps, 4)]
    three = [step.words.split()[0] for step in steps_of_layers(steps, 3)]
    assert (four, three) == (["ADD", "WORKDIR", "COPY", "RUN"], ["ADD", "COPY", "RUN"])


def test_layers_without_a_step_are_the_lowest() -> None:
    """A base whose history was lost leaves its layers without words."""
    assert [step.words for step in steps_of_layers(CLASSIC[3:], 3)] == [
        "",
        "COPY … ./",
        "RUN pip install -r requirements.txt",
    ]
