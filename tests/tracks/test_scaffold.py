"""A new track is two folders: it verifies as it is, and nothing else has changed."""

import pytest
from mlkata.judging import proofread, verify
from mlkata.tracks import catalogue, scaffold
from mlkata.tracks.model import KataError


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder that looks like a clone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def test_a_new_track_verifies(root):
    """Its texts are in order, its solution passes, its mutants die."""
    files = scaffold.write("svm", root)
    assert sorted(root.rglob("*.*")) == sorted([root / "pyproject.toml", *files])
    track = catalogue.read(root / "exercises" / "svm")
    assert (track.name, track.title) == ("svm", "svm")
    assert track.order > max(one.order for one in catalogue.find().values())
    assert proofread.problems_in_text(track) == []
    assert [(one.name, one.problems) for one in verify.verify(track, 5, 5)] == [
        ("stub.py", []),
        ("reference.py", []),
        ("mutant sample-deviation", []),
        ("mutant divides-by-zero", []),
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("two words", "no track can be called 'two words': expected lower-case letters, such as svm"),
        ("SVM", "no track can be called 'SVM': expected lower-case letters, such as svm"),
        ("class", "no track can be called 'class': expected lower-case letters, such as svm"),
        ("random", "no track can be called 'random': a candidate's random.py would hide that module"),
    ],
)
def test_names_that_no_track_can_have(root, name, message):
    """A track's name is a Python file's name."""
    with pytest.raises(KataError) as caught:
        scaffold.write(name, root)
    assert str(caught.value) == message


def test_nothing_is_overwritten(root):
    """Neither a track nor a folder that lies there by chance."""
    (root / "solutions" / "svm").mkdir(parents=True)
    with pytest.raises(KataError, match="svm is there already"):
        scaffold.write("svm", root)
    assert not (root / "exercises").exists()


def test_an_installed_kit_takes_no_track(tmp_path):
    """Whoever has no clone is told."""
    with pytest.raises(KataError, match="is no clone of the project"):
        scaffold.write("svm", tmp_path)
