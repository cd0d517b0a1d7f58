"""The headings of a lesson, and the part of one that a check sends its learner to."""

from __future__ import annotations

import pytest

from checker.files import LABS, read_text
from checker.lab.headings import headings_of, parts_of, reading_of
from checker.lab.load import Lab, find_lab, load_labs

LESSON = """\
# 08 Shops

## Doors

Open it.

```{code-cell} ipython3
%%file shop/Dockerfile
## Setup an app user
```

### Back doors

````
```
## Not this one
````

~~~
```
## Nor this one
~~~

A ```## word``` in a line, and ``` is no code.
```## neither``` is this
##tags are none, and #### deep ones are in the middle of a line

  ## -p YOURS:ITS \n
###### Deep
"""


def test_headings_are_those_of_the_text() -> None:
    """The title is none of them, what stands in code is none, and deeper ones count."""
    assert headings_of(LESSON) == ["Doors", "Back doors", "-p YOURS:ITS", "Deep"]


def test_parts_end_where_the_next_one_begins() -> None:
    """Each part holds its heading, its text and its code; what stands above the first heading is in none."""
    parts = parts_of(LESSON)
    assert parts["Doors"].startswith("## Doors\n\nOpen it.\n")
    assert parts["Doors"].endswith("## Setup an app user\n```\n\n")
    assert "".join(parts.values()) == LESSON.partition("\n\n")[2]


def test_code_without_an_end_goes_on_to_the_end() -> None:
    """A fence that nobody closes hides all that follows, as in every renderer of Markdown."""
    assert headings_of("## One\n\n```\n## Two\n") == ["One"]


@pytest.mark.parametrize("text", ["", "# Title\n", "Text.\n"])
def test_lesson_without_headings_has_none(text: str) -> None:
    """A text may have no part at all."""
    assert headings_of(text) == []


@pytest.mark.parametrize(
    ("read", "found"),
    [
        ("Kill", ("05_lifecycle", "Kill")),
        ("06: The cache", ("06", "The cache")),
        ("05: Stop, gracefully", ("05", "Stop, gracefully")),
        ("04: In the background: -d", ("04", "In the background: -d")),
        ("-a: which streams", ("05_lifecycle", "-a: which streams")),
        ("2: A turn", ("05_lifecycle", "2: A turn")),
    ],
)
def test_reading_is_of_this_lesson_or_of_the_one_named(read: str, found: tuple[str, str]) -> None:
    """Two digits and a colon name a lesson; all else is a heading of the lab's own."""
    assert reading_of(read, "05_lifecycle") == found


@pytest.mark.parametrize("lab", load_labs(), ids=lambda lab: lab.id)
def test_every_check_of_the_course_says_what_to_read(lab: Lab) -> None:
    """Each task sends its learner to a part that teaches: not to the lab itself, nor to what only repeats."""
    for item in lab.checks:
        assert item.read, f"{item.id} says nothing"
        lesson, heading = reading_of(item.read, lab.id)
        assert heading in headings_of(read_text(LABS / find_lab(lesson) / "lesson.md"))
        assert not heading.startswith(("Lab", "Key points", "Debrief")), item.id
