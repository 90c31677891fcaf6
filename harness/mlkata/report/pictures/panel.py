"""A panel of a picture, and what it can draw: rows, regions, markers and curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlkata.report.pictures.plane import Plane
from mlkata.report.pictures.subject import EXPECTED, YOURS
from mlkata.report.pictures.theme import Theme

FEW = 14
"""Up to this many points are numbered: more numbers would overlap."""
_MOST_CLASSES = 6
"""Maximum number of entries of a legend: a longer one would repeat colours."""


@dataclass(frozen=True)
class Panel:
    """A panel: matplotlib's axes, and the colours to draw in."""

    axes: Any
    theme: Theme

    def map(self, plane: Plane) -> Map:
        """Show a plane in this panel."""
        plane.frame(self.axes)
        return Map(self.axes, self.theme, plane)

    def curves(self, values_of: Mapping[str, Any], *, title: str, label: str) -> None:
        """Draw a line for each side (yours, expected): its values over 1, 2, …; `label` names the x axis."""
        styles = {YOURS: (self.theme.wrong, "o", "-"), EXPECTED: (self.theme.right, ".", "--")}
        for name, values in values_of.items():
            colour, marker, line = styles[name]
            self.axes.plot(
                range(1, len(values) + 1), values, color=colour, marker=marker, linestyle=line, label=name,
                markersize=5, linewidth=1.3,
            )  # fmt: skip
        self.axes.set_title(title, fontsize=9)
        self.axes.set_xlabel(label)
        self.axes.xaxis.get_major_locator().set_params(integer=True)
        self.legend()

    def legend(self) -> None:
        """Add a legend for all that was drawn with a label."""
        theme = self.theme
        self.axes.legend(fontsize=7, labelcolor=theme.ink, facecolor=theme.ground, edgecolor=theme.faint)


@dataclass(frozen=True)
class Map(Panel):
    """A panel that shows points of a plane."""

    plane: Plane

    def rows(self, rows: Any, colours: Any = None, differing: Any = None) -> None:
        """Draw rows, (n_rows, n_features), with a red ring where `differing`, bool (n_rows,), is true."""
        places = self.plane.stacked(rows)
        size = 34 if len(places) <= 4 * FEW else 12  # in square points; many large dots would overlap
        self.axes.scatter(
            *places.T, c=self.theme.ink if colours is None else colours, s=size,
            edgecolors=self.theme.ground, linewidths=0.6, zorder=3,
        )  # fmt: skip
        self._rings(places, differing, size=size * 3.2, zorder=4)
        if len(places) <= FEW:
            for number, place in enumerate(places):
                self.write(str(number), place)

    def region(self, labels: Any, classes: Sequence[Any]) -> None:
        """Colour the plane by `labels`, which has one for each cell of its grid (see `Plane.grid`)."""
        grid = self.plane.grid(float)
        if grid is None:
            return
        from matplotlib.colors import to_rgb

        across, up, _ = grid
        colours = np.array([to_rgb(colour) for colour in self.colours(labels, classes)])
        picture = np.swapaxes(colours.reshape(len(across), -1, 3), 0, 1)
        extent = (across[0], across[-1], up[0], up[-1])
        self.axes.imshow(picture, extent=extent, origin="lower", aspect="auto", alpha=0.18, zorder=0)

    def centres(self, before: Any, after: Any, differing: Any = None) -> None:
        """Mark centres, (n_clusters, n_features), each in the colour of its number, and their old positions.

        If `after` is not an array, `before` is marked. An array of another number of features is left out.
        `differing`, bool (n_clusters,), says which centres get a red ring.
        """
        centers = after if isinstance(after, np.ndarray) else before
        if not isinstance(centers, np.ndarray) or centers.shape[1:] != (self.plane.n_features,):
            return
        colours = [self.theme.of(number) for number in range(len(centers))]
        places = self.plane.at(centers)
        if isinstance(before, np.ndarray) and centers is not before and before.shape == centers.shape:
            for old, new, colour in zip(self.plane.at(before), places, colours, strict=True):
                self.axes.plot(*old, marker="x", color=colour, markersize=6, alpha=0.7, zorder=4)
                self.axes.plot(
                    *zip(old, new, strict=True), color=colour, linewidth=0.9, linestyle=":", zorder=2
                )
        self.axes.scatter(
            *places.T, c=colours, marker="X", s=120, edgecolors=self.theme.ink, linewidths=1.0, zorder=5
        )
        for number, place in enumerate(places[:FEW]):
            self.write(f"c{number}", place, below=True)
        self._rings(places, differing, size=330, zorder=5)

    def write(self, text: str, place: Any, *, below: bool = False) -> None:
        """Write a few letters beside a place, above to the right or below to the left."""
        self.axes.annotate(
            text, place, xytext=(-4, -15) if below else (4, 4), textcoords="offset points", fontsize=7,
            color=self.theme.ink, zorder=6,
        )  # fmt: skip

    def colours(self, labels: Iterable[Any], classes: Sequence[Any]) -> list[str]:
        """Return the colour of each label, by its position in `classes`; others get the first colour."""
        numbers = {name: number for number, name in enumerate(classes)}
        values = (label.item() if isinstance(label, np.generic) else label for label in labels)
        return [self.theme.of(numbers.get(value, 0)) for value in values]

    def name_classes(self, classes: Sequence[Any]) -> None:
        """Add a legend of the classes if there are only a few."""
        if len(classes) <= _MOST_CLASSES:
            for number, name in enumerate(classes):
                self.axes.scatter([], [], c=self.theme.of(number), label=str(name)[:12])  # a narrow legend
            self.legend()

    def _rings(self, places: Any, differing: Any, *, size: float, zorder: int) -> None:
        if differing is not None and len(differing) == len(places):
            ring = {"facecolors": "none", "edgecolors": self.theme.wrong, "linewidths": 1.4}
            self.axes.scatter(*places[differing].T, s=size, zorder=zorder, **ring)
