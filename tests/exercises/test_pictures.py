"""The pictures of failed checks, drawn by a track's picture.py or by the kit's default."""

from dataclasses import replace

import numpy as np
import pytest
from mlkata.report.pictures import figure, subject
from mlkata.tracks import catalogue, loading
from mlkata.tracks.model import Status
from pictured import image, verdict_and_content

pytest.importorskip("matplotlib")


def picture(name):
    """Return the picture.py of a track."""
    return catalogue.get(name)._module("picture")


@pytest.fixture(autouse=True)
def low_resolution(monkeypatch):
    """Draw with few pixels, which is faster."""
    monkeypatch.setattr(figure, "_DPI", 70)


@pytest.mark.parametrize(
    "check_id",
    [
        "kmeans.2/kmeans/nan",
        "knn.1/knn/repeated-rows",
        "knn.1/pairwise_sq_distances/on-the-rows",
        "tree.6/ccp_path/all-equal",
        "tree.9/forest_predict/nine-trees",
        "gmm.2/log_density/other-features",
        "gmm.8/fit_missing/one-column",
    ],
)
def test_every_kind_of_check_has_a_picture(check_id):
    """Points, neighbours, tables, lists, forests, mixtures; also of bad input and of missing values."""
    pixels = image(*verdict_and_content(check_id))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20  # colours: not an empty page


@pytest.fixture(scope="module")
def wrong_leaf():
    """Return verdict and content for a mutant with < instead of <=, whose row 1 ends in another leaf."""
    stump = loading.load(catalogue.get("tree").stub).STUMP  # one split, at 2.5, into the leaves 1 and 2
    given = {"tree": stump, "X": np.array([[1.0], [2.5], [3.0]])}
    return verdict_and_content("tree.1/apply/on-thresholds", "strict-less", arguments=given)


def test_the_path_of_the_first_row_that_differs_is_shown(wrong_leaf):
    """Row 1 goes left by the contract and right in the mutant."""
    verdict, content = wrong_leaf
    assert verdict.status is Status.FAIL
    yours, expected = (picture("tree").shown(content, side) for side in content.sides)
    assert (yours.way, yours.caption) == ((0, 2), "row 1 ends in node 2")
    assert (expected.way, expected.caption) == ((0, 1), "row 1 ends in node 1")
    assert image(verdict, content).std() > 0


def test_paths_in_a_tree_follow_the_rules_of_apply():
    """Values are compared as float32 and NaN goes by missing_left.

    `way_of` is the path of a row, `way_to` that to a node, both from the root.
    """
    stump = loading.load(catalogue.get("tree").stub).STUMP  # one split, at 2.5, into the leaves 1 and 2
    assert picture("tree").way_of(stump, [2.5 + 1e-12]) == (0, 1)
    assert picture("tree").way_of(stump, [np.nan]) == (0, 2)
    assert picture("tree").way_of(stump._replace(missing_left=np.array([True] * 3)), [np.nan]) == (0, 1)
    assert picture("tree").way_to(stump, 2) == (0, 2)


def test_of_a_deep_tree_only_the_end_of_the_path_is_drawn():
    """Of thousands of nodes about twenty are drawn."""
    verdict, content = verdict_and_content("tree.5/apply/five-thousand-deep")
    assert image(verdict, content).std() > 0
    shown = picture("tree").shown(content, content.sides[0])
    # At most 21 (the limit in picture.py), and one more, since the last node has two children.
    assert len(picture("tree")._chosen(shown)) <= 22


def test_covariances_of_every_type_are_drawn_as_matrices():
    """Full, tied, diagonal and spherical covariances become one matrix for each component."""
    contract = catalogue.get("gmm").contracts["fit"]
    X, means = np.zeros((3, 2)), np.zeros((2, 2))
    side = subject.Side("yours", {})
    for kind, covariances in {
        "full": np.tile(np.eye(2), (2, 1, 1)),
        "tied": np.eye(2),
        "diag": np.ones((2, 2)),
        "spherical": np.ones(2),
    }.items():
        given = {"means": means, "covariances": covariances, "covariance_type": kind}
        _, _, matrices = picture("gmm").components(subject.Subject("fit", contract, given, X, (side,)), side)
        assert np.array_equal(matrices, np.tile(np.eye(2), (2, 1, 1))), kind


def test_the_curve_of_the_likelihood_has_a_value_for_each_iteration():
    """If a function returns only the last value, runs with max_iter 1, 2, … give the others."""
    _, content = verdict_and_content(
        next(check.id for check in catalogue.get("gmm").checks if check.function == "fit_1d")
    )
    curves = picture("gmm").curves(content)
    assert np.array_equal(curves["expected"], content.sides[1].outputs["log_likelihoods"])
    _, content = verdict_and_content("gmm.6/fit/diag-wine")
    curve = picture("gmm").curves(content)["expected"]
    assert len(curve) == content.sides[1].outputs["n_iter"]
    assert np.isclose(curve[-1], content.sides[1].outputs["lower_bound"])
    assert (np.diff(curve) > -1e-9).all()


def test_a_matrix_that_is_no_covariance_has_no_ellipse():
    """The picture is drawn without it."""
    assert picture("gmm")._ellipse(np.zeros(2), np.array([[1.0, 0.0], [0.0, -1.0]])) is None
    assert picture("gmm")._ellipse(np.zeros(2), np.full((2, 2), np.nan)) is None
    edge = picture("gmm")._ellipse(np.zeros(2), np.diag([4.0, 1.0]))
    assert np.allclose(np.abs(edge).max(axis=0), [2, 1], atol=1e-2)


@pytest.mark.parametrize("left", [99, 0, -2])  # the root's left child: 99 and -2 do not exist, 0 is the root
def test_a_broken_tree_leaves_its_panel_empty(left):
    """If children do not exist or form a cycle, only the expected tree is drawn."""
    verdict, _ = verdict_and_content("tree.4/grow/one-split")
    [tree] = verdict.answer.values
    broken = tree._replace(left=np.where(np.arange(len(tree.left)) == 0, left, tree.left))
    content = subject.read(
        replace(verdict, answer=replace(verdict.answer, values=(broken,))),
        catalogue.get("tree").contracts,
        None,
    )
    yours, expected = content.sides
    assert picture("tree").shown(content, yours) is None
    assert picture("tree").shown(content, expected) is not None
    image(verdict, content)
