"""Building a learner's folder for a check: in a copy, with fixed flags, within a time limit, and gone afterwards."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.words import short
from checker.errors import EngineProblem
from checker.lab import CannotTell, Failure
from checker.locks import FileLock
from checker.patience import is_busy, patient_s

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from checker.engine.program import Done
    from checker.engine.views.reader import Reader
    from checker.lab import Folder

LIMIT_S = 45.0
"""How long one build may take, in seconds."""

BUILDS_WAIT_S = 15.0
"""How much longer than one build a check waits for those of other checks, in seconds."""

LAST_LINES = 4
LIMIT_FILES = 500
LIMIT_BYTES = 20_000_000
REPOSITORY = "docker101-check"

_NOISE = re.compile(
    r"^(#\d+ (sha256:|CACHED|DONE|extracting)|-+$| *>|DEPRECATED:|Install the buildx|https?://|Sending build)"
)
_GONE = re.compile(
    r"failed to get digest|no such image: sha256|failed to export image|layer does not exist", re.IGNORECASE
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PREFIX = re.compile(r"^#\d+ (\d+\.\d+ )?")
_WHY = (
    (
        r"no matching entries in passwd|unable to find user|invalid user",
        "USER names someone who is not in the image at that step: who makes that user, and in which line?",
    ),
    (
        r"permission denied|not permitted|cannot lock /etc",
        "Every step after USER runs as that user; what needs root has to come before.",
    ),
    (
        r"pull access denied|manifest unknown|repository does not exist|failed to resolve|dial tcp|i/o timeout",
        "FROM names an image that is not here and could not be pulled. Are its name and its tag right?",
    ),
    (
        r"COPY failed|ADD failed|not found in build context|failed to compute cache key|forbidden path",
        "COPY sees the build context alone: the folder that docker build gets, less what .dockerignore leaves out.",
    ),
    (
        r"unknown instruction|parse error|requires (?:at least|exactly)",
        "Each line of a Dockerfile begins with an instruction: FROM, WORKDIR, COPY, RUN …",
    ),
)


@dataclass(frozen=True)
class Change:
    """A change in one file of the copy that is built: ``text`` is appended."""

    file: str
    text: str


@contextmanager
def built(
    reader: Reader, folder: Folder, change: Change | None = None, *, limit_s: float = LIMIT_S, lock: Path | None = None
) -> Iterator[str]:
    """Build a copy of the learner's folder, yield the image's name, and take that name off afterwards.

    Nothing but the name differs from ``docker build`` as a learner types it, so that what was built before is used.

    Arguments:
        reader: of the engine that builds.
        folder: the learner's; it holds a Dockerfile.
        change: made in the copy before it is built; None: nothing.
        limit_s: seconds until the build is given up; more on a busy machine.
        lock: a file that all checks of this learner lock while they build; None: there are no others.

    Raises:
        CourseError: when another check does not give the lock back.
        CannotTell: when it did not end in time on a busy machine.
        Failure: when it cannot be built; quotes the builder's last lines and says what they mean.

    """
    from checker.engine import program  # most checks build nothing

    name, reader = f"{REPOSITORY}:{uuid.uuid4().hex[:12]}", reader.uncached()
    with tempfile.TemporaryDirectory(prefix="docker101-") as scratch:
        context = Path(scratch) / "context"
        _copy(folder, context)
        if change is not None:
            _make(change, context, folder)
        command = ["docker", "build", "--tag", name, str(context)]
        with _alone(lock, limit_s):
            before = {str(item["Id"]) for item in (*reader.containers(), *reader.images())}
            done = program.run_docker(command, reader.address, timeout_s=limit_s)
            # The learner may have built the same at this moment, or removed it.
            if done.exit_code != 0 and _GONE.search(done.output):
                done = program.run_docker(command, reader.address, timeout_s=limit_s)
            if failed := done.exit_code != 0 or done.timed_out or bool(done.note):
                _remove_leftovers(reader, before)
    if failed:
        raise _cannot_be_built(folder, done, limit_s)
    try:
        yield name
    finally:
        with _alone(lock, limit_s):
            reader.remove_image(name)


def _alone(lock: Path | None, limit_s: float) -> AbstractContextManager[object]:
    """Return what keeps checks apart while one builds, or takes off a name: builds of one folder are one image.

    Without it, a panel that checks by itself would take the image away from under a check that finds it in the cache.
    """
    return FileLock(lock, patient_s(limit_s + BUILDS_WAIT_S)) if lock else contextlib.nullcontext()


def _copy(folder: Folder, target: Path) -> None:
    """Copy the folder, links as links; a learner's folder may hold anything."""
    files = [path for path in folder.path.rglob("*") if path.is_file() and not path.is_symlink()]
    if len(files) > LIMIT_FILES or sum(path.stat().st_size for path in files) > LIMIT_BYTES:
        raise Failure(
            f"The folder {folder.name} holds more than {LIMIT_FILES} files or {LIMIT_BYTES // 1_000_000} MB.",
            "It should hold the app and its Dockerfile.",
            "All of a build context is sent to the engine before anything is built.",
        )
    try:
        shutil.copytree(folder.path, target, symlinks=True)
    except (OSError, shutil.Error) as error:
        raise CannotTell(f"The folder {folder.name} could not be copied: {error}.") from error


def _make(change: Change, context: Path, folder: Folder) -> None:
    path = context / change.file
    if not path.is_file() or path.is_symlink():
        raise Failure(f"There is no file {folder.name}/{change.file}.", look="It came with the lab; keep it there.")
    with path.open("a", encoding="utf-8") as file:
        file.write(change.text)


def _remove_leftovers(reader: Reader, before: set[str]) -> None:
    """Remove what a build that failed or was cut off left: containers made from bare ids, and images without a name."""
    for item in reader.containers():
        if str(item["Id"]) not in before and str(item.get("Image", "")).startswith("sha256:"):
            with contextlib.suppress(EngineProblem):  # the builder removes its own at the same time
                reader.remove_container(str(item["Id"]))
    for item in reader.images():
        named = [name for name in item.get("RepoTags") or () if not name.startswith("<none>")]
        if str(item["Id"]) not in before and not named:
            with contextlib.suppress(EngineProblem):
                reader.remove_image(str(item["Id"]))


def _cannot_be_built(folder: Folder, done: Done, limit_s: float) -> Failure:
    """Say why it cannot be built, in the builder's words and in ours."""
    dockerfile = f"{folder.name}/Dockerfile"
    if done.timed_out:
        if is_busy():
            raise CannotTell(
                f"Building {dockerfile} had not ended when it was given up, and this machine is busy with other work. "
                "This may not be your mistake: check again when the machine has less to do."
            )
        return Failure(
            f"Building {dockerfile} had not ended after {limit_s:g} s and was given up.",
            look="RUN is for steps that end; a program that keeps running, such as a server, belongs in CMD.",
        )
    if done.note:
        return Failure(
            f"Building {dockerfile} printed without end and was given up.", look="Which RUN step prints so much?"
        )
    output = _COLOUR.sub("", done.output)
    lines = [_PREFIX.sub("", line).strip() for line in output.splitlines() if not _NOISE.match(line.strip())]
    told = list(dict.fromkeys(line.removeprefix("ERROR: ") for line in lines if line))[-LAST_LINES:]
    why = next((words for pattern, words in _WHY if re.search(pattern, done.output, re.IGNORECASE)), "")
    return Failure(
        f"{dockerfile} cannot be built. The builder said: {short(' / '.join(told), 500)}",
        look=why or "The builder names the step that failed; everything before it worked.",
    )
