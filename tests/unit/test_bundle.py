"""The class's bundle: what it holds, what is refused and in which words, and that a half one is never left."""

from __future__ import annotations

import errno
import hashlib
import io
import tarfile
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from checker import bootstrap, wheels
from checker.bundle import machine, reader, writer
from checker.bundle.machine import PythonHere
from checker.bundle.manifest import LIST, MARK, parse, requirements_digest
from checker.bundle.reader import open_bundle
from checker.bundle.writer import config_of, drafted, require_place
from checker.cli.commands import run
from checker.errors import CourseError, EngineProblem, UsageProblem
from checker.locks import FileLock
from tests.unit.made_bundles import LAYER, OTHER_FORMAT, WHEEL, make, member, read, rewritten, saved_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LAYER_BLOB = f"blobs/{hashlib.sha256(LAYER).hexdigest()}"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a bundle that fits this machine."""
    return make(tmp_path / "class.tar")


def said_of(path: Path) -> str:
    """Open a bundle that is refused; return what is said, without the path that it lies at."""
    with pytest.raises(UsageProblem) as problem:
        open_bundle(path)
    assert "checker bundle" in problem.value.next_step
    return problem.value.message.replace(str(path), "FILE")


def quiet(_: str) -> None:
    """Say nothing."""


# --- what it holds


def test_its_list_reads_as_it_was_written(bundle: Path) -> None:
    """The list comes back whole: images, digests, Python, engine."""
    manifest = open_bundle(bundle).manifest
    assert parse(manifest.text().encode()) == manifest
    assert manifest.python == machine.here()
    assert [image.name for image in manifest.images] == ["one:1", "two:1"]
    assert manifest.wheels == [WHEEL]
    assert manifest.image("three:1") is None


def test_files_that_images_share_are_there_once(bundle: Path) -> None:
    """Two images with one layer: the layer is one member, named by its digest."""
    with tarfile.open(bundle) as tar:
        names = tar.getnames()
    assert names[0] == MARK
    assert names[-1] == LIST
    assert names.count(LAYER_BLOB) == 1
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["one:1", "two:1"])
def test_an_image_comes_out_as_docker_saved_it(bundle: Path, name: str) -> None:
    """What ``docker load`` gets holds the same files, links and folders, in the same order."""
    opened = open_bundle(bundle)
    image = opened.manifest.image(name)
    assert image is not None
    assert image.config == "sha256:c0ffee"
    out = io.BytesIO(b"".join(opened.image_pieces(image)))
    assert contents(out) == contents(io.BytesIO(saved_image(name, name.encode())))


def contents(archive: io.BytesIO) -> list[tuple[str, bytes, str, bytes]]:
    """Return an archive's members: name, kind, target, bytes."""
    with tarfile.open(fileobj=archive) as tar:
        return [(i.name, i.type, i.linkname, read(tar, i) if i.isfile() else b"") for i in tar]


def test_two_bundles_of_the_same_things_are_the_same_file(bundle: Path, tmp_path: Path) -> None:
    """No time and no name of a user gets into it."""
    assert make(tmp_path / "again.tar").read_bytes() == bundle.read_bytes()


def test_wheels_are_served_to_pip_from_there_alone(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pip gets a folder and no index, whatever this machine's settings of pip say; the folder goes in the end."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.invalid")
    folder = tmp_path / "wheels here"
    with open_bundle(bundle).unpacked_wheels(folder) as (options, environment):
        assert options == ["--no-index", "--find-links", str(folder)]
        assert [path.name for path in folder.iterdir()] == ["good-1.0-py3-none-any.whl"]
        assert not [name for name in environment if name.startswith("PIP_") and name != "PIP_CONFIG_FILE"]
    assert not folder.exists()


def test_nothing_large_is_held_in_memory(tmp_path: Path) -> None:
    """Forty megabytes are written, checked and read in pieces of one."""
    layer = bytes(40_000_000)
    image = saved_image("one:1", b"own", layer)
    pieces = (image[at : at + reader.PIECE_BYTES] for at in range(0, len(image), reader.PIECE_BYTES))
    target = tmp_path / "class.tar"
    tracemalloc.start()
    try:
        with drafted(target, quiet) as (draft, finish):
            draft.add_image("one:1", ("sha256:one", ""), pieces)
            held = {
                "requirements": "",
                "tests": False,
                "python": machine.here(),
                "os": "linux",
                "architecture": "arm64",
            }
            finish(writer.Manifest(**held, images=tuple(draft.images), members=draft.members))
        opened = open_bundle(target)
        opened.check_all(quiet)
        assert sum(len(piece) for piece in opened.image_pieces(opened.manifest.images[0])) >= len(layer)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_long_steps_say_how_far_they_are(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checking says what it checks, how far it is, and how long it took."""
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr("checker.terminal.time.monotonic", lambda: next(clock))
    said: list[str] = []
    open_bundle(bundle).check_all(said.append)
    assert said[0] == f"Checking {bundle} (0.1 MB) …"
    assert said[1].startswith("  … 0.1 MB of 0.1 MB, ")
    assert said[-1].startswith("  done in ")


# --- what is refused


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A wrong name is named."""
    assert said_of(tmp_path / "none.tar") == "There is no file FILE."


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is no bundle."""
    assert said_of(tmp_path) == "FILE is no file."


@pytest.mark.parametrize("data", [b"", b"PK\3\4 a zip", saved_image("one:1", b"own")], ids=["empty", "zip", "tar"])
def test_a_foreign_file(tmp_path: Path, data: bytes) -> None:
    """What does not begin as a bundle does is none, also what docker save wrote."""
    (tmp_path / "x.tar").write_bytes(data)
    assert said_of(tmp_path / "x.tar") == "FILE is no bundle of this course."


def test_a_file_that_was_cut_off(bundle: Path) -> None:
    """Wherever the copy ended, it is said that it did, and nothing is used."""
    whole = bundle.read_bytes()
    with tarfile.open(bundle) as tar:
        end = tar.getmember(LIST)
    lengths = [*range(tarfile.BLOCKSIZE, end.offset_data + end.size, 97), end.offset, end.offset_data]
    for length in lengths:
        bundle.write_bytes(whole[:length])
        said = said_of(bundle)
        assert said.startswith("FILE is cut off or damaged: "), length
        assert said.endswith("Nothing of it was used."), length


def test_a_file_that_gets_shorter_while_it_is_read(bundle: Path) -> None:
    """A stick that is pulled out in the middle is no traceback."""
    opened = open_bundle(bundle)
    bundle.write_bytes(bundle.read_bytes()[: opened._places[LAYER_BLOB].offset + 10])
    with pytest.raises(UsageProblem, match="is cut off or damaged: it has become shorter"):
        opened.check_all(quiet)
    bundle.unlink()
    with pytest.raises(UsageProblem, match="cannot be read: No such file"):
        opened.check_all(quiet)


@pytest.mark.parametrize("name", [WHEEL, LAYER_BLOB])
def test_a_changed_byte_is_found_before_anything_is_used(bundle: Path, name: str, tmp_path: Path) -> None:
    """The digest of each member is compared; the member is named."""
    opened = open_bundle(bundle)
    offset = opened._places[name].offset
    data = bytearray(bundle.read_bytes())
    data[offset] ^= 1
    bundle.write_bytes(data)
    opened = open_bundle(bundle)
    with pytest.raises(UsageProblem, match=f"is damaged: {name} is not what its list says. Nothing of it was used"):
        opened.check_all(quiet)


def test_a_changed_wheel_never_reaches_pip(bundle: Path, tmp_path: Path) -> None:
    """Also without the check beforehand, a wheel that is not as listed stops the installation."""
    offset = open_bundle(bundle)._places[WHEEL].offset
    data = bytearray(bundle.read_bytes())
    data[offset] ^= 1
    bundle.write_bytes(data)
    with pytest.raises(UsageProblem, match="is damaged"), open_bundle(bundle).unpacked_wheels(tmp_path / "w"):
        pytest.fail("the wheels were served")
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("replaced", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"format": 1}'])
def test_a_list_that_cannot_be_read(bundle: Path, replaced: bytes) -> None:
    """Whatever stands in its place, it is one message."""
    rewritten(bundle, replace={LIST: replaced})
    assert said_of(bundle) == f"FILE is damaged: its list, {LIST}, cannot be read. Nothing of it was used."


def test_a_list_that_is_too_long(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is read into memory, so it has a limit."""
    monkeypatch.setattr(reader, "_LIST_LIMIT_BYTES", 100)
    assert said_of(bundle) == f"FILE is damaged: its list, {LIST}, is too long. Nothing of it was used."


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "digest": lambda table: table["members"][WHEEL].update(sha256="../x"),
    "size": lambda table: table["members"][WHEEL].update(size_bytes="7"),
    "name": lambda table: table["members"].update({"../x": table["members"].pop(WHEEL)}),
    "image": lambda table: table["images"].pop(),
    "kind": lambda table: table["images"][0]["files"][0].__setitem__(1, "device"),
    "path": lambda table: table["images"][0]["files"][0].__setitem__(0, "../../etc/passwd"),
    "link": lambda table: table["images"][0]["files"][-1].__setitem__(2, "/etc/passwd"),
    "text": lambda table: table.update(architecture=None),
    "python": lambda table: table["python"].pop("system"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_list_that_says_what_no_list_says(bundle: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Every field is looked at before it is used; a path that leads elsewhere is never one."""
    rewritten(bundle, change=change)
    assert "cannot be read" in said_of(bundle)


def test_members_are_just_those_of_the_list(bundle: Path) -> None:
    """One more, one less, or one of another size: the file is not what was made."""
    rewritten(bundle, replace={WHEEL: b"longer than it was"})
    assert said_of(bundle) == f"FILE is damaged: {WHEEL} is not what its list says. Nothing of it was used."
    rewritten(make(bundle), extra=[member("wheels/more-1-py3-none-any.whl")])
    assert "wheels/more-1-py3-none-any.whl is not what its list says" in said_of(bundle)


EVIL = {
    "up": member("../evil"),
    "absolute": member("/etc/evil"),
    "up from wheels": member("wheels/../../evil.whl"),
    "windows": member("wheels/..\\evil.whl"),
    "folder": member("wheels", tarfile.DIRTYPE),
    "link": member("wheels/evil.whl", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": member("wheels/evil.whl", tarfile.LNKTYPE, MARK),
    "device": member("wheels/evil.whl", tarfile.CHRTYPE),
    "twice": member(LAYER_BLOB),
}


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_a_member_that_no_bundle_has(bundle: Path, evil: tarfile.TarInfo, tmp_path: Path) -> None:
    """Paths that lead out, links, devices and doubles are refused by name, and nothing is written anywhere."""
    rewritten(bundle, extra=[evil])
    before = sorted(tmp_path.rglob("*"))
    said = said_of(bundle)
    assert said == f"FILE holds “{evil.name}”, which no bundle of this course holds. Nothing of it was used."
    assert sorted(tmp_path.rglob("*")) == before


def test_another_edition_of_the_course(bundle: Path) -> None:
    """Another format, or wheels for other lists, is another edition."""
    rewritten(bundle, change=lambda table: table.update(format=OTHER_FORMAT))
    assert said_of(bundle) == f"FILE was made by another edition of the course (its format is {OTHER_FORMAT})."
    opened = open_bundle(make(bundle))
    opened.require_edition("here", tests=False)
    with pytest.raises(UsageProblem, match="was made by another edition of the course, which needs other packages"):
        opened.require_edition("there", tests=False)


def test_a_bundle_without_what_the_tests_need(bundle: Path) -> None:
    """``test --bundle`` says how to make one that has it."""
    with pytest.raises(UsageProblem, match="does not hold what only the tests need") as problem:
        open_bundle(bundle).require_edition("here", tests=True)
    assert problem.value.next_step.endswith("checker bundle --tests FILE")


def test_images_for_another_architecture(bundle: Path) -> None:
    """Both kinds of machine are named."""
    opened = open_bundle(bundle)
    opened.require_engine("linux", "amd64")
    with pytest.raises(UsageProblem) as problem:
        opened.require_engine("linux", "arm64")
    assert problem.value.message == f"{bundle} holds images for linux/amd64, and this engine runs linux/arm64."
    assert problem.value.next_step.startswith("Use one that was made for linux/arm64.")


THERE = PythonHere("CPython 3.11", "linux-x86_64", "glibc 2.28")


@pytest.mark.parametrize(
    ("here", "said"),
    [
        ({"platform": "linux-aarch64"}, "is for linux-x86_64, and this Python runs on linux-aarch64"),
        ({"platform": "win-amd64", "system": ""}, "is for linux-x86_64, and this Python runs on win-amd64"),
        ({"version": "CPython 3.12"}, "is for CPython 3.11, and this is CPython 3.12"),
        ({"version": "CPython 3.11t"}, "is for CPython 3.11, and this is CPython 3.11t"),
        ({"system": "musl 0.0"}, "is for Linux with glibc, and this one has musl"),
        ({"system": "glibc 2.17"}, "needs glibc 2.28 or newer, and this machine has glibc 2.17"),
        ({"system": "glibc 2.36"}, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wheels_for_another_python(
    here: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle is refused where its wheels would not run: platform, Python, C library; each by name."""
    path = make(tmp_path / "class.tar", python=THERE)
    monkeypatch.setattr(machine, "here", lambda: replace(THERE, **here))
    if not said:
        assert open_bundle(path).manifest.python == THERE
        return
    assert said_of(path) == f"FILE {said}."


# --- which Python it fits


@pytest.mark.parametrize(
    ("names", "system"),
    [
        (["a-1-py3-none-any.whl"], "glibc 0.0"),
        (["a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"], "glibc 2.17"),
        (["a-1-cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64.manylinux_2_34_x86_64.whl"], "glibc 2.5"),
        (["a-1-cp311-cp311-manylinux_2_17_x86_64.whl", "b-1-cp311-abi3-manylinux_2_28_x86_64.whl"], "glibc 2.28"),
    ],
)
def test_the_oldest_system_comes_from_the_wheels_names(names: list[str], system: str) -> None:
    """A bundle made on a new Linux serves old ones, as far as its wheels do."""
    assert machine.needs(names, replace(THERE, system="glibc 2.41")) == replace(THERE, system=system)


@pytest.mark.parametrize(
    ("platform", "musl", "found"),
    [
        ("linux-x86_64", "", ("linux-x86_64", "glibc 2.36")),
        ("linux-aarch64", "aarch64-unknown-linux-musl", ("linux-aarch64", "musl 0.0")),
        ("macosx-10.9-universal2", "", ("macosx-arm64", "macOS 14.5")),
        ("win-amd64", "", ("win-amd64", "")),
    ],
)
def test_this_machine_in_words(
    platform: str, musl: str, found: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux with either C library, macOS on the processor that it runs on, Windows."""
    monkeypatch.setattr(machine.sysconfig, "get_platform", lambda: platform)
    monkeypatch.setattr(machine.sysconfig, "get_config_var", lambda name: musl if name == "HOST_GNU_TYPE" else 0)
    monkeypatch.setattr(machine.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(machine.platform, "mac_ver", lambda: ("14.5.1", ("", "", ""), "arm64"))
    monkeypatch.setattr(machine.platform, "libc_ver", lambda: ("glibc", "2.36"))
    here = machine.here()
    assert (here.platform, here.system) == found
    assert str(here).startswith(f"{here.version} on {here.platform}")


# --- making one


@pytest.mark.parametrize("stop", [KeyboardInterrupt, EngineProblem("The engine hangs.")])
def test_an_unfinished_bundle_leaves_nothing(stop: type[BaseException] | BaseException, tmp_path: Path) -> None:
    """Interrupted or failed: no file of that name, and nothing beside it."""

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise stop

    with pytest.raises((KeyboardInterrupt, EngineProblem)), drafted(tmp_path / "class.tar", quiet) as (draft, _):
        draft.add_image("one:1", ("sha256:one", ""), pieces())
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_bundle_leaves_the_old_one(bundle: Path) -> None:
    """The old file is replaced by a whole one, or stays."""
    before = bundle.read_bytes()
    with pytest.raises(KeyboardInterrupt), drafted(bundle, quiet):
        raise KeyboardInterrupt
    assert bundle.read_bytes() == before
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]


def test_what_a_killed_run_left_is_cleared(bundle: Path) -> None:
    """A run that was killed leaves a hidden folder; the next one takes it over and removes it."""
    left = bundle.parent / f".{bundle.name}.part"
    (left / "members" / "wheels").mkdir(parents=True)
    (left / "bundle").write_bytes(b"half")
    make(bundle)
    open_bundle(bundle).check_all(quiet)
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]


def test_two_at_a_time_is_one_too_many(tmp_path: Path) -> None:
    """The second one says so, and does not touch the first one's files."""
    target = tmp_path / "class.tar"
    lock = FileLock(tmp_path / ".class.tar.part" / "lock")
    assert lock.acquire()
    with pytest.raises(UsageProblem, match="Another checker bundle is writing"):
        make(target)
    lock.release()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "The disk is full: FILE was not written."),
        (errno.EACCES, "FILE could not be written: Permission denied."),
    ],
)
def test_a_full_disk_is_one_message(number: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk ends in the middle, it is said, and the half file is gone."""
    target = tmp_path / "class.tar"
    add = writer._add

    def full(tar: Any, name: str, *rest: Any) -> None:
        if name == LAYER_BLOB:
            raise OSError(number, "No space left on device" if number == errno.ENOSPC else "Permission denied")
        add(tar, name, *rest)

    monkeypatch.setattr(writer, "_add", full)
    with pytest.raises(CourseError) as problem:
        make(target)
    assert problem.value.message.replace(str(target), "FILE") == said
    assert "disk" in problem.value.next_step or "folder that is yours" in problem.value.next_step
    assert list(tmp_path.iterdir()) == []


def test_places_where_no_bundle_is_put(tmp_path: Path, bundle: Path) -> None:
    """A folder, a folder that is missing, and a file that is something else; an old bundle may be replaced."""
    (tmp_path / "thesis.tar").write_bytes(b"years of work")
    for target, said in (
        (tmp_path, "is a folder"),
        (tmp_path / "none" / "class.tar", "There is no folder"),
        (tmp_path / "thesis.tar", "exists and is no bundle of this course. Nothing was changed"),
    ):
        with pytest.raises(UsageProblem, match=said):
            require_place(target)
    require_place(bundle)


@pytest.mark.parametrize("data", [b"", b"no tar", saved_image("one:1", b"", tags=[]), saved_image("two:1", b"")])
def test_an_image_that_was_not_saved_well(data: bytes, tmp_path: Path) -> None:
    """What the engine saved is looked into: it must hold the image that was asked for."""
    (tmp_path / "image.tar").write_bytes(data)
    with pytest.raises(EngineProblem, match="What the engine saved of one:1 cannot be read"):
        config_of(tmp_path / "image.tar", "one:1")


def test_a_new_engines_archive_names_its_config_otherwise(tmp_path: Path) -> None:
    """Engines from 25 on save blobs by digest."""
    data = saved_image("one:1", b"own").replace(b'"c0ffee.json"', b'"blobs/256/b"')
    (tmp_path / "image.tar").write_bytes(data)
    assert config_of(tmp_path / "image.tar", "one:1") == "sha256:b"


def test_every_patch_release_of_a_python_is_served() -> None:
    """What only some patch releases need is fetched for all of them; other Pythons' is not."""
    lines = [
        "overrides==7.7 ; python_full_version < '3.12'",
        "soupsieve==2.1 ; python_full_version < '3.11.5'",
        "soupsieve==2.2 ; python_full_version >= '3.11.5'",
        "six==1",
    ]
    assert wheels.for_other_patches(lines, (3, 11)) == ["soupsieve==2.1", "soupsieve==2.2"]
    assert wheels.for_other_patches(lines, (3, 12)) == []


@pytest.mark.parametrize("tests", [False, True])
def test_wheels_are_fetched_for_this_python(tests: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pip fetches wheels alone, never sources that the class would have to build; with the tests' only when asked."""
    ran: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "run_step", lambda command, *_, **__: ran.append(command))
    wheels.fetch(tmp_path / "w", tests=tests, say=quiet)
    for command in ran:
        assert command[1:4] == ["-m", "pip", "download"]
        assert "--only-binary=:all:" in command
        assert f"--dest={tmp_path / 'w'}" in command
    assert str(bootstrap.REQUIREMENTS) in ran[0]
    assert any(word.startswith("mypy==") for word in ran[0]) == tests


def test_line_ends_make_no_other_edition(tmp_path: Path) -> None:
    """A clone on Windows has the same lists."""
    (tmp_path / "a").write_bytes(b"one\ntwo\n")
    (tmp_path / "b").write_bytes(b"one\r\ntwo\r\n")
    assert requirements_digest(tmp_path / "a") == requirements_digest(tmp_path / "b")


# --- the command line


@pytest.mark.parametrize("command", ["start", "test"])
def test_a_wrong_bundle_is_said_before_anything_is_done(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No environment is made for a bundle that cannot be used."""
    monkeypatch.setattr(bootstrap, "ensure", lambda *_, **__: pytest.fail("something was done"))
    assert run([command, "--bundle", str(tmp_path / "none.tar")]) == 2
    assert "There is no file" in capsys.readouterr().err


def test_start_hands_its_bundle_to_the_set_up(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is made from the bundle that was named."""
    monkeypatch.setattr(bootstrap, "ensure", lambda *_, **options: 0 if options["bundle"].path == bundle else 9)
    assert run(["start", "--bundle", str(bundle)]) == 0
