"""The plane in which rows are drawn: two features, or a single one as a horizontal strip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_MARGIN = 0.12
"""The margin around the points, as a fraction of their range."""
_GRID = (72, 54)
"""The cells of a grid across and up: enough for smooth edges of regions, and few enough to be labelled
quickly."""
_STACK = 0.16
"""The vertical distance between equal rows in a strip, where they are stacked."""
_STRIP = (-0.35, 1.0)
"""The bottom and the top of a strip; its rows are stacked from 0 to `_TOP`."""
_TOP = 0.8


@dataclass(frozen=True)
class Plane:
    """The features that are drawn, and the window that contains all points."""

    features: tuple[int, ...]
    """The indices of one or two features."""
    n_features: int
    window: tuple[float, float, float, float]
    """Left, right, bottom, top."""

    @property
    def strip(self) -> bool:
        """Whether there is only one feature."""
        return len(self.features) == 1

    @property
    def note(self) -> str:
        """Which features are drawn, or an empty string if all are."""
        if self.n_features <= len(self.features):
            return ""
        return f"features {' and '.join(map(str, self.features))} of {self.n_features}"

    def at(self, points: Any) -> Any:
        """Return the positions in the plane, (n, 2), of points, (n, n_features)."""
        points = np.asarray(points, dtype=float)
        if not self.strip:
            return points[:, list(self.features)]
        return np.column_stack([points[:, self.features[0]], np.zeros(len(points))])

    def stacked(self, rows: Any) -> Any:
        """Return the positions of rows as `at` does; but in a strip, equal rows are stacked."""
        places = self.at(rows)
        if self.strip:
            counts: dict[float, int] = {}  # earlier rows at the same place
            for place in places:
                count = counts[place[0]] = counts.get(place[0], -1) + 1
                place[1] = min(count * _STACK, _TOP)
        return places

    def grid(self, dtype: Any) -> tuple[Any, Any, Any] | None:
        """Return the coordinates of a grid's cells across and up, and all cells as rows, (n, n_features).

        Return None if there are features that are not drawn, since a label depends on them, too.
        """
        if self.n_features > len(self.features):
            return None
        left, right, bottom, top = self.window
        across = np.linspace(left, right, _GRID[0])
        if self.strip:
            return across, np.array([bottom, top]), np.repeat(across[:, None], 2, axis=0).astype(dtype)
        up = np.linspace(bottom, top, _GRID[1])
        xs, ys = np.meshgrid(across, up, indexing="ij")
        cells = np.empty((xs.size, 2))
        cells[:, self.features[0]], cells[:, self.features[1]] = xs.ravel(), ys.ravel()
        return across, up, cells.astype(dtype)

    def frame(self, axes: Any) -> None:
        """Set an axes' window and labels."""
        left, right, bottom, top = self.window
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, top)
        axes.set_xlabel(f"feature {self.features[0]}")
        if self.strip:
            axes.set_yticks([])
        else:
            axes.set_ylabel(f"feature {self.features[1]}")


def around(groups: Iterable[Any], preferred: Sequence[int] = ()) -> Plane:
    """Return a plane of the preferred features, or the first, with a window around all points.

    Each group of points has the shape (n, n_features).
    """
    groups = [np.asarray(group, dtype=float) for group in groups if group is not None and len(group)]
    n_features = groups[0].shape[1]
    points = np.concatenate([group for group in groups if group.shape[1] == n_features])
    first = [feature for feature in dict.fromkeys(preferred) if feature < n_features]
    order = [*first, *(feature for feature in range(n_features) if feature not in first)]
    features = tuple(sorted(order[:2]))
    spans = [_span(points[:, feature]) for feature in features]
    if len(spans) == 1:
        spans.append(_STRIP)
    return Plane(features, n_features, (*spans[0], *spans[1]))


def _span(values: Any) -> tuple[float, float]:
    """Return the ends of an axis that shows all finite values."""
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    margin = _MARGIN * (high - low) or 0.1 * abs(low) or 1.0  # if all values are equal, or all are 0
    return low - margin, high + margin
