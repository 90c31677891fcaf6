"""Draws trees and splits, for `kata show --plot`.

In a tree one way is marked: the nodes from the root to the leaf of a row, or to the node at which your
answer and the expected one first differ. A side is one of these two answers.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlkata.authoring import pictures

_NARROW, _TALL = 4.1, 4.6
"""The least width, and the height, of a drawn tree in inches."""
_LEAF_WIDTH = 0.62
"""The width of each leaf in inches; leaves stand side by side."""
_MOST = 21
"""Once so many nodes are chosen, no more are added, though the last pair of children may exceed it by one.
Nodes on the marked way come first."""
_MOST_DEEP = 6
"""The most levels that are drawn. If the marked way is longer, only its end is drawn."""
_VALUES = 3
"""The most class fractions that are written in a leaf, below each other."""
LEAF = -1
"""What `left` and `right` hold at a leaf."""


def draw(canvas: pictures.Canvas) -> bool:
    """Draw the trees of a call, or the rows that it splits; return False if it has neither."""
    subject = canvas.subject
    trees = [shown(subject, side) for side in subject.sides]
    if not any(trees):
        return _draw_split(canvas)
    wide = max([_NARROW, *(_LEAF_WIDTH * _leaves(view) for view in trees if view)])
    for panel, view in zip(canvas.panels(width=wide, height=_TALL), trees, strict=True):
        if view:
            canvas.note(_draw_tree(panel, view))
    return True


def _draw_split(canvas: pictures.Canvas) -> bool:
    """Draw the rows, in a plane that includes the features of the splits, and each threshold."""
    subject = canvas.subject
    if subject.rows is None or "feature" not in subject.outputs:
        return False
    splits = [side.outputs.get("feature") for side in subject.sides]
    features = [
        int(feature) for feature in splits if feature is not None and np.ndim(feature) == 0 and feature >= 0
    ]
    plane = pictures.plane_of(subject, features=features)
    for panel, side in zip(canvas.panels(), subject.sides, strict=True):
        map_ = panel.map(plane)
        pictures.draw_rows(map_, subject, side)
        feature, threshold = side.outputs.get("feature"), side.outputs.get("threshold")
        if feature is not None and threshold is not None and int(feature) in plane.features:
            line = map_.axes.axvline if plane.features.index(int(feature)) == 0 else map_.axes.axhline
            line(float(threshold), color=map_.theme.ink, linewidth=1.4, linestyle="--", zorder=4)
    canvas.note(plane.note)
    return True


@dataclass(frozen=True)
class Shown:
    """A tree, and the nodes that are marked in it."""

    tree: Any
    way: tuple[int, ...]
    caption: str
    row: Any = None
    """The row whose way is marked, if any."""


def is_tree(value: Any) -> bool:
    """Return whether this is a `Tree` in which each child exists and has one parent."""
    if not {"left", "right", "threshold", "feature", "value"} <= set(getattr(value, "_fields", ())):
        return False
    visited, waiting = set(), [0]
    while waiting:
        node = waiting.pop()
        if node in visited or not 0 <= node < len(value.left):
            return False  # children in a wrong answer can be any numbers
        visited.add(node)
        if value.left[node] != LEAF:
            waiting += [int(value.left[node]), int(value.right[node])]
    return True


def shown(subject: pictures.Subject, side: pictures.Side) -> Shown | None:
    """Return the tree of a side with its marked way, or None if it has no tree."""
    returned = [
        next((value for value in each.outputs.values() if is_tree(value)), None) for each in subject.sides
    ]
    tree = next((value for value in side.outputs.values() if is_tree(value)), None)
    if tree is not None:
        return _returned(tree, [tree_ for tree_ in returned if tree_ is not None])
    if any(tree_ is not None for tree_ in returned):
        return None
    tree = next((value for value in subject.arguments.values() if is_tree(value)), None)
    # Without rows, as for `ccp_path`, there is no way to mark; the outputs are then drawn as plain numbers.
    return _given(subject, side, tree) if tree is not None and subject.rows is not None else None


def _returned(tree: Any, returned: list[Any]) -> Shown:
    """Return a returned tree, with the way to its first difference from the other side's tree."""
    size = _size(tree)
    others = [other for other in returned if other is not tree]
    if not others:
        return Shown(tree, (), size)
    node = _first_other(tree, others[0])
    if node is None:
        return Shown(tree, (), size)
    return Shown(tree, way_to(tree, node), f"{size}; the trees differ at node {node}")


def _first_other(tree: Any, other: Any) -> int | None:
    """Return the first node, level by level, that differs from the other tree, or None."""
    queue = deque([(0, 0)])
    while queue:
        node, twin = queue.popleft()
        is_leaf, twin_is_leaf = tree.left[node] == LEAF, other.left[twin] == LEAF
        if is_leaf != twin_is_leaf or not pictures.same(tree.value[node], other.value[twin]):
            return node
        if is_leaf:
            continue
        if tree.feature[node] != other.feature[twin] or not pictures.same(
            tree.threshold[node], other.threshold[twin]
        ):
            return node
        queue.append((int(tree.left[node]), int(other.left[twin])))
        queue.append((int(tree.right[node]), int(other.right[twin])))
    return None


def _given(subject: pictures.Subject, side: pictures.Side, tree: Any) -> Shown:
    """Return a tree from the arguments, with the way of one row to the leaf returned, or else to its leaf."""
    number = subject.first_difference
    if number >= len(subject.rows):
        return Shown(tree, (), _size(tree))
    row = subject.rows[number]
    true_way = way_of(tree, row)
    leaves, labels = side.outputs.get("leaves"), side.outputs.get("labels")
    if isinstance(leaves, np.ndarray) and number < len(leaves):
        leaf = int(leaves[number])
        way = way_to(tree, leaf) if 0 <= leaf < len(tree.left) else ()
        return Shown(tree, way, f"row {number} ends in node {leaf}", row)
    if isinstance(labels, np.ndarray) and number < len(labels):
        return Shown(tree, true_way, f"row {number} is labelled {labels[number]}", row)
    return Shown(tree, true_way, f"the way of row {number}", row)


def _size(tree: Any) -> str:
    return f"{len(tree.left)} node{'s' if len(tree.left) > 1 else ''}"


def way_of(tree: Any, row: Any) -> tuple[int, ...]:
    """Return the nodes that a row passes, by the rules of the track: float32, and NaN by missing_left."""
    node, way = 0, [0]
    with np.errstate(over="ignore"):
        values = np.asarray(row).astype(np.float32)
    while tree.left[node] != LEAF and len(way) <= len(tree.left):
        value = values[int(tree.feature[node])]
        left = (
            bool(tree.missing_left[node]) if np.isnan(value) else float(value) <= float(tree.threshold[node])
        )
        node = int(tree.left[node] if left else tree.right[node])
        way.append(node)
    return tuple(way)


def way_to(tree: Any, node: int) -> tuple[int, ...]:
    """Return the nodes from the root to this node."""
    above = {}
    for parent, children in enumerate(zip(tree.left, tree.right, strict=True)):
        above.update({int(child): parent for child in children if child != LEAF})
    way = [node]
    while way[-1] in above and len(way) <= len(tree.left):
        way.append(above[way[-1]])
    return tuple(reversed(way))


def _leaves(view: Shown) -> int:
    """Return the number of drawn nodes without drawn children."""
    nodes = _chosen(view)
    return sum(
        int(view.tree.left[node]) not in nodes and int(view.tree.right[node]) not in nodes for node in nodes
    )


def _draw_tree(panel: pictures.Panel, view: Shown) -> str:
    """Draw a tree; return a note if not all of it is drawn, else ''."""
    axes, theme = panel.axes, panel.theme
    axes.set_axis_off()
    nodes = _chosen(view)
    places = _places(view.tree, _root(view), nodes)
    for node, (x, y) in places.items():
        for child in (int(view.tree.left[node]), int(view.tree.right[node])):
            if child in places:
                on_way = node in view.way and child in view.way
                axes.plot(
                    *zip((x, y), places[child], strict=True),
                    color=theme.ink if on_way else theme.faint,
                    linewidth=2.2 if on_way else 1.0,
                    zorder=1,
                )
            elif child != LEAF:
                # A short dotted line to a child that is not drawn.
                side = -0.22 if child == view.tree.left[node] else 0.22
                axes.plot(
                    [x, x + side], [y, y - 0.45], color=theme.faint, linewidth=1, linestyle=":", zorder=1
                )
        _box(panel, view, node, (x, y))
    xs, ys = zip(*places.values(), strict=True)
    axes.set_xlim(min(xs) - 0.8, max(xs) + 0.8)
    axes.set_ylim(min(ys) - 0.7, max(ys) + 0.5)
    axes.text(0.5, -0.02, view.caption, transform=axes.transAxes, ha="center", va="top", fontsize=8)
    left_out = len(view.tree.left) - len(nodes)
    return f"{left_out} of {len(view.tree.left)} nodes are not drawn" if left_out else ""


def _box(panel: pictures.Panel, view: Shown, node: int, place: tuple[float, float]) -> None:
    """Draw the box of a node, with its number and its test or its values."""
    tree, theme = view.tree, panel.theme
    if tree.left[node] == LEAF:
        text = f"{node}\n{_numbers(tree.value[node])}"
    else:
        feature = int(tree.feature[node])
        text = f"{node}\nx{feature} ≤ {float(tree.threshold[node]):.5g}"
        if node in view.way and view.row is not None and feature < len(view.row):
            text += f"\nx{feature} = {float(view.row[feature]):.5g}"
    on_way = node in view.way
    edge = theme.ink if on_way else theme.faint
    box = {"boxstyle": "round,pad=0.3", "facecolor": theme.ground, "edgecolor": edge}
    panel.axes.text(
        *place, text, ha="center", va="center", fontsize=6.5, zorder=3, color=theme.ink,
        bbox=box | {"linewidth": 1.8 if on_way else 0.8},
    )  # fmt: skip


def _numbers(values: Any) -> str:
    texts = [f"{float(value):.3g}" for value in np.atleast_1d(values)]
    return "\n".join([*texts[:_VALUES], *(["…"] if len(texts) > _VALUES else [])])


def _root(view: Shown) -> int:
    """Return the node at the top of the picture."""
    return view.way[-_MOST_DEEP] if len(view.way) > _MOST_DEEP else 0


def _chosen(view: Shown) -> set[int]:
    """Return the nodes that are drawn: the way from the root of the picture, then others level by level."""
    root = _root(view)
    way = view.way[view.way.index(root) :] if root in view.way else ()
    chosen: set[int] = set(way) | {root}
    queue, depth = deque([(root, 1)]), _MOST_DEEP
    while queue and len(chosen) < _MOST:
        node, level = queue.popleft()
        if view.tree.left[node] == LEAF or level >= depth:
            continue
        for child in (int(view.tree.left[node]), int(view.tree.right[node])):
            chosen.add(child)
            queue.append((child, level + 1))
    return chosen


def _places(tree: Any, root: int, nodes: set[int]) -> Mapping[int, tuple[float, float]]:
    """Return the place of each node: leaves side by side, parents above the middle of their children."""
    places: dict[int, tuple[float, float]] = {}
    free = 0.0

    def put(node: int, level: int) -> float:
        nonlocal free
        children = [int(child) for child in (tree.left[node], tree.right[node]) if int(child) in nodes]
        if tree.left[node] == LEAF or not children:
            x, free = free, free + 1.0
        else:
            x = float(np.mean([put(child, level + 1) for child in children]))
        places[node] = (x, -float(level))
        return x

    put(root, 0)
    return places
