"""Decides what is a right answer where rows tie: any order of them, any of them at the last place.

It knows no track and no harness, only tables of true distances; so it has tests of its own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Closeness:
    """`|reported - true| <= rtol * true + atol * largest true distance`."""

    rtol: float
    atol: float
    reason: str

    def limits(self, true: Any, largest: float) -> Any:
        """Give the allowed difference, elementwise."""
        return self.rtol * true + self.atol * largest


LOOSE = Closeness(
    rtol=1e-9,
    atol=1e-6,
    reason="|q|² - 2q·x + |x|² errs by eps of the squares, its root by sqrt(eps) of the data's size",
)
TIGHT = Closeness(
    rtol=1e-9,
    atol=1e-12,
    reason="differences taken first err by a few eps of the distance itself",
)


def wrong_neighbors(
    true: Any, k: int, indices: Any, distances: Any = None, *, close: Closeness
) -> str | None:
    """Say what is wrong with the k nearest neighbours that somebody reports, or None.

    Parameters
    ----------
    true : float array of shape (n_queries, n_samples)
        All distances; infinite where a row may not be a neighbour at all.
    k : int
    indices : int array of shape (n_queries, k)
    distances : float array of shape (n_queries, k), or None where only indices are asked for
    close : Closeness
    """
    indices = np.asarray(indices)
    if indices.shape != (len(true), k):
        return f"indices: shape {indices.shape}, expected {(len(true), k)}"
    if not np.issubdtype(indices.dtype, np.integer):
        return f"indices: dtype {indices.dtype}, expected integers"
    n = true.shape[1]
    if indices.min() < 0 or indices.max() >= n:
        return f"indices: expected 0 to {n - 1}, yours run from {indices.min()} to {indices.max()}"
    for row, one in enumerate(indices):
        if len(set(one.tolist())) < k:
            return f"indices: row {row} lists a neighbour twice: {one[:8]}"
    theirs = np.take_along_axis(true, indices, axis=1)  # true distances of the reported rows
    if np.isinf(theirs).any():
        row = int(np.isinf(theirs).any(axis=1).argmax())
        return f"indices: row {row} lists itself"
    nearest = np.sort(true, axis=1)[:, :k]
    limits = close.limits(nearest, float(true[np.isfinite(true)].max()))
    if distances is not None:
        message = _wrong_distances(np.asarray(distances), nearest, theirs, limits)
        if message:
            return message
    # Any two rows that are held apart by less than the limit may change places.
    wrong = ~(np.abs(theirs - nearest) <= 2 * limits)
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        return (
            f"indices: query {row}, place {place}: yours is row {indices[row, place]} at "
            f"{theirs[row, place]:.6g}, the right distance there is {nearest[row, place]:.6g}"
        )
    return None


def _wrong_distances(reported: Any, nearest: Any, theirs: Any, limits: Any) -> str | None:
    if reported.shape != nearest.shape:
        return f"distances: shape {reported.shape}, expected {nearest.shape}"
    wrong = ~(np.abs(reported - nearest) <= limits)
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        return (
            f"distances: query {row}, place {place}: yours {reported[row, place]:.9g}, "
            f"expected {nearest[row, place]:.9g}"
        )
    wrong = ~(np.abs(reported - theirs) <= 2 * limits)
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        return (
            f"indices: query {row}, place {place}: the row that you name is at "
            f"{theirs[row, place]:.6g}, not at {reported[row, place]:.6g}"
        )
    return None


def sure_and_tied(distances: Any, k: int, slack: float) -> tuple[Any, Any]:
    """Split one query's rows: those that must be among the k nearest, and those tied for the rest.

    `distances` has shape (n_samples,); two masks of that shape come back. Rows within `slack` of the
    k-th distance are tied.
    """
    last = np.sort(distances)[k - 1]
    return distances < last - slack, np.abs(distances - last) <= slack


def admissible_labels(sure: Any, tied: Any, k: int) -> set[int]:
    """List the classes that some choice among tied rows elects, the smallest one on vote ties.

    `sure` and `tied` count, for each class, the rows that must vote and those tied for the places
    left: int arrays of shape (n_classes,).
    """
    places = k - int(np.sum(sure))
    return {label for label in range(len(sure)) if _can_win(label, sure, tied, places)}


def _can_win(label: int, sure: Any, tied: Any, places: int) -> bool:
    """Give the class all places that it can take, then spread the rest so that nobody overtakes it."""
    taken = min(places, int(tied[label]))
    votes = int(sure[label]) + taken
    room = 0
    for other in range(len(sure)):
        if other == label:
            continue
        most = votes - 1 if other < label else votes  # a smaller class wins a tie
        if sure[other] > most:
            return False
        room += min(int(tied[other]), most - int(sure[other]))
    return room >= places - taken
