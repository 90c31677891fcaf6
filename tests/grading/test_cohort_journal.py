"""The results of a cohort are kept in a file that survives a kill and belongs to one run at a time."""

import json
import os

import pytest
from mlkata.grading.cohort_journal import CohortJournal
from mlkata.tracks.model import KataError


def record(id_, sha256="a", settings="b", **fields):
    """Return the record of a submission without a report."""
    return {"id": id_, "sha256": sha256, "settings": settings, **fields}


def test_the_last_line_of_an_id_counts(tmp_path):
    """This also holds for a journal that is read from its file. Records come in the requested order.

    A record counts for one source (its sha256) and some settings. The letters here stand for digests.
    """
    path = tmp_path / "results.jsonl"
    with CohortJournal(path) as journal:
        journal.add(record("x", n=1))
        journal.add(record("y", n=2))
        journal.add(record("x", sha256="c", n=3))
    with CohortJournal(path) as journal:
        assert journal.has("x", sha256="c", settings="b")
        assert not journal.has("x", sha256="a", settings="b")
        assert not journal.has("z", sha256="a", settings="b")
        assert [record["n"] for record in journal.records(["y", "z", "x"])] == [2, 3]
        journal.add(record("z", n=4))
        assert [record["n"] for record in journal.records(["z", "y"])] == [4, 2]


def test_a_line_cut_off_by_a_kill_is_removed(tmp_path):
    """Its submission counts as not judged; judged again, it gives the same file as without the kill."""
    path = tmp_path / "results.jsonl"
    with CohortJournal(path) as journal:
        journal.add(record("x"))
        journal.add(record("y"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with CohortJournal(path) as journal:
        assert journal.has("x", sha256="a", settings="b")
        assert not journal.has("y", sha256="a", settings="b")
        journal.add(record("y"))
    assert path.read_bytes() == whole


def test_each_record_is_synced_to_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "results.jsonl"
    synced_sizes = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced_sizes.append(os.fstat(descriptor).st_size))
    with CohortJournal(path) as journal:
        for name in "ab":
            journal.add(record(name))
            assert synced_sizes[-1] == path.stat().st_size
    assert len(synced_sizes) == 2


def test_a_second_run_in_the_same_folder_is_refused(tmp_path):
    """Once the first has ended, the folder can be used again."""
    path = tmp_path / "results.jsonl"
    with CohortJournal(path), pytest.raises(KataError, match="another `kata grade` writes to"):
        CohortJournal(path)
    with CohortJournal(path):
        pass


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,score\n", "line 1: not valid JSON: .*"),
        ("[1]\n", "line 1: expected a table, got a list"),
        (json.dumps(record("x")) + "\n{}\n", "line 2: missing required field 'id'"),
        (json.dumps({"id": "x"}) + "\n", "line 1: missing required field 'sha256'"),
    ],
)
def test_an_unrelated_file_is_refused_and_not_changed(tmp_path, text, reason):
    """The message names the line that is not a result."""
    path = tmp_path / "results.jsonl"
    path.write_text(text)
    with pytest.raises(KataError, match=f"is not a list of results: {reason}; give --out a folder"):
        CohortJournal(path)
    assert path.read_text() == text


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    with pytest.raises(KataError, match="cannot write"):
        CohortJournal(tmp_path)
