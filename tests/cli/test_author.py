"""`kata author` works on private tracks, and reports what a track lacks."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from mlkata.cli.author import author
from mlkata.cli.bench import warmup
from mlkata.cli.shared import NOT_PASSED, PASSED
from mlkata.judging.gate import manuals
from mlkata.tracks import catalogue, paths, scaffold, tables
from mlkata.tracks.model import KataError


def run(command, *arguments):
    """Run a command; return its status and its output."""
    result = CliRunner().invoke(command, [str(argument) for argument in arguments], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.output


def test_a_private_track_is_written_and_verified(tmp_path, monkeypatch):
    """`new` writes a small track that is complete. Its folder is given relative to the current one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    _, printed = run(author, "new", "small", "--tracks", "own")
    assert "exercises/small/stub.py" in printed
    assert "next: kata author verify small --quick --tracks own" in printed
    status, printed = run(author, "verify", "--quick", "--tracks", "own")
    assert status == PASSED
    assert "3 of 3 mutants killed at 1 seed, 0 problems" in printed


def test_problems_of_a_private_track_are_printed(tmp_path, monkeypatch):
    """If a file is missing, no solution is run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    scaffold.write("small", tmp_path)
    (tmp_path / "solutions" / "small" / "naive.py").unlink()
    status, printed = run(author, "verify", "small", "--quick", "--tracks", tmp_path)
    assert status == NOT_PASSED
    assert "solutions/small has no naive.py: write it" in printed
    assert "small: 1 problem; nothing has been run" in printed


def test_outdated_tables_of_tracks_are_reported(tmp_path, monkeypatch):
    """In a clone the tables of all tracks must be as `kata author tables` writes them."""
    scaffold.write("small", tmp_path)
    track = catalogue.read(tmp_path / "exercises" / "small")
    assert list(manuals.problems(track)) == []
    monkeypatch.setattr(paths, "data_folder", lambda: tmp_path)
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/asked.md"):
        (tmp_path / name).write_text(f"{tables.START}\n{tables.END}\n", encoding="utf-8")
    assert list(manuals.problems(track)) == [
        "README.md has an old table of tracks: run `kata author tables`",
        "docs/asked.md has an old table of tracks: run `kata author tables`",
    ]


def test_warmup_of_a_track_without_fast_solution_names_the_missing_file(toy, monkeypatch):
    monkeypatch.setattr(catalogue, "get", lambda name: toy)
    with pytest.raises(KataError, match=r"toy has nothing to compile: expected .*solutions/toy/fast\.py"):
        CliRunner().invoke(warmup, ["toy"], standalone_mode=False, catch_exceptions=False)
