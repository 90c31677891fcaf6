"""The tables of tracks and rounds in README.md and docs/asked.md are written from the tracks' rounds.toml."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from mlkata.cli.author import author
from mlkata.tracks import catalogue, paths, tables
from mlkata.tracks.model import KataError

# A manual with the lines between which the table is written.
EMPTY = f"before\n\n{tables.START}\nwhatever stood here\n{tables.END}\n\nafter\n"


@pytest.fixture
def root(tmp_path):
    """Return a folder with the two manuals and nothing else of a clone."""
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/asked.md"):
        (tmp_path / name).write_text(EMPTY, encoding="utf-8")
    return tmp_path


def test_a_new_track_appears_in_the_tables(root):
    """One table has a row for each track, the other a row for each round; the text around them stays."""
    knn = catalogue.get("knn")
    first, second = knn.rounds[:2]
    # A copy of the k-NN track with another name; its second round keeps the id knn.2.
    svm = replace(knn, name="svm", rounds=(replace(first, track="svm", title="a | b"), second))
    texts = list(tables.renewed(root, {"svm": svm}).values())
    assert texts[0] == (
        f"before\n\n{tables.START}\n\n"
        "| track | rounds |\n|---|---|\n"
        "| [`svm`](exercises/svm/README.md) | a \\| b · Predict |\n"
        f"\n{tables.END}\n\nafter\n"
    )
    assert "| [`svm.1`](../exercises/svm/README.md) | a \\| b | 15 | nothing |\n" in texts[1]
    assert "| [`knn.2`](../exercises/svm/README.md) | Predict | 20 | `knn.1` |\n" in texts[1]


def test_writing_the_tables_again_changes_nothing(root):
    """The text after the first run is the text that each file should have."""
    for _ in range(2):
        texts = tables.renewed(root, catalogue.find())
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
    assert tables.renewed(root, catalogue.find()) == texts


@pytest.mark.parametrize("text", ["", tables.START, tables.END + tables.START])
def test_a_manual_without_a_place_for_the_table_is_refused(root, text):
    """The lines that mark the place are missing or in the wrong order."""
    (root / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(
        KataError, match="no place for the table: expected the lines <!-- `kata author tables`"
    ):
        tables.renewed(root, catalogue.find())


def test_an_installed_wheel_has_no_manuals(root):
    """The message says to run the command in a clone."""
    (root / "README.md").unlink()
    with pytest.raises(KataError, match=r"cannot read .*: No such file or directory; run this in a clone"):
        tables.renewed(root, catalogue.find())


def test_the_command_writes_the_tables_once(root, monkeypatch, capfd):
    """`kata author tables` prints for each manual whether it has changed."""
    tracks = catalogue.find()
    monkeypatch.setattr(paths, "data_folder", lambda: root)
    monkeypatch.setattr(catalogue, "find", lambda: tracks)
    outputs = []
    for _ in range(2):
        done = CliRunner().invoke(author, ["tables"], standalone_mode=False)
        assert done.exception is None
        outputs.append(done.output + capfd.readouterr().out)
    assert outputs == [
        "README.md: written\ndocs/asked.md: written\n",
        "README.md: unchanged\ndocs/asked.md: unchanged\n",
    ]
    for path, text in tables.renewed(root, tracks).items():
        assert path.read_text(encoding="utf-8") == text
