"""Decides whether reported neighbours are right where rows tie.

Tied rows may come in any order, and where not all of them fit among the k nearest, any of them may. The
module needs only true distances, and nothing else of the track or of mlkata.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Closeness:
    """A tolerance for distances: `|reported - true| <= rtol * true + atol * largest true distance`."""

    rtol: float
    atol: float
    reason: str

    def limits(self, true: Any, largest: float) -> Any:
        """Return the allowed difference, elementwise."""
        return self.rtol * true + self.atol * largest


LOOSE = Closeness(
    rtol=1e-9,
    atol=1e-6,
    reason="|q|² - 2q·x + |x|² errs by eps of the squares, so its root errs by sqrt(eps) of the data's size",
)
TIGHT = Closeness(
    rtol=1e-9,
    atol=1e-12,
    reason="direct differences err by a few eps of the distance itself",
)


def wrong_neighbors(
    true: Any, k: int, indices: Any, distances: Any = None, *, close: Closeness
) -> str | None:
    """Return what is wrong with the reported k nearest neighbours, or None.

    Parameters
    ----------
    true : float array of shape (n_queries, n_samples)
        All distances; infinite if a row may not be a neighbour.
    k : int
    indices : int array of shape (n_queries, k)
    distances : float array of shape (n_queries, k), or None if only indices are reported
    close : Closeness
    """
    indices = np.asarray(indices)
    if indices.shape != (len(true), k):
        return f"indices: yours has shape {indices.shape}, expected {(len(true), k)}"
    if not np.issubdtype(indices.dtype, np.integer):
        return f"indices: yours has dtype {indices.dtype}, expected integers"
    n = true.shape[1]
    if indices.min() < 0 or indices.max() >= n:
        return f"indices: expected 0 to {n - 1}, yours range from {indices.min()} to {indices.max()}"
    for row, row_indices in enumerate(indices):
        if len(set(row_indices.tolist())) < k:
            return f"indices: row {row} lists a neighbour twice: {row_indices[:8]}"
    of_reported = np.take_along_axis(true, indices, axis=1)  # true distances of the reported rows
    if np.isinf(of_reported).any():
        row = int(np.isinf(of_reported).any(axis=1).argmax())
        return f"indices: row {row} lists itself as a neighbour"
    nearest = np.sort(true, axis=1)[:, :k]
    limits = close.limits(nearest, float(true[np.isfinite(true)].max()))
    if distances is not None:
        message = _wrong_distances(np.asarray(distances), indices, nearest, of_reported, limits)
        if message:
            return message
    # Either distance may err by the limit, so two rows whose distances differ by at most twice that may swap
    # places.
    wrong = ~(np.abs(of_reported - nearest) <= 2 * limits)
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        return (
            f"indices: query {row}, place {place}: yours is row {indices[row, place]} at "
            f"distance {of_reported[row, place]:.6g}, expected a row at distance {nearest[row, place]:.6g}"
        )
    return None


def _wrong_distances(reported: Any, indices: Any, nearest: Any, of_reported: Any, limits: Any) -> str | None:
    if reported.shape != nearest.shape:
        return f"distances: yours has shape {reported.shape}, expected {nearest.shape}"
    wrong = ~(np.abs(reported - nearest) <= limits)
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        return (
            f"distances: query {row}, place {place}: yours {reported[row, place]:.9g}, "
            f"expected {nearest[row, place]:.9g}"
        )
    wrong = ~(np.abs(reported - of_reported) <= 2 * limits)
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        return (
            f"indices: query {row}, place {place}: yours is row {indices[row, place]}, which is at distance "
            f"{of_reported[row, place]:.6g}, but your distance is {reported[row, place]:.6g}"
        )
    return None


def sure_and_tied(distances: Any, k: int, slack: float) -> tuple[Any, Any]:
    """Return two masks of the rows for one query: surely among the k nearest, and tied for the other places.

    `distances` and both masks have shape (n_samples,). Rows within `slack` of the k-th distance are tied.
    """
    last = np.sort(distances)[k - 1]
    return distances < last - slack, np.abs(distances - last) <= slack


def admissible_labels(sure: Any, tied: Any, k: int) -> set[int]:
    """Return the classes that win for some choice among the tied rows; the smallest class wins a vote tie.

    `sure` and `tied` count, for each class, the rows that must vote and those tied for the remaining
    places: int arrays of shape (n_classes,).
    """
    places = k - int(np.sum(sure))
    return {label for label in range(len(sure)) if _can_win(label, sure, tied, places)}


def _can_win(label: int, sure: Any, tied: Any, places: int) -> bool:
    """Return whether the tied rows can be chosen so that the class wins.

    The class takes as many places as it has tied rows. It wins if the other classes can fill the remaining
    places without overtaking it.
    """
    taken = min(places, int(tied[label]))
    votes = int(sure[label]) + taken
    fillable = 0  # places that other classes may take
    for other in range(len(sure)):
        if other == label:
            continue
        # the most votes that the other class may get: a smaller class would win a tie
        most = votes - 1 if other < label else votes
        if sure[other] > most:
            return False
        fillable += min(int(tied[other]), most - int(sure[other]))
    return fillable >= places - taken
