"""Bundles for tests: small ones, made by the course's own writer, and what can be done to them."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from checker.bundle import machine
from checker.bundle.manifest import FORMAT, LIST, Manifest
from checker.bundle.writer import drafted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WHEEL = "wheels/good-1.0-py3-none-any.whl"
LAYER = b"a layer that two images share\n" * 400


def saved_image(name: str, own: bytes, layer: bytes = LAYER, *, tags: list[str] | None = None) -> bytes:
    """Return what ``docker save`` of an old engine writes: a folder, files, a link."""
    out = io.BytesIO()
    listed = [{"Config": "c0ffee.json", "RepoTags": [name] if tags is None else tags, "Layers": ["a1/layer.tar"]}]
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, data in (
            ("c0ffee.json", own),
            ("a1/layer.tar", layer),
            ("manifest.json", json.dumps(listed).encode()),
        ):
            if path.startswith("a1"):
                folder = tarfile.TarInfo("a1")
                folder.type = tarfile.DIRTYPE
                tar.addfile(folder)
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("b2")
        link.type, link.linkname = tarfile.SYMTYPE, "../a1/layer.tar"
        tar.addfile(link)
    return out.getvalue()


def make(target: Path, say: Callable[[str], None] = lambda _: None, **changes: Any) -> Path:
    """Write a bundle with two images and one wheel; ``changes`` are fields of its list."""
    with drafted(target, say) as (draft, finish):
        (draft.place / "w").mkdir()
        (draft.place / "w" / WHEEL.partition("/")[2]).write_bytes(b"a wheel")
        draft.add_wheels(draft.place / "w")
        for name in ("one:1", "two:1"):
            draft.add_image(name, (f"sha256:{name[:3]}", ""), iter([saved_image(name, name.encode())]))
        held: dict[str, Any] = {
            "requirements": "here",
            "tests": False,
            "python": machine.here(),
            "os": "linux",
            "architecture": "amd64",
            "images": tuple(draft.images),
            "members": draft.members,
        }
        finish(Manifest(**{**held, **changes}))
    return target


def rewritten(
    path: Path,
    *,
    change: Callable[[dict[str, Any]], None] = lambda _: None,
    replace: dict[str, bytes] | None = None,
    extra: list[tarfile.TarInfo] | None = None,
) -> Path:
    """Change a bundle's list and the bytes of members, and add members before the list."""
    with tarfile.open(path) as tar:
        members = [(info, read(tar, info)) for info in tar]
    with tarfile.open(path, "w") as tar:
        for info, data in members:
            written = (replace or {}).get(info.name, data)
            if info.name == LIST:
                for one in extra or []:
                    tar.addfile(one, io.BytesIO(b"x" * one.size))
                if LIST not in (replace or {}):
                    table = json.loads(data)
                    change(table)
                    written = json.dumps(table).encode()
            info.size = len(written)
            tar.addfile(info, io.BytesIO(written))
    return path


def read(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    """Return a member's bytes."""
    file = tar.extractfile(info)
    assert file is not None
    return file.read()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """Return a member that no bundle has."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    info.size = 1 if kind == tarfile.REGTYPE else 0
    return info


OTHER_FORMAT = FORMAT + 1
