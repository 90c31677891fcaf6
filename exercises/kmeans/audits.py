"""Audits reject inputs on which right answers could differ: near ties, near stops, empty clusters.

A near stop is a shift of the centres about as large as the threshold that ends a run. An audit returns
whether the input may be used; if not, another one is drawn.

Margins are relative to the largest squared distance to the mean. They lie far above what reordered sums
or an expanded square lose.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from mlkata.authoring import Result, Steps, data, scale, single_precision

GAP = 1e-9
GAP_SINGLE = 1e-4
"""The least gap between the best and the second-best decision, for float64 and float32 data."""
STOP = 1e-6
STOP_SINGLE = 1e-2
"""The least relative gap between the squared shift and the threshold that it is compared with."""
GAP_FAR_OFF, STOP_FAR_OFF = 1e-5, 1e-3
"""GAP and STOP for data that lie 1e8 from the origin, where centres err by 1e-7."""
MOVE = 1e-3
"""An update that changes labels must move some coordinate by this share of the spread."""


@dataclass(frozen=True)
class Trace:
    """One run of k-means by direct differences."""

    labels: list[Any]
    """The labels of each assignment; the last ones belong to the last centres."""
    centers: list[Any]
    """The start, then the centres after each update."""
    shifts: list[float]
    """Sum of squared shifts of each update."""
    moved: list[Any]
    """Labels after relocation, for each update."""
    gap: float
    """The least gap of any decision, as a share of the largest squared distance to the mean."""
    emptied: int
    """How many times an empty cluster took a row."""
    weightless: bool
    """Whether a cluster stayed empty or lost its only row."""
    repeated: bool
    """Whether the labels repeated before max_iter."""


def squared(X: Any, centers: Any) -> Any:
    """Return squared distances by direct differences: (n_samples, n_clusters)."""
    return np.stack([((X - center) ** 2).sum(axis=1) for center in centers], axis=1)


def extent(X: Any) -> float:
    """Return the largest squared distance to the mean, or 1 if all rows are equal."""
    largest = float(((X - X.mean(axis=0)) ** 2).sum(axis=1).max())
    return largest if largest > 0 else 1.0


def gap_to_second(distances: Any) -> float:
    """Return the least difference, over all rows, between a row's two smallest values."""
    if distances.shape[1] == 1:
        return np.inf
    two = np.partition(distances, 1, axis=1)
    return float((two[:, 1] - two[:, 0]).min())


def means(X: Any, labels: Any, centers: Any) -> Any:
    """Return the mean of each cluster's rows, or the given centre of an empty cluster."""
    sizes = np.bincount(labels, minlength=len(centers))
    membership = (labels == np.arange(len(centers))[:, None]).astype(float)  # (n_clusters, n_samples)
    return np.where(sizes[:, None] > 0, membership @ X / np.maximum(sizes, 1)[:, None], centers)


def relocation_gap(X: Any, labels: Any, centers: Any) -> tuple[Any, float]:
    """Relocate empty clusters; return the new labels and the least gap between the farthest rows."""
    empty = np.setdiff1d(np.arange(len(centers)), labels)
    if not len(empty):
        return labels, np.inf
    distances = ((X - centers[labels]) ** 2).sum(axis=1)
    if distances.max() == 0:
        return labels, np.inf
    order = np.argsort(-distances)
    # The rows that move and the next one; 0 stands in if there is none.
    ranked = np.append(distances[order], 0.0)[: len(empty) + 1]
    moved = labels.copy()
    moved[order[: len(empty)]] = empty[: len(X)]
    return moved, float(-np.diff(ranked).max())


def trace(X: Any, centers: Any, max_iter: int = 300, threshold: float = 0.0) -> Trace:
    """Run k-means and record every decision, in O(nkd) for each iteration; the latest runs are cached."""
    X, centers = np.asarray(X, float), np.asarray(centers, float)
    return _trace(X.tobytes(), X.shape, centers.tobytes(), centers.shape, max_iter, threshold)


@lru_cache(64)  # many submissions are judged on the same inputs; arrays as bytes, which can be hashed
def _trace(
    rows: bytes, shape: Any, starts: bytes, starts_shape: Any, max_iter: int, threshold: float
) -> Trace:
    X, centers = np.frombuffer(rows).reshape(shape), np.frombuffer(starts).reshape(starts_shape)
    size = extent(X)
    run = Trace(
        labels=[],
        centers=[centers],
        shifts=[],
        moved=[],
        gap=np.inf,
        emptied=0,
        weightless=False,
        repeated=False,
    )
    gap, emptied, weightless, repeated = np.inf, 0, False, False
    for _ in range(max_iter):
        distances = squared(X, centers)
        labels = distances.argmin(axis=1)
        moved, order_gap = relocation_gap(X, labels, centers)
        gap = min(gap, gap_to_second(distances), order_gap)
        emptied += int((moved != labels).sum())
        weightless |= len(np.unique(moved)) < len(centers)
        new = means(X, moved, centers)
        run.shifts.append(float(((new - centers) ** 2).sum()))
        repeated = bool(run.labels) and np.array_equal(labels, run.labels[-1])
        run.labels.append(labels)
        run.moved.append(moved)
        run.centers.append(new)
        centers = new
        if repeated or run.shifts[-1] <= threshold:
            break
    if not repeated:
        distances = squared(X, centers)
        gap = min(gap, gap_to_second(distances))
        run.labels.append(distances.argmin(axis=1))
    return replace(run, gap=gap / size, emptied=emptied, weightless=weightless, repeated=repeated)


def clear(steps: Steps) -> bool:
    """Return whether each row's nearest centre is nearer than the second by a margin."""
    arguments = steps[0].arguments
    X, centers = np.asarray(arguments["X"], float), np.asarray(arguments["centers"], float)
    return gap_to_second(squared(X, centers)) > least_gap(steps) * extent(X)


def least_gap(steps: Steps) -> float:
    """Return the margin for the precision of the data."""
    return GAP_SINGLE if single_precision(steps) else GAP


def sane_stops_agree(steps: Steps) -> bool:
    """Return, for `lloyd`, whether all right ways to stop agree: no cluster empties, nothing nearly ties.

    Also, as long as labels change, some coordinate of a centre moves clearly.
    """
    arguments = steps[0].arguments
    max_iter = arguments.get("max_iter", 300)
    run = trace(arguments["X"], arguments["centers"], max_iter)
    if run.emptied or run.weightless or run.gap <= least_gap(steps):
        return False
    pairs = zip(run.centers, run.centers[1:], run.labels, run.labels[1:], strict=False)
    return all(
        np.array_equal(before, after) or np.abs(new - old).max() > MOVE * scale(steps)
        for old, new, before, after in pairs
    )


def repeats_or_is_cut(steps: Steps) -> bool:
    """Return, for `hamerly`, what `sane_stops_agree` does, and that max_iter or repeated labels end the run.

    A run whose centres stand still before the labels repeat, as from the optimum, is rejected.
    """
    run = trace(steps[0].arguments["X"], steps[0].arguments["centers"], steps[0].arguments["max_iter"])
    return sane_stops_agree(steps) and (run.repeated or run.shifts[-1] > 0)


def decided(steps: Steps) -> bool:
    """Return, for `kmeans`, whether every decision is clear.

    That means: no near tie, no near stop, no cluster that stays empty.
    Both ways to compare the labels of two iterations, before and after relocation, must stop alike.
    """
    margin = STOP_SINGLE if single_precision(steps) else STOP
    return _decided(steps, data(steps), origin=0.0, least=least_gap(steps), margin=margin)


def decided_far_off(steps: Steps) -> bool:
    """Return what `decided` does, with wider margins; the first row is subtracted from all data."""
    origin = data(steps)[0]
    return _decided(steps, data(steps) - origin, origin, least=GAP_FAR_OFF, margin=STOP_FAR_OFF)


def _decided(steps: Steps, X: Any, origin: Any, *, least: float, margin: float) -> bool:
    """Return what `decided` says of X and the centres minus the origin.

    `least` is the least gap of a decision, `margin` the least relative gap of a shift and the threshold.
    """
    arguments = steps[0].arguments
    X = np.asarray(X, float)
    threshold = float(arguments.get("tol", 1e-4) * X.var(axis=0).mean())
    run = trace(X, arguments["centers"] - origin, arguments.get("max_iter", 300), threshold)
    if run.weightless or run.gap <= least:
        return False
    # Where repeated labels end the run, the last shift is about 0 and decides nothing.
    thresholded = [shift for shift in run.shifts[:-1] if shift > 0] if run.repeated else run.shifts
    if any(abs(shift - threshold) <= margin * threshold for shift in thresholded if threshold > 0):
        return False
    # At tol=0 other arithmetic may turn a shift as small as this into 0, which ends the run.
    if any(0 < shift <= GAP * extent(X) * margin for shift in thresholded if threshold == 0):
        return False
    # A right solution may compare the new labels with those after relocation. At tol=0 it
    # might stop earlier; at a positive tol the shift, about 0, ends every run there.
    triples = zip(run.moved, run.labels, run.labels[1:], strict=False)
    return threshold > 0 or not any(
        np.array_equal(moved, new) and not np.array_equal(moved, old) for moved, old, new in triples
    )


def clear_chunks(steps: Steps) -> bool:
    """Return, for `partial`, whether each row's nearest centre is nearer by a margin, in every chunk."""
    chunks = [step.arguments for step in steps if step.function == "partial"]
    return all(
        gap_to_second(squared(chunk["X_chunk"], chunk["centers"])) > GAP * extent(chunk["X_chunk"])
        for chunk in chunks
        if len(chunk["X_chunk"])
    )


def clear_stream(steps: Steps) -> bool:
    """Return, for `partial_fit`, whether each row's nearest centre before its batch is nearer by a margin."""
    states: list[Any] = []
    for step in steps:
        state, X, weights = step.arguments.values()
        centers, totals = states[state.step] if isinstance(state, Result) else state
        distances = squared(X, centers)
        if len(X) and gap_to_second(distances) <= GAP * extent(X):
            return False
        states.append(running_means(X, weights, distances.argmin(axis=1), centers, totals))
    return True


def running_means(X: Any, weights: Any, labels: Any, centers: Any, totals: Any) -> tuple[Any, Any]:
    """Return centres and totals after a batch, from the definition: weighted means of all rows so far."""
    weighted = (labels == np.arange(len(centers))[:, None]) * weights  # (n_clusters, n_rows)
    after = totals + weighted.sum(axis=1)
    weighted_sums = centers * totals[:, None] + weighted @ X
    return np.where(
        after[:, None] > totals[:, None], weighted_sums / np.where(after > 0, after, 1)[:, None], centers
    ), after


def ordered(steps: Steps) -> bool:
    """Return, for `relocate_empty`, whether the rows that move are clearly the farthest.

    No cluster may lose its only row to another one.
    """
    arguments = steps[0].arguments
    X, labels, centers = data(steps), arguments["labels"], arguments["centers"]
    moved, gap = relocation_gap(X, labels, centers)
    distances = ((X - centers[labels]) ** 2).sum(axis=1)
    lost_its_only_row = len(np.unique(moved)) < len(centers) and distances.max() > 0
    return gap > least_gap(steps) * extent(X) and not lost_its_only_row


def centers_matter(steps: Steps) -> bool:
    """Return, for `relocate_empty`, whether it matters from which centre a row is farthest.

    If distances to the nearest centre, or to the new means, decided, other rows would move.
    """
    arguments = steps[0].arguments
    X, labels, centers = data(steps), arguments["labels"], arguments["centers"]
    moved, _ = relocation_gap(X, labels, centers)
    by_means, _ = relocation_gap(X, labels, means(X, labels, centers))
    nearest = squared(X, centers).min(axis=1)
    number = int((moved != labels).sum())
    by_nearest = labels.copy()
    by_nearest[np.argsort(-nearest)[:number]] = moved[moved != labels]
    return (
        ordered(steps)
        and not np.array_equal(moved, by_means)
        and set(np.flatnonzero(moved != labels)) != set(np.flatnonzero(by_nearest != labels))
    )
