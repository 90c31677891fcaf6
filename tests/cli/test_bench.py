"""`kata bench` and `kata cost` on the command line."""

import pytest
from click.testing import CliRunner
from mlkata.bench import comparison_text
from mlkata.bench.page import saved
from mlkata.cli.bench import bench
from mlkata.tracks import catalogue
from mlkata.tracks.catalogue import Track
from mlkata.tracks.model import KataError


@pytest.fixture
def file(tmp_path):
    """Return a file whose `assign` allocates tables of a number for each row and centre."""
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\n\n\n"
        "def assign(X, centers):\n"
        "    return ((centers**2).sum(axis=1) - 2 * (X @ centers.T)).argmin(axis=1)\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(("claim", "status"), [("n*k", 0), ("n*k*d", 1)])
def test_memory_is_compared_with_a_claim(kata, file, claim, status):
    """The tables that `assign` allocates have n rows and k columns.

    Memory is traced by allocations, so it is the same on any machine, however busy.
    """
    result = kata("cost", "kmeans", "assign", "--submission", file, "--claim", f"memory: {claim}")
    assert result.returncode == status, result.stdout + result.stderr
    assert f"you claimed {claim}: {'disagree' if status else 'agree'}" in result.stdout
    assert result.stdout.splitlines()[-1] == "next: kata check kmeans"
    assert "\x1b" not in result.stdout


def test_bad_usage_gets_one_line(kata, file):
    for arguments, message in (
        # merge is a function of the track, but costs.py does not say how to measure it.
        (("merge",), "'merge' cannot be measured: expected `kata cost kmeans FUNCTION`"),
        (("assign", "--claim", "n*k"), "claim 'n*k': expected `time: …, memory: …`"),
        (("assign", "--claim", "time: n*q"), "claim 'n*q': 'q' is unknown;"),
    ):
        result = kata("cost", "kmeans", *arguments, "--submission", file)
        assert result.returncode == 2
        assert result.stderr.startswith(f"kata: {message}")
        assert result.stderr.count("\n") == 1


def test_the_old_option_names_the_new_command(kata):
    """`kata bench TRACK --function F` has become `kata cost TRACK F`."""
    result = kata("bench", "kmeans", "--function", "assign")
    assert result.returncode == 2
    assert result.stderr == "kata: --function is now a separate command: use `kata cost TRACK FUNCTION`\n"


@pytest.fixture
def compared(monkeypatch):
    """Leave k-means nothing to compare (no rows), and measure nothing. Return the list of compared tracks."""
    compared = []
    monkeypatch.setattr(Track, "rows", property(lambda track: () if track.name == "kmeans" else ("a row",)))
    monkeypatch.setattr(comparison_text, "compared", lambda tracks, folder: compared.extend(tracks))
    monkeypatch.setattr(saved, "save", lambda results, folder: folder / "report.html")
    return compared


def test_a_track_without_rows_is_an_error_of_one_line(compared, tmp_path):
    result = CliRunner().invoke(bench, ["kmeans", "--out", str(tmp_path)])
    assert isinstance(result.exception, KataError)
    assert str(result.exception).startswith("kmeans has nothing to compare: expected ")
    assert str(result.exception).endswith("kmeans/rows.py")
    assert not compared


def test_all_tracks_with_rows_are_compared(compared, tmp_path):
    """A line names each track that is left out."""
    result = CliRunner().invoke(bench, ["--out", str(tmp_path)], standalone_mode=False)
    assert result.return_value == 0
    assert [track.name for track in compared] == [name for name in catalogue.find() if name != "kmeans"]
    lines = result.output.splitlines()
    assert lines[0].startswith("kmeans has nothing to compare")
    assert lines[-1] == f"next: open {tmp_path / 'report.html'} in a browser"
