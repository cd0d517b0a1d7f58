"""The cheat sheet is made from the lessons: what they run, what they say is to be remembered, what pages they link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker import cheatsheet
from checker.cli.commands import run
from checker.errors import LabProblem
from checker.files import LABS, read_text
from tests.unit.made_labs import make_labs, write

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]

LESSON = """\
# 08 Shops

```{code-cell} ipython3
:tags: [nbval-ignore-output]
:reason: "The table shows ages."

%%docker
docker run -dit --name {name} docker101/web:1
docker container list --all
```

```{code-cell} ipython3
%%file shop/Dockerfile
FROM busybox:1.37
RUN echo open > /sign
```

In the terminal, `docker events` goes on and on.

## Key points

- A shop **runs**.
- `-d` is quiet.

**Next:** nothing.

- No key point.

[run](https://docs.docker.com/reference/cli/docker/container/run/),
[ps](https://docs.docker.com/reference/cli/docker/container/ls/),
[events](https://docs.docker.com/reference/cli/docker/system/events/).
"""

WORDS = """\
[08_shop.commands]
run = "makes, | starts"
ps = "lists them"
events = "shows what happens"
wait = "is run by no lesson"

[08_shop.options.run]
"-d" = "in the background"
"-i" = "stdin"
"-t" = "a terminal"
"--name" = "a name"
"-p" = "used by no lesson"

[08_shop.instructions]
FROM = "the base"
RUN = "a step"
USER = "used by no lesson"
"""

PAGE = """\
## 08 Shops

- A shop **runs**.
- `-d` is quiet.

**Commands**

- [`docker run IMAGE [COMMAND …]`](https://docs.docker.com/reference/cli/docker/container/run/): makes, | starts
- [`docker container list`](https://docs.docker.com/reference/cli/docker/container/ls/): lists them (`--all`)
- [`docker events`](https://docs.docker.com/reference/cli/docker/system/events/): shows what happens

**Options of docker run**

- `-d`: in the background
- `-i`: stdin
- `-t`: a terminal
- `--name`: a name

**In a Dockerfile**

- [`FROM`](https://docs.docker.com/reference/dockerfile/#from): the base
- [`RUN`](https://docs.docker.com/reference/dockerfile/#run): a step
"""


def labs_with(root: Path, lesson: str = LESSON, words: str = WORDS) -> Path:
    """Return a folder with one lab and the sheet's words."""
    labs = make_labs(root, {"lesson.md": lesson})
    write(labs, {cheatsheet.WORDS: words})
    return labs


def test_the_sheet_is_what_the_lessons_give() -> None:
    """The committed page is up to date; else the message names the command to run."""
    assert cheatsheet.problem() is None


def test_page_has_commands_options_instructions_and_key_points(tmp_path: Path) -> None:
    """What no lesson uses is left out; each command leads to the page that a lesson links."""
    page = cheatsheet.page(labs_with(tmp_path))
    assert page.partition("\n## ")[0].startswith("# Docker on one page\n")
    assert "## " + page.partition("\n## ")[2] == PAGE


def test_lesson_without_words_of_its_own_still_has_its_key_points(tmp_path: Path) -> None:
    """A new lesson that runs nothing new needs no line in the words."""
    lesson = LESSON.replace("%%docker", "%%nothing").replace("%%file", "%%nothing").replace("docker events", "it")
    page = cheatsheet.page(labs_with(tmp_path, lesson, ""))
    assert page.endswith("## 08 Shops\n\n- A shop **runs**.\n- `-d` is quiet.\n")


@pytest.mark.parametrize(
    ("old", "new", "says", "then"),
    [
        ('ps = "lists them"\n', "", "has no words for docker ps, which lesson 08_shop uses", '"ps" = "what it does"'),
        ('RUN = "a step"\n', "", "has no words for RUN, which lesson 08_shop uses", "[08_shop.instructions]"),
        ('"-t" = "a terminal"\n', "", "-t has no words, and a lesson uses docker run -t", "Add a line."),
        ("[08_shop.commands]", "[08_shop]\ncommand = 1\n[08_shop.commands]", "command is not a field", "Known:"),
        ("[08_shop.commands]", "[09_none.commands]\nx = 'y'\n[08_shop.commands]", "09_none is not a field", "Known:"),
    ],
    ids=["command", "instruction", "option", "unknown field", "unknown lesson"],
)
def test_words_that_are_missing_or_too_many(tmp_path: Path, old: str, new: str, says: str, then: str) -> None:
    """Each mistake is one message that says what to add."""
    with pytest.raises(LabProblem) as problem:
        cheatsheet.page(labs_with(tmp_path, words=WORDS.replace(old, new)))
    assert says in problem.value.message
    assert then in problem.value.next_step


def test_command_whose_page_no_lesson_links(tmp_path: Path) -> None:
    """Every command leads somewhere."""
    with pytest.raises(LabProblem, match="No lesson links the official page of docker ps"):
        cheatsheet.page(labs_with(tmp_path, LESSON.replace("container/ls/", "container/")))


def test_old_sheet_names_the_command(tmp_path: Path) -> None:
    """A sheet that is missing or old is one message; a fresh one is none."""
    labs = labs_with(tmp_path)
    assert str(cheatsheet.problem(labs)).endswith("is older than the lessons. Run: checker cheatsheet --write")
    write(labs, {cheatsheet.FILE: cheatsheet.page(labs)})
    assert cheatsheet.problem(labs) is None


def test_command_prints_the_sheet(capsys: Capture) -> None:
    """A learner reads it in the terminal."""
    assert run(["cheatsheet"]) == 0
    assert capsys.readouterr().out == read_text(LABS / cheatsheet.FILE)


def test_command_writes_the_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """An author makes it anew."""
    from checker.cli import handouts

    labs = labs_with(tmp_path)
    monkeypatch.setattr(handouts, "LABS", labs)
    monkeypatch.setattr(handouts.sheets, "page", lambda: "the page\n")
    assert run(["cheatsheet", "--write"]) == 0
    assert read_text(labs / cheatsheet.FILE) == "the page\n"
    assert "Wrote" in capsys.readouterr().out
