"""Decision trees, from one row to a whole forest. Fill in the functions round by round.

n_samples rows of n_features numbers; a tree of n_nodes nodes knows n_classes classes.
"""

from typing import NamedTuple

import numpy as np


class Tree(NamedTuple):
    """A binary tree as arrays, as scikit-learn's `tree_`: entry i of each belongs to node i.

    Node 0 is the root, and a child has a higher number than its parent. At a leaf left and right are
    -1; its feature, threshold and missing_left mean nothing (scikit-learn writes -2, -2.0 and 0).
    Of a node's training rows, value holds the fraction of each class (their mean, in one column,
    for regression), weight is their number or the sum of their sample weights, and impurity says
    how mixed they are.
    A function that returns a tree may number its nodes in any order that keeps to this.

    feature : int array of shape (n_nodes,)
    threshold : float array of shape (n_nodes,)
    left : int array of shape (n_nodes,)
    right : int array of shape (n_nodes,)
    missing_left : bool array of shape (n_nodes,)
    value : float array of shape (n_nodes, n_classes)
    weight : float array of shape (n_nodes,)
    impurity : float array of shape (n_nodes,)
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    value: np.ndarray
    weight: np.ndarray
    impurity: np.ndarray


# The tree of the examples: rows with X[:, 0] <= 2.5 go to node 1, the others to node 2.
STUMP = Tree(
    np.array([0, -2, -2]),
    np.array([2.5, -2.0, -2.0]),
    np.array([1, -1, -1]),
    np.array([2, -1, -1]),
    np.array([False, False, False]),
    np.array([[0.5, 0.5], [0.75, 0.25], [0.25, 0.75]]),
    np.array([8.0, 4.0, 4.0]),
    np.array([0.5, 0.375, 0.375]),
)


# For the example of `grow` in round 4; None: depth has no limit.
NO_LIMITS = {
    "max_depth": None,
    "min_samples_split": 2,
    "min_samples_leaf": 1,
    "min_impurity_decrease": 0.0,
    "criterion": "gini",
}


# Round 1: inference


def apply(tree, X):
    """Find the leaf of each row: start at node 0 and follow the tests down to a leaf.

    At an inner node a row whose value of that feature is <= threshold goes to left, else to right.
    A leaf is a node whose left is -1; an inner node may have the threshold -2.

    tree : Tree
    X : float array of shape (n_samples, n_features)
    -> leaves : int array of shape (n_samples,)

    >>> apply(STUMP, np.array([[2.5], [3.]]))
    array([1, 2])
    """
    # TODO: what marks a leaf?
    raise NotImplementedError


def predict_proba(tree, X):
    """Give the class fractions of each row's leaf, the one that `apply` finds.

    tree : Tree
    X : float array of shape (n_samples, n_features)
    -> proba : float array of shape (n_samples, n_classes)

    >>> predict_proba(STUMP, np.array([[2.5], [3.]]))
    array([[0.75, 0.25], [0.25, 0.75]])
    """
    # TODO: one line, given the leaves.
    raise NotImplementedError


def predict(tree, X, classes):
    """Label each row with the class of the largest fraction in its leaf; ties go to the first class.

    classes names the columns of value: whole numbers or text.

    tree : Tree
    X : float array of shape (n_samples, n_features)
    classes : array of shape (n_classes,)
    -> labels : array of shape (n_samples,)

    >>> predict(STUMP, np.array([[2.5], [3.]]), np.array(["no", "yes"]))
    array(['no', 'yes'], dtype='<U3')
    """
    # TODO: a label is an entry of classes, not a column's number.
    raise NotImplementedError


# Round 2: pruning


def prune_reduced_error(tree, X_val, y_val):
    """Cut a tree back to make the fewest errors on validation rows (reduced-error pruning).

    A cut turns an inner node into a leaf, whose test is free, and drops all nodes below it; the nodes that
    stay are renumbered and otherwise keep their fields. A leaf predicts the column with the largest value,
    the first on ties; y_val holds column numbers, not labels. Of all trees that cuts can give, return the one
    with the fewest errors; if several make as few, the one with the fewest leaves. X_val may have no rows.
    ValueError: lengths that differ, a y_val that is no column.

    tree : Tree
    X_val : float array of shape (n_samples, n_features)
    y_val : int array of shape (n_samples,)
    -> tree : Tree

    >>> prune_reduced_error(STUMP, np.array([[1.], [3.]]), np.array([0, 0])).left
    array([-1])
    """
    # TODO: start at the leaves; is a node, as a leaf, as good as the best that can be made of its branch?
    raise NotImplementedError


# Round 3: best split


def impurity(weights_per_class, criterion):
    """Measure how mixed some rows are, from the weight of each class among them.

    With p the classes' shares of the weight, "gini" is 1 - sum(p²), and "entropy" is -sum(p log2 p), to which
    a class without weight adds 0. Where all weights are 0, so is the impurity. ValueError: any other
    criterion, or a negative weight.

    weights_per_class : float array of shape (n_classes,)
    criterion : str
    -> impurity : float

    >>> impurity(np.array([2., 2.]), "gini"), impurity(np.array([2., 2.]), "entropy")
    (0.5, 1.0)
    """
    # TODO: mind 0 * log 0.
    raise NotImplementedError


def best_split(X, y, criterion="gini", min_samples_leaf=1):
    """Find the test, X[:, feature] <= threshold, that lowers the impurity of some rows the most.

    decrease is the impurity of all rows, minus that of each side times its share of the rows. "gini" and
    "entropy" take classes y (whole numbers or text), "squared_error" numbers: impurity is their variance.
    Each side has min_samples_leaf rows or more; threshold is the midpoint of neighbouring distinct values.
    Any split that attains the best decrease is right, even 0. (-1, 0.0, 0.0) if all y are equal or no
    threshold leaves enough rows. ValueError: no rows, NaN or infinity in X or y, lengths that differ, any
    other criterion, min_samples_leaf < 1.
    >>> best_split(np.array([[1.], [2.], [5.]]), np.array([1, 0, 0]))  # 4/9 - 2/3 * 0
    (0, 1.5, 0.4444444444444444)

    X : float array of shape (n_samples, n_features)
    y : array of shape (n_samples,)
    criterion : str, default="gini"
    min_samples_leaf : int, default=1
    -> feature : int
    -> threshold : float
    -> decrease : float
    """
    # TODO: sort a column once, then move row after row from the right side to the left.
    raise NotImplementedError


# Round 4: grow


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    """Grow a tree: split the rows of each node as `best_split` does, until a limit ends it.

    A node is a leaf if max_depth nodes lie above it, it has fewer than min_samples_split rows, `best_split`
    finds no split with this min_samples_leaf, or its decrease times its share of all rows is below
    min_impurity_decrease; at 0 every split is made. Columns of value: the classes of y, sorted. weight counts
    rows; missing_left is free. ValueError: as `best_split`, or a limit below 1, 2, 1 or 0, in their order.

    X : float array of shape (n_samples, n_features)
    y : array of shape (n_samples,)
    max_depth : int or None
    min_samples_split : int
    min_samples_leaf : int
    min_impurity_decrease : float
    criterion : str
    -> tree : Tree

    >>> grow(np.array([[1.], [2.], [5.]]), np.array([1, 0, 0]), **NO_LIMITS).left
    array([ 1, -1, -1])
    """
    # TODO: a list for each field; a node's number is how long they were when it was added.
    raise NotImplementedError


# Round 5: edges
#
# apply: X is cast to float32 first, thresholds are not. A NaN goes to left where missing_left is
#   True, else to right. A tree may be thousands of nodes deep, and a threshold infinite. ValueError
#   where X holds infinity or a value too large for float32.


# Round 6: weakest link


def ccp_path(tree):
    """Prune the weakest link again and again, down to the root, and note the price of each cut.

    The risk of a node is its weight times its impurity, divided by the root's weight. The link of an inner
    node costs its own risk minus that of all leaves below it, divided by the number of those leaves minus 1.
    The node of the lowest cost is cut; of several, the one with the lowest number. Then costs are those of
    the tree that is left. One entry for each cut: its cost, and the risk of all leaves after it; equal costs
    are repeated. The first entry is 0 and the risk of the whole tree.

    tree : Tree
    -> alphas : float array of shape (n_entries,)
    -> impurities : float array of shape (n_entries,)

    >>> ccp_path(STUMP)
    (array([0.   , 0.125]), array([0.375, 0.5  ]))
    """
    # TODO: two numbers for each node: the risk and the number of the leaves below it.
    raise NotImplementedError


def prune_ccp(tree, alpha):
    """Give the tree that is left when all links are cut that cost at most alpha.

    The links are cut one by one, as in `ccp_path`, while the weakest one costs at most alpha. An alpha of
    exactly 0 cuts nothing, not even links that cost 0. Nodes that stay keep their fields. ValueError where
    alpha is negative or NaN.

    tree : Tree
    alpha : float
    -> tree : Tree

    >>> prune_ccp(STUMP, 0.125).left, prune_ccp(STUMP, 0.12).left
    (array([-1]), array([ 1, -1, -1]))
    """
    # TODO: the loop of ccp_path, stopped in time.
    raise NotImplementedError


# Round 7: best F1


def prune_f1(tree, X_val, y_val):
    """Cut a tree of two classes back so that its F1 on validation rows is as high as cuts can make it.

    Cuts and predictions are those of `prune_reduced_error`. Column 1 is the positive class, and F1 = 2 TP /
    (2 TP + FP + FN), or 0 where TP = 0. Any tree that attains the highest F1 is right. ValueError: lengths
    that differ, an entry of y_val other than 0 and 1, or not two columns of value.

    tree : Tree
    X_val : float array of shape (n_samples, n_features)
    y_val : int array of shape (n_samples,)
    -> tree : Tree

    >>> prune_f1(STUMP, np.array([[1.], [3.]]), np.array([0, 1])).left
    array([ 1, -1, -1])
    """
    # TODO: is a branch that is best by itself always best for the whole?
    raise NotImplementedError


# Round 8: at speed


def apply_capped(tree, X, max_bytes):
    """Give the answer of `apply`, and its errors, while taking at most max_bytes of memory.

    All that the call holds beyond its arguments counts at its peak, results included, as tracemalloc sees it.
    There may be no room for a copy of X; there is room for two arrays of n_samples numbers and 16 kB. All
    rules of round 5 hold.

    tree : Tree
    X : float array of shape (n_samples, n_features)
    max_bytes : int
    -> leaves : int array of shape (n_samples,)

    >>> apply_capped(STUMP, np.array([[2.5], [3.]]), 50_000)
    array([1, 2])
    """
    # TODO: move all rows of a chunk down one level at a time.
    raise NotImplementedError


def node_stats(tree, X, y, sample_weight):
    """Count a tree's statistics anew from weighted rows: weight, value and gini impurity of each node.

    A row belongs to all nodes on its way to its leaf. y holds columns of value, of which the tree's tells how
    many there are. A node without weight has value 0 and impurity 0.

    tree : Tree
    X : float array of shape (n_samples, n_features)
    y : int array of shape (n_samples,)
    sample_weight : float array of shape (n_samples,)
    -> weight : float array of shape (n_nodes,)
    -> value : float array of shape (n_nodes, n_classes)
    -> impurity : float array of shape (n_nodes,)

    >>> node_stats(STUMP, np.array([[3.]]), np.array([1]), np.array([2.]))[0]
    array([2., 0., 2.])
    """
    # TODO: leaves suffice; a parent is the sum of its children.
    raise NotImplementedError


def feature_importances(tree, n_features):
    """Say how much each feature lowers the impurity: the decreases of its nodes, summed, as shares.

    The decrease of an inner node is its weight times its impurity, minus those of its two children. The
    shares sum to 1; where no node decreases anything they are all 0.

    tree : Tree
    n_features : int
    -> importances : float array of shape (n_features,)

    >>> feature_importances(STUMP, 2)
    array([1., 0.])
    """
    # TODO: a feature may be asked at several nodes.
    raise NotImplementedError


# Round 9: forests


def forest_predict(trees, X, classes):
    """Label each row by the mean of the trees' class fractions, and stop asking trees in time.

    A label is the class with the largest sum of fractions over all trees, the first on ties. Trees are asked
    in their order. A row stops once its leading class is ahead of each other class by more than the number of
    trees left, or earlier, where no leaves of the trees left could change its label. trees_used counts the
    trees asked for it. The rules of `apply` hold, round 5 included. ValueError: no trees.

    trees : list of Tree
    X : float array of shape (n_samples, n_features)
    classes : array of shape (n_classes,)
    -> labels : array of shape (n_samples,)
    -> trees_used : int array of shape (n_samples,)

    >>> forest_predict([STUMP, STUMP], np.array([[3.]]), np.array([4, 7]))
    (array([7]), array([2]))
    """
    # TODO: how much can one tree add to a lead?
    raise NotImplementedError


# Round 10, extra: bit vectors


def compile_ensemble(trees):
    """Turn regression trees into bit vectors, for `score_ensemble` (the idea of QuickScorer).

    A tree has one column of value and at most 64 leaves, a bit for each, numbered from left to right. A test
    that fails, so that a row goes right, has a mask: it clears the bits of all leaves in its left branch. The
    state has a form of your own choice. ValueError: no trees, or a tree of more than 64 leaves.

    trees : list of Tree
    -> state : anything that `score_ensemble` takes

    >>> stump = STUMP._replace(value=np.array([[0.], [2.], [5.]]))
    >>> score_ensemble(compile_ensemble([stump, stump]), np.array([[1.], [3.]]))
    array([ 4., 10.])
    """
    # TODO: which leaves does a test rule out when it fails?
    raise NotImplementedError


def score_ensemble(state, X):
    """Give the value of the leaf that each row reaches, summed over all trees.

    A tree has at most 64 leaves, a bit for each. Begin with a word of ones for each row and tree, and AND to
    it the masks of all tests that fail, in any order: the lowest bit that is left is the leaf. The rules of
    `apply` hold, round 5 included. Other ways to the same sums pass, too: the masks are what it is about.

    state : what `compile_ensemble` returned
    X : float array of shape (n_samples, n_features)
    -> scores : float array of shape (n_samples,)

    >>> score_ensemble(compile_ensemble([STUMP._replace(value=STUMP.value[:, :1])]), np.array([[3.]]))
    array([0.25])
    """
    # TODO: unsigned words of 64 bits; x & (~x + 1) keeps the lowest bit.
    raise NotImplementedError


# Round 11: open


def pack(trees, X):
    """Pack a forest into few bytes, from which `predict_packed` labels rows much like the forest does.

    The bytes may hold anything: whole trees, some of them, other trees, rounded numbers. X are rows of the
    kind that will be asked for: the training rows. Each entry of blob is a byte, 0 to 255.

    trees : list of Tree
    X : float array of shape (n_samples, n_features)
    -> blob : int array of shape (n_bytes,)

    >>> pack([STUMP], np.array([[1.], [3.]]))  # one of many answers: short, but half of the rows are wrong
    array([0])
    """
    # TODO: where do the bytes go?
    raise NotImplementedError


def predict_packed(blob, X):
    """Label rows from a blob of `pack`, and from nothing else; a label is a column of value.

    blob : int array of shape (n_bytes,)
    X : float array of shape (n_samples, n_features)
    -> labels : int array of shape (n_samples,)

    >>> predict_packed(pack([STUMP], np.array([[1.], [3.]])), np.array([[3.]]))
    array([1])
    """
    # TODO: the way back.
    raise NotImplementedError
