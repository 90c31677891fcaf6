"""True distances, and audits.

An audit returns False for an input on which right answers could differ, or which does not test the rule.

Margins are relative to the largest distance of the case, and far above what reordered sums or an
expanded square lose.
"""

from typing import Any

import numpy as np
from mlkata.authoring import Steps

GAP = 1e-6
"""The least gap between the distances of two neighbours whose order decides, such as number k and k + 1."""
VOTES = 1e-6
"""The least gap between the shares of the best two classes if weights are not whole numbers."""


def true_distances(Q: Any, X: Any, metric: str = "euclidean") -> Any:
    """Return all distances by their definition, from direct differences: (n_queries, n_samples)."""
    Q, X = np.asarray(Q, float), np.asarray(X, float)
    if metric == "cosine":
        return np.array([[_cosine(q, x) for x in X] for q in Q])
    differences = np.abs(Q[:, None, :] - X[None, :, :])
    if metric == "manhattan":
        return differences.sum(axis=2)
    return np.sqrt((differences**2).sum(axis=2))


def _cosine(q: Any, x: Any) -> float:
    norms = np.sqrt((q @ q) * (x @ x))
    return 1.0 - float(q @ x) / norms if norms > 0 else 1.0


def distances_of(steps: Steps) -> Any:
    """Return the true distances of the first call: (n_queries, n_samples)."""
    arguments = steps[0].arguments
    return true_distances(arguments["Q"], arguments["X"], arguments.get("metric", "euclidean"))


def settled(steps: Steps) -> bool:
    """Return whether the k nearest rows of each query are unique: row k + 1 is farther than row k."""
    return settled_at(distances_of(steps), steps[0].arguments["k"])


def settled_at(true: Any, k: int) -> bool:
    """Return whether each query's neighbour k + 1 is farther than neighbour k by a margin."""
    if k >= true.shape[1]:
        return True
    ranked = np.sort(true, axis=1)
    return bool((ranked[:, k] - ranked[:, k - 1]).min() > GAP * true[np.isfinite(true)].max())


def other_metrics_differ(steps: Steps) -> bool:
    """Return whether the three metrics and the Chebyshev distance all give different neighbours.

    The Chebyshev distance is the largest difference. Euclidean and Manhattan neighbours must also be unique.
    """
    arguments = steps[0].arguments
    Q, X, k = arguments["Q"], arguments["X"], arguments["k"]
    tables = [true_distances(Q, X, metric) for metric in ("euclidean", "manhattan", "cosine")]
    tables.append(np.abs(Q[:, None] - X).max(axis=2))
    neighbor_sets = {tuple(map(tuple, np.sort(np.argsort(table, axis=1)[:, :k], axis=1))) for table in tables}
    return len(neighbor_sets) == len(tables) and all(settled_at(table, k) for table in tables[:2])


def fair_vote(steps: Steps) -> bool:
    """Return, for predictions, whether the neighbours are unique and no weighted votes nearly tie.

    Equal weights may tie: such votes are whole numbers, which any arithmetic adds up exactly.
    """
    arguments = steps[0].arguments
    true, k = distances_of(steps), arguments["k"]
    if not settled_at(true, k):
        return False
    if arguments.get("weights") != "distance":
        return True
    classes, codes = np.unique(arguments["y"], return_inverse=True)
    return all(_votes_apart(row, codes, k, len(classes)) for row in true)


def _votes_apart(distances: Any, codes: Any, k: int, n_classes: int) -> bool:
    near = np.argsort(distances)[:k]
    if distances[near].min() == 0 or n_classes == 1:  # rows that equal the query have one vote each
        return True
    shares = np.sort(np.bincount(codes[near], 1 / distances[near], n_classes))
    return bool(shares[-1] - shares[-2] > VOTES * shares.sum())


def hits(steps: Steps) -> bool:
    """Return whether some query equals a row, on an input that `fair_vote` accepts."""
    return bool((distances_of(steps) == 0).any()) and fair_vote(steps)


def weights_matter(steps: Steps) -> bool:
    """Return whether equal weights, and weights that grow with the distance, both change some label."""
    arguments = steps[0].arguments
    classes, codes = np.unique(arguments["y"], return_inverse=True)
    true, k = distances_of(steps), arguments["k"]
    near = np.argsort(true, axis=1)[:, :k]
    distances = np.take_along_axis(true, near, axis=1)
    if not fair_vote(steps) or distances.min() == 0:
        return False
    neighbor_codes = codes[near]
    winners = [
        np.array(
            [np.bincount(*line, len(classes)).argmax() for line in zip(neighbor_codes, weights, strict=True)]
        )
        for weights in (1 / distances, np.ones_like(distances), distances)
    ]
    return all((winners[0] != labels).any() for labels in winners[1:])


def one_curve(steps: Steps) -> bool:
    """Return, for `loo_accuracy`, whether no neighbours of different labels tie up to number k_max + 1."""
    arguments = steps[0].arguments
    X, y, k_max = arguments["X"], arguments["y"], arguments["k_max"]
    true = true_distances(X, X)
    largest = true.max()
    np.fill_diagonal(true, np.inf)
    order = true.argsort(axis=1)[:, :-1]  # the row itself comes last
    ranked, labels = np.take_along_axis(true, order, axis=1), y[order]
    tied = np.diff(ranked, axis=1) <= GAP * largest
    return not (tied & (labels[:, 1:] != labels[:, :-1]))[:, :k_max].any()


def ties_decide(steps: Steps) -> bool:
    """Return, for `loo_accuracy`, whether the answer is unique and depends on the rule for vote ties."""
    arguments = steps[0].arguments
    X, y, k_max = arguments["X"], arguments["y"], arguments["k_max"]
    true = true_distances(X, X)
    np.fill_diagonal(true, np.inf)
    classes, codes = np.unique(y, return_inverse=True)
    # votes of the 1, 2, ... k_max nearest: (n_samples, k_max, n_classes)
    votes = np.eye(len(classes))[codes[true.argsort(axis=1)[:, :k_max]]].cumsum(axis=1)
    # the winners if vote ties go to the smallest class, and if they go to the largest one
    smallest, largest = votes.argmax(axis=2), len(classes) - 1 - votes[:, :, ::-1].argmax(axis=2)
    curves = [(labels == codes[:, None]).mean(axis=0) for labels in (smallest, largest)]
    return one_curve(steps) and not np.array_equal(*curves)
