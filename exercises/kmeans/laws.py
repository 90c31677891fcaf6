"""Judges random picks by their law: many calls on few rows, each outcome's chance computed exactly."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from mlkata.authoring import RARE, Steps, Values, data, differences, p_value

RTOL_WEIGHT = 1e-7
"""Squared distances to the mean by the expanded form lose half of the digits near the mean."""


def law(pick: int) -> Callable[[Steps, Values, Values], str | None]:
    """Judge the pick of this number (0 is the first) by the law of k-means++, over many steps."""

    def judge(steps: Steps, got: Values, expected: Values) -> str | None:
        del expected
        X = np.asarray(data(steps), float)
        paths = list(product(range(len(X)), repeat=pick + 1))
        place = {path: number for number, path in enumerate(paths)}
        counts = np.zeros(len(paths))
        share = chances(X.tobytes(), X.shape, pick, steps[0].arguments.get("n_local_trials", 1))
        for indices in got:
            path = tuple(np.asarray(indices)[: pick + 1].tolist())
            if path not in place or share[place[path]] == 0:
                return f"indices: yours began with {list(path)}, which has probability 0"
            counts[place[path]] += 1
        if p_value(counts, share) >= RARE:
            return None
        return _strayed(counts, share, paths, pick)

    return judge


@lru_cache(maxsize=64)
def chances(rows: bytes, shape: tuple[int, ...], pick: int, trials: int) -> Any:
    """The probability of each path of picks; a cohort is judged on the same rows again and again."""
    X = np.frombuffer(rows).reshape(shape)
    return np.array([chance(X, path, trials) for path in product(range(len(X)), repeat=pick + 1)])


def chance(X: Any, path: Sequence[int], trials: int = 1) -> float:
    """The probability of picking these rows in this order."""
    share, closest = 1.0, np.full(len(X), np.inf)
    for number, index in enumerate(path):
        share *= (pick_law(X, closest, trials) if number else np.full(len(X), 1 / len(X)))[index]
        closest = np.minimum(closest, ((X - X[index]) ** 2).sum(axis=1))
    return float(share)


def pick_law(X: Any, closest: Any, trials: int) -> Any:
    """The law of the next pick, given squared distances to the rows picked: (n_samples,)."""
    if not closest.any():
        return np.full(len(X), 1 / len(X))
    one = closest / closest.sum()
    left = remaining(X, closest)
    orders = (np.greater_equal, np.greater, np.equal)
    at_least, above, tied = (order(left, left[:, None]) @ one for order in orders)
    best = np.clip(at_least, 0, 1) ** trials - above**trials
    return best * np.divide(one, tied, out=np.zeros_like(one), where=tied > 0)


def remaining(X: Any, closest: Any) -> Any:
    """The sum of squared distances that would be left after picking each row: (n_samples,)."""
    return np.array([np.minimum(closest, ((X - row) ** 2).sum(axis=1)).sum() for row in X])


def influence(X: Any) -> Any:
    """The chance of each row in a draw of `coreset`: (n_samples,)."""
    n = len(X)
    squared = np.square(X - X.mean(axis=0)).sum(axis=1)
    return np.full(n, 1 / n) if not squared.any() else 0.5 / n + 0.5 * squared / squared.sum()


def weighted_rows(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `coreset`: rows of X, each with the weight that its chance asks for."""
    del expected
    for step, (points, weights) in zip(steps, got, strict=True):
        X, m = step.arguments["X"], step.arguments["m"]
        chance_of = dict(zip(map(tuple, X.tolist()), influence(X).tolist(), strict=True))
        chances = [chance_of.get(tuple(point)) for point in np.asarray(points).tolist()]
        if None in chances:
            return f"points: {points[chances.index(None)]} is no row of X"
        right = 1 / (m * np.array(chances))
        wrong = ~(np.abs(np.asarray(weights) - right) <= RTOL_WEIGHT * right)
        message = differences("weights", np.asarray(weights), right, wrong)
        if message:
            return message
    return None


def law_of_coreset(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `coreset` by its law: X has few, different rows, and m is large."""
    message = weighted_rows(steps, got, expected)
    if message:
        return message
    X, points = steps[0].arguments["X"], np.asarray(got[0][0])
    counts = (points[:, None] == X).all(axis=2).sum(axis=0)
    share = influence(X)
    if p_value(counts, share) >= RARE:
        return None
    wanted = share * len(points)
    worst = int(np.argmax((counts - wanted) ** 2 / wanted))
    return f"points: yours hold row {worst} {counts[worst]} times, expected about {wanted[worst]:.0f}"


def _strayed(counts: Any, share: Any, paths: Sequence[Any], pick: int) -> str:
    wanted = share * counts.sum()
    worst = int(np.argmax((counts - wanted) ** 2 / np.maximum(wanted, 1)))
    name = ("first", "second", "third", "fourth")[min(pick, 3)]
    return (
        f"indices: the {name} pick strays from its law; in {int(counts.sum())} calls yours began with "
        f"{list(paths[worst])} {int(counts[worst])} times, expected about {wanted[worst]:.0f}"
    )


def clearly_ranked(X: Any) -> bool:
    """Does no pick, after any first one, come near to a tie among the sums that are left?"""
    for row in X:
        closest = ((X - row) ** 2).sum(axis=1)
        left = np.sort(remaining(X, closest))
        if np.diff(left).min() <= 1e-9 * left.max():
            return False
    return True
