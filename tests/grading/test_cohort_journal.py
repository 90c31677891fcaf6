"""What is written down survives, and half a line is no line."""

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlkata.grading.cohort_journal import CohortJournal
from mlkata.tracks.model import KataError


def record(id_, sha256="a", settings="b", **more):
    return {"id": id_, "sha256": sha256, "settings": settings, **more}


def test_the_last_line_of_an_id_counts(tmp_path):
    """Also in the next process; records come in the order that is asked for."""
    path = tmp_path / "results.jsonl"
    with CohortJournal(path) as journal:
        journal.add(record("x", n=1))
        journal.add(record("y", n=2))
        journal.add(record("x", "c", n=3))
    with CohortJournal(path) as journal:
        assert journal.has("x", "c", "b")
        assert not journal.has("x", "a", "b")
        assert not journal.has("z", "a", "b")
        assert [one["n"] for one in journal.records(["y", "z", "x"])] == [2, 3]
        journal.add(record("z", n=4))
        assert [one["n"] for one in journal.records(["z", "y"])] == [4, 2]


@settings(deadline=None)  # each line is forced to the disk
@given(kept=st.integers(0, 200))
def test_a_kill_cuts_off_the_last_line_only(tmp_path_factory, kept):
    """Wherever the file ends, whole lines count and the rest is written again."""
    path = tmp_path_factory.mktemp("journal") / "results.jsonl"
    with CohortJournal(path) as journal:
        for name in "abcd":
            journal.add(record(name))
    whole = path.read_bytes()
    path.write_bytes(whole[: min(kept, len(whole))])
    complete = whole[:kept].count(b"\n")
    with CohortJournal(path) as journal:
        assert [journal.has(name, "a", "b") for name in "abcd"] == [n < complete for n in range(4)]
        for name in "abcd"[complete:]:
            journal.add(record(name))
    assert path.read_bytes() == whole


def test_a_record_is_on_the_disk_before_anybody_hears_of_it(tmp_path, monkeypatch):
    """All of it, each time."""
    path = tmp_path / "results.jsonl"
    forced = []
    monkeypatch.setattr(os, "fsync", lambda number: forced.append(os.fstat(number).st_size))
    with CohortJournal(path) as journal:
        for name in "ab":
            journal.add(record(name))
            assert forced[-1] == path.stat().st_size
    assert len(forced) == 2


def test_one_at_a_time(tmp_path):
    """Two runs in one folder would mix up their verdicts."""
    with CohortJournal(tmp_path / "r") as _, pytest.raises(KataError, match="another `kata grade` writes to"):
        CohortJournal(tmp_path / "r")
    CohortJournal(tmp_path / "r").__exit__(None, None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,score\n", "line 1: not valid JSON: .*"),
        ("[1]\n", "line 1: expected a table, got a list"),
        (json.dumps(record("x")) + "\n{}\n", "line 2: missing required field 'id'"),
        (json.dumps({"id": "x"}) + "\n", "line 1: missing required field 'sha256'"),
    ],
)
def test_a_file_of_somebody_else(tmp_path, text, reason):
    """It is left as it is, and the line that is no result is named."""
    path = tmp_path / "results.jsonl"
    path.write_text(text)
    with pytest.raises(KataError, match=f"is no list of results: {reason}; expected a folder of its own"):
        CohortJournal(path)
    assert path.read_text() == text
    with pytest.raises(KataError, match="cannot write"):
        CohortJournal(tmp_path)
