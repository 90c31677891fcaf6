"""Where rows lie on paper: one feature as a strip, of more than two the first two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_ROOM = 0.12
_GRID = (72, 54)
_STACK = 0.16
"""In a strip, equal rows lie on each other."""


@dataclass(frozen=True)
class Plane:
    """The features drawn, and the window that holds all points."""

    features: tuple[int, ...]
    """One or two of them."""
    n_features: int
    window: tuple[float, float, float, float]
    """Left, right, bottom, top."""

    @property
    def strip(self) -> bool:
        """Is there one feature only?"""
        return len(self.features) == 1

    @property
    def note(self) -> str:
        """Say which features are drawn where these are not all."""
        if self.n_features <= len(self.features):
            return ""
        return f"features {' and '.join(map(str, self.features))} of {self.n_features}"

    def at(self, points: Any) -> Any:
        """Give the places of points, (n, 2)."""
        points = np.asarray(points, dtype=float)
        if not self.strip:
            return points[:, list(self.features)]
        return np.column_stack([points[:, self.features[0]], np.zeros(len(points))])

    def stacked(self, rows: Any) -> Any:
        """Give the places of rows; in a strip equal ones lie on each other."""
        places = self.at(rows)
        if self.strip:
            seen: dict[float, int] = {}
            for place in places:
                count = seen[place[0]] = seen.get(place[0], -1) + 1
                place[1] = min(count * _STACK, 0.8)
        return places

    def grid(self, dtype: Any) -> tuple[Any, Any, Any] | None:
        """Give the middles of a grid's cells across and up, and all of them as rows.

        None where other features than those drawn would decide.
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


def around(groups: Iterable[Any], wanted: Sequence[int] = ()) -> Plane:
    """Choose the features, those wanted first, and a window around all points, (n, n_features) each."""
    groups = [np.asarray(one, dtype=float) for one in groups if one is not None and len(one)]
    n_features = groups[0].shape[1]
    points = np.concatenate([one for one in groups if one.shape[1] == n_features])
    there = [one for one in dict.fromkeys(wanted) if one < n_features]
    order = [*there, *(one for one in range(n_features) if one not in there)]
    features = tuple(sorted(order[:2]))
    sides = [_span(points[:, feature]) for feature in features]
    if len(sides) == 1:
        sides.append((-0.35, 1.0))
    return Plane(features, n_features, (*sides[0], *sides[1]))


def _span(values: Any) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = _ROOM * (high - low) or 0.1 * abs(low) or 1.0
    return low - room, high + room
