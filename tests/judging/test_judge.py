"""`mlkata.judge` judges a file by the names of a track, its rounds and a check; files are read whole."""

import mlkata
import pytest
from mlkata.judging import judge as judging
from mlkata.judging.judge import read_submission
from mlkata.tracks import catalogue
from mlkata.tracks.model import KataError, Status
from mlkata.worker.runner import Submission


def test_a_track_its_rounds_and_a_check_are_given_by_name():
    """The report has the verdict of the only check, and the seed. An unknown name is an error."""
    reference = catalogue.get("kmeans").solutions / "reference.py"
    report = mlkata.judge("kmeans", reference, ["kmeans.1"], only="kmeans.1/assign/ties", seed=1)
    assert [verdict.check.id for verdict in report.verdicts] == ["kmeans.1/assign/ties"]
    assert (report.status, report.seed) == (Status.PASS, 1)
    with pytest.raises(KataError, match=r"no round 'kmeans\.99'"):
        mlkata.judge("kmeans", reference, ["kmeans.99"])


def test_a_submission_is_read_as_bytes(tmp_path):
    """Line ends stay as they are. A missing file, a folder and a large file are errors of one line."""
    file = tmp_path / "mine.py"
    file.write_bytes(b"x = 1\r\n")
    assert read_submission(file) == Submission("mine.py", b"x = 1\r\n")
    for path in (tmp_path / "none.py", tmp_path):
        with pytest.raises(KataError) as caught:
            read_submission(path)
        assert str(caught.value) == f"no file {path}: expected a Python file with the stub's functions"
    file.write_bytes(b"#" * (judging.MAX_SOURCE + 1))
    with pytest.raises(KataError, match="has 1048577 bytes: expected at most 1048576"):
        read_submission(file)


def test_a_file_without_permission_is_an_error_of_one_line(tmp_path, monkeypatch):
    """Here reading is denied by a patch, since root may read any file."""
    file = tmp_path / "mine.py"
    file.write_bytes(b"")

    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(judging.Path, "read_bytes", denied)
    with pytest.raises(KataError) as caught:
        read_submission(file)
    assert str(caught.value) == f"cannot read {file}: Permission denied"


def test_a_file_name_that_is_not_unicode_is_escaped(tmp_path):
    """So the name of a submission can always be printed."""
    file = tmp_path / "caf\udce9.py"
    file.write_bytes(b"")
    assert read_submission(file).name == r"caf\udce9.py"


def test_a_source_that_mentions_numba_is_recognised():
    """It gets a worker that has imported numba."""
    assert Submission("a.py", b"from numba import njit").numba
    assert not Submission("a.py", b"import numpy").numba
