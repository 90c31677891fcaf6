"""The tables of tracks in the manuals come from each rounds.toml."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from mlkata.cli.author import author
from mlkata.tracks import catalogue, paths, tables
from mlkata.tracks.model import KataError

EMPTY = f"before\n\n{tables.START}\nwhatever stood here\n{tables.END}\n\nafter\n"


@pytest.fixture
def root(tmp_path):
    """A clone with the two manuals and nothing else."""
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/asked.md"):
        (tmp_path / name).write_text(EMPTY, encoding="utf-8")
    return tmp_path


def test_a_new_track_is_shown_without_an_edit_by_hand(root):
    """Each track has a line, each of its rounds too; what stands around the table stays."""
    knn = catalogue.get("knn")
    first, second = knn.rounds[:2]
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


def test_tables_that_are_written_stay(root):
    """Running it again changes nothing."""
    for _ in range(2):
        made = tables.renewed(root, catalogue.find())
        for path, text in made.items():
            path.write_text(text, encoding="utf-8")
    assert tables.renewed(root, catalogue.find()) == made


@pytest.mark.parametrize("text", ["", tables.START, tables.END + tables.START])
def test_a_manual_without_a_place_for_it_is_refused(root, text):
    """Nothing is guessed."""
    (root / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(
        KataError, match="no place for the table: expected the lines <!-- `kata author tables`"
    ):
        tables.renewed(root, catalogue.find())


def test_an_installed_wheel_has_no_manuals(root):
    """It says so in one line."""
    (root / "README.md").unlink()
    with pytest.raises(KataError, match=r"cannot read .*: No such file or directory; run this in a clone"):
        tables.renewed(root, catalogue.find())


def test_the_command_writes_them_once(root, monkeypatch, capfd):
    """It says of each manual whether it changed."""
    known = catalogue.find()
    monkeypatch.setattr(paths, "data_folder", lambda: root)
    monkeypatch.setattr(catalogue, "find", lambda: known)
    outputs = []
    for _ in range(2):
        done = CliRunner().invoke(author, ["tables"], standalone_mode=False)
        assert done.exception is None
        outputs.append(done.output + capfd.readouterr().out)
    assert outputs == [
        "README.md: written\ndocs/asked.md: written\n",
        "README.md: unchanged\ndocs/asked.md: unchanged\n",
    ]
    for path, text in tables.renewed(root, known).items():
        assert path.read_text(encoding="utf-8") == text
