"""Checks of the toy track: a check draws an input, and compares the answer with the oracle's."""

import numpy as np
from mlkata.authoring import SUMMATION, Check, Result, Rng, call, exact, near, outputs


def _numbers(rng):
    return rng.normal(size=5)


CHECKS = (
    Check(
        "toy.1/double/plain",
        "twice each number",
        lambda rng: call("double", x=_numbers(rng)),
        outputs(y=near(SUMMATION)),
    ),
    Check(
        "toy.1/double/again",
        "twice each number",
        lambda rng: (call("double", x=_numbers(rng)), call("double", x=Result(0))),
        outputs(y=near(SUMMATION)),
        fetch=None,  # the results of both calls are judged
    ),
    Check(
        "toy.1/pair/plain",
        "where the numbers of each row are largest",
        lambda rng: call("pair", x=rng.normal(size=(4, 3)), k=2),
        outputs(labels=exact, zeros=exact),
    ),
    Check(
        "toy.2/total/plain",
        "the sum",
        lambda rng: call("total", x=_numbers(rng)),
        outputs(total=near(SUMMATION)),
    ),
    Check(
        "toy.2/total/empty",
        "an empty array raises ValueError",
        lambda rng: call("total", x=np.zeros(0)),
        outputs(total=exact),
    ),
    Check(
        "toy.2/draw/plain",
        "n uniform numbers",
        lambda rng: call("draw", n=3, rng=Rng(int(rng.integers(100)))),
        outputs(drawn=exact),
    ),
    Check("toy.2/root/plain", "how many", lambda rng: call("root", x=_numbers(rng)), outputs(count=exact)),
)
