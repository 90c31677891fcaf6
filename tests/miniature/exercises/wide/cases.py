"""Checks of records, counted callables, memory limits and an open round, and one with hostile=True.

That makes np.argpartition keep only what numpy documents: the k smallest come first, in any order. A judge
`lambda *_: None` accepts every answer.
"""

import numpy as np
from mlkata.authoring import SUMMATION, Check, Dist, Score, call, exact, near, outputs

from .stub import Chain


def _chain(rng, n):
    return Chain(rng.integers(0, 9, n).astype(float), np.append(np.arange(1, n), -1))


def _same_chain(steps, got, expected):
    del steps
    for chain, expected_chain in zip(got, expected, strict=True):
        if not np.array_equal(chain.value, expected_chain.value):
            return f"chain.value: yours {chain.value}, expected {expected_chain.value}"
    return None


def _nearest(budget):
    def make(rng):
        points = rng.normal(size=(20, 2))
        return call("nearest", q=rng.normal(size=2), dist=Dist(points, budget), n=20)

    return make


def _closeness(steps, answer):
    x = steps[0].arguments["x"]
    return Score(score=1 / (1 + abs(answer.values[0] - x.mean())), cost=1.0)


CHECKS = (
    Check(
        "wide.1/reverse/plain",
        "from its end to its start",
        lambda rng: call("reverse", chain=_chain(rng, 5)),
        _same_chain,
    ),
    Check(
        "wide.1/longest/plain",
        "the chain with the most nodes",
        lambda rng: call("longest", chains=[_chain(rng, 2), _chain(rng, 4)]),
        outputs(chain=lambda *_: None, size=exact),
    ),
    Check("wide.2/nearest/plain", "at most n distances", _nearest(budget=20), outputs(index=exact)),
    Check(
        "wide.2/sums/capped",
        "in at most max_bytes",
        lambda rng: call("sums", x=rng.normal(size=400), max_bytes=64_000),
        outputs(sums=near(SUMMATION)),
    ),
    Check(
        "wide.2/smallest/hostile",
        "in the order of the numbers",
        lambda rng: call("smallest", x=rng.permutation(50).astype(float), k=5),
        outputs(indices=exact),
        hostile=True,
    ),
    Check(
        "wide.2/name/text",
        "whatever their type",
        lambda rng: call("name", y=rng.choice(["a", "bcd"], 6), where=rng.random(6) < 0.5),
        outputs(names=exact),
    ),
    Check(
        "wide.3/guess/plain",
        "from few of its numbers",
        lambda rng: call("guess", x=rng.normal(size=100)),
        outputs(mean=lambda *_: None),
        score=_closeness,
    ),
)
