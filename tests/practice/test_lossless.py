"""No code of the candidate's is ever lost by appending stubs, by `kata reset` or by `kata undo`.

Before each change the file is copied into `.kata/history` of the workspace. No code is lost even if an editor
saves the file while the kit changes it.
"""

from __future__ import annotations

import errno
import os
import re
import threading
from pathlib import Path

import pytest
from mlkata.practice import history
from mlkata.practice.workspace import Workspace
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError


def copies(workspace: Workspace) -> list[str]:
    """Return the text of all copies of the candidate's file, the oldest first."""
    file = workspace.file("minikata")
    return [p.read_bytes().decode() for p in history.copies(file, workspace.folder / ".kata" / "history")]


def test_append_copies_first(workspace: Workspace, track: Track, file: Path) -> None:
    """The copy has the file's old content."""
    file.write_text("# mine\n", encoding="utf-8")
    workspace.open(track.rounds[1])
    assert copies(workspace) == ["# mine\n"]


def test_append_keeps_a_save_made_meanwhile(
    workspace: Workspace, track: Track, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save between the copy and the append stays: the stubs are added at its end."""
    real_copy = history.copy

    def copy_then_save(path: Path, folder: Path) -> Path:
        copy = real_copy(path, folder)
        path.write_text("# saved meanwhile\n", encoding="utf-8")
        return copy

    monkeypatch.setattr(history, "copy", copy_then_save)
    workspace.open(track.rounds[1])
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# saved meanwhile\n")
    assert "def mean" in text


def test_reset_copies_a_save_made_meanwhile(
    workspace: Workspace, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save between the copy and the write is copied, too, and so is a save after that copy."""
    real_keep = history._keep
    saves = ["# second\n", "# third\n"]

    def keep_then_save(data: bytes, path: Path, folder: Path) -> Path:
        copy = real_keep(data, path, folder)
        if saves:
            path.write_text(saves.pop(0), encoding="utf-8")
        return copy

    monkeypatch.setattr(history, "_keep", keep_then_save)
    file.write_text("# first\n", encoding="utf-8")
    workspace.reset("minikata")
    assert copies(workspace) == ["# first\n", "# second\n", "# third\n"]
    assert "NotImplementedError" in file.read_text(encoding="utf-8")


def test_undo_alternates_between_file_and_stubs(
    workspace: Workspace, track: Track, file: Path, right_solution: str
) -> None:
    """Reset writes the stubs of all open rounds; undo brings back the file; the next undo the stubs."""
    workspace.open(track.rounds[1])
    file.write_text(right_solution, encoding="utf-8")
    message = workspace.reset("minikata")
    stubs = file.read_text(encoding="utf-8")
    assert stubs.count("raise NotImplementedError") == 3  # halve of round 1, total and mean of round 2
    match = re.search(r"copy of the old file: (\S+);", message)
    assert match
    assert (workspace.folder / match[1]).read_text(encoding="utf-8") == right_solution
    assert "`kata undo minikata`" in message
    assert "`kata undo minikata` swaps back" in workspace.undo("minikata")
    assert file.read_text(encoding="utf-8") == right_solution
    workspace.undo("minikata")
    assert file.read_text(encoding="utf-8") == stubs
    workspace.undo("minikata")
    assert file.read_text(encoding="utf-8") == right_solution


def test_reset_of_a_round_changes_its_functions_only(
    workspace: Workspace, track: Track, file: Path, right_solution: str
) -> None:
    """Other rounds' code, helpers and CRLF line ends stay."""
    workspace.open(track.rounds[1])
    mine = (right_solution + "\n\ndef helper():\n    return 1\n").replace("\n", "\r\n")
    file.write_bytes(mine.encode())
    workspace.reset("minikata", track.rounds[1])
    text = file.read_bytes().decode()
    assert text.count("raise NotImplementedError") == 2  # total and mean
    assert "return X / 2\r\n" in text
    assert "def helper():\r\n    return 1\r\n" in text
    assert text.count("\n") == text.count("\r\n")  # every line end is CRLF
    workspace.undo("minikata")
    assert file.read_bytes().decode() == mine


def test_reset_of_a_round_needs_a_valid_file(workspace: Workspace, track: Track, file: Path) -> None:
    """The message has the line of the syntax error and the command that resets the whole file instead."""
    file.write_text("x = 1\ndef halve(:\n", encoding="utf-8")
    with pytest.raises(KataError, match=r"minikata\.py, line 2: .*`kata reset minikata`"):
        workspace.reset("minikata", track.rounds[0])
    assert copies(workspace) == []
    workspace.reset("minikata")
    assert copies(workspace) == ["x = 1\ndef halve(:\n"]


def test_reset_of_a_closed_round_says_how_to_open_it(workspace: Workspace, track: Track) -> None:
    """The error is one line with the command."""
    with pytest.raises(KataError, match=r"minikata\.2 is not open.*`kata open minikata\.2`"):
        workspace.reset("minikata", track.rounds[1])


def test_reset_and_undo_bring_back_a_deleted_file(workspace: Workspace, file: Path) -> None:
    """Reset writes the stubs, undo restores the newest copy."""
    file.unlink()
    assert "was missing" in workspace.reset("minikata")
    file.write_text("# mine\n", encoding="utf-8")
    workspace.reset("minikata")
    file.unlink()
    workspace.undo("minikata")
    assert file.read_text(encoding="utf-8") == "# mine\n"


def test_undo_without_a_copy_is_refused(workspace: Workspace) -> None:
    with pytest.raises(KataError, match=r"nothing to undo: expected a copy of minikata\.py in \.kata"):
        workspace.undo("minikata")


def test_a_file_that_is_not_utf8_can_be_reset(workspace: Workspace, track: Track, file: Path) -> None:
    """Appending is refused in one line; reset and undo keep every byte."""
    file.write_bytes(b"# caf\xe9\n")
    with pytest.raises(KataError, match="is not UTF-8"):
        workspace.open(track.rounds[1])
    workspace.reset("minikata")
    workspace.undo("minikata")
    assert file.read_bytes() == b"# caf\xe9\n"


def test_copies_are_never_overwritten(tmp_path: Path) -> None:
    """Twenty copies made by threads within a second all stay, and a later one is listed last."""
    file = tmp_path / "a.py"
    file.write_text("x", encoding="utf-8")
    threads = [threading.Thread(target=history.copy, args=(file, tmp_path / "h")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.write_text("newest", encoding="utf-8")
    history.copy(file, tmp_path / "h")
    paths = history.copies(file, tmp_path / "h")
    assert len(paths) == 21
    assert paths[-1].read_text(encoding="utf-8") == "newest"


def test_a_link_stays_a_link_and_permissions_stay(workspace: Workspace, file: Path, tmp_path: Path) -> None:
    """The candidate may keep the file elsewhere, such as in a repository, and link to it in the workspace."""
    target = tmp_path / "elsewhere.py"
    target.write_text("# mine\n", encoding="utf-8")
    target.chmod(0o640)
    file.unlink()
    file.symlink_to(target)
    workspace.reset("minikata")
    assert file.is_symlink()
    assert "NotImplementedError" in target.read_text(encoding="utf-8")
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_write_that_fails_leaves_the_file(
    workspace: Workspace, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the disk is full, the old content stays, and no partial file is left beside it."""
    before = file.read_bytes()
    names = {path.name for path in workspace.folder.iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        workspace.reset("minikata")
    assert file.read_bytes() == before
    assert {path.name for path in workspace.folder.iterdir()} == names
