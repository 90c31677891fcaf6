"""Run k-means and EM (the fit of Gaussian mixtures) on a Dask cluster.

    python benchmarks/on_dask.py                                two local workers
    python benchmarks/on_dask.py --scheduler tcp://host:8786    an existing cluster, with this kit installed

Both use functions of the kit's solutions: `partial` sums up a chunk of rows, `merge` adds two such sums, and
`finish` computes new parameters from them. The chunks stay on the workers. In each iteration the parameters
are sent to them, the sums are merged in pairs on the workers, and one sum comes back. The result is compared
with the same iterations on this machine alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from distributed import Client, LocalCluster
from mlkata.tracks import catalogue, loading

ITERATIONS = 5
REG_COVAR = 1e-6
"""What EM adds to the variances, so that no component collapses to a point."""
CLOUDS, FEATURES = 8, 4
"""The clouds of the data, as many as clusters or components, and the features of a row."""


@cache
def solution(track: str) -> ModuleType:
    """Load a track's fast solution, once in each process."""
    return loading.load(catalogue.get(track).solution("fast"))


def partial(track: str, chunk: tuple[Any, Any], params: Any) -> Any:
    """Sum up one chunk, on the worker that holds it."""
    X, weights = chunk
    return solution(track).partial(X, params, weights)


def merge(track: str, a: Any, b: Any) -> Any:
    """Merge two sums, on a worker that holds one of them."""
    return solution(track).merge(a, b)


def iterate(client: Client, track: str, chunks: Sequence[Any], params: Any) -> Any:
    """Return the sums of one iteration, which are as small as the parameters, merged in pairs."""
    (params_on_workers,) = client.scatter([params], broadcast=True)
    stats = [client.submit(partial, track, chunk, params_on_workers, pure=False) for chunk in chunks]
    while len(stats) > 1:
        odd = stats[-1:] if len(stats) % 2 else []
        pairs = zip(stats[::2], stats[1::2], strict=False)
        stats = [client.submit(merge, track, a, b, pure=False) for a, b in pairs] + odd
    return stats[0].result()


def kmeans(client: Client, chunks: Sequence[Any], centers: Any) -> tuple[Any, float]:
    """Run some iterations of k-means; return the centres, and the inertia before the last iteration."""
    inertia = np.inf
    for _ in range(ITERATIONS):
        centers, inertia = solution("kmeans").finish(iterate(client, "kmeans", chunks, centers), centers)
    return centers, inertia


def em(client: Client, chunks: Sequence[Any], params: Any) -> tuple[Any, float]:
    """Run some iterations of EM; return the parameters, and the lower bound before the last iteration."""
    bound = -np.inf
    for _ in range(ITERATIONS):
        *params, bound = solution("gmm").finish(iterate(client, "gmm", chunks, tuple(params)), REG_COVAR)
    return tuple(params), bound


def clouds(n: int, seed: int = 0) -> Any:
    """Return rows around random middles, (n, FEATURES)."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(CLOUDS, FEATURES)) * 4
    return middles[rng.integers(0, CLOUDS, n)] + rng.normal(size=(n, FEATURES))


def start(X: Any) -> tuple[Any, Any, Any]:
    """Return weights, means and covariances from which EM starts."""
    return (
        np.full(CLOUDS, 1 / CLOUDS),
        X[:CLOUDS].copy(),
        np.tile(np.cov(X.T), (CLOUDS, 1, 1)),
    )


def compare(client: Client, X: Any, n_chunks: int) -> dict[str, float]:
    """Return, for k-means and for EM, the largest difference of the cluster's result to one machine's."""
    pieces = [(piece, np.ones(len(piece))) for piece in np.array_split(X, n_chunks)]
    chunks = client.scatter(pieces)
    centers, inertia = kmeans(client, chunks, X[:CLOUDS].copy())
    params, bound = em(client, chunks, start(X))

    centers_alone = X[:CLOUDS].copy()
    inertia_alone = np.inf
    for _ in range(ITERATIONS):
        labels = solution("kmeans").assign(X, centers_alone)
        inertia_alone = float(((X - centers_alone[labels]) ** 2).sum())
        centers_alone = solution("kmeans").update(X, labels, centers_alone)
    weights, means, covariances, bound_alone, _, _ = solution("gmm").fit(
        X, *start(X), tol=0.0, reg_covar=REG_COVAR, max_iter=ITERATIONS
    )
    pairs = zip(params, (weights, means, covariances), strict=True)
    return {
        "k-means": max(float(np.abs(centers - centers_alone).max()), abs(inertia / inertia_alone - 1)),
        "EM": max(
            *(float(np.abs(shared - single).max()) for shared, single in pairs), abs(bound - bound_alone)
        ),
    }


def main() -> None:
    """Print how far the cluster's answers lie from those of one machine."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scheduler", help="address of a Dask scheduler")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--chunks", type=int, default=16)
    options = parser.parse_args()
    local = (
        None if options.scheduler else LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    )
    with Client(options.scheduler or local) as client:
        for name, difference in compare(client, clouds(options.rows), options.chunks).items():
            print(f"{name}: {ITERATIONS} iterations on {options.rows:,} rows in {options.chunks} chunks; "
                  f"differs from one machine by at most {difference:.1e}")  # fmt: skip
    if local:
        local.close()


if __name__ == "__main__":
    main()
