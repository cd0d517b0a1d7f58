"""What the course's Python images are filled with: a small Debian that has Python, wheels, and certificates."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.images import debian
from checker.engine.images.steps import run
from checker.errors import EngineProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from checker.engine.images.catalog import Package

CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
WHEELS = "opt/wheels"
WHEELS_LIMIT_S = 120
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")
"""Where a machine says that it has certificates of its own: OpenSSL, requests, curl and pip read these."""

_TIME_S = 1735689600  # 2025-01-01: equal packages give an equal archive on any day
_STATUS = "var/lib/dpkg/status"
_LEFT_OUT = re.compile(
    r"dev/.|usr/share/(doc|man|info|locale|lintian)/.|var/(cache|log)/.*[^/]$|var/lib/apt/.|var/lib/dpkg/.*-old$"
    r"|usr/lib/python3\.\d+/(EXTERNALLY-MANAGED|test/)|usr/lib/[^/]+/gconv/.|tmp/.|run/."
)
"""What the image can do without; and the mark with which Debian keeps pip from installing system-wide."""


def debian_root(package: Package, archive: Path, say: Callable[[str], None]) -> str:
    """Make a small Debian with ``package`` as a tar archive; return the version that it holds.

    ``mmdebstrap --variant=essential`` (its manual page) installs packages into a new root folder.

    Arguments:
        package: which package, from which Debian.
        archive: the path of the tar archive to write.
        say: takes each line of progress.

    Raises:
        EngineProblem: when it cannot be made, or holds another version than the tag says.

    """
    debian.provide_tool(say)
    say(f"Making a small Debian {package.suite} with {package.package}; this takes a minute or two …")
    whole = archive.with_name("whole.tar")
    options = ["--variant=essential", *debian.keys(), "--aptopt=APT::Install-Recommends false"]
    options += ["--dpkgopt=force-unsafe-io", f"--include={','.join((package.package, *package.more))}"]
    run(
        [debian.TOOL, *options, package.suite, str(whole)],
        debian.FETCH_LIMIT_S,
        f"Making a Debian {package.suite} with {package.package}",
        {**os.environ, "SOURCE_DATE_EPOCH": str(_TIME_S), "LC_ALL": "C.UTF-8"},
    )
    say("Leaving out what is not needed …")
    version = _slimmed(whole, archive, package.package)
    whole.unlink()
    if not version.startswith(f"{package.version}."):
        raise EngineProblem(
            f"Debian {package.suite} now has {package.package} {version}; the tag {package.version} would be wrong.",
            debian.TELL,
        )
    return version


def _slimmed(whole: Path, archive: Path, package: str) -> str:
    """Copy the archive without what is left out, with a link python; return the version of ``package``."""
    version = ""
    with tarfile.open(whole) as source, tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as out:
        for entry in source:
            name = entry.name.removeprefix("./")
            if _LEFT_OUT.match(name):
                continue
            content = source.extractfile(entry) if entry.isreg() else None
            out.addfile(entry, content)
            if name == _STATUS and (status := source.extractfile(entry)):
                version = _version(status.read().decode("utf-8", "replace"), package)
        link = tarfile.TarInfo("./usr/bin/python")
        link.type, link.linkname, link.mode, link.mtime = tarfile.SYMTYPE, "python3", 0o777, _TIME_S
        out.addfile(link)
    return version


def _version(status: str, package: str) -> str:
    """Return a package's version out of dpkg's list, in which each package is a paragraph."""
    found = re.search(rf"^Package: {re.escape(package)}\n(?:.+\n)*?Version: (\S+)", status, re.MULTILINE)
    return found[1] if found else "of no known version"


def fill(root: Path, wheels: Path, say: Callable[[str], None]) -> None:
    """Fill a folder that is copied over the image's root: the packages that ``wheels`` names, and certificates.

    Arguments:
        root: the folder to fill.
        wheels: a requirements file with hashes.
        say: takes each line of progress.

    Raises:
        EngineProblem: when a package cannot be fetched, or is not the one whose hash is written down.

    """
    folder = root / WHEELS
    folder.mkdir(parents=True)
    say("Fetching the Python packages for it …")
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    run(
        [*pip, "--only-binary=:all:", f"--dest={folder}", f"--requirement={wheels}"],
        WHEELS_LIMIT_S,
        f"Fetching the Python packages of {wheels.name}",
    )
    bundle = own_certificates()
    if bundle is not None:
        (root / CERTIFICATES).parent.mkdir(parents=True)
        shutil.copyfile(bundle, root / CERTIFICATES)
    for path in (root, *root.rglob("*")):  # whatever this process's umask: everyone may read
        path.chmod(0o755 if path.is_dir() else 0o644)


def own_certificates() -> Path | None:
    """Return the file of certificates that this machine's environment names; None where there is none."""
    named = (Path(os.environ[name]) for name in _BUNDLES if os.environ.get(name))
    return next((path for path in named if path.is_file()), None)
