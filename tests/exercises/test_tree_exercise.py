"""The tree track: what judges candidates' answers is right itself.

The oracle, which gives expected answers, prunes optimally; audits reject inputs with several right answers;
judges accept every right answer and no other.

A judge is called as judge(steps, answers, expected answers) and returns None or what is wrong. A step is a
call of a function. Judges that need no expected answers get [].
"""

from itertools import product

import numpy as np
import pytest
from mlkata.tracks import catalogue, drawing
from mlkata.tracks.model import call
from sklearn.metrics import f1_score
from sklearn.tree import DecisionTreeClassifier

TRACK = catalogue.get("tree")


def module(name):
    """Return a module of the track's folder."""
    return TRACK._module(name)


INPUTS, JUDGES, AUDITS = module("inputs"), module("judges"), module("audits")


def cut_trees(tree):
    """Return, for every tree that pruning can give, the set of its leaves."""

    def below(node):
        if tree.left[node] == -1:
            return [{node}]
        pairs = product(below(tree.left[node]), below(tree.right[node]))
        return [{node}, *(a | b for a, b in pairs)]

    return below(0)


def predictions(tree, leaves, X):
    """Return the predicted column of each row if the tree is cut at these nodes."""
    left = tree.left.copy()
    left[list(leaves)] = -1
    return JUDGES.columns_of(tree._replace(left=left), X)


def small_case(seed, n_classes=3):
    """Return a tree of 1 to 7 leaves, and 12 rows with labels."""
    rng = np.random.default_rng(seed)
    tree = INPUTS.random_tree(rng, n_leaves=int(rng.integers(1, 8)), d=2, n_classes=n_classes)
    return tree, INPUTS.rows(rng, n=12), rng.integers(0, n_classes, 12)


@pytest.mark.parametrize("seed", range(40))
def test_the_oracle_s_reduced_error_pruning_is_the_best_of_all_cuts(seed):
    tree, X, y = small_case(seed)
    pruned = TRACK.oracle.prune_reduced_error(tree, X, y)
    assert JUDGES.not_cut_from(pruned, tree) is None
    # An outcome is the number of errors and the number of leaves.
    outcomes = [((predictions(tree, leaves, X) != y).sum(), len(leaves)) for leaves in cut_trees(tree)]
    outcome = ((JUDGES.columns_of(pruned, X) != y).sum(), (pruned.left == -1).sum())
    assert outcome == min(outcomes)
    assert outcomes.count(min(outcomes)) == 1  # as the contract says


@pytest.mark.parametrize("seed", range(40))
def test_the_oracle_s_f1_is_the_best_of_all_cuts(seed):
    tree, X, y = small_case(seed, n_classes=2)
    pruned = TRACK.oracle.prune_f1(tree, X, y)
    assert JUDGES.not_cut_from(pruned, tree) is None
    scores = [JUDGES.f1(predictions(tree, leaves, X), y) for leaves in cut_trees(tree)]
    assert JUDGES.f1(JUDGES.columns_of(pruned, X), y) == pytest.approx(max(scores))
    assert AUDITS.best_f1(tree, X, y) == pytest.approx(max(scores))


def test_f1_is_scikit_learn_s():
    rng = np.random.default_rng(0)
    for _ in range(20):
        y, predicted = rng.integers(0, 2, (2, 9))
        assert JUDGES.f1(predicted, y) == pytest.approx(f1_score(y, predicted, zero_division=0))


@pytest.mark.parametrize("criterion", ["gini", "entropy"])
def test_impurity_and_node_stats_are_those_of_a_fitted_tree(criterion):
    rng = np.random.default_rng(0)
    X, y, weights = INPUTS.rows(rng, n=60, d=3), rng.integers(0, 3, 60), rng.random(60)
    model = DecisionTreeClassifier(criterion=criterion, random_state=0, max_depth=4).fit(X, y, weights)
    tree = module("planted").harvest(model.tree_)
    weight, value, gini = TRACK.oracle.node_stats(tree, X, y, weights)
    np.testing.assert_allclose(weight, tree.weight)
    np.testing.assert_allclose(value, tree.value, atol=1e-12)
    for node in range(len(weight)):
        impurity = TRACK.oracle.impurity(value[node] * weight[node], criterion)
        assert impurity == pytest.approx(tree.impurity[node], abs=1e-12)
    if criterion == "gini":
        np.testing.assert_allclose(gini, tree.impurity, atol=1e-12)


def test_random_trees_are_valid_and_rows_reach_all_their_leaves():
    rng = np.random.default_rng(0)
    for best_first in (False, True):
        for _ in range(20):
            tree = INPUTS.random_tree(rng, n_leaves=12, best_first=best_first)
            assert JUDGES.not_a_tree(tree) is None
            grid = np.array(list(product(range(INPUTS.LOW, INPUTS.HIGH), repeat=2)), float)
            assert set(JUDGES.leaves_of(tree, grid)) == set(np.flatnonzero(tree.left == -1))
            np.testing.assert_allclose(tree.value.sum(axis=1), 1)


def test_a_chain_of_2000_splits_has_leaves_at_both_ends():
    tree = INPUTS.chain(np.random.default_rng(0), depth=2000)  # nodes 0 to 4000
    assert JUDGES.leaves_of(tree, np.array([[-1.0], [2000.0]])).tolist() == [1, 4000]


def grown_tree():
    """Return a step that calls `grow`, and the tree that the oracle grows for it.

    The root is split at 3.5. Its left child, node 1, is a leaf of class 0; the right one is split at 6.
    """
    X = np.array([[1.0], [2.0], [5.0], [7.0]])
    y = np.array([0, 0, 1, 0])
    limits = module("round4").LIMITS
    return call("grow", X=X, y=y, **limits), TRACK.oracle.grow(X=X, y=y, **limits)


def test_trees_of_scikit_learn_pass_every_check_of_grow():
    n_judged = 0
    for check in TRACK.checks_of(TRACK.round("tree.4")):
        case = drawing.draw(check, seed=5)
        try:
            tree = TRACK.oracle.grow(**case.steps[0].arguments)
        except ValueError:  # checks of bad input
            continue
        assert check.judge(case.steps, [tree], [tree]) is None, check.id
        n_judged += 1
    assert n_judged > 20


def test_grown_trees_may_number_their_nodes_in_any_order():
    step, tree = grown_tree()
    order = [0, 2, 1, *range(3, len(tree.left))]  # siblings change numbers
    new_number = np.argsort(order)
    moved = type(tree)(*(field[order] for field in tree))
    inner = moved.left != -1
    moved = moved._replace(
        left=np.where(inner, new_number[moved.left], -1),
        right=np.where(inner, new_number[moved.right], -1),
    )
    assert JUDGES.same_tree([step], [moved], [tree]) is None


@pytest.mark.parametrize(
    ("field", "node", "value", "message"),
    [
        ("threshold", 0, 1.5, "as by the best split"),  # a midpoint, but not that of the best split
        ("threshold", 0, 3.0, "expected a midpoint"),
        ("value", 1, [0.5, 0.5], "value of node 1"),
        ("weight", 0, 5.0, "weight of node 0"),
        ("impurity", 0, 0.5, "impurity of node 0"),
        ("left", 0, 0, "children 0"),  # the root itself
        ("right", 0, -1, "children 1 and -1"),
    ],
)
def test_what_is_wrong_with_a_grown_tree_is_named(field, node, value, message):
    step, tree = grown_tree()
    wrong = getattr(tree, field).copy()
    wrong[node] = value
    assert message in JUDGES.grown([step], [tree._replace(**{field: wrong})], [tree])


def test_a_leaf_that_should_have_been_split_is_reported():
    step, tree = grown_tree()
    stump = type(tree)(*(field[:1] for field in tree))._replace(left=np.array([-1]), right=np.array([-1]))
    assert "no limit stops it" in JUDGES.grown([step], [stump], [tree])


def test_any_of_equally_good_splits_is_accepted():
    X = np.array([[0.0, 5.0], [1.0, 3.0]])
    step = call("best_split", X=X, y=np.array([0, 1]))
    expected = (0, 0.5, 0.5)  # feature, threshold, decrease of impurity

    def message_on(split):
        return JUDGES.right_split([step], [split], [expected])

    assert message_on(expected) is message_on((1, 4.0, 0.5)) is None
    assert "expected a midpoint" in message_on((0, 0.4, 0.5))
    assert "decrease" in message_on((0, 0.5, 0.4))
    assert "decrease 0.5 is possible" in message_on((-1, 0.0, 0.0))  # no split


def test_pruned_trees_may_have_other_numbers_but_no_other_values():
    rng = np.random.default_rng(1)
    tree = INPUTS.random_tree(rng, n_leaves=8, best_first=True)
    assert JUDGES.not_cut_from(INPUTS.depth_first(tree), tree) is None
    assert "threshold has changed" in JUDGES.not_cut_from(tree._replace(threshold=tree.threshold + 1), tree)
    assert "value has changed" in JUDGES.not_cut_from(tree._replace(value=tree.value[:, ::-1]), tree)
    one_child = tree._replace(left=np.where(np.arange(len(tree.left)) == 0, -1, tree.left))
    assert "children -1" in JUDGES.not_cut_from(one_child, tree)
    not_removed = one_child._replace(right=np.where(np.arange(len(tree.left)) == 0, -1, tree.right))
    assert "has no parent" in JUDGES.not_cut_from(not_removed, tree)


def test_reduced_error_pruning_is_judged_by_errors_and_leaves():
    tree, X, y = small_case(3)
    step = call("prune_reduced_error", tree=tree, X_val=X, y_val=y)
    best = TRACK.oracle.prune_reduced_error(tree, X, y)
    assert JUDGES.fewest_errors([step], [INPUTS.depth_first(best)], [best]) is None
    assert JUDGES.fewest_errors([step], [tree], [best]) is not None


def test_forest_predict_may_stop_by_any_bound_but_must_not_guess():
    """The row may stop after one tree, whose lead the two others cannot make up; it must stop after three.

    The first tree gives a lead of 1. Each other tree can lower it by 0.2 only.
    """
    rng = np.random.default_rng(0)
    sure = INPUTS.chain(rng, depth=1)._replace(value=np.tile([1.0, 0.0], (3, 1)))
    leans = sure._replace(value=np.tile([0.4, 0.6], (3, 1)))
    X = np.array([[0.0]])
    step = call("forest_predict", trees=[sure, leans, leans], X=X, classes=np.array([0, 1]))
    # After how many trees each row may stop at the earliest, and must stop.
    least, most = JUDGES.needed([sure, leans, leans], X)
    assert (least.tolist(), most.tolist()) == ([1], [3])

    def verdict(used):
        right = (np.array([0]), np.array([used]))
        return JUDGES.labels_in_time([step], [right], [right])

    assert verdict(1) is verdict(2) is verdict(3) is None
    assert "its label was not certain" in verdict(0)
    certain = call("forest_predict", trees=[sure, sure, sure], X=X, classes=np.array([0, 1]))
    late = (np.array([0]), np.array([3]))
    assert "suffices after 2" in JUDGES.labels_in_time([certain], [late], [late])


def test_audits_refuse_inputs_with_more_than_one_right_answer():
    tree = INPUTS.chain(np.random.default_rng(0), depth=1)
    tree = tree._replace(threshold=np.array([0.1, -2.0, -2.0]))  # -2: a leaf
    # In float32 0.1 is larger, so the comparison with the threshold 0.1 depends on the dtypes.
    assert not AUDITS.clear([call("apply", tree=tree, X=np.array([[0.1]]))])
    assert AUDITS.clear([call("apply", tree=tree, X=np.array([[0.2]]))])
    # Either feature separates the two rows.
    X, y = np.array([[0.0, 5.0], [1.0, 3.0]]), np.array([0, 1])
    assert not AUDITS.one_best(X, y, criterion="gini", min_samples_leaf=1)
    # Cutting any inner node has the price 0.5, so pruning may begin with any of them.
    rng = np.random.default_rng(0)
    assert not AUDITS.unique_path(INPUTS.exact_links(rng, n_leaves=8, prices=[0.5]))


def test_trees_of_exact_links_have_the_given_prices_only():
    """The price of cutting a node is the rise of the risk for each leaf that the cut saves."""
    rng = np.random.default_rng(2)
    for _ in range(10):
        tree = INPUTS.exact_links(rng, n_leaves=9, prices=[0.25, 0.5])
        first = next(AUDITS.link_prices(tree))
        assert set(first[np.isfinite(first)]) <= {0.25, 0.5}


def test_greedy_pruning_misses_the_best_f1_in_the_checks_against_it():
    """It cuts a node if F1 does not fall: that of the `whole` tree, or else of the branch.

    With `careful`, a node is not cut if that adds false positives and there is no true one either way.
    """
    for name, whole in (("branch-by-branch", False), ("cut-by-cut", True)):
        (step,) = drawing.draw(TRACK.check(f"tree.7/prune_f1/{name}"), seed=0).steps
        arguments = step.arguments.values()
        for careful in (False, True):
            assert AUDITS.greedy_f1(*arguments, whole=whole, careful=careful) < AUDITS.best_f1(*arguments)
