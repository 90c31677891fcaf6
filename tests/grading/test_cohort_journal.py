"""Written records survive a kill, and half a line does not count."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlkata.grading.cohort_journal import CohortJournal
from mlkata.tracks.model import KataError


def record(id_, sha256="a", settings="b", **more):
    """Return a record without a report."""
    return {"id": id_, "sha256": sha256, "settings": settings, **more}


def test_the_last_line_of_an_id_counts(tmp_path):
    """The next process agrees; records come in the requested order."""
    path = tmp_path / "results.jsonl"
    with CohortJournal(path) as journal:
        journal.add(record("x", n=1))
        journal.add(record("y", n=2))
        journal.add(record("x", "c", n=3))
    with CohortJournal(path) as journal:
        assert journal.has("x", "c", "b")
        assert not journal.has("x", "a", "b")
        assert not journal.has("z", "a", "b")
        assert [record["n"] for record in journal.records(["y", "z", "x"])] == [2, 3]
        journal.add(record("z", n=4))
        assert [record["n"] for record in journal.records(["z", "y"])] == [4, 2]


@given(length=st.integers(0, 200))
def test_a_kill_truncates_the_last_line_only(tmp_path_factory, length):
    """Wherever the file ends, complete lines count and the others are written again."""
    path = tmp_path_factory.mktemp("journal") / "results.jsonl"
    with CohortJournal(path) as journal:
        for name in "abcd":
            journal.add(record(name))
    whole = path.read_bytes()
    path.write_bytes(whole[: min(length, len(whole))])
    complete = whole[:length].count(b"\n")
    with CohortJournal(path) as journal:
        assert [journal.has(name, "a", "b") for name in "abcd"] == [n < complete for n in range(4)]
        for name in "abcd"[complete:]:
            journal.add(record(name))
    assert path.read_bytes() == whole


def test_each_record_is_synced_to_the_disk(tmp_path, monkeypatch):
    """The file is synced after each record, to its full size."""
    path = tmp_path / "results.jsonl"
    forced = []
    monkeypatch.setattr(os, "fsync", lambda number: forced.append(os.fstat(number).st_size))
    with CohortJournal(path) as journal:
        for name in "ab":
            journal.add(record(name))
            assert forced[-1] == path.stat().st_size
    assert len(forced) == 2


def test_a_second_run_in_the_same_folder_is_refused(tmp_path):
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
def test_an_unrelated_file_is_refused(tmp_path, text, reason):
    """The file is not changed, and the message names the line that is not a result."""
    path = tmp_path / "results.jsonl"
    path.write_text(text)
    with pytest.raises(KataError, match=f"is no list of results: {reason}; expected a folder of its own"):
        CohortJournal(path)
    assert path.read_text() == text
    with pytest.raises(KataError, match="cannot write"):
        CohortJournal(tmp_path)
