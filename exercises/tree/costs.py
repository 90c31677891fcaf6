"""Time and memory that each function of decision trees should need as its input grows.

n rows, d features, h the depth of a complete tree, m its number of leaves. `sizes` has a triple (lowest,
fixed, highest) for each of these: it grows from lowest to highest, and is fixed while another one grows.
"""

import numpy as np
from mlkata.authoring import Cost

from .inputs import from_counts

_FEATURES = 8
"""The number of features where it does not matter to the cost."""


def _complete(rng, depth):
    """Return a tree with all 2**depth leaves, on uniform features.

    `ccp_path` cuts inner nodes in the order of their prices, the rise of the risk for each leaf saved. Class
    counts are random up to 999, so that hardly any prices are equal.
    """
    n_nodes = 2 ** (depth + 1) - 1
    nodes = np.arange(n_nodes)
    inner = nodes < 2**depth - 1
    return from_counts(
        feature=np.where(inner, rng.integers(0, _FEATURES, n_nodes), -2),
        threshold=np.where(inner, rng.uniform(size=n_nodes), -2.0),
        left=np.where(inner, 2 * nodes + 1, -1),
        right=np.where(inner, 2 * nodes + 2, -1),
        missing_left=np.zeros(n_nodes, dtype=bool),
        counts=rng.integers(1, 1_000, (n_nodes, 2)),
    )


def _rows_in_a_tree(rng, n, h):
    return {"tree": _complete(rng, h), "X": rng.uniform(size=(n, _FEATURES))}


def _split(rng, n, d):
    return {"X": rng.uniform(size=(n, d)), "y": rng.integers(0, 2, n)}


def _grow(rng, n, d):
    return {
        **_split(rng, n, d),
        "max_depth": 4,
        "min_samples_split": 2,
        "min_samples_leaf": 1,
        "min_impurity_decrease": 0.0,
        "criterion": "gini",
    }


def _links(rng, m):
    """Return a complete tree with m leaves, rounded down to a power of 2."""
    return {"tree": _complete(rng, m.bit_length() - 1)}


COSTS = (
    Cost(
        "apply",
        time="n*h",
        memory="n",
        sizes={"n": (4_000, 16_000, 256_000), "h": (4, 8, 16)},
        make=_rows_in_a_tree,
    ),
    Cost(
        "best_split",
        time="d*n*log(n)",
        memory="n*d",
        sizes={"n": (1_000, 2_000, 64_000), "d": (4, 4, 128)},
        make=_split,
    ),
    Cost(
        "grow",
        time="d*n*log(n)",
        memory="n*d",
        sizes={"n": (500, 500, 16_000), "d": (2, 4, 64)},
        make=_grow,
    ),
    Cost("ccp_path", time="m*log(m)", memory="m", sizes={"m": (16, 16, 16_384)}, make=_links),
)
