"""Decision trees in plain loops, the first version that one writes: lists inside, arrays as input and output.

A cut turns an inner node (a link, in pruning) into a leaf and drops the nodes below it; the price of a link
is the risk that its cut adds, divided by the number of leaves that it saves.

n rows, d features, K classes, N nodes.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Tree(NamedTuple):
    """A binary tree: entry i of each array belongs to node i. value is (N, K), the others (N,)."""

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    value: np.ndarray
    weight: np.ndarray
    impurity: np.ndarray


def apply(tree, X):
    """Walk each row from the root to a leaf: (n,). O(n depth) time, O(N) memory."""
    fields = plain(tree)
    leaves = np.empty(len(X), dtype=int)
    for i in range(len(X)):
        leaves[i] = walk(fields, X[i])
    return leaves


def predict_proba(tree, X):
    """Copy the class fractions of each row's leaf: (n, K)."""
    proba = [tree.value[leaf].tolist() for leaf in apply(tree, X)]
    return np.array(proba).reshape(len(X), tree.value.shape[1])


def predict(tree, X, classes):
    """Label each row with the first class that has the largest fraction: (n,)."""
    columns = [first_largest(fractions) for fractions in predict_proba(tree, X).tolist()]
    return np.array([classes[column] for column in columns], dtype=classes.dtype)


def prune_reduced_error(tree, X_val, y_val):
    """Compare each node, children first, with its pruned branch. O(nN) time."""
    check_validation(tree, X_val, y_val)
    counts = count_classes(tree, X_val, y_val, [1] * len(y_val))
    left, right = tree.left.tolist(), tree.right.tolist()
    errors, cut = [], []
    for node in range(len(left)):
        label = first_largest(tree.value[node].tolist())
        errors.append(sum(counts[node]) - counts[node][label])
        cut.append(False)
    for node in reversed(range(len(left))):
        if left[node] != -1:
            below = errors[left[node]] + errors[right[node]]
            if errors[node] <= below:
                cut[node] = True
            else:
                errors[node] = below
    return cut_back(tree, cut)


def impurity(weights_per_class, criterion):
    """Return the gini impurity, or the entropy in bits."""
    weights = weights_per_class.tolist()
    if criterion not in ("gini", "entropy"):
        raise ValueError(f"expected gini or entropy, got {criterion!r}")
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    return impurity_of_weights(weights, criterion)


def best_split(X, y, criterion="gini", min_samples_leaf=1):
    """Try each midpoint of each column on all rows: feature, threshold, decrease. O(dn²)."""
    check_rows(X, y, criterion, min_samples_leaf)
    n, d = X.shape
    y = y.tolist()
    best = (-1, 0.0, 0.0)
    if len(set(y)) == 1:
        return best
    before = impurity_of(y, criterion)
    for feature in range(d):
        column = X[:, feature].tolist()
        values = sorted(set(column))
        for low, high in pairwise(values):
            threshold = low / 2 + high / 2
            below = [label for x, label in zip(column, y) if x <= threshold]
            above = [label for x, label in zip(column, y) if not x <= threshold]
            if len(below) < min_samples_leaf or len(above) < min_samples_leaf:
                continue
            after = len(below) / n * impurity_of(below, criterion)
            after += len(above) / n * impurity_of(above, criterion)
            if best[0] == -1 or before - after > best[2]:
                best = (feature, threshold, before - after)
    return best


def grow(X, y, max_depth, min_samples_split, min_samples_leaf, min_impurity_decrease, criterion):
    """Split nodes, breadth first, until a limit stops each: a tree. O(N) calls of best_split."""
    check_rows(X, y, criterion, min_samples_leaf)
    if max_depth is not None and max_depth < 1:
        raise ValueError(f"expected max_depth >= 1, got {max_depth}")
    if min_samples_split < 2 or min_impurity_decrease < 0:
        raise ValueError("expected min_samples_split >= 2 and min_impurity_decrease >= 0")
    n = len(X)
    classes = sorted(set(y.tolist()))
    nodes = [[-2, -2.0, -1, -1]]  # feature, threshold, left, right: those of a leaf
    rows, depths = [list(range(n))], [0]
    node = 0
    while node < len(nodes):
        node_rows = rows[node]
        if depths[node] != max_depth and len(node_rows) >= min_samples_split:
            feature, threshold, decrease = best_split(X[node_rows], y[node_rows], criterion, min_samples_leaf)
            # Rounding may bring a decrease just below the limit.
            if feature != -1 and decrease * len(node_rows) / n >= min_impurity_decrease - 1e-12:
                nodes[node] = [feature, threshold, len(nodes), len(nodes) + 1]
                rows.append([i for i in node_rows if X[i, feature] <= threshold])
                rows.append([i for i in node_rows if not X[i, feature] <= threshold])
                nodes += [[-2, -2.0, -1, -1], [-2, -2.0, -1, -1]]
                depths += [depths[node] + 1] * 2
        node += 1
    values, impurities = [], []
    for node_rows in rows:
        labels = [y[i].item() for i in node_rows]
        if criterion == "squared_error":
            values.append([sum(labels) / len(labels)])
        else:
            values.append([labels.count(c) / len(labels) for c in classes])
        impurities.append(impurity_of(labels, criterion))
    columns = [np.array(column) for column in zip(*nodes)]
    weights = np.array([float(len(node_rows)) for node_rows in rows])
    return Tree(*columns, np.zeros(len(nodes), dtype=bool), np.array(values), weights, np.array(impurities))


def ccp_path(tree):
    """Cut the weakest link until the root is a leaf: alphas, impurities (cuts + 1,) each. O(N² depth)."""
    risk, _ = branch(tree, node=0)
    alphas, impurities = [0.0], [risk]
    while tree.left[0] != -1:
        price, tree = cut_weakest(tree)
        risk, _ = branch(tree, node=0)
        alphas.append(price)
        impurities.append(risk)
    return np.array(alphas), np.array(impurities)


def prune_ccp(tree, alpha):
    """Cut while the weakest link costs at most alpha; 0 cuts nothing. O(N² depth)."""
    if not alpha >= 0:
        raise ValueError(f"expected alpha >= 0, got {alpha}")
    while alpha > 0 and tree.left[0] != -1:
        price, smaller = cut_weakest(tree)
        if price > alpha:
            break
        tree = smaller
    return tree


def prune_f1(tree, X_val, y_val):
    """Collect, for each branch, all (TP, FP) that cuts can reach, and how. O(N) dicts of up to n² pairs."""
    check_validation(tree, X_val, y_val)
    if tree.value.shape[1] != 2:
        raise ValueError(f"expected 2 columns of value, got {tree.value.shape[1]}")
    counts = count_classes(tree, X_val, y_val, [1] * len(y_val))
    left, right = tree.left.tolist(), tree.right.tolist()
    pairs = [None] * len(left)  # for each node {(TP, FP): the pairs of its children, or None for a leaf}
    for node in reversed(range(len(left))):
        reached = {}
        if left[node] != -1:
            for left_pair in pairs[left[node]]:
                for right_pair in pairs[right[node]]:
                    reached[left_pair[0] + right_pair[0], left_pair[1] + right_pair[1]] = (
                        left_pair,
                        right_pair,
                    )
        positive = first_largest(tree.value[node].tolist()) == 1
        reached[(counts[node][1], counts[node][0]) if positive else (0, 0)] = None
        pairs[node] = reached
    positives = sum(y_val.tolist())
    best, highest = None, -1.0
    for tp, fp in pairs[0]:
        score = 2 * tp / (tp + fp + positives) if tp > 0 else 0.0
        if score > highest:
            best, highest = (tp, fp), score
    cut = [True] * len(left)
    waiting = [(0, best)]
    while waiting:
        node, pair = waiting.pop()
        if pairs[node][pair] is not None:
            cut[node] = False
            left_pair, right_pair = pairs[node][pair]
            waiting += [(left[node], left_pair), (right[node], right_pair)]
    return cut_back(tree, cut)


def apply_capped(tree, X, max_bytes):  # noqa: ARG001 - it always needs less
    """Walk each row from the root to a leaf: (n,). O(n depth) time, O(N) memory besides the result."""
    return apply(tree, X)


def node_stats(tree, X, y, sample_weight):
    """Sum up the rows' weights at all nodes on their paths: weight (N,), value (N, K), impurity (N,)."""
    sums = count_classes(tree, X, y, sample_weight.tolist())
    weights, values, impurities = [], [], []
    for totals in sums:
        weight = sum(totals)
        weights.append(weight)
        values.append([total / weight if weight > 0 else 0.0 for total in totals])
        impurities.append(impurity_of_weights(totals, "gini"))
    return np.array(weights, dtype=float), np.array(values), np.array(impurities)


def feature_importances(tree, n_features):
    """Sum up the decreases of each feature's nodes, as shares: (d,). O(N + d)."""
    sums = [0.0] * n_features
    for node in range(len(tree.left)):
        left, right = tree.left[node], tree.right[node]
        if left != -1:
            decrease = tree.weight[node] * tree.impurity[node]
            decrease -= tree.weight[left] * tree.impurity[left] + tree.weight[right] * tree.impurity[right]
            sums[tree.feature[node]] += decrease
    total = sum(sums)
    return np.array([decrease_of_feature / total if total > 0 else 0.0 for decrease_of_feature in sums])


def forest_predict(trees, X, classes):
    """Use tree after tree for each row, until its lead is safe: labels, trees_used (n,) each."""
    if len(trees) == 0:
        raise ValueError("a forest needs a tree")
    fields = [plain(tree) for tree in trees]
    values = [tree.value.tolist() for tree in trees]
    columns, used = [], []
    for i in range(len(X)):
        sums = [0.0] * len(classes)
        for n_used in range(1, len(trees) + 1):
            fractions = values[n_used - 1][walk(fields[n_used - 1], X[i])]
            sums = [a + b for a, b in zip(sums, fractions)]
            ranked = sorted(sums, reverse=True)
            if len(sums) == 1 or ranked[0] - ranked[1] > len(trees) - n_used:
                break
        columns.append(first_largest(sums))
        used.append(n_used)
    return np.array([classes[column] for column in columns], dtype=classes.dtype), np.array(used)


def compile_ensemble(trees):
    """List each tree's tests, each with a mask, and the values of its leaves. O(N depth).

    A mask has zeros for the leaves of the test's left branch; the leaves of a tree are bits, from left to
    right.
    """
    if len(trees) == 0:
        raise ValueError("an ensemble needs a tree")
    state = []
    for tree in trees:
        order = leaves_below(tree, 0)  # from left to right
        if len(order) > 64:
            raise ValueError(f"expected at most 64 leaves, got {len(order)}")
        bits = {leaf: 1 << place for place, leaf in enumerate(order)}
        tests = []
        for node in range(len(tree.left)):
            if tree.left[node] != -1:
                ruled_out = sum(bits[leaf] for leaf in leaves_below(tree, tree.left[node]))
                tests.append((*[field[node].item() for field in (tree.feature, tree.threshold)],
                              tree.missing_left[node].item(), 2**64 - 1 - ruled_out))  # fmt: skip
        state.append((tests, [tree.value[leaf, 0].item() for leaf in order]))
    return state


def score_ensemble(state, X):
    """Make all tests of all trees for each row: (n,). O(nN).

    A test that fails rules out its left branch; the lowest bit that remains is the leaf.
    """
    scores = []
    for row in X:
        values = single(row)
        score = 0.0
        for tests, leaf_values in state:
            remaining = 2**64 - 1
            for feature, threshold, missing_left, mask in tests:
                x = values[feature]
                holds = missing_left if math.isnan(x) else x <= threshold
                if not holds:
                    remaining &= mask
            lowest = remaining & -remaining
            score += leaf_values[lowest.bit_length() - 1]
        scores.append(score)
    return np.array(scores)


def leaves_below(tree, node):
    """Return the leaves of a branch from left to right."""
    leaves, stack = [], [node]
    while stack:
        current = stack.pop()
        if tree.left[current] == -1:
            leaves.append(int(current))
        else:
            stack += [tree.right[current], tree.left[current]]
    return leaves


def pack(trees, X):  # noqa: ARG001 - the trees are enough
    """Write every tree in preorder: 5 bytes a test, 1 byte a leaf.

    The first two bytes are the numbers of classes and trees. A leaf is 255 - label; a test is its feature and
    a float32. (Features have small numbers, so that the two can be told apart.)
    """
    blob = [trees[0].value.shape[1], len(trees)]
    for tree in trees:
        stack = [0]
        while stack:
            node = stack.pop()
            if tree.left[node] == -1:
                blob.append(255 - first_largest(tree.value[node].tolist()))
            else:
                blob.append(int(tree.feature[node]))
                blob += list(np.float32(tree.threshold[node]).tobytes())
                stack += [int(tree.right[node]), int(tree.left[node])]
    return np.array(blob, dtype=np.uint8)


def predict_packed(blob, X):
    """Unpack the trees, then let them vote on each row: (n,)."""
    values = blob.tolist()
    n_classes = values[0]
    roots, place = [], 2
    for _ in range(values[1]):
        root, place = unpack(values, place, n_classes)
        roots.append(root)
    labels = []
    for row in X.tolist():
        votes = [0] * n_classes
        for root in roots:
            node = root
            while isinstance(node, tuple):
                feature, threshold, left, right = node
                node = left if row[feature] <= threshold else right
            votes[node] += 1
        labels.append(first_largest(votes))
    return np.array(labels, dtype=int)


def unpack(values, place, n_classes):
    """Read one branch; return it, (feature, threshold, left, right) or a class, and the position after it."""
    if values[place] > 255 - n_classes:
        return 255 - values[place], place + 1
    threshold = float(np.frombuffer(bytes(values[place + 1 : place + 5]), np.float32)[0])
    left, next_place = unpack(values, place + 5, n_classes)
    right, next_place = unpack(values, next_place, n_classes)
    return (values[place], threshold, left, right), next_place


def plain(tree):
    """Return the five fields that a walk reads, as lists."""
    return [field.tolist() for field in tree[:5]]


def walk(fields, row):
    """Return one row's leaf. The row is cast to float32, as in training."""
    feature, threshold, left, right, missing_left = fields
    values = single(row)
    node = 0
    while left[node] != -1:
        x = values[feature[node]]
        goes_left = missing_left[node] if math.isnan(x) else x <= threshold[node]
        node = left[node] if goes_left else right[node]
    return node


def single(row):
    """Cast a row to float32, as a list. Raise ValueError if that gives infinity."""
    with np.errstate(over="ignore"):
        values = row.astype(np.float32).tolist()
    if any(math.isinf(value) for value in values):
        raise ValueError("infinity, or a value too large for float32")
    return values


def first_largest(values):
    """Return the index of the first of the largest values."""
    return values.index(max(values))


def impurity_of_weights(weights, criterion):
    """Return the gini impurity or entropy of some weights; 0 if all are 0."""
    total = sum(weights)
    if total == 0:
        return 0.0
    shares = [weight / total for weight in weights]
    if criterion == "gini":
        return 1 - sum(share * share for share in shares)
    return -sum(share * math.log2(share) for share in shares if share > 0)


def impurity_of(labels, criterion):
    """Return the impurity of these labels, or the variance of these numbers."""
    n = len(labels)
    if criterion == "squared_error":
        mean = sum(labels) / n
        return sum((label - mean) ** 2 for label in labels) / n
    counts = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return impurity_of_weights(counts.values(), criterion)


def count_classes(tree, X, y, weights):
    """Sum up the weights of each class at each node: a list of K numbers for each node."""
    left, right = tree.left.tolist(), tree.right.tolist()
    sums = [[0] * tree.value.shape[1] for _ in left]
    for leaf, label, weight in zip(apply(tree, X).tolist(), y.tolist(), weights):
        sums[leaf][label] += weight
    for node in reversed(range(len(left))):
        if left[node] != -1:
            sums[node] = [a + b for a, b in zip(sums[left[node]], sums[right[node]])]
    return sums


def cut_back(tree, cut):
    """Copy the nodes that stay, in the order in which they are reached from the root."""
    nodes, waiting = [], [(0, None, None)]  # side: 2 or 3, the place of left or right among a node's fields
    while waiting:
        node, parent, side = waiting.pop(0)
        place = len(nodes)
        if parent is not None:
            nodes[parent][side] = place
        nodes.append([field[node].tolist() for field in tree])
        if cut[node] or tree.left[node] == -1:
            nodes[place][:5] = [-2, -2.0, -1, -1, False]
        else:
            waiting += [(tree.left[node], place, 2), (tree.right[node], place, 3)]
    return Tree(*(np.array(field) for field in zip(*nodes)))


def branch(tree, node):
    """Return the risk of all leaves below a node, and their number."""
    if tree.left[node] == -1:
        return tree.weight[node] * tree.impurity[node] / tree.weight[0], 1
    left_risk, left_leaves = branch(tree, tree.left[node])
    right_risk, right_leaves = branch(tree, tree.right[node])
    return left_risk + right_risk, left_leaves + right_leaves


def cut_weakest(tree):
    """Cut the link of the lowest price; return the price and the remaining tree."""
    weakest, lowest = None, math.inf
    for node in range(len(tree.left)):
        if tree.left[node] != -1:
            risk, leaves = branch(tree, node)
            own_risk = tree.weight[node] * tree.impurity[node] / tree.weight[0]
            price = (own_risk - risk) / (leaves - 1)
            if price < lowest:
                weakest, lowest = node, price
    return lowest, without_branch(tree, weakest)


def without_branch(tree, weakest):
    """Return a copy in which one node is cut; the other nodes that stay keep their order."""
    stays = [False] * len(tree.left)
    stays[0] = True
    for node in range(len(stays)):
        if stays[node] and tree.left[node] != -1 and node != weakest:
            stays[tree.left[node]] = stays[tree.right[node]] = True
    kept = [node for node in range(len(stays)) if stays[node]]
    places = {node: place for place, node in enumerate(kept)}
    nodes = [[field[node].tolist() for field in tree] for node in kept]
    for node, fields in zip(kept, nodes):
        if node == weakest:
            fields[:5] = [-2, -2.0, -1, -1, False]
        elif fields[2] != -1:  # fields 2 and 3 are left and right
            fields[2], fields[3] = places[fields[2]], places[fields[3]]
    return Tree(*(np.array(field) for field in zip(*nodes)))


def check_validation(tree, X_val, y_val):
    """Raise ValueError unless each y_val is a column of value, one for each row."""
    if len(X_val) != len(y_val):
        raise ValueError(f"lengths differ: {len(X_val)} rows, {len(y_val)} classes")
    if any(not 0 <= label < tree.value.shape[1] for label in y_val.tolist()):
        raise ValueError(f"expected y_val from 0 to {tree.value.shape[1] - 1}, the columns of value")


def check_rows(X, y, criterion, min_samples_leaf):
    """Raise ValueError for input that cannot be split."""
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(f"expected at least one row and a y for each, got {len(X)} rows and {len(y)} y")
    if not all(math.isfinite(value) for value in X.ravel().tolist()):
        raise ValueError("NaN or infinity in X")
    if any(isinstance(value, float) and not math.isfinite(value) for value in y.tolist()):
        raise ValueError("NaN or infinity in y")
    if criterion not in ("gini", "entropy", "squared_error"):
        raise ValueError(f"expected gini, entropy or squared_error, got {criterion!r}")
    if min_samples_leaf < 1:
        raise ValueError(f"expected min_samples_leaf >= 1, got {min_samples_leaf}")
