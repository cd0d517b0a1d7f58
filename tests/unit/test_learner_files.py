"""The learner's files, as checks read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checker.lab.learner_files import LIMIT_BYTES, FilesView
from checker.lab.vocabulary import Failure

if TYPE_CHECKING:
    from pathlib import Path


def test_text_is_read_whatever_its_line_ends(tmp_path: Path) -> None:
    """Line ends of Windows and a byte-order mark make no difference."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_bytes(b"\xef\xbb\xbfFROM x\r\nRUN y\r\n")
    files = FilesView(tmp_path)
    assert files.read("app/Dockerfile") == "FROM x\nRUN y\n"
    assert files.exists("app/Dockerfile")
    assert files.names() == ["app/Dockerfile"]


@pytest.mark.parametrize(
    ("there", "says"),
    [
        ("dockerfile", "There is dockerfile: small and capital letters make a difference."),
        ("Dockerfile.txt", "There is Dockerfile.txt: its ending was added by the editor"),
        ("app/Dockerfile", "There is app/Dockerfile: in another folder."),
        ("other", "There is no file Dockerfile in the lab's folder."),
    ],
)
def test_missing_file_names_what_comes_near(tmp_path: Path, there: str, says: str) -> None:
    """Another case, an ending added by an editor, and another folder are told apart; what is there is listed."""
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("FROM x\n")
    with pytest.raises(Failure) as caught:
        FilesView(tmp_path).read("Dockerfile")
    assert says in caught.value.seen
    assert caught.value.look == f"The folder has: {there}."


def test_the_same_name_in_a_third_folder_is_no_hint(tmp_path: Path) -> None:
    """Where the folder is there and the file is not, its name elsewhere says nothing; beside the folder it does."""
    for folder in ("shop", "first"):
        (tmp_path / folder).mkdir()
    (tmp_path / "first" / "Dockerfile").write_text("FROM x\n")
    with pytest.raises(Failure) as caught:
        FilesView(tmp_path).read("shop/Dockerfile")
    assert caught.value.seen == "There is no file shop/Dockerfile in the lab's folder."
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    with pytest.raises(Failure, match="There is Dockerfile: in another folder"):
        FilesView(tmp_path).read("shop/Dockerfile")


def test_a_folder_is_given_unless_it_leads_out(tmp_path: Path) -> None:
    """A folder below the lab's can be had; a missing one and a link out of it cannot."""
    lab = tmp_path / "lab"
    (lab / "shop").mkdir(parents=True)
    assert FilesView(lab).folder("shop").path == lab / "shop"
    (lab / "out").symlink_to(tmp_path)
    for name in ("card", "out", ".."):
        with pytest.raises(Failure, match="There is no folder"):
            FilesView(lab).folder(name)


def test_empty_and_missing_folder(tmp_path: Path) -> None:
    """A folder that is empty, or not there, is said to be empty."""
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(Failure) as caught:
            FilesView(folder).read("x")
        assert caught.value.look == "The folder is empty."


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    """A link or a path that leads out of the folder is no file of the learner's."""
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    for name in ("link", "../secret", str(tmp_path / "secret")):
        assert not FilesView(folder).exists(name)
        with pytest.raises(Failure):
            FilesView(folder).read(name)


def test_file_that_is_no_short_text(tmp_path: Path) -> None:
    """A file in another encoding, and a huge one, are told."""
    (tmp_path / "latin").write_bytes("Grüße".encode("latin-1"))
    (tmp_path / "huge").write_bytes(b"x" * (LIMIT_BYTES + 1))
    with pytest.raises(Failure, match=r"not plain text in UTF-8 \(byte 2\)"):
        FilesView(tmp_path).read("latin")
    with pytest.raises(Failure, match="larger than 1000 kB"):
        FilesView(tmp_path).read("huge")


def test_long_folder_is_cut(tmp_path: Path) -> None:
    """A folder with many files is listed up to a dozen, and says how many are left out."""
    for number in range(15):
        (tmp_path / f"f{number:02}").write_text("")
    with pytest.raises(Failure) as caught:
        FilesView(tmp_path).read("x")
    assert caught.value.look.endswith("f11 and 3 more.")


def test_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is quoted."""
    (tmp_path / "locked").write_text("x")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "open", refuse)
    with pytest.raises(Failure, match="cannot be read: Permission denied"):
        FilesView(tmp_path).read("locked")
