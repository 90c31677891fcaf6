"""Judges of the track: they compare exactly if one answer is right, and verify the answer if several are."""

from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from mlkata.authoring import (
    SUMMATION,
    Steps,
    Values,
    data,
    differences,
    exact,
    near,
    outputs,
    same_partition,
    scale,
    single_precision,
)

from .audits import squared, trace

ATOL_SILHOUETTE, ATOL_SILHOUETTE_SINGLE = 1e-6, 1e-3
"""Values lie in [-1, 1]. Distances from the expanded square err by about 1e-8 (sqrt(eps)) of the data's
size."""
RTOL_INERTIA, RTOL_INERTIA_SINGLE = 1e-8, 1e-3
"""Relative, for float64 and float32 data. Expanded squares err by up to 1e-9 in float64 if the data lie off
the origin."""
ATOL_INERTIA = 1e-10
"""A share of the data's total sum of squares, for runs whose inertia is 0."""
ATOL_FAR_OFF, RTOL_INERTIA_FAR_OFF = 2e-6, 1e-6
"""For data at 1e8, where a number errs by 1e-8, and the mean of a hundred rows by 1e-7. The first is
multiplied by the spread of the data; the second is relative."""
NEARLY_BEST = 1.01
"""On the inputs of `best_of` the second-best local optimum costs at least 1.3 times the best one."""

labels_only = outputs(labels=exact)
centers_only = outputs(centers=near(SUMMATION))
labels_and_centers = outputs(labels=exact, centers=near(SUMMATION))


def inertia_near(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    """Accept any inertia that reordered or expanded sums can produce."""
    total = data(steps).size * scale(steps) ** 2
    rtol = RTOL_INERTIA_SINGLE if single_precision(steps) else RTOL_INERTIA
    wrong = ~(np.abs(np.float64(got) - expected) <= rtol * np.abs(expected) + ATOL_INERTIA * total)
    return differences(name, np.asarray(got), np.asarray(expected), wrong)


kmeans_outputs = outputs(labels=exact, centers=near(SUMMATION), inertia=inertia_near, n_iter=exact)
states = outputs(centers=near(SUMMATION), totals=near(SUMMATION))
centers_and_inertia = outputs(centers=near(SUMMATION), inertia=inertia_near)


def _centers_far_off(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    # Not relative to the size of the centres, as `near` is: their size is the offset alone.
    wrong = ~(np.abs(np.asarray(got) - expected) <= ATOL_FAR_OFF * scale(steps))
    return differences(name, np.asarray(got), np.asarray(expected), wrong)


def _inertia_far_off(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    total = data(steps).size * scale(steps) ** 2
    wrong = ~(np.abs(np.float64(got) - expected) <= RTOL_INERTIA_FAR_OFF * expected + ATOL_INERTIA * total)
    return differences(name, np.asarray(got), np.asarray(expected), wrong)


unshifted = outputs(labels=exact, centers=_centers_far_off, inertia=_inertia_far_off, n_iter=exact)
"""For data far from the origin, from which the oracle subtracts the offset first."""


def lloyd_labels(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `lloyd`; if max_iter ends the run, accept the labels of the last assignment too."""
    for step, answer, oracle_answer in zip(steps, got, expected, strict=True):
        (labels, centers, *_), (oracle_labels, oracle_centers, *_) = answer, oracle_answer
        message = centers_only((step,), [centers], [oracle_centers])
        if message:
            return message
        arguments = step.arguments
        run = trace(arguments["X"], arguments["centers"], arguments.get("max_iter", 300))
        # If max_iter ends the run, run.labels ends with those of the returned centres.
        of_last_assignment = run.labels[-1 if run.repeated else -2]
        if not np.array_equal(labels, of_last_assignment):
            message = labels_only((step,), [labels], [oracle_labels])
            if message:
                return message
    return None


def hamerly_outputs(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `hamerly`: labels as in `lloyd_labels`, the exact number of iterations."""
    message = lloyd_labels(steps, got, expected)
    return message or outputs(n_iter=exact)(
        steps, [answer[2] for answer in got], [answer[2] for answer in expected]
    )


def misfit(X: Any, labels: Any, centers: Any, inertia: Any) -> str | None:
    """Return how labels, centres and inertia contradict each other, or None if they agree."""
    X, labels, centers = np.asarray(X, float), np.asarray(labels), np.asarray(centers, float)
    if labels.min() < 0 or labels.max() >= len(centers):
        return f"labels: expected 0 to {len(centers) - 1}, yours range from {labels.min()} to {labels.max()}"
    distances = squared(X, centers)
    to_label = distances[np.arange(len(X)), labels]
    total = float(((X - X.mean(axis=0)) ** 2).sum()) or 1.0
    another_is_nearer = to_label > distances.min(axis=1) + ATOL_INERTIA * total
    if another_is_nearer.any():
        row = int(np.argmax(another_is_nearer))
        return f"labels: row {row} has label {labels[row]}, but centre {distances[row].argmin()} is nearer"
    cost = float(to_label.sum())
    if not abs(float(inertia) - cost) <= RTOL_INERTIA * cost + ATOL_INERTIA * total:
        return f"inertia: yours {float(inertia):.6g}, but your labels and centers have inertia {cost:.6g}"
    return None


def fits_where_some_stay_empty(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `kmeans` if a cluster stays empty: nearest centres, means and the best inertia."""
    X = np.asarray(data(steps), float)
    for (labels, centers, inertia, _), (_, _, best, _) in zip(got, expected, strict=True):
        message = misfit(X, labels, centers, inertia) or inertia_near("inertia", inertia, best, steps)
        if message:
            return message
        for label in np.unique(labels):
            mean = X[np.asarray(labels) == label].mean(axis=0)
            if np.abs(mean - centers[label]).max() > SUMMATION.atol * (scale(steps) + np.abs(mean).max()):
                return f"centers: centre {label} is not the mean of its rows"
    return None


def best_run(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `best_of`: its outputs agree, and its inertia is about as low as the oracle's."""
    for step, (labels, centers, inertia), (_, _, best) in zip(steps, got, expected, strict=True):
        X = step.arguments["X"]
        message = misfit(X, labels, centers, inertia)
        if message:
            return message
        if inertia > NEARLY_BEST * best + ATOL_INERTIA * X.size * scale(steps) ** 2:
            return f"inertia: yours {float(inertia):.6g}, expected {float(best):.6g} as in the best run"
    return None


def global_optimum(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `best_of` on few rows: it finds the lowest inertia of all k ** n_samples labellings.

    Each call is judged on its own.
    """
    del expected
    # best_run reads only the inertia of what it expects.
    optimum = [(None, None, _lowest_inertia(step.arguments["X"], step.arguments["k"])) for step in steps]
    return best_run(steps, got, optimum)


def _lowest_inertia(X: Any, k: int) -> float:
    return _lowest(np.asarray(X, float).tobytes(), X.shape, k)


@lru_cache(64)  # many submissions are judged on the same inputs
def _lowest(rows: bytes, shape: Any, k: int) -> float:
    X = np.frombuffer(rows).reshape(shape)
    X = X - X.mean(axis=0)
    labellings = np.array(list(product(range(k), repeat=len(X))))
    member = labellings[:, :, None] == np.arange(k)  # (labellings, n, k)
    sums = np.einsum("lnk,nd->lkd", member, X)
    sizes = np.maximum(member.sum(axis=1), 1)  # an empty cluster has sum 0
    # Inertia is the total sum of squares minus, for each cluster, |sum of its rows|² / size.
    return float((X**2).sum() - ((sums**2).sum(axis=2) / sizes).sum(axis=1).max())


def best_partition(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `best_of` on separated clusters: the partition is right; labels may be permuted."""
    message = best_run(steps, got, expected)
    if message:
        return message
    for answer, oracle_answer in zip(got, expected, strict=True):
        if not same_partition(answer[0], oracle_answer[0]):
            return "labels: your clusters do not hold the same rows as those of the best run"
    return None


def no_worse_than_one_center(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `cluster_huge`: its centres cost no more than a single one at the mean."""
    del expected
    X = data(steps)
    inertia = float(nearest(X, got[0]).sum())
    limit = float(((X - X.mean(axis=0)) ** 2).sum())
    if inertia <= limit:
        return None
    return f"centers: yours have inertia {inertia:.6g}, expected at most {limit:.6g} (one centre at the mean)"


def nearest(X: Any, centers: Any) -> Any:
    """Return the squared distance of each row to its nearest centre, by direct differences: (n_samples,)."""
    least = np.full(len(X), np.inf)
    for center in centers:
        difference = X - center
        np.minimum(least, np.einsum("nd,nd->n", difference, difference), out=least)
    return least


def silhouette_values(steps: Steps, got: Values, expected: Values) -> str | None:
    """Accept values within ATOL_SILHOUETTE, or ATOL_SILHOUETTE_SINGLE for float32 data."""
    limit = ATOL_SILHOUETTE_SINGLE if single_precision(steps) else ATOL_SILHOUETTE
    for values, oracle_values in zip(got, expected, strict=True):
        message = differences(
            "values", values, oracle_values, ~(np.abs(np.asarray(values) - oracle_values) <= limit)
        )
        if message:
            return message
    return None


def far_from_picked(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `kmeans_plusplus`: no pick equals an earlier one while another row differs from all of these."""
    del expected
    for step, indices in zip(steps, got, strict=True):
        X = np.asarray(step.arguments["X"], float)
        closest = np.full(len(X), np.inf)
        for position, index in enumerate(np.asarray(indices)):
            if not 0 <= index < len(X):
                return f"indices: {index} is not a row of X; expected 0 to {len(X) - 1}"
            if closest[index] == 0 and closest.any():
                return f"indices {np.asarray(indices)}: pick {position} repeats a row that was already picked"
            closest = np.minimum(closest, ((X - X[index]) ** 2).sum(axis=1))
    return None
