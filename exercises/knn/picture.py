"""Draws the neighbours of one query, the first at which your answer and the expected one differ.

`kata show --plot` calls `draw`; a side is your answer or the expected one.
"""

from typing import Any

import numpy as np

from mlkata.authoring import pictures

_DRAWN = {"labels", "indices", "ids"}
"""Outputs that can be drawn."""


def draw(canvas: pictures.Canvas) -> bool:
    """Draw rows, queries and neighbours; return False without rows, or if the outputs cannot be drawn."""
    subject = canvas.subject
    if subject.rows is None or (subject.outputs and not subject.outputs & _DRAWN):
        return False
    queries = _queries(subject)
    plane = pictures.plane_of(subject, queries)
    for panel, side in zip(canvas.panels(), subject.sides, strict=True):
        map_ = panel.map(plane)
        pictures.draw_rows(map_, subject, side, labels="y")
        _neighbours(map_, subject, side, queries)
    canvas.note(plane.note)
    return True


def _queries(subject: pictures.Subject) -> Any:
    """Return the queries (n_queries, n_features), or None if the call has none."""
    queries = subject.arguments.get("Q", subject.arguments.get("q"))
    return np.atleast_2d(queries) if isinstance(queries, np.ndarray) else None


def _neighbours(map_: pictures.Map, subject: pictures.Subject, side: pictures.Side, queries: Any) -> None:
    """Draw all queries, and lines from one to its neighbours; `loo_neighbors` queries its own rows."""
    indices = side.outputs.get("indices", side.outputs.get("ids"))
    ink, at = map_.theme.ink, map_.plane.at  # at: coordinates in the drawn plane
    if queries is not None:
        map_.axes.scatter(*at(queries).T, marker="D", s=22, facecolors="none", edgecolors=ink, zorder=4)
    elif isinstance(indices, np.ndarray) and indices.ndim == 2:
        queries = subject.rows
    number = subject.first_difference  # of the query whose neighbours are drawn
    if queries is None or not isinstance(indices, np.ndarray) or number >= len(queries):
        return
    [query] = at(queries[number : number + 1])
    map_.axes.scatter(*query, marker="D", s=46, color=ink, zorder=5)
    neighbours = np.atleast_2d(indices)
    # A function of a single query returns only one line of indices.
    for index in neighbours[min(number, len(neighbours) - 1)]:
        if 0 <= index < len(subject.rows):
            [place] = at(subject.rows[int(index) : int(index) + 1])
            map_.axes.plot(*zip(query, place, strict=True), color=ink, linewidth=1.1, zorder=2)
            map_.axes.scatter(*place, s=120, facecolors="none", edgecolors=ink, linewidths=1.1, zorder=4)
