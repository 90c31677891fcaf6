"""Draws rows: clusters with their centres, neighbours of a query, classes and where they rule, a split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mlkata.report.pictures import plane as planes
from mlkata.report.pictures.plane import Plane
from mlkata.report.pictures.subject import Side, Subject
from mlkata.report.pictures.theme import Theme
from mlkata.tracks.contract import Contract
from mlkata.tracks.model import Step

_FEW = 14
"""So many rows are numbered."""
_MOST_CLASSES = 6
"""More of them than colours are no legend."""


def plane_of(subject: Subject) -> Plane:
    """Choose a plane that holds the rows and all centres, of the features that a split asks about."""
    splits = [side.outputs.get("feature") for side in subject.sides]
    wanted = [int(one) for one in splits if one is not None and np.ndim(one) == 0 and one >= 0]
    groups = [subject.rows, subject.queries, subject.arguments.get("centers")]
    groups += [side.outputs.get(name) for side in subject.sides for name in ("centers", "points")]
    two_sided = [one for one in groups if isinstance(one, np.ndarray) and one.ndim == 2]  # noqa: PLR2004
    return planes.around(two_sided, wanted)


def draw(axes: Any, subject: Subject, side: Side, theme: Theme, plane: Plane) -> None:
    """Draw one side."""
    _regions(axes, subject, side, theme, plane)
    plane.frame(axes)
    if subject.rows is not None:
        scatter(axes, subject, side, theme, plane)
        _neighbours(axes, subject, side, theme, plane)
        _chosen(axes, subject, side, theme, plane)
    _centres(axes, subject, side, theme, plane)
    _split(axes, side, theme, plane)


def scatter(axes: Any, subject: Subject, side: Side, theme: Theme, plane: Plane) -> None:
    """Draw the rows in the colours of their classes; a ring is around those where the sides differ."""
    places = plane.stacked(subject.rows)
    colours = _colours(axes, subject, side, theme)
    size = 34 if len(places) <= 4 * _FEW else 12
    axes.scatter(*places.T, c=colours, s=size, edgecolors=theme.ground, linewidths=0.6, zorder=3)
    differing = next(
        (one for name in ("labels", "responsibilities") if (one := subject.differing(name)) is not None), None
    )
    if differing is not None and len(differing) == len(places):
        ring = {"facecolors": "none", "edgecolors": theme.wrong, "linewidths": 1.4}
        axes.scatter(*places[differing].T, s=size * 3.2, zorder=4, **ring)
    if len(places) <= _FEW:
        for number, place in enumerate(places):
            _number(axes, str(number), place, theme)


def _colours(axes: Any, subject: Subject, side: Side, theme: Theme) -> Any:
    n_rows = len(subject.rows)
    shares = subject.given(side, "responsibilities")
    if shares is not None and shares.ndim == 2 and len(shares) == n_rows:  # noqa: PLR2004 - a table
        return theme.blend(shares)
    labels = next(
        (
            one
            for one in (subject.given(side, "labels"), subject.arguments.get("y"))
            if isinstance(one, np.ndarray) and one.shape == (n_rows,)
        ),
        None,
    )
    if labels is None or len(classes := _classes(subject)) > 10 * _MOST_CLASSES:
        return theme.ink
    if "y" in subject.arguments and len(classes) <= _MOST_CLASSES:
        for number, name in enumerate(classes):
            axes.scatter([], [], c=theme.of(number), label=str(name)[:12])
        axes.legend(fontsize=7, labelcolor=theme.ink, facecolor=theme.ground, edgecolor=theme.faint)
    return [theme.of(_index(classes, one)) for one in labels]


def _classes(subject: Subject) -> list[Any]:
    """List all classes that the call or either side knows, in order: a colour for each."""
    found: set[Any] = set()
    for place in (subject.arguments, *(side.outputs for side in subject.sides)):
        for name in ("labels", "y", "classes"):
            one = place.get(name)
            if isinstance(one, np.ndarray) and one.ndim == 1:
                found.update(one.tolist())
    centers = subject.arguments.get("centers")
    if isinstance(centers, np.ndarray):
        found.update(range(len(centers)))
    return sorted(found, key=lambda one: (isinstance(one, str), one))


def _index(classes: list[Any], one: Any) -> int:
    value = one.item() if isinstance(one, np.generic) else one
    return classes.index(value) if value in classes else 0


def _regions(axes: Any, subject: Subject, side: Side, theme: Theme, plane: Plane) -> None:
    """Colour the plane as the side labels it, or by the nearest centre where labels follow from centres."""
    grid = plane.grid(_dtype(subject))
    if grid is None or not side.outputs:
        return
    across, up, cells = grid
    labels = _asked(subject, side, cells)
    classes = _classes(subject)
    centers = side.outputs.get("centers")
    if labels is None and isinstance(centers, np.ndarray) and "labels" in side.outputs:
        if not np.isfinite(centers).all():
            return
        labels = ((cells[:, None, :] - centers[None]) ** 2).sum(axis=2).argmin(axis=1)
    if labels is None:
        return
    from matplotlib.colors import to_rgb

    colours = np.array([to_rgb(theme.of(_index(classes, one))) for one in labels])
    shape = (len(across), -1, 3)
    picture = np.swapaxes(colours.reshape(shape), 0, 1)
    extent = (across[0], across[-1], up[0], up[-1])
    axes.imshow(picture, extent=extent, origin="lower", aspect="auto", alpha=0.18, zorder=0)


def _dtype(subject: Subject) -> Any:
    asked = subject.arguments.get("Q", subject.arguments.get("X"))
    return asked.dtype if isinstance(asked, np.ndarray) and asked.dtype.kind == "f" else float


def _asked(subject: Subject, side: Side, cells: Any) -> Any:
    """Have the side label the cells, where each label depends on its own row alone; None elsewhere."""
    name = free_rows(subject.contract)
    if name is None or "labels" not in side.outputs:
        return None
    found = subject.ask(side.name, [Step(subject.function, {**subject.arguments, name: cells})])
    labels = found[0].get("labels") if found else None
    return labels if isinstance(labels, np.ndarray) and labels.shape == (len(cells),) else None


def free_rows(contract: Contract) -> str | None:
    """Name the parameter whose rows are labelled one by one, so that others can take their place.

    All that comes back has one entry for each of its rows, and nothing else goes by their number.
    """
    first = {entry.shape[0] for entry in contract.returns if entry.shape}
    rows = [entry for entry in contract.parameters if entry.shape and entry.shape[0] in first]
    one_by_one = len(first) == 1 and all(entry.shape for entry in contract.returns)
    return rows[0].name if one_by_one and len(rows) == 1 and len(rows[0].shape or ()) == 2 else None  # noqa: PLR2004


def _centres(axes: Any, subject: Subject, side: Side, theme: Theme, plane: Plane) -> None:
    before, after = subject.arguments.get("centers"), side.outputs.get("centers")
    centers = after if isinstance(after, np.ndarray) else before
    if not isinstance(centers, np.ndarray) or centers.ndim != 2 or centers.shape[1] != plane.n_features:  # noqa: PLR2004 - rows of features
        return
    colours = [theme.of(number) for number in range(len(centers))]
    places = plane.at(centers)
    if isinstance(before, np.ndarray) and centers is not before and before.shape == centers.shape:
        for old, new, colour in zip(plane.at(before), places, colours, strict=True):
            axes.plot(*old, marker="x", color=colour, markersize=6, alpha=0.7, zorder=4)
            axes.plot(*zip(old, new, strict=True), color=colour, linewidth=0.9, linestyle=":", zorder=2)
    axes.scatter(*places.T, c=colours, marker="X", s=120, edgecolors=theme.ink, linewidths=1.0, zorder=5)
    for number, place in enumerate(places[:_FEW]):
        _number(axes, f"c{number}", place, theme, below=True)
    differing = subject.differing("centers")
    if differing is not None and len(differing) == len(places):
        ring = {"facecolors": "none", "edgecolors": theme.wrong, "linewidths": 1.4}
        axes.scatter(*places[differing].T, s=330, zorder=5, **ring)


def _number(axes: Any, text: str, place: Any, theme: Theme, *, below: bool = False) -> None:
    offset = (-4, -15) if below else (4, 4)
    axes.annotate(
        text, place, xytext=offset, textcoords="offset points", fontsize=7, color=theme.ink, zorder=6
    )


def _neighbours(axes: Any, subject: Subject, side: Side, theme: Theme, plane: Plane) -> None:
    """Draw a query, the first at which the sides differ, with lines to its neighbours."""
    indices = side.outputs.get("indices", side.outputs.get("ids"))
    queries = subject.queries
    own = queries is None and isinstance(indices, np.ndarray) and indices.ndim == 2  # noqa: PLR2004 - k of each row
    points = subject.rows if own else queries
    if points is None:
        return
    number = first_difference(subject)
    if not own:
        axes.scatter(*plane.at(points).T, marker="D", s=22, facecolors="none", edgecolors=theme.ink, zorder=4)
    if not isinstance(indices, np.ndarray) or number >= len(points):
        return
    found = np.atleast_2d(indices)[min(number, len(np.atleast_2d(indices)) - 1)]
    [query] = plane.at(points[number : number + 1])
    axes.scatter(*query, marker="D", s=46, color=theme.ink, zorder=5)
    for index in _inside(found, len(subject.rows)):
        [place] = plane.at(subject.rows[index : index + 1])
        axes.plot(*zip(query, place, strict=True), color=theme.ink, linewidth=1.1, zorder=2)
        axes.scatter(*place, s=120, facecolors="none", edgecolors=theme.ink, linewidths=1.1, zorder=4)


def first_difference(subject: Subject) -> int:
    """Give the first entry at which an output of the two sides differs; 0 where none does."""
    names = subject.sides[0].outputs if subject.sides else {}
    places = [subject.differing(name) for name in names]
    firsts = [int(one.argmax()) for one in places if one is not None and one.any()]
    return min(firsts, default=0)


def _chosen(axes: Any, subject: Subject, side: Side, theme: Theme, plane: Plane) -> None:
    """Mark rows that were picked as starts, or drawn to stand for others."""
    indices, points = side.outputs.get("indices"), side.outputs.get("points")
    if isinstance(indices, np.ndarray) and indices.ndim == 1 and subject.queries is None:
        points = subject.rows[list(_inside(indices, len(subject.rows)))]
    if isinstance(points, np.ndarray) and points.ndim == 2:  # noqa: PLR2004 - rows of features
        star = {"marker": "*", "s": 150, "color": theme.of(1), "edgecolors": theme.ink}
        axes.scatter(*plane.at(points).T, linewidths=0.8, zorder=5, **star)


def _inside(indices: Any, size: int) -> Iterator[int]:
    yield from (int(one) for one in indices if 0 <= one < size)


def _split(axes: Any, side: Side, theme: Theme, plane: Plane) -> None:
    feature, threshold = side.outputs.get("feature"), side.outputs.get("threshold")
    if feature is None or threshold is None or int(feature) not in plane.features:
        return
    line = axes.axvline if plane.features.index(int(feature)) == 0 else axes.axhline
    line(float(threshold), color=theme.ink, linewidth=1.4, linestyle="--", zorder=4)
