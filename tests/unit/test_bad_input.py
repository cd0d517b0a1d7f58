"""Whatever is handed to the course, it ends with one clear message and the next step, and loses nothing.

Every test runs ``python -m checker`` as a learner does, on a small course of its own, and looks at three things: the
exit code, what was said, and whether the learner's files are what they were.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checker.files import ROOT
from tests.unit.fake_engines import DOCKER, answer, engine

if TYPE_CHECKING:
    from collections.abc import Iterator

ESCAPE = "\x1b"
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs signals and terminals as Unix has them")
LAB_TOML = """\
title = "Small"
lesson = "Small"
minutes = 5
images = ["busybox:1.37"]

[[questions]]
id = "word"
prompt = "Which word?"
kind = "text"
"""
CHECKS = """\
import os
import time
from pathlib import Path

from checker.lab.vocabulary import Failure, check


@check(points=1, hint="Look at answers.toml.", limit=600)
def word(answer):
    \"\"\"The word is wait or go.\"\"\"
    if answer("word") == "wait":
        Path(os.environ["STARTED"]).touch()
        time.sleep(600)
    if answer("word") != "go":
        raise Failure("Another word.")


@check(points=1, hint="Look at commands.txt.")
def command(files):
    \"\"\"The list holds a command.\"\"\"
    if "docker ps\\n" not in files.read("commands.txt"):
        raise Failure("It does not.")
"""


@dataclass(frozen=True)
class Said:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything that it printed."""
        return self.out + self.err


@dataclass(frozen=True)
class Course:
    """A copy of the course with one small lab, and a learner's folder."""

    root: Path
    work: Path
    host: str

    @property
    def lab(self) -> Path:
        """The lab's folder, as its author has it."""
        return self.root / "labs" / "01_small"

    @property
    def mine(self) -> Path:
        """The learner's folder of the lab."""
        return self.work / "01_small"

    @property
    def env(self) -> dict[str, str]:
        """The environment in which its commands run."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER")}
        return {
            **{name: value for name, value in kept.items() if name not in ("NO_COLOR", "FORCE_COLOR")},
            "DOCKER101_WORK": str(self.work),
            "PYTHONPATH": str(self.root),
            "DOCKER_CONFIG": str(self.root / "no-docker-config"),
            "DOCKER_HOST": self.host,
        }

    def run(self, *argv: str, before: tuple[str, ...] = (), **env: str) -> Said:
        """Run a command of the course."""
        done = subprocess.run(
            [*before, sys.executable, "-m", "checker", *argv],
            cwd=self.root,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def files(self) -> dict[str, str]:
        """Return a fingerprint of each of the learner's own files."""
        return fingerprints(self.work)


def fingerprints(folder: Path) -> dict[str, str]:
    """Return a fingerprint of each file below ``folder`` that is not the course's own state."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".course" not in path.parts
    }


def is_one_clear_message(said: Said, code: int, *parts: str) -> None:
    """Assert that a command ended with ``code`` and one message that holds ``parts``, and no traceback."""
    assert said.code == code, said.all
    assert "Traceback" not in said.all
    assert ESCAPE not in said.all
    assert said.err.startswith("checker: "), said.err
    assert said.err.count("checker: ") == 1 + said.err.count(" checker: "), said.err
    for part in parts:
        assert part in said.err, said.err
    assert len(said.err.strip().splitlines()) >= 2, f"no next step: {said.err}"


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    """Return a small course that is open on an engine which only tells its version."""
    root = tmp_path / "course"
    shutil.copytree(ROOT / "checker", root / "checker", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    lab = root / "labs" / "01_small"
    (lab / "starter").mkdir(parents=True)
    (lab / "lesson.md").write_text("# Small\n")
    (lab / "lab.md").write_text("# Small\n")
    (lab / "lab.toml").write_text(LAB_TOML)
    (lab / "checks.py").write_text(CHECKS)
    (lab / "starter" / "commands.txt").write_text("docker ps\n")
    with engine(tmp_path / "e.sock", answer(DOCKER)) as host:
        made = Course(root, tmp_path / "work", host)
        (made.work / ".course").mkdir(parents=True)
        (made.work / ".course" / "engine.json").write_text(
            f'{{"host": "{host}", "strategy": "current", "source": "it", "context": "", "isolated": false}}'
        )
        made.mine.mkdir()
        (made.mine / "commands.txt").write_text("docker ps\n")
        (made.mine / "answers.toml").write_text('word = "go"\n')
        (made.mine / "notes.txt").write_text("mine\n")
        yield made


# --- what is typed


@pytest.mark.parametrize("command", ["check", "reset", "solution"])
def test_an_unknown_lab_is_answered_with_the_labs_that_there_are(course: Course, command: str) -> None:
    """A lab that does not exist is usage, and the labs are listed; nothing is touched."""
    before = course.files()
    is_one_clear_message(course.run(command, "nosuch"), 2, "There is no lab “nosuch”.", "The labs are: 01_small.")
    assert course.files() == before


@pytest.mark.parametrize("argv", [[], ["fly"], ["check", "--fast"], ["solution"], ["lab", "new"]], ids=" ".join)
def test_a_wrong_command_line_is_usage(course: Course, argv: list[str]) -> None:
    """What is no command of the course ends with 2 and the usage, and no traceback."""
    said = course.run(*argv)
    assert said.code == 2, said.all
    assert "usage: checker" in said.err
    assert "Traceback" not in said.all


# --- what the learner wrote


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b'word = "go\n', ("answers.toml cannot be read", "line 1", 'name = "value"', "Nothing was changed")),
        (b'other = "go"\n', ("answers “other”, which this lab does not ask", "It asks: word.")),
        (b'word = "gr\xfcn"\n', ("answers.toml is not plain UTF-8 text", "Save it as UTF-8")),
        ('word = "go"\n'.encode("utf-16"), ("answers.toml is not plain UTF-8 text", "Save it as UTF-8")),
    ],
    ids=["a quote is missing", "another question", "not UTF-8", "UTF-16, as PowerShell writes it"],
)
def test_broken_answers_are_named_and_left_as_they_are(course: Course, content: bytes, parts: tuple[str, ...]) -> None:
    """Answers that cannot be read are the learner's to fix: file, place and form are named; the file stays."""
    (course.mine / "answers.toml").write_bytes(content)
    before = course.files()
    is_one_clear_message(course.run("check", "1"), 2, *parts)
    assert course.files() == before


@pytest.mark.parametrize(
    "content",
    [b'word = "go"\r\n', b'\xef\xbb\xbfword = "go"\n', b'\xef\xbb\xbf# a\r\nword = "go"\r\n'],
    ids=["CRLF", "a byte-order mark", "both"],
)
def test_windows_files_are_read_as_any_other(course: Course, content: bytes) -> None:
    """CRLF and a byte-order mark are no mistakes, and are kept."""
    (course.mine / "answers.toml").write_bytes(content)
    (course.mine / "commands.txt").write_bytes(b"\xef\xbb\xbfdocker ps\r\n")
    before = course.files()
    said = course.run("check", "1")
    assert (said.code, said.err) == (0, ""), said.all
    assert course.files() == before


def test_a_check_without_answers_fails_and_says_where_they_belong(course: Course) -> None:
    """A learner who has deleted answers.toml is told so, as a task that is not done."""
    (course.mine / "answers.toml").unlink()
    said = course.run("check", "1")
    assert said.code == 1, said.all
    assert "answers.toml" in said.out
    assert "Traceback" not in said.all


@pytest.mark.parametrize("name", ["results/01_small.json", "copies.json", "learner.json", "engine.json"])
def test_damaged_files_of_the_course_do_no_harm(course: Course, name: str) -> None:
    """The course's own notes can be made again: a damaged one never stops a command, and never costs a file."""
    path = course.work / ".course" / name
    path.parent.mkdir(exist_ok=True)
    before = course.files()
    for content in ("{", "[]", '{"results": [{}], "id": 3}'):
        for command, code in (("status", 0), ("check", 3 if name == "engine.json" else 0)):
            path.write_text(content)
            said = course.run(command)
            assert said.code == code, f"{command} with {content}: {said.all}"
            assert "Traceback" not in said.all
    assert course.files() == before


# --- what the author wrote


@pytest.mark.parametrize(
    ("file", "content", "parts"),
    [
        (
            "lab.toml",
            "title = = 1\n",
            ("labs/01_small/lab.toml cannot be read", "line 1", "Fix labs/01_small/lab.toml"),
        ),
        ("lab.toml", LAB_TOML.replace("5", '"5"'), ("labs/01_small/lab.toml: minutes is '5'", "Write it as 10.")),
        ("lab.toml", LAB_TOML + "hints = 1\n", ("questions[1].hints is not a field", "Known: ")),
        ("checks.py", "def (", ("labs/01_small/checks.py:1: SyntaxError", "Fix it")),
        ("checks.py", "import nowhere\n", ("labs/01_small/checks.py:1: ModuleNotFoundError", "Fix it")),
        ("checks.py", "", ("declares no check", "Put @check")),
        ("extra.txt", "", ("nothing reads this file", "Remove it")),
    ],
    ids=["not TOML", "a wrong type", "an unknown field", "a typo", "a missing module", "no check", "an unlisted file"],
)
def test_an_authors_mistake_is_one_message_with_file_and_fix(
    course: Course, file: str, content: str, parts: tuple[str, ...]
) -> None:
    """A lab with a mistake names the file, the field and the fix, whoever meets it."""
    (course.lab / file).write_text(content)
    before = course.files()
    is_one_clear_message(course.run("check", "1"), 2, *parts)
    assert course.files() == before


# --- no engine, no room, no right to write


def test_no_engine_is_code_3_and_no_wrong_answer(course: Course) -> None:
    """A course that was never started, or whose engine is gone, is told so; nothing counts as failed."""
    (course.work / ".course" / "engine.json").unlink()
    is_one_clear_message(course.run("check", "1"), 3, "The course has not been started here yet.", "checker start")
    (course.work / ".course" / "engine.json").write_text(
        '{"host": "unix:///nowhere/x.sock", "strategy": "current", "source": "it", "context": "", "isolated": false}'
    )
    is_one_clear_message(course.run("check", "1"), 3, "unix:///nowhere/x.sock", "checker doctor")
    assert not (course.work / ".course" / "results").exists()


@pytest.fixture
def mounts() -> tuple[str, ...]:
    """Return the words that run a command where it may mount what it likes, unseen by the rest of the machine."""
    words = ("unshare", "--mount", "--propagation", "private")
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk for a moment")
    if not shutil.which("unshare") or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    return words


def in_script(course: Course, script: str, mounts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words to put before a command so that ``script`` prepares its disk and keeps what it leaves.

    The script runs with $work, $copy (where the learner's files go afterwards) and "$@" (the command).
    """
    prelude = f'work={course.work}; copy={course.root / "afterwards"}; cp -a "$work" "$work.was"'
    closing = 'code=$?; cp -a "$work" "$copy"; exit $code'
    text = f"set -e; {prelude}; {script}; set +e; " + '"$@"; ' + closing
    return (*mounts, "sh", "-c", text, "sh")


FULL = (
    'mount -t tmpfs -o size=256k small "$work"; cp -a "$work.was/." "$work"; '
    'dd if=/dev/zero of="$work/ballast" bs=1k 2>"$work.dd" || true'
)
READ_ONLY = 'mount --bind "$work" "$work"; mount -o remount,bind,ro "$work"'


@pytest.mark.parametrize(
    ("script", "says"), [(FULL, "The disk is full"), (READ_ONLY, "may not be written")], ids=["full", "read-only"]
)
def test_a_check_that_cannot_be_saved_is_still_shown(
    course: Course, mounts: tuple[str, ...], script: str, says: str
) -> None:
    """On a full or read-only disk the learner sees the results, and is told that they were not kept."""
    before = course.files()
    said = course.run("check", "1", before=in_script(course, script, mounts))
    assert said.code == 0, said.all
    assert "The word is wait or go." in said.out
    assert says in said.err
    assert "Traceback" not in said.all
    after = fingerprints(course.root / "afterwards")
    assert {name: after.get(name) for name in before} == before


@pytest.mark.parametrize(
    ("script", "says"), [(FULL, "The disk is full"), (READ_ONLY, "may not be written")], ids=["full", "read-only"]
)
def test_a_reset_that_cannot_be_done_loses_nothing(
    course: Course, mounts: tuple[str, ...], script: str, says: str
) -> None:
    """On a full or read-only disk a reset says so, and every file of the learner's is still somewhere in work/."""
    before = course.files()
    said = course.run("reset", "1", before=in_script(course, script, mounts))
    assert said.code != 0, said.all
    assert says in said.err
    assert "Traceback" not in said.all
    after = fingerprints(course.root / "afterwards")
    assert set(before.values()) <= set(after.values()), said.all


def test_a_report_that_cannot_be_written_is_one_message(course: Course, mounts: tuple[str, ...]) -> None:
    """A page that has no room on the disk is said, not half written."""
    target = str(course.work / "page.html")
    said = course.run("check", "1", "--html", target, before=in_script(course, FULL, mounts))
    assert "The disk is full" in said.err
    assert "Traceback" not in said.all
    assert not (course.root / "afterwards" / "page.html").exists()


@pytest.mark.parametrize(
    ("script", "title", "step"),
    [
        (FULL, "Your folder", "→ Free some space on that disk."),
        (FULL, "Disk for your work", "→ Free some space on that disk."),
        (READ_ONLY, "Your folder", "→ Point the course at a folder that can be written: export DOCKER101_WORK="),
    ],
    ids=["full: cannot be written", "full: no room", "read-only"],
)
def test_the_doctor_names_a_disk_that_cannot_be_written(
    course: Course, mounts: tuple[str, ...], script: str, title: str, step: str
) -> None:
    """The doctor still works on a full or read-only disk, and says which it is."""
    said = course.run("doctor", before=in_script(course, script, mounts))
    assert said.err == ""
    finding = said.out.split(f"✗ {title}")[1]
    assert step in finding.split("\n✓")[0].split("\n✗")[0]


def test_a_report_never_takes_the_place_of_a_learners_file(course: Course) -> None:
    """A report into a file that is something else is refused, and the file stays."""
    before = course.files()
    is_one_clear_message(
        course.run("doctor", "--report", str(course.mine / "notes.txt")), 2, "was left as it is", "Name another file."
    )
    assert course.files() == before


def test_a_folder_that_cannot_be_one_is_one_message(course: Course) -> None:
    """A DOCKER101_WORK below a file cannot be made."""
    (course.root / "file").write_text("mine\n")
    said = course.run("reset", "1", DOCKER101_WORK=str(course.root / "file" / "work"))
    assert said.code != 0, said.all
    assert "Traceback" not in said.all
    assert said.err.startswith("checker: ")
    assert (course.root / "file").read_text() == "mine\n"


# --- old Pythons


def old_pythons() -> list[str]:
    """Return every Python older than 3.11 on the PATH, and those that pyenv keeps."""
    names = ["python2", "python2.7", *(f"python3.{minor}" for minor in range(4, 11)), "python3"]
    found = {path for name in names if (path := shutil.which(name))}
    if shutil.which("pyenv"):
        asked = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
        found |= {str(path) for path in Path(asked.stdout.strip() or "/nowhere").glob("versions/*/bin/python")}
    return sorted(path for path in found if is_old(path))


def is_old(path: str) -> bool:
    """Say whether a Python runs and is older than 3.11."""
    probe = "import sys; sys.exit(sys.version_info < (3, 11) and 42)"
    return subprocess.run([path, "-c", probe], capture_output=True, check=False).returncode == 42


def test_an_old_python_gets_a_sentence(course: Course) -> None:
    """A Python older than 3.11 is told which one is needed, not shown a syntax error."""
    pythons = old_pythons()
    if not pythons:
        pytest.skip("no Python older than 3.11 on this machine")
    for path in pythons:
        done = subprocess.run(
            [path, "-m", "checker", "start"], cwd=course.root, env=course.env, capture_output=True, check=False
        )
        said = done.stderr.decode()
        assert done.returncode == 2, f"{path}: {said}"
        assert "This course needs Python 3.11 or newer; this one is " in said
        assert "Install a newer Python" in said
        assert "Traceback" not in said
        assert "Error" not in said


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_what_an_old_python_reads_first_parses_everywhere(name: str) -> None:
    """The first two files are plain ASCII (Python 2 refuses more) and hold no syntax newer than Python 3.7's."""
    content = (ROOT / "checker" / name).read_bytes()
    assert content.isascii()
    ast.parse(content, feature_version=(3, 7))


def test_everything_parses_on_the_oldest_python_that_the_course_takes() -> None:
    """No file of the checker holds syntax newer than Python 3.11's."""
    for path in (ROOT / "checker").rglob("*.py"):
        ast.parse(path.read_bytes(), filename=str(path), feature_version=(3, 11))


def test_what_runs_before_the_environment_needs_the_standard_library_alone() -> None:
    """The set-up, and what it imports of the course, load nothing that has to be installed."""
    code = "import sys; import checker.bootstrap, checker.cli.commands; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded - {"checker", "__main__"} <= sys.stdlib_module_names


# --- where the words go


@pytest.mark.parametrize(
    "argv", [["status"], ["doctor"], ["check", "1"], ["--help"], ["check", "nosuch"]], ids=" ".join
)
def test_no_escape_code_goes_into_a_pipe(course: Course, argv: list[str]) -> None:
    """What goes into a file or a pipe is plain text, even where colours are asked for by nobody."""
    said = course.run(*argv, TERM="xterm-256color")
    assert ESCAPE not in said.all
    assert "Traceback" not in said.all
    assert said.all.strip()


def in_a_terminal(course: Course, argv: list[str], **env: str) -> str:
    """Return what a command prints when it is run in a terminal."""
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "checker", *argv],
        cwd=course.root,
        env=course.env | {"TERM": "xterm-256color"} | env,
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    said = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # how Linux says that the last one who wrote has gone
            break
        if not piece:
            break
        said += piece
    os.close(leader)
    process.wait(60)
    return said.decode()


@POSIX
@pytest.mark.parametrize("argv", [["doctor"], ["check", "1"]], ids=" ".join)
def test_a_terminal_gets_colour_unless_it_is_asked_for_none(course: Course, argv: list[str]) -> None:
    """Colours are for terminals, and NO_COLOR switches them off there, too."""
    assert ESCAPE in in_a_terminal(course, argv)
    assert ESCAPE not in in_a_terminal(course, argv, NO_COLOR="1")


@POSIX
def test_ctrl_c_ends_a_check_with_one_word(course: Course) -> None:
    """Ctrl-C in the middle of a check ends it at once, without a traceback and without a loss."""
    (course.mine / "answers.toml").write_text('word = "wait"\n')
    before = course.files()
    process = subprocess.Popen(
        [sys.executable, "-m", "checker", "check", "1"],
        cwd=course.root,
        env=course.env | {"STARTED": str(course.root / "started")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not (course.root / "started").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)  # less than the check takes
    assert process.returncode == 130, out + err
    assert "Stopped." in out + err
    assert "Traceback" not in out + err
    assert course.files() == before


@POSIX
def test_a_reader_who_goes_away_is_no_error(course: Course) -> None:
    """A pipe whose reader has enough (head) ends the command quietly."""
    script = textwrap.dedent("""
        import os, subprocess, sys
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([sys.executable, "-m", "checker", "status"], stdout=writer, stderr=subprocess.PIPE)
        sys.stdout.write(done.stderr.decode())
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=course.root, env=course.env, capture_output=True, text=True, check=True
    )
    assert "Traceback" not in done.stdout
    assert "Error" not in done.stdout
