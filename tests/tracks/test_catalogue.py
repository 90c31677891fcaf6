"""Tracks are found by their folders and read once; two tracks of the same name do not mix."""

import re
import shutil
from dataclasses import replace

import pytest
from mlkata.tracks import catalogue, loading
from mlkata.tracks.model import KataError
from support import MINIATURE


def test_the_tracks_of_the_kit_are_found_by_name():
    """`split` returns the track and the round of an id; an id such as `kmeans` has no round."""
    assert "kmeans" in catalogue.find()
    assert catalogue.get("kmeans") is catalogue.find()["kmeans"]
    assert catalogue.split("kmeans") == (catalogue.get("kmeans"), None)
    assert catalogue.split("kmeans.2")[1].number == 2


@pytest.mark.parametrize("target", ["kmean", "", ".", ".1", "toy", "../kmeans"])
def test_an_unknown_track_is_an_error(target):
    """The message lists the tracks."""
    with pytest.raises(KataError, match=r"no track '.*': expected one of .*kmeans.*; see `kata list`"):
        catalogue.split(target)


@pytest.mark.parametrize("target", ["kmeans.", "kmeans.0", "kmeans.99", "kmeans.one", "kmeans.1.2"])
def test_an_unknown_round_is_an_error(target):
    """The message says which rounds the track has."""
    with pytest.raises(KataError, match=r"no round 'kmeans\..*': kmeans has kmeans\.1 to kmeans\.\d"):
        catalogue.split(target)


def test_an_unknown_check_is_an_error(toy):
    """The message shows the id of a check."""
    with pytest.raises(KataError) as caught:
        toy.check("toy.1/double/nothing")
    assert str(caught.value) == (
        "no check 'toy.1/double/nothing': expected an id such as toy.1/double/plain; see `kata list toy`"
    )
    assert toy.check("toy.1/double/plain") is toy.checks[0]


def test_a_track_from_another_folder(toy):
    """The miniature track toy and the kit's tracks can be loaded in one process."""
    assert len(catalogue.get("kmeans").checks) > 10
    assert list(toy.contracts) == ["double", "pair", "total", "draw", "root"]
    assert toy.solutions == MINIATURE / "solutions" / "toy"
    assert [round_.id for round_ in toy.rounds] == ["toy.1", "toy.2"]
    assert toy.rounds[1].needs == ("toy.1",)
    assert toy.rounds[0].follow_ups[0].answer == "Because."
    assert [check.id for check in toy.checks_of(toy.rounds[0])] == [
        "toy.1/double/plain",
        "toy.1/double/again",
        "toy.1/pair/plain",
    ]


def test_two_tracks_of_the_same_name_do_not_mix(toy, tmp_path):
    """A copy of the track in another folder is another track, with its own stub and oracle."""
    copy = tmp_path / "exercises" / "toy"
    shutil.copytree(toy.exercises, copy)
    stub = (copy / "stub.py").read_text().replace("def root(", "def trunk(")
    (copy / "stub.py").write_text(stub)
    assert "root" in toy.contracts
    other = catalogue.read(copy)
    assert "trunk" in other.contracts
    assert "root" not in other.contracts
    assert other.oracle is not toy.oracle


def test_the_module_of_a_private_solution_is_named_by_its_folder(toy):
    """The name has a checksum of the folder, so that two folders do not share a module."""
    module = loading.load(toy.solutions / "reference.py")
    assert re.fullmatch(r"mlkata_solutions_\w{8}\.toy\.reference", module.root.__module__)


def test_the_points_of_a_round_are_divided_by_weight(toy):
    """A round's 10 points are divided 1 : 3 : 1. Without points, a check has its weight, by default 1."""
    assert [check.points for check in toy.checks] == [1.0] * len(toy.checks)
    weighed = replace(toy.rounds[0], points=10.0, weights={"double/again": 3.0})
    track = replace(toy, rounds=(weighed, toy.rounds[1]))
    assert [check.points for check in track.checks[:4]] == [2.0, 6.0, 2.0, 1.0]
    weightless = replace(toy.rounds[0], weights={"pair/plain": 0.0})
    assert [check.points for check in replace(toy, rounds=(weightless, *toy.rounds[1:])).checks[:3]] == [
        1,
        1,
        0,
    ]


def test_the_track_of_a_check_is_found_by_the_check_s_id():
    """The id begins with the name of the track."""
    assert catalogue.of_check("knn.1/knn/tied") is catalogue.get("knn")
    with pytest.raises(KataError, match=r"no check 'update/wine': expected an id as printed after FAIL"):
        catalogue.of_check("update/wine")


def test_private_tracks_are_added_to_the_kit_s(tmp_path):
    """A private track replaces a track of the kit that has the same name."""
    for name in ("toy", "kmeans"):
        shutil.copytree(MINIATURE / "exercises" / "toy", tmp_path / "exercises" / name)
    tracks = catalogue.find(tmp_path)
    assert set(tracks) == {*catalogue.find(), "toy"}
    assert tracks["kmeans"].title == catalogue.get("toy", tmp_path).title == "Toy"
    assert catalogue.split("toy.2", tmp_path)[1].number == 2
    assert catalogue.get("kmeans").title != "Toy"
    with pytest.raises(KataError, match=r"no track in .*empty: expected .*exercises/NAME/rounds.toml"):
        catalogue.find(tmp_path / "empty")


def test_the_digest_of_a_track_changes_with_a_file_that_decides_verdicts(toy, tmp_path):
    """A copy of the track has the same digest, until its cases.py is edited."""
    shutil.copytree(MINIATURE / "exercises" / "toy", tmp_path / "exercises" / "toy")
    copy = tmp_path / "exercises" / "toy"
    assert catalogue.read(copy).digest == toy.digest
    (copy / "cases.py").write_text((copy / "cases.py").read_text() + "\n")
    assert catalogue.read(copy).digest != toy.digest
