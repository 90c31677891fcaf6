"""Draws rows in the colours of their clusters, the centres, and the region of each centre.

`kata show --plot` calls `draw`; a side is your answer or the expected one.
"""

from typing import Any

import numpy as np

from mlkata.authoring import pictures

_DRAWN = {"labels", "centers", "indices", "points"}
"""Outputs that can be drawn."""


def draw(canvas: pictures.Canvas) -> bool:
    """Draw rows and centres; return False if the function returns neither."""
    subject = canvas.subject
    given_centers = subject.arguments.get("centers")
    if subject.outputs and not subject.outputs & _DRAWN:
        return False
    if subject.rows is None and given_centers is None and "centers" not in subject.outputs:
        return False
    returned = [side.outputs.get(name) for side in subject.sides for name in ("centers", "points")]
    plane = pictures.plane_of(subject, given_centers, *returned)
    clusters = range(len(given_centers)) if isinstance(given_centers, np.ndarray) else ()
    for panel, side in zip(canvas.panels(), subject.sides, strict=True):
        map_ = panel.map(plane)
        centers = side.outputs.get("centers")
        if "labels" in side.outputs and isinstance(centers, np.ndarray):
            _nearest(map_, centers, pictures.known_classes(subject, more=clusters))
        if subject.rows is not None:
            pictures.draw_rows(map_, subject, side, classes=clusters)
            _picked(map_, subject, side)
        map_.centres(given_centers, centers, subject.differing("centers"))
    canvas.note(plane.note)
    return True


def _nearest(map_: pictures.Map, centers: Any, clusters: Any) -> None:
    """Colour each point of the plane by its nearest centre."""
    grid = map_.plane.grid(float)
    if grid is not None and np.isfinite(centers).all():
        _, _, points = grid
        map_.region(((points[:, None, :] - centers) ** 2).sum(axis=2).argmin(axis=1), clusters)


def _picked(map_: pictures.Map, subject: pictures.Subject, side: pictures.Side) -> None:
    """Mark rows that were picked as starting centres, or drawn for a coreset."""
    indices, points = side.outputs.get("indices"), side.outputs.get("points")
    if isinstance(indices, np.ndarray) and indices.ndim == 1:
        points = subject.rows[indices[(indices >= 0) & (indices < len(subject.rows))]]
    if isinstance(points, np.ndarray) and points.ndim == 2:
        star = {"marker": "*", "s": 150, "color": map_.theme.of(1), "edgecolors": map_.theme.ink}
        map_.axes.scatter(*map_.plane.at(points).T, linewidths=0.8, zorder=5, **star)
