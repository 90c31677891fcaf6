"""Judges of the track: each returns None for a right answer, or one line that says what is wrong.

Most inputs have several right answers; ties.py tells them from wrong ones.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from mlkata.authoring import Result, Steps, Values, differences, exact, outputs

from . import ties
from .audits import distances_of, true_distances

SQUARES = 1e-9
"""The tolerance of squared distances, as a share of the largest: |q|² - 2q·x + |x|² errs by a few eps (2e-16)
of |q|² and |x|²."""
SLACK = 1e-9
"""Distances count as tied if they differ by less than this share of the largest one or, for recall, of the
k-th smallest."""
RECALL = 0.95
"""Of the rows that an index returns, the least share that must be among the true nearest."""
SHARE = 1e-12
"""The tolerance of accuracies, which are whole numbers divided by the number of rows, so almost exact."""
PROBA = 1e-7
"""The tolerance of shares of votes, which lie in [0, 1], and of means of y as a share of the largest |y|:
1 / distance loses up to sqrt(eps) if distances come from expanded squares."""


def squares(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge squared distances: near the true ones, and none below 0."""
    del steps
    for reported, true in zip(got, expected, strict=True):
        limit = SQUARES * (true + true.max())
        message = differences("distances", reported, true, ~(np.abs(reported - true) <= limit))
        if message:
            return message
        if np.min(reported) < 0:
            return f"distances: your smallest is {np.min(reported):.3g}, expected none below 0"
    return None


def neighbors(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge distances and indices, in any order among ties; expanded squares are precise enough."""
    del expected
    return _neighbors(steps, got, ties.LOOSE)


def neighbors_tightly(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge distances and indices, in any order among ties; expanded squares are not precise enough."""
    del expected
    return _neighbors(steps, got, ties.TIGHT)


def _neighbors(steps: Steps, got: Values, close: ties.Closeness) -> str | None:
    ((distances, indices),) = got
    true = distances_of(steps)
    return ties.wrong_neighbors(true, steps[0].arguments["k"], indices, distances, close=close)


def votes(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge a uniform vote where rows may tie for the last place: some choice of them gives the answer."""
    del expected
    arguments = steps[0].arguments
    k = arguments["k"]
    classes, codes = np.unique(arguments["y"], return_inverse=True)
    ((labels, proba),) = got
    if proba.shape != (len(arguments["Q"]), len(classes)):
        return f"proba: yours has shape {proba.shape}, expected {(len(arguments['Q']), len(classes))}"
    for row, (distances, label, shares) in enumerate(zip(distances_of(steps), labels, proba, strict=True)):
        # for each class, the rows that must vote, and those that tie for the last places
        sure, tied = (
            np.bincount(codes[mask], minlength=len(classes))
            for mask in ties.sure_and_tied(distances, k, SLACK * distances.max())
        )
        admissible = ties.admissible_labels(sure, tied, k)
        if label not in classes[list(admissible)]:
            right = classes[sorted(admissible)].tolist()
            return f"labels: query {row}: yours {label!r}, expected one of {right}"
        counts = np.rint(shares * k)
        if np.abs(shares * k - counts).max() > PROBA * k or counts.sum() != k:
            return f"proba: row {row} is {shares}; {k} votes cannot have these shares"
        if ((counts < sure) | (counts > sure + tied)).any():
            return f"proba: row {row} is {shares}; the {k} nearest rows cannot have these shares"
        if classes[counts.argmax()] != label:
            return f"labels: query {row}: yours {label!r}, but your proba elects {classes[counts.argmax()]!r}"
    return None


def _proba_near(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    del steps
    if got.shape != expected.shape:
        return f"{name}: yours has shape {got.shape}, expected {expected.shape}, one column for each class"
    return differences(name, got, expected, ~(np.abs(got - expected) <= PROBA))


def _values_near(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    limit = PROBA * np.abs(steps[0].arguments["y"]).max()
    return differences(name, got, expected, ~(np.abs(got - expected) <= limit))


labels_and_proba = outputs(labels=exact, proba=_proba_near)
regression = outputs(values=_values_near)


def other_rows(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `loo_neighbors`: right neighbours in any order among ties; no row is its own neighbour."""
    del expected
    X, k = steps[0].arguments["X"], steps[0].arguments["k"]
    true = true_distances(X, X)
    np.fill_diagonal(true, np.inf)
    return ties.wrong_neighbors(true, k, got[0], close=ties.LOOSE)


def top_of_stream(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge the state after the last step by all distances added to it, in any order among ties."""
    del expected
    (state,) = got
    distances, indices = _stream(steps, len(steps) - 1)
    k = len(steps[0].arguments["state"].distances)
    if len(state.distances) != k:
        return f"state.distances: yours has {len(state.distances)} places, expected {k} as before"
    n_filled = min(k, len(distances))
    nearest = np.append(np.sort(distances)[:n_filled], np.full(k - n_filled, np.inf))
    if not np.array_equal(state.distances, nearest):
        return f"state.distances: yours {state.distances}, expected {nearest}"
    if (state.indices[n_filled:] != -1).any():
        return f"state.indices: yours {state.indices}, expected -1 in unfilled places"
    kept = state.indices[:n_filled].tolist()
    if len(set(kept)) < n_filled:
        return f"state.indices: an index comes twice in yours: {state.indices}"
    distance_of = dict(zip(indices.tolist(), distances.tolist(), strict=True))
    for index, distance in zip(kept, nearest.tolist(), strict=False):
        if distance_of.get(index) != distance:
            return f"state.indices: yours lists {index}, which is not at distance {distance:g}"
    return None


def _stream(steps: Steps, last: int) -> tuple[Any, Any]:
    """Return all distances and indices that were added up to step `last`."""
    arguments = steps[last].arguments
    before = arguments["state"]
    if isinstance(before, Result):
        earlier = _stream(steps, before.step)
    else:
        filled = np.isfinite(before.distances)
        earlier = before.distances[filled], before.indices[filled]
    return np.append(earlier[0], arguments["distances"]), np.append(earlier[1], arguments["indices"])


def _shares_near(name: str, got: Any, expected: Any, steps: Steps) -> str | None:
    del steps
    return differences(name, got, expected, ~(np.abs(got - expected) <= SHARE))


curve = outputs(accuracies=_shares_near)


def tree_neighbors(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `kdtree_query`: the first step builds the tree, and each later step is a query."""
    del expected
    X = steps[0].arguments["X"]
    for number, (step, (distances, indices)) in enumerate(zip(steps[1:], got, strict=True)):
        true = true_distances(step.arguments["q"][None], X)
        reported = np.asarray(indices)[None], np.asarray(distances)[None]
        message = ties.wrong_neighbors(true, step.arguments["k"], *reported, close=ties.TIGHT)
        if message:
            return message.replace("query 0", f"query {number}")  # it was judged as the only query
    return None


def different_rows(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge the rows that an index returns: any k different rows."""
    del expected
    searches = [step for step in steps if step.function == "index_search"]
    n = len(steps[0].arguments["X"])
    for number, indices in enumerate(got):
        k = searches[number].arguments["k"]
        if np.min(indices) < 0 or np.max(indices) >= n:
            return f"indices: query {number}: yours {indices}, but rows are 0 to {n - 1}"
        if len(np.unique(indices)) < k:
            return f"indices: query {number}: yours {indices}, which are not {k} different rows"
    return None


def recall(steps: Steps, got: Values) -> float:
    """Return the share of the returned rows that are as near as the true k nearest."""
    X, searches = steps[0].arguments["X"], steps[1:]
    shares = []
    for step, indices in zip(searches, got, strict=True):
        (true,) = true_distances(step.arguments["q"][None], X)
        last = np.sort(true)[step.arguments["k"] - 1]
        shares.append((true[indices] <= last * (1 + SLACK)).mean())
    return float(np.mean(shares))


def high_recall(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge an index: different rows, of which enough are among the nearest."""
    message = different_rows(steps, got, expected)
    if message:
        return message
    reached = recall(steps, got)
    if reached < RECALL:
        return (
            f"indices: {reached:.1%} of the rows found are among the nearest, expected at least {RECALL:.0%}"
        )
    return None


def ranked_rows(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge `compress` and `rank`: codes have one line a row, and each query gets k different rows."""
    del expected
    codes, indices = got
    X, k = steps[0].arguments["X"], steps[1].arguments["k"]
    if len(codes.codes) != len(X):
        return f"codes.codes: yours has {len(codes.codes)} lines for {len(X)} rows, expected one for each row"
    if np.min(indices) < 0 or np.max(indices) >= len(X):
        return f"indices: expected 0 to {len(X) - 1}, yours range from {np.min(indices)} to {np.max(indices)}"
    for row, row_indices in enumerate(np.asarray(indices)):
        if len(np.unique(row_indices)) < k:
            return f"indices: query {row}: yours {row_indices}, which are not {k} different rows"
    return None


def ranked_recall(steps: Steps, got: Values) -> float:
    """Return the share of the rows from `rank` that are as near as the true k nearest."""
    (X, _), (_, Q, k) = (step.arguments.values() for step in steps)  # compress(X, rng), rank(codes, Q, k)
    Q, X = np.asarray(Q, float), np.asarray(X, float)
    true = _table(Q.tobytes(), Q.shape, X.tobytes(), X.shape)
    last = np.sort(true, axis=1)[:, k - 1 : k]
    return float((np.take_along_axis(true, np.asarray(got[1]), axis=1) <= last * (1 + SLACK)).mean())


@lru_cache(8)  # many submissions are judged on the same inputs
def _table(queries: bytes, q_shape: Any, rows: bytes, shape: Any) -> Any:
    return true_distances(np.frombuffer(queries).reshape(q_shape), np.frombuffer(rows).reshape(shape))


def live_neighbors(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge each `query` against the rows that are in the set at that step."""
    del expected
    answers = iter(got)
    live: dict[int, Any] = {}
    for number, step in enumerate(steps):
        arguments = step.arguments
        if step.function == "insert":
            live.update(zip(arguments["ids"].tolist(), arguments["X"], strict=True))
        elif step.function == "delete":
            for row_id in arguments["ids"].tolist():
                del live[row_id]
        else:
            message = _wrong_live(live, arguments["q"], arguments["k"], next(answers))
            if message:
                return message.replace("query 0", f"query at step {number}")
    return None


def _wrong_live(live: dict[int, Any], q: Any, k: int, answer: Any) -> str | None:
    distances, ids = answer
    reported = np.asarray(ids).tolist()
    not_in_set = set(reported) - live.keys()
    if not_in_set:
        return f"ids: {min(not_in_set)} is not in the set at this time"
    position = {row_id: i for i, row_id in enumerate(live)}
    indices = np.array([[position[row_id] for row_id in reported]])
    true = true_distances(q[None], np.array([*live.values()]))
    return ties.wrong_neighbors(true, k, indices, np.asarray(distances)[None], close=ties.TIGHT)
