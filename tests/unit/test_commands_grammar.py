"""The command list's grammar: what is a command, and what each refused line is told."""

from __future__ import annotations

import pytest

from checker.commands import parse


def words(text: str, **params: str) -> list[list[str]]:
    """Return the words of each command of a list that has no problem."""
    parsed = parse(text, params)
    assert parsed.problems == ()
    return [list(command.argv) for command in parsed.commands]


def only_problem(text: str, **params: str) -> tuple[int, str]:
    """Return line and text of the list's one problem."""
    parsed = parse(text, params)
    assert len(parsed.problems) == 1
    problem = parsed.problems[0]
    assert problem.next_step
    return problem.line, f"{problem.message} {problem.next_step}"


def test_one_command_a_line_with_comments_and_empty_lines() -> None:
    """Empty lines and comments, whole or trailing, are no commands."""
    assert words("# first\n\ndocker ps  # the list\n  docker images\n") == [["docker", "ps"], ["docker", "images"]]


@pytest.mark.parametrize("text", ["\ufeffdocker ps\r\ndocker images\r\n", "docker ps\rdocker images"])
def test_line_ends_and_byte_order_mark_of_any_system(text: str) -> None:
    """A file saved by any editor on any system reads the same."""
    assert words(text) == [["docker", "ps"], ["docker", "images"]]


def test_backslash_continues_a_line() -> None:
    """A command goes on after a backslash at the end of a line, spaces behind it or not."""
    parsed = parse("\ndocker run -d \\\n  --name shop \\  \n  busybox\ndocker ps")
    assert [(command.line, command.argv[-1]) for command in parsed.commands] == [(2, "busybox"), (5, "ps")]
    assert parsed.commands[0].text == "docker run -d \\\n  --name shop \\  \n  busybox"


def test_a_comment_ends_in_a_backslash_and_continues_nothing() -> None:
    """Comments are never continued, so no command is lost in one."""
    assert words("# one \\\ndocker ps # two \\\ndocker images") == [["docker", "ps"], ["docker", "images"]]


def test_a_backslash_in_the_last_line_continues_nothing() -> None:
    """A list that ends in the middle of a command still gives what stands there."""
    assert words("docker ps \\") == [["docker", "ps"]]


def test_quotes_keep_words_together() -> None:
    """Single quotes keep everything as it is, double quotes know the backslash, and both join with what they touch."""
    text = r"""docker run busybox sh -c 'echo $HOME | wc > x; ls *' "a \"b\" \\ \n" --format='{{.ID}} x'y '' don\'t"""
    assert words(text)[0][3:] == [
        "sh", "-c", "echo $HOME | wc > x; ls *", 'a "b" \\ \\n', "--format={{.ID}} xy", "", "don't",
    ]  # fmt: skip


def test_templates_need_no_quotes_where_they_hold_no_space() -> None:
    """Go templates are no placeholders."""
    assert words("docker ps --format {{.ID}} --filter name=^shop$ # x", port="1")[0][3] == "{{.ID}}"
    assert words("docker ps --format '{{if .ID}}x{{end}}'")[0][3] == "{{if .ID}}x{{end}}"


def test_placeholders_are_filled_in() -> None:
    """The sheet's {placeholders} take the learner's values, in quotes too."""
    assert words("docker run -p {port}:80 --name '{name}' web", port="8123", name="amber") == [
        ["docker", "run", "-p", "8123:80", "--name", "amber", "web"]
    ]


def test_stdin_file() -> None:
    """The file after < is no word of the command; with and without a space."""
    for text in ("docker run -i greeter < in/names.txt", "docker run -i <./in/names.txt greeter"):
        command = parse(text).commands[0]
        assert (command.argv, command.stdin_file) == (("docker", "run", "-i", "greeter"), "in/names.txt")


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# should fail", True),
        ("#Should fail: the port is taken", True),
        ("# fails", False),
        ("# it should fail", False),
    ],
)
def test_should_fail_is_a_trailing_comment(comment: str, expected: bool) -> None:
    """A line is marked as one that should fail by the comment that begins so."""
    assert parse(f"docker start nap {comment}").commands[0].should_fail is expected


def test_every_line_with_a_problem_is_named_and_the_others_are_read() -> None:
    """Problems carry their line, counted from 1, and a refused command takes its continued lines with it."""
    parsed = parse("docker ps\nsudo docker \\\n ps\ndocker images; ls\ndocker version")
    assert [problem.line for problem in parsed.problems] == [2, 4]
    assert [command.argv[1] for command in parsed.commands] == ["ps", "version"]
    assert str(parsed.problems[0]) == (
        "Line 2: sudo is not needed: the course's engine takes your commands as they are.\nLeave it out: docker …"
    )


REFUSED = {
    "docker ps | wc": "the pipe |",
    "docker logs x > out": "> does not work",
    "docker logs x 2>&1": "> does not work",
    "docker rm a && docker rm b": "&& does not work",
    "docker rm a || true": "|| does not work",
    "docker run web &": "use the option -d",
    "docker rm a; docker rm b": "; does not work",
    "docker rm $(docker ps -q)": "$VARIABLE or $(…)",
    "docker rm `docker ps -q`": "backtick",
    'docker rm "`x`"': "backtick",
    "docker run -d busybox `": "continued with \\",
    "docker run -d ^\n": "continues nothing",
    "docker run -e A=$HOME web": "single quotes",
    'docker run web echo "${HOME}"': "single quotes",
    "docker run web ls *.txt": "* does not work",
    "docker run web ls a?": "? does not work",
    "docker run web ls [a]": "brackets",
    "docker run web (ls": "( does not work",
    "docker run web ls)": ") does not work",
    "docker build ~/app": "~ does not work",
    "docker run web echo “hi”": "straight quote",
    "docker run web echo „hi": "straight quote",
    "docker run web echo ”hi": "straight quote",
    "docker run web echo ‘hi": "straight quote",
    "docker run web echo hi’": "straight quote",
    "docker run\u00a0web": "is none. Write a space",
    "docker run \u200bweb": "is invisible",
    "docker run w\x07eb": "control character",
    "docker run 'w\x07eb'": "control character",
    "docker run —name shop web": "Write hyphens: --name",
    "docker run –d web": "long dash",
    "docker run web echo 'it": "opened here and not closed",
    "docker run web echo don't": "not closed",
    "docker build .\\app": "Paths are written with /",
    "docker run {prot}": "Its values are: none.",
    "docker run -i web << EOF": "<< does not work",
    "docker run -i web < a < b": "two files",
    "docker run -i web <": "name after < is missing",
    "docker run -i web < /etc/passwd": "file in this lab's folder",
    "docker run -i web < ../x": "file in this lab's folder",
    "docker run -i web < 'C:x'": "file in this lab's folder",
    "docker run -i web < 'a\\b'": "file in this lab's folder",
    "docker run -i web < ''": "file in this lab's folder",
    "!docker ps": "Leave it out",
    "$ docker ps": "prompt",
    "sudo docker ps": "sudo is not needed",
    "%%lab 05": "notebook",
    "cd app": "cd does not work",
    "export A=1": "-e NAME=value",
    "A=1 docker ps": "-e NAME=value",
    "Docker ps": "small letters",
    "docker.exe ps": ".exe",
    "docker-compose up": "program of its own",
    "podman ps": "starts with “podman”",
    "docker": "docker ps",
    "# should fail": "marks nothing",
    "docker run -it web": "terminal beside the notebook",
    "docker exec -ti web sh": "terminal beside the notebook",
    "docker container prune": "Add -f",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused_lines_say_why_and_what_to_do(text: str) -> None:
    """Each thing that is no docker command gets its own message."""
    assert REFUSED[text] in only_problem(text)[1]


def test_an_unknown_placeholder_names_the_known_ones() -> None:
    """A slip in a {placeholder} is shown with what the sheet has."""
    assert "Its values are: {port}, {name}." in only_problem("docker run -p {prot}:80 web", port="1", name="a")[1]


@pytest.mark.parametrize(
    "text",
    ["docker run -dit busybox sh", "docker run -t busybox", "docker run -i busybox", "docker exec -i x cat",
     "docker run busybox ls -it", "docker container prune -f", "docker image prune --force --all",
     "docker run -i=false -t busybox"],
)  # fmt: skip
def test_lines_that_need_no_terminal(text: str) -> None:
    """In the background, without -i or -t, or with -f nobody has to be there."""
    assert words(text)
