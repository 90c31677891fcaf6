"""Makes smaller trees from a tree, for the search for the smallest input that fails."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


def smaller(arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield arguments with one branch as the tree, then with one branch cut to a leaf; large steps first."""
    tree = arguments.get("tree")
    if tree is None:
        return
    inner = np.flatnonzero(tree.left != -1)
    sizes = np.ones(len(tree.left), dtype=int)  # of each branch, in nodes
    for node in inner[::-1]:
        sizes[node] += sizes[tree.left[node]] + sizes[tree.right[node]]
    rising = inner[np.argsort(sizes[inner], kind="stable")]
    for node in rising[rising != 0]:
        yield {**arguments, "tree": _part(tree, _branch(tree, node))}
    for node in rising[::-1]:
        nodes = np.setdiff1d(np.arange(len(tree.left)), _branch(tree, node)[1:])
        yield {**arguments, "tree": _part(tree, nodes)}


def _branch(tree: Any, root: int) -> Any:
    """Return the numbers of a node and of all nodes below it, sorted (parents before children)."""
    branch = [root]
    for node in branch:
        if tree.left[node] != -1:
            branch += [tree.left[node], tree.right[node]]
    return np.sort(branch)


def _part(tree: Any, nodes: Any) -> Any:
    """Return the tree of these nodes only, renumbered; a node without its children becomes a leaf."""
    place = np.full(len(tree.left) + 1, -1)  # the last entry maps -1, no child, to -1
    place[nodes] = np.arange(len(nodes))
    part = type(tree)(*(np.asarray(field)[nodes] for field in tree))
    left, right = place[part.left], place[part.right]
    leaf = left == -1
    return part._replace(
        feature=np.where(leaf, -2, part.feature),
        threshold=np.where(leaf, -2.0, part.threshold),
        left=left.astype(part.left.dtype),
        right=np.where(leaf, -1, right).astype(part.right.dtype),
        missing_left=np.where(leaf, False, part.missing_left),
    )
