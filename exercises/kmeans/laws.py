"""Judges of random picks: over many calls on few rows, counts are compared with exact probabilities."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from mlkata.authoring import RARE, Steps, Values, data, differences, p_value

RTOL_WEIGHT = 1e-7
"""Relative. The expanded square |x|² - 2x·m + |m|² loses half of the digits of rows near the mean m."""


def law(pick: int) -> Callable[[Steps, Values, Values], str | None]:
    """Return a judge that compares the picks up to number `pick` (0 is the first) with k-means++.

    A path is the tuple of the rows picked so far, in their order; each path has an exact probability.
    """

    def judge(steps: Steps, got: Values, expected: Values) -> str | None:
        del expected
        X = np.asarray(data(steps), float)
        paths = list(product(range(len(X)), repeat=pick + 1))
        position = {path: number for number, path in enumerate(paths)}
        counts = np.zeros(len(paths))
        probabilities = chances(X.tobytes(), X.shape, pick, steps[0].arguments.get("n_local_trials", 1))
        for indices in got:
            path = tuple(np.asarray(indices)[: pick + 1].tolist())
            if path not in position or probabilities[position[path]] == 0:
                return f"indices: yours begin with {list(path)}, which has probability 0"
            counts[position[path]] += 1
        if p_value(counts, probabilities) >= RARE:
            return None
        return _wrong_distribution(counts, probabilities, paths, pick)

    return judge


@lru_cache(maxsize=64)
def chances(rows: bytes, shape: tuple[int, ...], pick: int, trials: int) -> Any:
    """Return the probability of each path of picks. Cached, since many submissions get the same rows."""
    X = np.frombuffer(rows).reshape(shape)
    return np.array([chance(X, path, trials) for path in product(range(len(X)), repeat=pick + 1)])


def chance(X: Any, path: Sequence[int], trials: int = 1) -> float:
    """Return the probability of picking these rows in this order."""
    probability, closest = 1.0, np.full(len(X), np.inf)
    for number, index in enumerate(path):
        probability *= (pick_law(X, closest, trials) if number else np.full(len(X), 1 / len(X)))[index]
        closest = np.minimum(closest, ((X - X[index]) ** 2).sum(axis=1))
    return float(probability)


def pick_law(X: Any, closest: Any, trials: int) -> Any:
    """Return the probability that each row is the next pick: (n_samples,).

    closest holds each row's squared distance to the nearest picked row. Of `trials` candidates, each drawn
    with probability proportional to closest, the one that leaves the smallest sum is picked.
    """
    if not closest.any():
        return np.full(len(X), 1 / len(X))
    single = closest / closest.sum()
    sums = remaining(X, closest)
    orders = (np.greater_equal, np.greater, np.equal)
    at_least, above, tied = (order(sums, sums[:, None]) @ single for order in orders)
    # The smallest sum among the candidates is a row's sum if all leave at least that much, but not all
    # leave more.
    best = np.clip(at_least, 0, 1) ** trials - above**trials
    # Rows that leave equal sums share that probability as they share the single draws.
    return best * np.divide(single, tied, out=np.zeros_like(single), where=tied > 0)


def remaining(X: Any, closest: Any) -> Any:
    """Return, for each row, the sum of squared distances to the nearest pick if it were picked."""
    return np.array([np.minimum(closest, ((X - row) ** 2).sum(axis=1)).sum() for row in X])


def influence(X: Any) -> Any:
    """Return the probability of each row in a draw of `coreset`: (n_samples,)."""
    n = len(X)
    squared = np.square(X - X.mean(axis=0)).sum(axis=1)
    return np.full(n, 1 / n) if not squared.any() else 0.5 / n + 0.5 * squared / squared.sum()


def weighted_rows(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `coreset`: rows of X, each with the weight that belongs to its probability."""
    del expected
    for step, (points, weights) in zip(steps, got, strict=True):
        X, m = step.arguments["X"], step.arguments["m"]
        chance_of = dict(zip(map(tuple, X.tolist()), influence(X).tolist(), strict=True))
        drawn_chances = [chance_of.get(tuple(point)) for point in np.asarray(points).tolist()]
        if None in drawn_chances:
            return f"points: {points[drawn_chances.index(None)]} is not a row of X"
        right = 1 / (m * np.array(drawn_chances))
        wrong = ~(np.abs(np.asarray(weights) - right) <= RTOL_WEIGHT * right)
        message = differences("weights", np.asarray(weights), right, wrong)
        if message:
            return message
    return None


def law_of_coreset(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `coreset` by how often it draws each row: X has few rows, all different, and m is large."""
    message = weighted_rows(steps, got, expected)
    if message:
        return message
    X, points = steps[0].arguments["X"], np.asarray(got[0][0])
    counts = (points[:, None] == X).all(axis=2).sum(axis=0)
    probabilities = influence(X)
    if p_value(counts, probabilities) >= RARE:
        return None
    expected_counts = probabilities * len(points)
    worst = int(np.argmax((counts - expected_counts) ** 2 / expected_counts))
    return (
        f"points: yours hold row {worst} {counts[worst]} times, expected about {expected_counts[worst]:.0f}"
    )


def _wrong_distribution(counts: Any, probabilities: Any, paths: Sequence[Any], pick: int) -> str:
    expected_counts = probabilities * counts.sum()
    worst = int(np.argmax((counts - expected_counts) ** 2 / np.maximum(expected_counts, 1)))
    name = ("first", "second", "third", "fourth")[min(pick, 3)]
    return (
        f"indices: the {name} pick has the wrong distribution; in {int(counts.sum())} calls yours began with "
        f"{list(paths[worst])} {int(counts[worst])} times, expected about {expected_counts[worst]:.0f}"
    )


def clearly_ranked(X: Any) -> bool:
    """Return whether no two second picks leave nearly the same sum, whatever the first pick."""
    for row in X:
        closest = ((X - row) ** 2).sum(axis=1)
        sums = np.sort(remaining(X, closest))
        if np.diff(sums).min() <= 1e-9 * sums.max():  # far more than rounding can change
            return False
    return True
