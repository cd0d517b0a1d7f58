"""The catalog of images, and the sources that they come from, without an engine."""

from __future__ import annotations

import io
import sys
import tarfile
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.images import debian, hub, provide, steps
from checker.engine.images.catalog import Catalog, load_catalog
from checker.engine.images.steps import Followed
from checker.engine.program import Done
from checker.errors import EngineProblem, LabProblem

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "unix:///nowhere/docker.sock"
CATALOG = """
[[image]]
name = "busybox:1.37"
what = "Commands."
hub = true
folder = "busybox"
debian = { suite = "trixie", package = "busybox-static", version = "1.37" }

[[image]]
name = "hello-world:latest"
what = "Greets."
hub = true
folder = "hello-world"

[[image]]
name = "docker101/web:1"
what = "Serves."
folder = "web"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of images like the course's, in small."""
    for name, base in (("busybox", "scratch"), ("hello-world", "busybox:1.37"), ("web", "busybox:1.37")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(f"FROM {base}\nLABEL org.docker101=1\n")
    (tmp_path / "catalog.toml").write_text(CATALOG)
    return tmp_path


# --- the catalog


def test_the_courses_own_catalog_is_valid_and_every_image_bears_the_courses_label() -> None:
    """The course's catalog loads, and each Dockerfile sets the label that marks what is the course's."""
    catalog = load_catalog()
    assert [image.name for image in catalog.images] == [
        "busybox:1.37",
        "hello-world:latest",
        *(f"docker101/{name}:1" for name in ("web", "clock", "greeter", "polite", "stubborn", "crash", "twoports")),
        "python:3.13-slim",
        "docker101/python:3.13",
        "docker101/tiny:1",
    ]
    for image in catalog.images:
        assert image.folder is not None
        assert "org.docker101=1" in (image.folder / "Dockerfile").read_text(), image.name


def test_a_missing_tag_means_latest() -> None:
    """The catalog finds an image by its name without the tag."""
    assert load_catalog().image("hello-world").name == "hello-world:latest"


def test_an_unknown_image_is_named_with_those_that_there_are(folder: Path) -> None:
    """Asking for an image that the catalog lacks says which file to look at, and what is in it."""
    with pytest.raises(LabProblem) as caught:
        load_catalog(folder).image("docker101/wep:1")
    assert "catalog.toml has no image “docker101/wep:1”" in caught.value.message
    assert "docker101/web:1" in caught.value.next_step


MISTAKES = {
    "no name": ('name = "docker101/web:1"\n', "", "image[3].name is missing", "Add it"),
    "no tag": ('"docker101/web:1"', '"docker101/web"', "image[3].name is “docker101/web”", "repository:tag"),
    "name twice": ('"docker101/web:1"', '"busybox:1.37"', "“busybox:1.37” is there twice", "Remove one"),
    "no sentence": ('what = "Serves."\n', "", "image[3].what is missing", "Add it"),
    "unknown field": ('what = "Serves."', 'what = "S."\nsize = 3', "image[3].size is not a field", "Known: "),
    "field of the wrong kind": ("hub = true", 'hub = "yes"', "image[1].hub is 'yes'", "true"),
    "no source at all": ('folder = "web"\n', "", "image[3].folder is missing", "hub = true"),
    "folder without Dockerfile": ('folder = "web"', 'folder = "wep"', "which has no Dockerfile", "correct the name"),
    "half a package": (', version = "1.37"', "", "image[1].debian.version is missing", "Add it"),
    "unknown field of a package": ('"1.37" }', '"1.37", x = 1 }', "image[1].debian.x is not a field", "Known: "),
    "more that is no list": ('"1.37" }', '"1.37", more = "x" }', "image[1].debian.more is 'x'", "Write it as"),
    "wheels that are not there": ('folder = "web"', 'folder = "web"\nwheels = "w.txt"', "w.txt, which is not", "name"),
    "unknown table": ("[[image]]", "[images]\n\n[[image]]", "images is not a field", "Known: image"),
}


@pytest.mark.parametrize(("old", "new", "says", "fix"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_the_catalog_is_one_message(folder: Path, old: str, new: str, says: str, fix: str) -> None:
    """Each mistake of an author names the file, the field, and the fix."""
    (folder / "catalog.toml").write_text(CATALOG.replace(old, new, 1))
    with pytest.raises(LabProblem) as caught:
        load_catalog(folder)
    assert "catalog.toml" in caught.value.message
    assert says in caught.value.message
    assert fix in caught.value.next_step


@pytest.mark.parametrize("text", ["[[image]\n", None], ids=["no TOML", "no file"])
def test_a_catalog_that_cannot_be_read_is_named(folder: Path, text: str | None) -> None:
    """A file that is missing or broken is a mistake of the author's, with the file's name."""
    path = folder / "catalog.toml"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(LabProblem, match=r"catalog\.toml"):
        load_catalog(folder)


def test_an_empty_catalog_is_a_mistake(folder: Path) -> None:
    """A catalog without images says what to add."""
    (folder / "catalog.toml").write_text("")
    with pytest.raises(LabProblem, match="image is missing"):
        load_catalog(folder)


def test_a_folder_that_nothing_lists_is_a_mistake(folder: Path) -> None:
    """A forgotten entry does not go unnoticed."""
    (folder / ".ipynb_checkpoints").mkdir()
    load_catalog(folder)
    (folder / "clock").mkdir()
    with pytest.raises(LabProblem, match=r"clock: no image in .* names this folder"):
        load_catalog(folder)


def test_a_base_must_be_listed_above(folder: Path) -> None:
    """An image from a base that the course does not have could not be built without Docker Hub."""
    (folder / "web" / "Dockerfile").write_text("FROM alpine:3\n")
    with pytest.raises(LabProblem, match="FROM alpine:3, which is not listed above"):
        load_catalog(folder)


def test_a_dockerfile_has_one_from(folder: Path) -> None:
    """Several stages, or none, are refused with the number found."""
    (folder / "web" / "Dockerfile").write_text("FROM scratch\nFROM busybox:1.37\n")
    with pytest.raises(LabProblem, match="FROM is there 2 times"):
        load_catalog(folder)


def test_the_content_hash_follows_the_folder_but_not_line_ends_or_litter(folder: Path) -> None:
    """A changed file changes the hash; a checkout with CRLF does not, nor does what systems leave behind."""
    first = load_catalog(folder).image("docker101/web:1").content
    dockerfile = folder / "web" / "Dockerfile"
    dockerfile.write_bytes(dockerfile.read_bytes().replace(b"\n", b"\r\n"))
    assert load_catalog(folder).image("docker101/web:1").content == first
    (folder / "web" / ".DS_Store").write_bytes(b"x")
    assert load_catalog(folder).image("docker101/web:1").content == first
    (folder / "web" / "more.sh").write_text("echo more\n")
    assert load_catalog(folder).image("docker101/web:1").content != first


# --- getting images


class FakeEngine:
    """Answers what ``ensure`` asks an engine, and notes the commands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.images: list[dict[str, Any]] = []
        self.info: dict[str, Any] = {"IndexServerAddress": "https://index.example/v1/"}
        self.requests: list[str] = []
        self.commands: list[list[str]] = []
        self.said: list[str] = []
        self.owned: list[str] = []
        self.build = Done(0, "")
        self.remove = Done(0, "")
        self.pull = Followed(0, "")
        self.connection = ""
        self.obstacle = ""
        monkeypatch.setattr(provide, "get", self.get)
        monkeypatch.setattr(hub, "get", self.get)
        monkeypatch.setattr(provide.program, "run_docker", self.run)
        monkeypatch.setattr(hub, "follow", self.follow)
        monkeypatch.setattr(hub, "_cannot_connect", lambda _: self.connection)
        monkeypatch.setattr(debian, "obstacle", lambda _: self.obstacle)
        monkeypatch.setattr(debian, "fetch", lambda *_: BUSYBOX)

    def has(self, name: str, **labels: str) -> None:
        """Put an image on the engine."""
        named = {key.replace("_", "."): value for key, value in labels.items()}
        self.images.append({"Id": f"id-of-{name}", "RepoTags": [name], "Labels": named})

    def get(self, _host: str, path: str, _timeout_s: float = 0) -> tuple[int, dict[str, str], Any]:
        """Answer a question."""
        self.requests.append(path)
        return 200, {}, {"/images/json": self.images, "/info": self.info, "/version": {"Arch": "amd64"}}[path]

    def run(self, argv: list[str], _host: str, **_: object) -> Done:
        """Note a command; a build sees its context."""
        self.commands.append(argv)
        if argv[1] == "build":
            assert (Path(argv[-1]) / "Dockerfile").is_file()
            return self.build
        return self.remove

    def follow(self, argv: list[str], _host: str, first_s: float, _next_s: float) -> Followed:
        """Note a pull, with the time that it has for its first line."""
        self.commands.append([*argv, f"{first_s:g}"])
        return self.pull

    def ensure(self, catalog: Catalog, *names: str) -> list[provide.Got]:
        """Get images from here."""
        return provide.ensure_images(names or None, HOST, self.said.append, owns=self.owned.append, catalog=catalog)

    @property
    def verbs(self) -> list[str]:
        """The commands in short: "pull busybox:1.37"."""
        return [f"{c[1]} {c[c.index('--tag') + 1] if '--tag' in c else c[2]}" for c in self.commands]


BUSYBOX = debian.Busybox(b"\x7fELF", "1.37.0", "1:1.37.0-6", ("env", "sh"), 1_750_000_000)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Return an engine without images, whose machine reaches Docker Hub and can build."""
    return FakeEngine(monkeypatch)


@pytest.fixture
def catalog(folder: Path) -> Catalog:
    """Return the small catalog."""
    return load_catalog(folder)


def test_what_is_there_costs_one_request_and_no_word(engine: FakeEngine, catalog: Catalog) -> None:
    """With every image present, the engine is asked for its list once and nothing is said or owned."""
    engine.has("busybox:1.37")
    engine.has("hello-world:latest")
    engine.has("docker101/web:1", org_docker101="1", org_docker101_content=catalog.image("docker101/web:1").content)
    got = engine.ensure(catalog)
    assert {item.source for item in got} == {provide.PRESENT}
    assert engine.requests == ["/images/json"]
    assert (engine.said, engine.owned, engine.commands) == ([], [], [])


def test_docker_hub_comes_first_and_a_base_before_what_is_built_from_it(engine: FakeEngine, catalog: Catalog) -> None:
    """An image built from another brings its base along; each one that was brought is owned."""
    got = engine.ensure(catalog, "docker101/web:1")
    assert engine.verbs == ["pull busybox:1.37", "build docker101/web:1"]
    assert [item.name for item in got] == ["docker101/web:1", "busybox:1.37"]
    assert got[1].source == "Docker Hub"
    assert engine.owned == ["busybox:1.37", "docker101/web:1"]
    assert engine.said[0] == "Getting 2 images: busybox:1.37, docker101/web:1."


def test_the_base_of_an_image_that_is_there_is_not_got(engine: FakeEngine, catalog: Catalog) -> None:
    """A learner who removed busybox does not get it back by asking for an image that is there."""
    engine.has("docker101/web:1", org_docker101="1", org_docker101_content=catalog.image("docker101/web:1").content)
    assert [item.name for item in engine.ensure(catalog, "docker101/web:1")] == ["docker101/web:1"]
    assert engine.commands == []


def test_docker_hub_out_of_reach_is_found_out_once(engine: FakeEngine, catalog: Catalog) -> None:
    """Without Docker Hub both stand-ins are built, no pull is tried, and it is said why and from what."""
    engine.connection = "Docker Hub is out of reach (no answer within 2 s)"
    got = {item.name: item.source for item in engine.ensure(catalog)}
    assert engine.verbs == ["build busybox:1.37", "build hello-world:latest", "build docker101/web:1"]
    assert got["busybox:1.37"] == "Debian trixie, busybox-static 1:1.37.0-6"
    assert got["hello-world:latest"].startswith("built from ")
    assert engine.requests.count("/info") == 1
    assert f"{engine.connection}. Building busybox:1.37 here instead." in engine.said
    source = "org.docker101.source=stand-in of the Docker course, from Debian trixie, busybox-static 1:1.37.0-6"
    assert f"--label={source}" in engine.commands[0]


def test_a_pull_that_fails_is_not_tried_again_for_the_next_image(engine: FakeEngine, catalog: Catalog) -> None:
    """The pull limit, or a network that swallows everything, is met once and named."""
    engine.pull = Followed(1, "Error response from daemon: toomanyrequests: You have reached your pull rate limit.\n")
    engine.ensure(catalog, "busybox:1.37", "hello-world")
    assert engine.verbs == ["pull busybox:1.37", "build busybox:1.37", "build hello-world:latest"]
    assert "Docker Hub's pull limit for this network is used up. Building busybox:1.37 here instead." in engine.said


def test_an_image_that_docker_hub_lacks_says_nothing_about_the_next(engine: FakeEngine, catalog: Catalog) -> None:
    """A mirror that has only some images is asked for each."""
    engine.info["RegistryConfig"] = {"Mirrors": ["http://mirror.example/"]}
    engine.pull = Followed(1, "Error response from daemon: manifest for busybox:1.37 not found: manifest unknown\n")
    engine.ensure(catalog, "busybox:1.37", "hello-world")
    assert engine.verbs.count("pull hello-world:latest") == 1
    assert "Pulling busybox:1.37 from Docker Hub or its mirror …" in engine.said


def test_a_silent_docker_hub_is_given_up(engine: FakeEngine, catalog: Catalog) -> None:
    """A pull that says nothing within the limit is named with the limit, and the stand-in is built."""
    engine.pull = Followed(-9, "", silent_s=4.0)
    engine.ensure(catalog, "busybox:1.37")
    assert "Docker Hub sent nothing for 4 s. Building busybox:1.37 here instead." in engine.said
    assert engine.commands[0][-1] == f"{hub.SHORT_ANSWER_S:g}"


def test_where_nothing_else_is_possible_docker_hub_has_more_time(engine: FakeEngine, catalog: Catalog) -> None:
    """On a machine that cannot build busybox, the pull is tried at once, and with patience."""
    engine.obstacle = "that needs mmdebstrap, which only Debian and Ubuntu have"
    engine.connection = "Docker Hub is out of reach"
    engine.ensure(catalog, "busybox:1.37")
    assert engine.commands == [["docker", "pull", "busybox:1.37", f"{hub.PATIENT_ANSWER_S:g}"]]


def test_an_image_that_cannot_be_had_says_what_was_tried_and_how_to_get_it(
    engine: FakeEngine, catalog: Catalog
) -> None:
    """With neither Docker Hub nor a way to build, the message names both reasons and the way by hand."""
    engine.obstacle = "that needs mmdebstrap, which only Debian and Ubuntu have"
    engine.pull = Followed(1, "Error response from daemon: dial tcp: no route to host\n")
    with pytest.raises(EngineProblem) as caught:
        engine.ensure(catalog, "docker101/web:1")
    assert caught.value.message == (
        "The image busybox:1.37 could not be had. Docker Hub did not give it (dial tcp: no route to host). "
        "It cannot be built here either: that needs mmdebstrap, which only Debian and Ubuntu have."
    )
    assert "docker save -o image.tar busybox:1.37" in caught.value.next_step
    assert "docker load -i image.tar" in caught.value.next_step
    assert engine.owned == []


def test_a_machine_without_any_network_hears_both_reasons(
    engine: FakeEngine, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the packages cannot be fetched either, the first failure is not forgotten."""

    def no_network(*_: object) -> debian.Busybox:
        raise steps.failed("Fetching busybox-static from Debian trixie failed (exit code 100)", "E: Could not resolve")

    monkeypatch.setattr(debian, "fetch", no_network)
    engine.connection = "Docker Hub is out of reach (no answer within 2 s)"
    with pytest.raises(EngineProblem) as caught:
        engine.ensure(catalog, "busybox:1.37")
    assert "Docker Hub is out of reach" in caught.value.message
    assert "E: Could not resolve" in caught.value.message
    assert "docker load" in caught.value.next_step


def test_an_image_is_built_again_when_its_folder_changed(engine: FakeEngine, catalog: Catalog) -> None:
    """A teaching image with another hash is out of date: built anew, and the old one removed by its id."""
    engine.has("busybox:1.37")
    engine.has("docker101/web:1", org_docker101="1", org_docker101_content="older")
    engine.ensure(catalog, "docker101/web:1")
    assert engine.verbs == ["build docker101/web:1", "image rm"]
    assert engine.commands[1] == ["docker", "image", "rm", "id-of-docker101/web:1"]
    assert "docker101/web:1 is out of date: its folder has changed since it was built." in engine.said


def test_an_old_image_that_a_container_uses_stays_and_is_said_so(engine: FakeEngine, catalog: Catalog) -> None:
    """Removing the old image may be refused; the new one is there all the same."""
    engine.has("busybox:1.37")
    engine.has("docker101/web:1", org_docker101="1")
    engine.remove = Done(1, "Error response from daemon: conflict: unable to delete\n")
    engine.ensure(catalog, "docker101/web:1")
    assert "  The old docker101/web:1 stays, without a name: a container still uses it." in engine.said


def test_an_outdated_stand_in_is_built_again_without_asking_docker_hub(engine: FakeEngine, catalog: Catalog) -> None:
    """Only what bears the course's hash can be out of date; what Docker Hub gave cannot."""
    engine.has("busybox:1.37")
    engine.has("hello-world:latest", org_docker101="1", org_docker101_content="older")
    engine.ensure(catalog, "hello-world")
    assert engine.verbs == ["build hello-world:latest", "image rm"]


def test_a_foreign_image_of_the_same_name_keeps_it(engine: FakeEngine, catalog: Catalog) -> None:
    """An image that is not the course's is never pushed off its name; the message says how to free it."""
    engine.has("docker101/web:1")
    with pytest.raises(EngineProblem) as caught:
        engine.ensure(catalog, "docker101/web:1")
    assert "has an image docker101/web:1 that is not the course's" in caught.value.message
    assert "docker image tag docker101/web:1 my-web:1" in caught.value.next_step
    assert not any(verb.startswith("build docker101") for verb in engine.verbs)


def test_a_failed_build_shows_its_last_lines(engine: FakeEngine, catalog: Catalog) -> None:
    """The message has the exit code and what the build said last."""
    engine.has("busybox:1.37")
    engine.build = Done(1, "\n".join(f"Step {n}" for n in range(40)) + "\nCOPY failed: no such file\n")
    with pytest.raises(EngineProblem) as caught:
        engine.ensure(catalog, "docker101/web:1")
    assert caught.value.message.startswith("Building docker101/web:1 failed (exit code 1). Its last lines:\n")
    assert caught.value.message.endswith("COPY failed: no such file")
    assert "Step 1\n" not in caught.value.message


def test_a_build_that_hangs_is_given_up_with_its_limit(engine: FakeEngine, catalog: Catalog) -> None:
    """The message names the limit in seconds."""
    engine.has("busybox:1.37")
    engine.build = Done(137, "Step 1/3\n", timed_out=True)
    with pytest.raises(EngineProblem, match="Building docker101/web:1 was given up after 300 s"):
        engine.ensure(catalog, "docker101/web:1")


@pytest.mark.parametrize("where", ["build", "pull"])
def test_a_full_disk_is_named_and_no_other_source_is_tried(engine: FakeEngine, catalog: Catalog, where: str) -> None:
    """Where the disk is full, the next step is to make space."""
    text = "Error response from daemon: write /x: no space left on device\n"
    engine.connection = "" if where == "pull" else "Docker Hub is out of reach"
    engine.pull, engine.build = Followed(1, text), Done(1, text)
    with pytest.raises(EngineProblem) as caught:
        engine.ensure(catalog, "busybox:1.37")
    assert "the disk is full" in caught.value.message
    assert "docker system df" in caught.value.next_step
    assert len(engine.commands) == 1


def test_a_full_disk_of_this_machine_is_named_with_the_folder(
    engine: FakeEngine, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the files for the build have no room, the folder for temporary files is named."""

    def no_room(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(debian, "rootfs", no_room)
    engine.connection = "Docker Hub is out of reach"
    with pytest.raises(EngineProblem, match=r"Building busybox:1\.37 in .* failed: the disk is full"):
        engine.ensure(catalog, "busybox:1.37")


def test_an_engine_that_does_not_list_its_images_is_an_error(
    engine: FakeEngine, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the engine answered is quoted."""
    monkeypatch.setattr(provide, "get", lambda *_: (500, {}, {"message": "boom"}))
    with pytest.raises(EngineProblem, match=r"did not list its images: 500, .*boom"):
        engine.ensure(catalog, "busybox:1.37")


# --- Docker Hub


@pytest.mark.parametrize(
    ("host", "info"),
    [
        ("tcp://far.example:2375", {}),
        (HOST, {"HttpsProxy": "http://proxy.example:3128"}),
        (HOST, {"RegistryConfig": {"Mirrors": ["http://mirror.example/"]}}),
    ],
    ids=["engine on another machine", "engine behind a proxy", "engine with a mirror"],
)
def test_a_connection_from_here_is_only_tried_where_it_says_something(
    engine: FakeEngine, host: str, info: dict[str, Any]
) -> None:
    """An engine that goes another way is asked to pull, whatever this machine reaches."""
    engine.connection = "Docker Hub is out of reach"
    engine.info |= info
    assert hub.Hub(host, engine.said.append).pull("busybox:1.37", patient=False) == ""


def test_a_connection_that_fails_is_named_in_the_systems_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is the operating system's."""

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(hub.socket, "create_connection", refuse)
    assert hub._cannot_connect("index.example") == "Docker Hub is out of reach (Connection refused)"


def test_a_name_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for the name look-up too, which has none of its own."""
    forever = threading.Event()

    def hang(*_: object, **__: object) -> None:
        forever.wait()
        raise OSError

    monkeypatch.setattr(hub.socket, "create_connection", hang)
    monkeypatch.setattr(hub, "CONNECT_LIMIT_S", 0.05)
    assert hub._cannot_connect("index.example") == "Docker Hub is out of reach (no answer within 0.05 s)"
    forever.set()


# --- steps


@pytest.fixture
def python_as_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python stand in for the docker program."""
    monkeypatch.setattr(steps, "find_docker", lambda: Path(sys.executable))
    monkeypatch.setattr(steps, "docker_environment", lambda *_: None)


@pytest.mark.usefixtures("python_as_docker")
def test_following_returns_what_was_said_and_the_exit_code() -> None:
    """A program that ends by itself is read to its end."""
    done = steps.follow(["docker", "-c", "print('one'); print('two'); raise SystemExit(3)"], HOST, 30, 30)
    assert done == Followed(3, "one\ntwo\n")


@pytest.mark.usefixtures("python_as_docker")
def test_following_ends_a_silent_program() -> None:
    """A program that stays silent longer than it may is killed, and the limit is returned."""
    done = steps.follow(["docker", "-c", "import time; time.sleep(60)"], HOST, 0.2, 60)
    assert (done.silent_s, done.exit_code != 0) == (0.2, True)


def test_a_step_that_takes_too_long_or_cannot_start_says_so() -> None:
    """The limit in seconds, what was said until then, and a program that is missing are all named."""
    slow = "import time; print('so far', flush=True); time.sleep(60)"
    with pytest.raises(EngineProblem, match=r"Waiting was given up after 5 s. Its last lines:\n {4}so far"):
        steps.run([sys.executable, "-I", "-S", "-c", slow], 5, "Waiting")
    with pytest.raises(EngineProblem, match=r"Fetching failed. Its last lines:\n.*no-such-program"):
        steps.run(["no-such-program"], 1, "Fetching")
    with pytest.raises(EngineProblem, match=r"Fetching failed \(exit code 1\), and said nothing."):
        steps.run([sys.executable, "-c", "raise SystemExit(1)"], 30, "Fetching")


# --- Debian's packages


def _machine(monkeypatch: pytest.MonkeyPatch, programs: set[str], *, root: bool) -> None:
    monkeypatch.setattr(debian, "machine_arch", lambda: "amd64")
    monkeypatch.setattr(debian.shutil, "which", lambda name: f"/usr/bin/{name}" if name in programs else None)
    monkeypatch.setattr(debian.os, "geteuid", lambda: 0 if root else 1000, raising=False)


OBSTACLES = {
    "tool there": ("amd64", {"mmdebstrap"}, False, ""),
    "root with apt-get": ("amd64", {"apt-get"}, True, ""),
    "not root": ("amd64", {"apt-get"}, False, "only root can install it (sudo apt-get install mmdebstrap"),
    "another system": ("amd64", set(), True, "which only Debian and Ubuntu have"),
    "another processor": ("arm64", {"mmdebstrap"}, True, "the engine's machine (arm64) is of another kind"),
}


@pytest.mark.parametrize(("arch", "programs", "root", "says"), OBSTACLES.values(), ids=OBSTACLES.keys())
def test_whether_packages_can_be_used_here(
    monkeypatch: pytest.MonkeyPatch, arch: str, programs: set[str], *, root: bool, says: str
) -> None:
    """What stands in the way is known before anything is tried."""
    _machine(monkeypatch, programs, root=root)
    found = debian.obstacle(arch)
    assert says in found
    assert bool(says) == bool(found)


def test_the_tool_is_installed_only_after_it_was_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Root on Debian gets mmdebstrap and Debian's keys, in the order: say, update, install, fetch."""
    log: list[str] = []
    _machine(monkeypatch, {"apt-get"}, root=True)
    monkeypatch.setattr(
        debian, "run", lambda argv, *_: log.append(" ".join(word for word in argv if "keyring=" not in word))
    )
    monkeypatch.setattr(debian, "_look_into", lambda *_: BUSYBOX)
    package = SimpleNamespace(suite="trixie", package="busybox-static", version="1.37")
    debian.fetch(package, tmp_path, lambda text: log.append(f"say {text.split(' with ')[0]}"))  # type: ignore[arg-type]
    assert log == [
        "say Installing mmdebstrap and debian-archive-keyring",
        "apt-get -q update",
        "apt-get -q install -y --no-install-recommends mmdebstrap debian-archive-keyring",
        "say Fetching busybox-static from Debian trixie …",
        f"mmdebstrap --variant=extract --include=busybox-static trixie {tmp_path / 'package.tar'}",
    ]


def test_a_tag_never_lies_about_the_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package of a newer version is refused under the old tag."""
    _machine(monkeypatch, {"mmdebstrap"}, root=True)
    monkeypatch.setattr(debian, "run", lambda *_: "")
    monkeypatch.setattr(debian, "_look_into", lambda *_: BUSYBOX._replace(version="1.38.0"))
    package = SimpleNamespace(suite="trixie", package="busybox-static", version="1.37")
    with pytest.raises(EngineProblem, match=r"busybox 1\.38\.0; the tag 1\.37 would be wrong"):
        debian.fetch(package, tmp_path, lambda _: None)  # type: ignore[arg-type]


def _package(path: Path, **files: bytes) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("_", "/"))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("place", ["bin_busybox", "usr_bin_busybox"])
def test_the_program_is_asked_for_its_version_and_commands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    """The version comes from what the program prints, wherever the package holds it."""
    said: Callable[..., str] = lambda argv, *_: (  # noqa: E731
        "[\nbusybox\nsh\n" if "--list" in argv else "BusyBox v1.37.0 (Debian 1:1.37.0-6+b9) multi-call binary.\n"
    )
    monkeypatch.setattr(debian, "run", said)
    found = debian._look_into(_package(tmp_path / "p.tar", **{place: b"program"}), tmp_path)
    assert found[:4] == (b"program", "1.37.0", "1:1.37.0-6+b9", ("[", "sh"))


def test_a_package_without_the_program_or_with_another_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the course cannot read is named, with the next step."""
    with pytest.raises(EngineProblem, match="holds no usr/bin/busybox"):
        debian._look_into(_package(tmp_path / "p.tar", usr_bin_dash=b""), tmp_path)
    monkeypatch.setattr(debian, "run", lambda *_: "toybox 0.8")
    with pytest.raises(EngineProblem, match="did not say its version: 'toybox"):
        debian._look_into(_package(tmp_path / "q.tar", bin_busybox=b""), tmp_path)


def test_the_root_folder_has_a_link_for_every_command_and_what_programs_expect() -> None:
    """The layout is that of Docker Hub's image, and the same input gives the same bytes."""
    first = debian.rootfs(BUSYBOX)
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        assert {"bin/busybox", "bin/sh", "bin/env", "usr/bin/env", "etc/passwd", "etc/group", "root"} <= set(
            tar.getnames()
        )
        assert tar.getmember("bin/sh").linkname == "bin/busybox"
        assert tar.getmember("tmp").mode == 0o1777
        assert tar.getmember("root").mode == 0o700
        passwd = tar.extractfile("etc/passwd")
        assert passwd is not None
        assert b"nobody:x:65534:65534:" in passwd.read()
    assert debian.rootfs(BUSYBOX) == first
