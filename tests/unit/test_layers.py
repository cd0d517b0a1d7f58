"""Looking through an image's archive, in the forms that engines write."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from checker.engine.views.layers import Trace, traces
from checker.lab.vocabulary import CannotTell

if TYPE_CHECKING:
    from collections.abc import Mapping

STEPS = ["ADD base", "CMD x", "COPY secret.txt /", "RUN rm /secret.txt"]


def tar(files: Mapping[str, bytes]) -> bytes:
    """Return a tar archive of these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


LAYERS = [
    tar({"bin/sh": b"x" * 5000}),
    tar({"./secret.txt": b"it is swordfish\n", "other": b""}),
    tar({".wh.secret.txt": b""}),
]


def image(layers: list[bytes], names: list[str], **config: Any) -> io.BytesIO:
    """Return an image's archive with its layers under these names."""
    history = [{"created_by": step, "empty_layer": step.startswith("CMD")} for step in STEPS]
    manifest = [{"Config": "config.json", "Layers": names}]
    files = {"abc/VERSION": b"1.0", "abc/json": b"{}", **dict(zip(names, layers, strict=True))}
    files |= {"config.json": json.dumps({"history": history, **config}).encode()}
    return io.BytesIO(tar({**files, "manifest.json": json.dumps(manifest).encode()}))


CLASSIC = ["a/layer.tar", "b/layer.tar", "c/layer.tar"]
OCI = ["blobs/sha256/a", "blobs/sha256/b", "blobs/sha256/c"]


@pytest.mark.parametrize("names", [CLASSIC, OCI], ids=["layer.tar", "blobs"])
@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_that_a_later_layer_removes_is_found(names: list[str], packed: Any) -> None:
    """The trace names the step that brought it in, and the file."""
    found = traces(image([packed(layer) for layer in LAYERS], names), "swordfish")
    assert found == [Trace("COPY secret.txt /", "secret.txt")]


def test_settings_are_looked_through_as_well() -> None:
    """A variable, an argument or a label with the text is a trace without a file."""
    assert traces(image(LAYERS, OCI, config={"Env": ["KEY=marlin"]}), "marlin") == [Trace("", "")]


def test_nothing_is_found_where_nothing_is() -> None:
    """An image without the text has no trace."""
    assert traces(image(LAYERS, OCI), "marlin") == []


def test_text_across_two_pieces_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read piece by piece; the text may lie across two."""
    monkeypatch.setattr("checker.engine.views.layers.CHUNK_BYTES", 8)
    assert [trace.path for trace in traces(image(LAYERS, OCI), "swordfish")] == ["secret.txt"]


def test_too_much_to_look_through_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image without an end is an error of the check's, never a pass."""
    monkeypatch.setattr("checker.engine.views.layers.LIMIT_BYTES", 100)
    search = image(LAYERS, OCI)
    with pytest.raises(CannotTell, match="too much"):
        traces(search, "swordfish", limit_s=-1)


@pytest.mark.parametrize("layer", [b"\0" * 7, b"no archive at all"], ids=["zeros", "text"])
def test_a_layer_that_cannot_be_read_is_no_verdict(layer: bytes) -> None:
    """A layer of an unknown kind is never taken for a clean one."""
    with pytest.raises(CannotTell):
        traces(image([layer, *LAYERS[1:]], OCI), "marlin")
