"""What the Python images are filled with, without an engine."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checker.engine.images import debian, python
from checker.engine.images.catalog import Package, load_catalog
from checker.errors import EngineProblem

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = Package("trixie", "python3", "3.13", ("python3-pip", "passwd"))
STATUS = b"Package: bash\nVersion: 5.2\n\nPackage: python3\nStatus: install ok installed\nVersion: 3.13.5-1\n\n"
FILES = {
    "./usr/bin/python3": b"ELF",
    "./var/lib/dpkg/status": STATUS,
    "./usr/share/doc/bash/README": b"long",
    "./usr/lib/python3.13/EXTERNALLY-MANAGED": b"no pip",
    "./var/cache/apt/x.bin": b"x",
    "./dev/null": b"",
}


@pytest.fixture
def debian_there(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return what mmdebstrap was asked for; it gives a very small Debian."""
    asked: list[list[str]] = []

    def run(argv: list[str], *_: object) -> str:
        asked.append(argv)
        with tarfile.open(argv[-1], "w") as archive:
            for name, content in FILES.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        return ""

    monkeypatch.setattr(python, "run", run)
    monkeypatch.setattr(debian, "provide_tool", lambda _: None)
    return asked


def test_the_small_debian_has_what_pip_needs_and_nothing_more(tmp_path: Path, debian_there: list[list[str]]) -> None:
    """Documentation, caches, devices and the mark against pip are left out; python is a link."""
    said: list[str] = []
    assert python.debian_root(PACKAGE, tmp_path / "rootfs.tar", said.append) == "3.13.5-1"
    with tarfile.open(tmp_path / "rootfs.tar") as archive:
        names = {entry.name: entry.linkname for entry in archive}
    assert names == {"./usr/bin/python3": "", "./var/lib/dpkg/status": "", "./usr/bin/python": "python3"}
    assert "--include=python3,python3-pip,passwd" in debian_there[0]
    assert said[0].startswith("Making a small Debian trixie with python3")
    assert [path.name for path in tmp_path.iterdir()] == ["rootfs.tar"]


@pytest.mark.usefixtures("debian_there")
def test_a_python_of_another_version_is_refused(tmp_path: Path) -> None:
    """The tag never lies about what is inside."""
    with pytest.raises(EngineProblem, match=r"now has python3 3\.13\.5-1; the tag 3\.12 would be wrong"):
        python.debian_root(replace(PACKAGE, version="3.12"), tmp_path / "rootfs.tar", print)


def test_wheels_are_fetched_by_hash_and_readable_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pinned list goes to pip with its hashes; this machine's certificates come along where it has its own."""
    asked: list[list[str]] = []
    monkeypatch.setattr(python, "run", lambda argv, *_: asked.append(argv))
    bundle = tmp_path / "own.pem"
    bundle.write_text("certificate")
    for name in python._BUNDLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CERT", str(bundle))
    wheels = tmp_path / "wheels.txt"
    wheels.write_text("uvicorn==1 --hash=sha256:00\n")
    python.fill(tmp_path / "rootfs", wheels, lambda _: None)
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:", f"--requirement={wheels}"} <= set(asked[0])
    copied = tmp_path / "rootfs" / python.CERTIFICATES
    assert (copied.read_text(), copied.stat().st_mode & 0o777) == ("certificate", 0o644)


def test_no_certificates_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that names none, or a file that is gone, has none."""
    for name in python._BUNDLES:
        monkeypatch.delenv(name, raising=False)
    assert python.own_certificates() is None
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    assert python.own_certificates() is None


def test_every_wheel_is_pinned_with_its_hash() -> None:
    """What the image holds is the same on every machine."""
    image = load_catalog().image("docker101/python:3.13")
    assert image.wheels is not None
    lines = [line for line in image.wheels.read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line and " --hash=sha256:" in line for line in lines)
