"""Makes smaller trees from a tree, for the kit's search for the smallest input that an answer fails on."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


def smaller(arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield arguments with a smaller tree: each branch alone, then the tree with one branch cut off.

    The smallest trees come first.
    """
    tree = arguments.get("tree")
    if tree is None:
        return
    inner = np.flatnonzero(tree.left != -1)
    sizes = np.ones(len(tree.left), dtype=int)  # of each branch, in nodes
    for node in inner[::-1]:
        sizes[node] += sizes[tree.left[node]] + sizes[tree.right[node]]
    by_size = inner[np.argsort(sizes[inner], kind="stable")]
    for node in by_size[by_size != 0]:  # without the root, whose branch is the whole tree
        yield {**arguments, "tree": _part(tree, _branch(tree, node))}
    for node in by_size[::-1]:  # a large branch cut off leaves a small tree
        below = _branch(tree, node)[1:]  # the node itself becomes a leaf
        nodes = np.setdiff1d(np.arange(len(tree.left)), below)
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
    new_number = np.full(len(tree.left) + 1, -1)  # the last entry, at index -1, maps -1 (no child) to -1
    new_number[nodes] = np.arange(len(nodes))
    part = type(tree)(*(np.asarray(field)[nodes] for field in tree))
    left, right = new_number[part.left], new_number[part.right]
    leaf = left == -1
    return part._replace(
        feature=np.where(leaf, -2, part.feature),
        threshold=np.where(leaf, -2.0, part.threshold),
        left=left.astype(part.left.dtype),
        right=np.where(leaf, -1, right).astype(part.right.dtype),
        missing_left=np.where(leaf, False, part.missing_left),
    )
