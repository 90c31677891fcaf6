"""Fast trees agree with the reference on inputs larger than those of the checks.

fast.py chooses its methods by the numbers of rows and nodes and by the depth of the trees; the sizes below
lie on both sides of these limits, which are constants at the top of fast.py.
"""

import numpy as np
import pytest
from mlkata.tracks import catalogue, loading
from mlkata.tracks.datasets import load, load_target
from sklearn.tree import DecisionTreeClassifier

pytestmark = pytest.mark.slow  # numba compiles for up to a minute

TRACK = catalogue.get("tree")
PLANTED = TRACK._module("planted")  # converts scikit-learn's trees
FAST, REFERENCE, LOOPS = (loading.load(TRACK.solution(name)) for name in ("fast", "reference", "loops"))
# max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease of `grow`: these stop no split.
LIMITS = (None, 2, 1, 0.0)


@pytest.fixture(scope="module")
def data():
    """Return 3,000 rows of 7 features and their labels, 0 to 3."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 7)).astype(np.float32)
    y = np.digitize(X[:, 0] * X[:, 1] + rng.normal(size=3000), [-1, 0, 1])
    return X, y


@pytest.fixture(scope="module")
def tree(data):
    """Return a tree of some 1,500 nodes and four classes, with flags for missing values."""
    grown = FAST.grow(*data, *LIMITS, "gini")
    flags = np.random.default_rng(1).random(len(grown.left)) < 0.5
    return grown._replace(missing_left=flags & (grown.left != -1))


def with_nan(X):
    """Return X with a tenth of its values missing."""
    return np.where(np.random.default_rng(2).random(X.shape) < 0.1, np.nan, X)


CONVERSIONS = {
    "float32": lambda X: X,
    "float64": lambda X: X.astype(np.float64) * (1 + 1e-9),  # rounded to float32, these are X again
    "fortran": np.asfortranarray,
    "int": lambda X: np.round(X * 3).astype(np.int32),
    "nan": with_nan,
    "strided": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("conversion", CONVERSIONS)
@pytest.mark.parametrize("n", [0, 1, 63, 64, 200, 1500, 2999])
def test_rows_reach_the_leaves_of_the_reference(tree, data, conversion, n):
    X = CONVERSIONS[conversion](data[0])[:n]
    before, classes = X.copy(), np.array(["a", "b", "c", "d"])
    assert np.array_equal(FAST.apply(tree, X), REFERENCE.apply(tree, X))
    assert np.array_equal(FAST.predict_proba(tree, X), REFERENCE.predict_proba(tree, X))
    assert np.array_equal(FAST.predict(tree, X, classes), REFERENCE.predict(tree, X, classes))
    assert np.array_equal(X, before, equal_nan=True)


def test_strided_fields_are_read_correctly(tree, data):
    # scikit-learn's trees are records, so each field is a strided view.
    names = ("feature", "threshold", "left", "right", "missing_left")
    records = np.zeros(len(tree.left), dtype=[(name, getattr(tree, name).dtype) for name in names])
    for name in names:
        records[name] = getattr(tree, name)
    strided, X = tree._replace(**{name: records[name] for name in names}), with_nan(data[0])
    for n in (1, 2999):
        assert np.array_equal(FAST.apply(strided, X[:n]), REFERENCE.apply(tree, X[:n]))
    got, expected = (FAST.forest_predict([fields] * 3, X[:9], np.arange(4)) for fields in (strided, tree))
    assert np.array_equal(got[0], expected[0])


def test_thresholds_of_any_size_agree(tree, data):
    rng = np.random.default_rng(3)
    tiny, huge = float(np.float32(1e-45)), float(np.finfo(np.float32).max)
    special = [0.0, -0.0, tiny / 2, -tiny / 2, tiny, -tiny, huge, -huge, 1e39, -1e39, np.inf, -np.inf]
    odd = tree._replace(threshold=rng.choice(special, len(tree.left)))
    values = [0.0, -0.0, tiny, -tiny, huge, -huge, 1.0, -1.0]
    for X in (rng.choice(values, (3000, 7)), rng.choice([*values, np.nan], (3000, 7))):
        assert np.array_equal(FAST.apply(odd, X), REFERENCE.apply(odd, X))


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39])
@pytest.mark.parametrize("n", [10, 3000])
def test_values_beyond_float32_are_refused_in_any_row(tree, data, n, value):
    X = with_nan(data[0][:n]).astype(np.float64)
    X[-1, -1] = value
    state = FAST.compile_ensemble([stump(tree)])
    for call in (
        lambda: FAST.apply(tree, X),
        lambda: FAST.forest_predict([tree, tree], X, np.arange(4)),
        lambda: FAST.score_ensemble(state, X),
    ):
        with pytest.raises(ValueError, match="float32"):
            call()


def stump(tree):
    """Return the tree pruned to a few leaves, with one random column of values."""
    twentieth_largest = float(np.sort(FAST.ccp_path(tree)[0])[-20])
    pruned = FAST.prune_ccp(tree, twentieth_largest)
    return pruned._replace(value=np.random.default_rng(4).normal(size=(len(pruned.left), 1)))


def test_trees_with_another_number_of_columns_are_refused(tree, data):
    # Without the check, kernels would write beyond their arrays.
    for n in (9, 3000):
        with pytest.raises(ValueError, match=r"expected trees with 3 columns of value, got \[4\]"):
            FAST.forest_predict([tree, tree], data[0][:n], np.arange(3))
    with pytest.raises(ValueError, match="1 columns"):
        FAST.compile_ensemble([stump(tree)._replace(value=np.zeros((3, 2)))])


@pytest.mark.parametrize("n_classes", [1, 2, 4])
@pytest.mark.parametrize("n", [3, 600, 3000])
@pytest.mark.parametrize("conversion", ["float32", "nan"])
def test_forests_stop_where_the_reference_does(data, n_classes, n, conversion):
    rng = np.random.default_rng(5)
    X, y = data
    trees = []
    for _ in range(12):
        sample = rng.integers(0, 3000, 400)
        grown = FAST.grow(X[sample], y[sample] % n_classes, *LIMITS, "gini")
        trees.append(grown._replace(missing_left=rng.random(len(grown.left)) < 0.5))
    rows, classes = CONVERSIONS[conversion](X)[:n], np.arange(n_classes) * 3
    got = FAST.forest_predict(trees, rows, classes)
    expected = REFERENCE.forest_predict(trees, rows, classes)
    assert np.array_equal(got[0], expected[0])
    assert np.array_equal(got[1], expected[1])


@pytest.mark.parametrize("n", [0, 1, 7, 8, 300, 3000])
@pytest.mark.parametrize("conversion", ["float32", "nan", "float64"])
def test_scores_of_ensembles_agree(tree, data, n, conversion):
    trees = [stump(tree), stump(tree)._replace(threshold=stump(tree).threshold / 2)] * 7
    X = CONVERSIONS[conversion](data[0])[:n]
    expected = REFERENCE.score_ensemble(REFERENCE.compile_ensemble(trees), X)
    np.testing.assert_allclose(FAST.score_ensemble(FAST.compile_ensemble(trees), X), expected, atol=1e-12)


def test_an_ensemble_with_too_large_feature_numbers_is_not_packed(tree, data):
    # A packed node has 32 bits for a feature and its left child.
    trees, X = [stump(tree)], data[0][:300]
    wide = [trees[0]._replace(feature=np.where(trees[0].left == -1, -2, 2**30))]
    assert FAST.compile_ensemble(wide)[0] is wide[0]
    # The state is then the list of trees, and rows walk one tree after the other.
    expected = REFERENCE.score_ensemble(REFERENCE.compile_ensemble(trees), X)
    np.testing.assert_allclose(FAST.score_ensemble(trees, X), expected, atol=1e-12)


SPECIAL = [0.0, -0.0, 1e-45, 5e-46, -5e-46, 1e39, -1e39, np.inf, -np.inf, float(np.finfo(np.float32).max)]
"""Thresholds at the limits of float32; the first five are small, so that rows may have these values, too."""


def grown_to(data, depth, n_trees, *, odd):
    """Return trees grown to a depth, with random flags for missing values; the fourth one is a single leaf.

    If `odd`, each threshold is drawn from SPECIAL and the thresholds of the tree.
    """
    rng = np.random.default_rng(8)
    X, y = data
    trees = []
    for _ in range(n_trees):
        sample = rng.integers(0, 3000, 600)
        grown = FAST.grow(X[sample], y[sample] % 3, depth, *LIMITS[1:], "gini")
        threshold = rng.choice([*SPECIAL, *grown.threshold], len(grown.left)) if odd else grown.threshold
        trees.append(grown._replace(threshold=threshold, missing_left=rng.random(len(grown.left)) < 0.5))
    trees[3] = REFERENCE.prune_ccp(trees[3], np.inf)  # cuts everything
    return trees


def summed_by_walking(trees, X):
    """Return the values of each row's leaves, summed over the trees in their order."""
    sums = np.zeros((len(X), trees[0].value.shape[1]))
    for tree in trees:
        sums += tree.value[FAST.apply(tree, X)]
    return sums


@pytest.mark.parametrize("depth", [1, 6, 7])
@pytest.mark.parametrize("conversion", ["float32", "nan", "float64"])
@pytest.mark.parametrize("odd", [False, True])
def test_bit_vectors_give_exactly_the_sums_of_walks(data, monkeypatch, depth, conversion, odd):
    rng = np.random.default_rng(9)
    trees = [
        tree._replace(value=rng.normal(size=(len(tree.left), 1)))
        for tree in grown_to(data, depth, 11, odd=odd)
        if np.count_nonzero(tree.left == -1) <= 64
    ]
    assert len(trees) > 4  # at depth 7, some trees have more than 64 leaves and are left out
    X = np.where(
        np.arange(3000)[:, None] % 7 == 0,
        rng.choice(SPECIAL[:5], (3000, 7)),
        CONVERSIONS[conversion](data[0]),
    )
    expected = summed_by_walking(trees, X)[:, 0]
    for bitmaps in (FAST.BITMAPS, 300):  # a batch of all trees, or batches of one or a few
        monkeypatch.setattr(FAST, "BITMAPS", bitmaps)
        state = FAST.compile_ensemble(trees)
        for n in (6, 7, 32, 100, 101, 256, 257, 1024, 1025, 3000):
            assert np.array_equal(FAST.score_ensemble(state, X[:n]), expected[:n])


@pytest.mark.parametrize("depth", [6, 8, 9])
@pytest.mark.parametrize("conversion", ["float32", "nan"])
def test_forests_of_each_depth_agree(data, monkeypatch, depth, conversion):
    trees, X, classes = grown_to(data, depth, 13, odd=False), CONVERSIONS[conversion](data[0]), np.arange(3)
    for bitmaps in (FAST.BITMAPS, 600):  # a batch of all trees, or batches of a few
        monkeypatch.setattr(FAST, "BITMAPS", bitmaps)
        for n in (600, 1025, 2999):
            got = FAST.forest_predict(trees, X[:n], classes)
            expected = REFERENCE.forest_predict(trees, X[:n], classes)
            assert np.array_equal(got[0], expected[0])
            assert np.array_equal(got[1], expected[1])


@pytest.mark.parametrize("criterion", ["gini", "entropy", "squared_error"])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_grown_trees_agree(data, criterion, n_classes):
    X, y = data[0].astype(np.float64)[:1000], data[1][:1000] % n_classes
    y = y + X[:, 0] if criterion == "squared_error" else y
    before = X.copy(), y.copy()
    # Nodes stay so large that no two splits are equally good.
    limits = {
        "max_depth": 5, "min_samples_split": 120, "min_samples_leaf": 40, "min_impurity_decrease": 1e-4,
    }  # fmt: skip
    got, expected = (solution.grow(X, y, **limits, criterion=criterion) for solution in (FAST, REFERENCE))
    leaves, expected_leaves = FAST.apply(got, X), REFERENCE.apply(expected, X)
    assert len(got.left) == len(expected.left)
    # Leaves have other numbers, but the same rows: there are as many pairs of numbers as leaves.
    assert len(np.unique(np.stack([leaves, expected_leaves]), axis=1).T) == len(np.unique(leaves))
    np.testing.assert_allclose(got.value[leaves], expected.value[expected_leaves], atol=1e-12)
    np.testing.assert_allclose(got.impurity[leaves], expected.impurity[expected_leaves], atol=1e-12)
    np.testing.assert_allclose(np.sort(got.threshold), np.sort(expected.threshold))
    assert np.array_equal(X, before[0])
    assert np.array_equal(y, before[1])


@pytest.mark.parametrize("criterion", ["gini", "entropy", "squared_error"])
def test_on_a_lattice_each_split_is_as_good_as_the_best(criterion):
    # On a lattice many values are equal, and so are the gains of many splits.
    rng = np.random.default_rng(6)
    for _ in range(30):
        X, y = rng.integers(0, 4, (50, 3)).astype(np.float32), rng.integers(0, 3, 50)
        least = int(rng.integers(1, 6))
        split, best = (solution.best_split(X, y, criterion, least) for solution in (FAST, REFERENCE))
        feature, threshold, decrease = split
        assert decrease == pytest.approx(best[2], abs=1e-12)
        goes_left = X[:, feature] <= threshold
        assert least <= goes_left.sum() <= len(X) - least


@pytest.mark.parametrize("criterion", ["gini", "entropy", "squared_error"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_on_a_lattice_only_equal_rows_stay_together(criterion, n_classes):
    rng = np.random.default_rng(10)
    X, y = rng.integers(0, 5, (400, 3)).astype(np.float32), rng.integers(0, n_classes, 400)
    tree = FAST.grow(X, y, *LIMITS, criterion)
    leaves = REFERENCE.apply(tree, X)
    ids, counts = np.unique(leaves, return_counts=True)
    assert np.array_equal(ids, np.flatnonzero(tree.left == -1))
    assert np.array_equal(counts, tree.weight[ids])
    for leaf in ids[tree.impurity[ids] > 1e-12]:
        assert len(np.unique(X[leaves == leaf], axis=0)) == 1


def test_neighbouring_and_huge_values_are_separated():
    for low, high in ((1.0, np.nextafter(1.0, 2.0)), (1e308, 1.5e308), (-1.5e308, 1.5e308), (0.0, 5e-324)):
        tree = FAST.grow(np.array([[low], [high], [low]]), np.array([0, 1, 0]), *LIMITS, "gini")
        assert low <= tree.threshold[0] < high


@pytest.mark.parametrize("criterion", ["gini", "squared_error"])
def test_bad_training_data_is_refused(criterion):
    X, y = np.zeros((3, 2)), np.array([0.0, 1.0, np.nan])
    many = np.broadcast_to(0.0, FAST.MOST_ROWS + 1)  # a view that takes no memory
    infinite = np.where(np.eye(3, 2), -np.inf, 0.0), y[:1].repeat(3)
    for bad in (
        (X[:0], y[:0]),  # no row
        (X, y[:2]),  # fewer y than rows
        (X + np.nan, y[:1].repeat(3)),
        infinite,
        (X, y),  # NaN in y
        (many[:, None], many),
    ):
        with pytest.raises(ValueError, match=r"NaN|expected"):
            FAST.grow(*bad, *LIMITS, criterion)


def test_the_path_of_a_thousand_nodes_agrees_with_plain_loops(tree):
    (alphas, impurities), (expected_alphas, expected_impurities) = FAST.ccp_path(tree), LOOPS.ccp_path(tree)
    assert np.array_equal(alphas, expected_alphas)
    np.testing.assert_allclose(impurities, expected_impurities, rtol=0, atol=1e-13)  # summed in another order
    for alpha in (*np.quantile(FAST.ccp_path(tree)[0], [0.1, 0.5, 0.9]), 0.0, 1e-300, 9.0):
        got, expected = (solution.prune_ccp(tree, alpha) for solution in (FAST, LOOPS))
        assert all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True))


@pytest.mark.parametrize("levels", [2, 5, 33])
def test_equal_and_negative_prices_are_pruned_in_the_order_of_the_reference(levels):
    # Risks are multiples of 1/32, so that sums are exact: many prices are equal, and some are below 0.
    rng = np.random.default_rng(levels)
    for n_rows in (1, 2, 9, 40, 40, 40, 40, 40):  # five random trees of 40 rows
        tree = REFERENCE.grow(rng.normal(size=(n_rows, 2)), rng.integers(0, 2, n_rows), *LIMITS, "gini")
        n_nodes = len(tree.left)
        tree = tree._replace(weight=np.ones(n_nodes), impurity=rng.integers(0, levels, n_nodes) / 32)
        got, expected = FAST.ccp_path(tree), REFERENCE.ccp_path(tree)
        assert all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True))
        for alpha in expected[0][expected[0] > 0]:
            pruned, expected_tree = (solution.prune_ccp(tree, alpha) for solution in (FAST, REFERENCE))
            assert all(np.array_equal(a, b) for a, b in zip(pruned, expected_tree, strict=True))


# The children and the risks, in tenths, of three trees. The price of a cut is the risk that it adds for each
# leaf that it removes; here many prices are equal, or would be without rounding.
TIED = (
    ([1, 2, -1, 4, -1, -1, -1], [6, 3, -1, 5, -1, -1, -1], [4, 2, 0, 1, 0, 0, 1]),
    (
        [1, -1, 3, 4, 5, -1, 7, -1, 9, -1, -1, -1, -1],
        [2, -1, 12, 11, 6, -1, 8, -1, 10, -1, -1, -1, -1],
        [8, 1, 6, 6, 4, 1, 2, 0, 1, 0, 0, 1, 0],
    ),
    (
        [1, 2, -1, 4, -1, 6, -1, 8, -1, -1, -1],
        [10, 3, -1, 5, -1, 7, -1, 9, -1, -1, -1],
        [7, 6, 1, 4, 0, 3, 1, 1, 0, 0, 1],
    ),
)


@pytest.mark.parametrize(("left", "right", "risks"), TIED)
def test_prices_that_differ_by_rounding_only_do_not_change_the_path(left, right, risks):
    n_nodes = len(left)
    tree = FAST.Tree(
        feature=np.zeros(n_nodes, dtype=int),
        threshold=np.zeros(n_nodes),
        left=np.array(left),
        right=np.array(right),
        missing_left=np.zeros(n_nodes, dtype=bool),
        value=np.ones((n_nodes, 1)),
        weight=np.ones(n_nodes),
        impurity=np.array(risks) * 0.1,
    )
    for got, expected in zip(FAST.ccp_path(tree), REFERENCE.ccp_path(tree), strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


def test_each_risk_of_a_path_is_that_of_the_pruned_tree():
    rng = np.random.default_rng(11)
    for _ in range(60):
        tree = REFERENCE.grow(rng.normal(size=(40, 2)), rng.integers(0, 2, 40), *LIMITS, "gini")
        risk = rng.integers(0, 2, len(tree.left)).astype(float)
        for node in np.flatnonzero(tree.left != -1)[::-1]:  # a split gains 0, 1 or 2 tenths
            risk[node] = risk[tree.left[node]] + risk[tree.right[node]] + rng.integers(0, 3)
        tree = tree._replace(weight=np.ones(len(risk)), impurity=risk * 0.1)
        alphas, impurities = FAST.ccp_path(tree)
        assert (np.diff(alphas[1:]) >= 0).all()
        assert impurities[-1] == pytest.approx(tree.impurity[0])
        last_of_alpha = np.append(np.diff(alphas) > 1e-9, True)  # equal alphas may differ by rounding
        for alpha, expected in zip(alphas[last_of_alpha], impurities[last_of_alpha], strict=True):
            pruned = FAST.prune_ccp(tree, alpha + 1e-9)
            assert pruned.impurity[pruned.left == -1].sum() == pytest.approx(expected)


@pytest.mark.parametrize("name", ["iris", "wine", "digits"])
def test_the_path_agrees_with_scikit_learn_if_prices_differ_by_rounding(name):
    X, y = load(name), load_target(name)
    for seed in range(5):
        rows = np.random.default_rng(seed).permutation(len(X))[: len(X) // 2]  # other trees of the same data
        model = DecisionTreeClassifier(random_state=0).fit(X[rows], y[rows])
        public = model.cost_complexity_pruning_path(X[rows], y[rows])
        alphas, impurities = FAST.ccp_path(FAST.Tree(*PLANTED.harvest(model.tree_)))
        np.testing.assert_allclose(alphas, public.ccp_alphas, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(impurities[[0, -1]], public.impurities[[0, -1]], rtol=1e-9, atol=1e-14)


def test_each_score_is_that_of_the_pruned_tree():
    rng = np.random.default_rng(7)
    for links_cost_nothing in (False, True):
        X, y = rng.normal(size=(150, 3)), rng.integers(0, 3, 150)
        tree = REFERENCE.grow(X, y, 6, *LIMITS[1:], "gini")
        if links_cost_nothing:  # equal impurities: all prices are 0 but for rounding
            tree = tree._replace(impurity=np.full(len(tree.left), 0.5))
        X_val, y_val = rng.normal(size=(80, 3)), rng.integers(0, 3, 80)
        alphas, scores = FAST.score_every_alpha(tree, X_val, y_val)
        assert alphas[0] == 0
        assert (np.diff(alphas) > 0).all()
        for alpha, score in zip(alphas, scores, strict=True):
            pruned = REFERENCE.prune_ccp(tree, alpha)
            labels = REFERENCE.predict(pruned, X_val, np.arange(3))
            assert score == pytest.approx((labels == y_val).mean())
        # A score holds up to the next alpha, except the first one: alpha = 0 cuts nothing, and any larger
        # alpha cuts all links of price 0.
        between = (alphas[1:-1] + alphas[2:]) / 2
        for alpha, score in zip(between, scores[1:-1], strict=True):
            pruned = REFERENCE.prune_ccp(tree, alpha)
            assert score == pytest.approx((REFERENCE.predict(pruned, X_val, np.arange(3)) == y_val).mean())


def test_scores_need_rows_and_known_classes(tree, data):
    X, y = data
    for bad in ((X[:0], y[:0]), (X, y[:-1]), (X, y + 1)):
        with pytest.raises(ValueError, match=r"row|column"):
            FAST.score_every_alpha(tree, *bad)


def test_a_packed_forest_labels_nearly_all_rows_as_the_forest_does(data):
    X, y = data[0][:500], data[1][:500]
    trees = [FAST.grow(X[k::3], y[k::3], *LIMITS, "gini") for k in range(3)]
    expected, _ = REFERENCE.forest_predict(trees, X, np.arange(4))
    # The packed tree is grown on these rows to pure leaves; only its rounded thresholds move some rows.
    assert (FAST.predict_packed(FAST.pack(trees, X), X) == expected).mean() > 0.97
