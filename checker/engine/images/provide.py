"""Getting the course's images: already there, from the class's bundle, from Docker Hub, or built here."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.engine import program
from checker.engine.engine import LABEL, bears_label
from checker.engine.images import debian, python
from checker.engine.images.bundled import Bundled
from checker.engine.images.catalog import Catalog, Image, load_catalog
from checker.engine.images.hub import Hub
from checker.engine.images.steps import DiskFull, failed
from checker.engine.transport import get
from checker.errors import EngineProblem
from checker.files import read_text, shown
from checker.terminal import bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from checker.bundle import Bundle, BundledImage

CONTENT_LABEL = f"{LABEL}.content"
"""A hash of the folder that an image was built from: another one means that the image is out of date."""

SOURCE_LABEL = f"{LABEL}.source"
"""On a stand-in: what it was made from."""

PRESENT = "already there"
BUILD_LIMIT_S = 300
LIST_LIMIT_S = 10


class Got(NamedTuple):
    """One image: its name, where it came from, and how long that took, in seconds."""

    name: str
    source: str
    seconds: float = 0.0


def ensure_images(  # noqa: PLR0913  (each is one circumstance of getting images)
    names: Iterable[str] | None,
    host: str,
    say: Callable[[str], None] = print,
    *,
    owns: Callable[[str], object] = lambda _: None,
    catalog: Catalog | None = None,
    bundle: Bundle | None = None,
) -> list[Got]:
    """Make sure that the engine has the images called ``names``.

    Sources are tried in this order: already there; the class's bundle; Docker Hub, with a short time limit; built here.

    Arguments:
        names: as in the catalog, a missing tag means "latest"; None: all of the catalog.
        host: the engine, as in DOCKER_HOST.
        say: told what is done before it is done, and what it led to.
        owns: called with the name of every image that this call brought to the engine.
        catalog: default is the course's.
        bundle: the class's, where there is one.

    Returns:
        the images that were asked for, and the ones that had to be there to build them.

    Raises:
        LabProblem: when the catalog is wrong, or has no image of such a name.
        EngineProblem: when an image cannot be had; says what was tried and what to do.
        NoEngine: when the engine does not answer.
        UsageProblem: when the bundle is damaged, or its images are for another kind of engine.

    """
    catalog = catalog or load_catalog()
    asked = [catalog.image(name) for name in names] if names is not None else list(catalog.images)
    there = _there(host)
    lacking = _lacking(catalog, asked, there)
    got = {image.name: Got(image.name, PRESENT) for image in asked}
    bundled = Bundled(bundle, host, say) if bundle else None
    if lacking:
        say(f"Getting {_count(lacking)}: {', '.join(image.name for image in lacking)}.")
        getting = _Getting(host, there, say, bundled)
        getting.check(lacking)
        with bar(say, len(lacking), "images") as done:
            for image in lacking:
                got[image.name] = getting.one(image)
                owns(image.name)
                done.add(1)
    return list(got.values())


def images_offered(bundle: Bundle, catalog: Catalog | None = None) -> list[str]:
    """Return the names of the course's images that a bundle holds in the state that the catalog wants.

    Arguments:
        bundle: the bundle to look into.
        catalog: what the course's images should be; default: the course's own catalog.

    """
    images = (catalog or load_catalog()).images
    return [image.name for image in images if (found := bundle.manifest.image(image.name)) and _suits(image, found)]


def _suits(image: Image, found: BundledImage) -> bool:
    """Whether a bundle's image is not older than the folder here."""
    return _is_fresh(image, {"Labels": {CONTENT_LABEL: found.content} if found.content else {}})


def _count(images: Sequence[Image]) -> str:
    return "1 image" if len(images) == 1 else f"{len(images)} images"


def _there(host: str) -> dict[str, dict[str, Any]]:
    """Return the engine's images by name, in one request (``/images/json``)."""
    status, _, body = get(host, "/images/json", LIST_LIMIT_S)
    if status != 200 or not isinstance(body, list):
        raise EngineProblem(f"The engine did not list its images: {status}, {body}.", "Look at it with: checker doctor")
    return {tag: item for item in body for tag in item.get("RepoTags") or []}


def _lacking(catalog: Catalog, asked: list[Image], there: dict[str, dict[str, Any]]) -> list[Image]:
    """Return what must be got, each after its base; a base only where something is to be built from it."""
    names: set[str] = set()
    waiting = list(asked)
    while waiting:
        image = waiting.pop()
        if image.name in names or _is_fresh(image, there.get(image.name)):
            continue
        names.add(image.name)
        waiting += [catalog.image(image.base)] if image.base else []
    return [image for image in catalog.images if image.name in names]


def _is_fresh(image: Image, found: dict[str, Any] | None) -> bool:
    """Whether the engine's image of that name can be used as it is.

    What came from Docker Hub has no hash of ours and is never out of date; nor is a stand-in made from a package,
    which a machine without network could not make again.
    """
    if found is None:
        return False
    content = (found.get("Labels") or {}).get(CONTENT_LABEL)
    if image.folder is None or image.debian or (image.hub and content is None):
        return True
    return bool(content == image.content)


class _Getting:
    """One run of getting images: what is found out on the way (Docker Hub, the engine's kind) is asked once."""

    def __init__(
        self, host: str, there: dict[str, dict[str, Any]], say: Callable[[str], None], bundled: Bundled | None
    ) -> None:
        self._host = host
        self._there = there
        self._say = say
        self._hub = Hub(host, say)
        self._bundled = bundled
        self._arch = ""

    def check(self, lacking: list[Image]) -> None:
        """Check all that will come from the bundle, before the first of it is used."""
        found = [item for image in lacking if (item := self._in_bundle(image))]
        if self._bundled and found:
            self._bundled.check(found)

    def one(self, image: Image) -> Got:
        """Get one image from the first source that has it."""
        started = time.monotonic()
        source = self._from_a_source(image)
        got = Got(image.name, source, time.monotonic() - started)
        self._say(f"  {got.name}: {got.source}, {got.seconds:.1f} s")
        return got

    def _from_a_source(self, image: Image) -> str:
        stale = self._there.get(image.name)
        if stale:
            self._may_replace(image, stale)
        found = self._in_bundle(image)
        if self._bundled and found:
            source = self._bundled.bring(found)
            self._remove_old(image, stale)
            return source
        obstacle = self._obstacle(image)
        no_hub = ""
        if image.hub and not stale:
            no_hub = self._hub.pull(image.name, patient=bool(obstacle))
            if not no_hub:
                return self._hub.source
            if not obstacle:
                self._say(f"{no_hub}. Building {image.name} here instead.")
        if obstacle:
            raise _cannot_be_had(image, no_hub, f"It cannot be built here either: {obstacle}.")
        source = self._built_or_explained(image, no_hub)
        self._remove_old(image, stale)
        return source

    def _in_bundle(self, image: Image) -> BundledImage | None:
        """Return the bundle's image of that name, unless it is older than the folder here."""
        found = self._bundled.image(image.name) if self._bundled else None
        return found if found and _suits(image, found) else None

    def _built_or_explained(self, image: Image, no_hub: str) -> str:
        """Build; when that fails too, say all that was tried."""
        try:
            return self._built(image)
        except DiskFull:
            raise
        except EngineProblem as error:
            if not no_hub:
                raise
            raise _cannot_be_had(image, no_hub, error.message) from error

    def _obstacle(self, image: Image) -> str:
        """Say why the image cannot be built here; "" when it can."""
        if image.folder is None:
            return "the course has no recipe for it"
        if image.debian is None:
            return ""
        return debian.obstacle(self._engine_arch())

    def _engine_arch(self) -> str:
        """Return the engine's processor as the engine calls it: "amd64", "arm64"."""
        self._arch = self._arch or str(get(self._host, "/version")[2].get("Arch", ""))
        return self._arch

    def _built(self, image: Image) -> str:
        """Build the image from its folder; return its source in words."""
        assert image.folder is not None  # noqa: S101  (see _obstacle)
        if image.debian is None and image.wheels is None:
            self._docker_build(image, image.folder)
            return f"built from {shown(image.folder)}"
        try:
            with tempfile.TemporaryDirectory(prefix="docker101-") as scratch:
                context = Path(scratch) / "context"
                shutil.copytree(image.folder, context)
                if image.wheels is not None:
                    return self._built_with_wheels(image, image.wheels, context)
                return self._built_from_package(image, context, Path(scratch))
        except OSError as error:
            raise failed(f"Building {image.name} in {tempfile.gettempdir()} failed", str(error)) from error

    def _built_with_wheels(self, image: Image, wheels: Path, context: Path) -> str:
        python.fill(context / "rootfs", wheels, self._say)
        self._docker_build(image, context)
        return f"built from {shown(wheels.parent)} and the Python packages that it names"

    def _built_from_package(self, image: Image, context: Path, scratch: Path) -> str:
        assert image.debian is not None  # noqa: S101
        if image.debian.more:
            version = python.debian_root(image.debian, context / "rootfs.tar", self._say)
        else:
            found = debian.fetch(image.debian, scratch, self._say)
            version = found.source
            (context / "rootfs.tar").write_bytes(debian.rootfs(found))
        source = f"Debian {image.debian.suite}, {image.debian.package} {version}"
        self._docker_build(image, context, f"{SOURCE_LABEL}=stand-in of the Docker course, from {source}")
        return source

    def _docker_build(self, image: Image, context: Path, *labels: str) -> None:
        self._say(f"Building {image.name} …")
        options = [f"--label={label}" for label in (f"{CONTENT_LABEL}={image.content}", *labels)]
        if "ARG TARGETARCH" in read_text(context / "Dockerfile"):  # BuildKit sets it by itself, the classic builder not
            options.append(f"--build-arg=TARGETARCH={self._engine_arch()}")
        self._docker(["build", *options, "--tag", image.name, str(context)], f"Building {image.name}")

    def _docker(self, arguments: list[str], what: str) -> None:
        done = program.run_docker(["docker", *arguments], self._host, timeout_s=BUILD_LIMIT_S)
        if done.timed_out:
            raise failed(f"{what} was given up after {BUILD_LIMIT_S} s", done.output)
        if done.exit_code != 0:
            raise failed(f"{what} failed (exit code {done.exit_code})", done.output)

    def _may_replace(self, image: Image, stale: dict[str, Any]) -> None:
        """Raise where the name is taken by an image that is not the course's."""
        if not bears_label(stale):
            raise EngineProblem(
                f"The engine has an image {image.name} that is not the course's; building ours would take its name.",
                f"Give it another name: docker image tag {image.name} my-{image.name.rpartition('/')[2]}\n"
                f"and take this one off: docker image rm {image.name}",
            )
        self._say(f"{image.name} is out of date: its folder has changed since it was built.")

    def _remove_old(self, image: Image, stale: dict[str, Any] | None) -> None:
        """Remove the image that has just lost its name to a newer one, unless a container still needs it."""
        if stale is None or len(stale.get("RepoTags") or []) > 1:
            return
        try:
            self._docker(["image", "rm", str(stale["Id"])], f"Removing the old {image.name}")
        except EngineProblem:
            self._say(f"  The old {image.name} stays, without a name: a container still uses it.")


def _cannot_be_had(image: Image, no_hub: str, no_build: str) -> EngineProblem:
    """Say what was tried, and the ways that are left."""
    return EngineProblem(
        f"The image {image.name} could not be had. {no_hub}. {no_build}",
        "Connect this machine to the internet once, and run this again.\n"
        "Or use a bundle, which checker bundle FILE makes where there is internet: checker start --bundle FILE\n"
        f"Or carry it over from a machine that has it: there  docker save -o image.tar {image.name}\n"
        "                                             here   docker load -i image.tar",
    )
