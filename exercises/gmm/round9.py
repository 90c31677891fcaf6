"""The check of round 9: a stream of groups of rows that drift, come and go.

The round is open: no answer is the right one. An answer gets a score (log-density of the next batch) and a
cost (memory), and is refused only if its densities sum to more than 1.
"""

import numpy as np
from mlkata.authoring import Answer, Check, Result, Score, Steps, call

from .judges import is_density, is_grid

LEARN = "learn from the next batch of a stream whose groups of rows drift, come and go"
MAX_BYTES = 256 * 1024
"""The most memory that a call may take, much more than a mixture needs."""
BATCHES, ROWS = 20, 40
"""The number of batches, and of rows in each."""
GRID_PARTS = 12
"""The calls that score the grid of 61 × 61 points. In a single call a table with a column for each component
could exceed MAX_BYTES."""
PAGE = 4096
"""The unit of the cost, in bytes: coarse, so that a few bytes do not matter."""


def _batches(rng):
    """Yield batches of drifting groups; one vanishes after a third of the time, another appears at half."""
    centres = rng.uniform(-12, 12, (5, 2))
    drifts = rng.normal(size=(5, 2)) * 0.15  # for each batch
    shapes = rng.normal(size=(5, 2, 2)) * 0.3 + np.eye(2)
    last_of_group_0, first_of_group_4 = BATCHES // 3, BATCHES // 2
    for t in range(BATCHES):
        present = [1, 2, 3]
        if t <= last_of_group_0:
            present.insert(0, 0)
        if t >= first_of_group_4:
            present.append(4)
        labels = rng.choice(present, ROWS)
        noise = np.einsum("ni,nij->nj", rng.normal(size=(ROWS, 2)), shapes[labels])
        yield np.clip(centres[labels] + t * drifts[labels] + noise, -20, 20)


def _stream(rng):
    """Return the steps: each batch is scored, then learnt; at the end a grid is scored, in GRID_PARTS parts.

    The points of the grid are 1 apart and reach far beyond all rows, so that the sum of the densities at
    them is about the integral of the density.
    """
    first, *later = _batches(rng)
    steps = [call("stream_update", state=None, X_batch=first)]
    last_update = 0
    for batch in later:
        steps.append(call("stream_score", state=Result(last_update), X=batch))
        steps.append(call("stream_update", state=Result(last_update), X_batch=batch))
        last_update = len(steps) - 1
    side = np.arange(-30.0, 31.0)
    for row in np.array_split(side, GRID_PARTS):
        points = np.array([[x, y] for x in row for y in side])
        steps.append(call("stream_score", state=Result(last_update), X=points))
    return steps


def _held_out(steps: Steps, answer: Answer) -> Score:
    """Return the mean log-density of batches before they are learnt, and the largest update's pages."""
    scored = [step for step in steps if step.function == "stream_score"]
    values = [scores for step, scores in zip(scored, answer.values) if not is_grid(step.arguments["X"])]
    peaks = [peak for index, peak in answer.peaks.items() if steps[index].function == "stream_update"]
    return Score(float(np.mean(np.concatenate(values))), float(-(-max(peaks) // PAGE)))  # rounded up


def _score_steps() -> tuple[int, ...]:
    """Return the numbers of the steps that score, which are the same for every seed."""
    steps = _stream(np.random.default_rng(0))
    return tuple(index for index, step in enumerate(steps) if step.function == "stream_score")


CHECKS = (
    Check(
        "gmm.9/stream_update/drifting",
        LEARN,
        _stream,
        is_density,
        fetch=_score_steps(),
        expects=False,
        max_bytes=MAX_BYTES,
        score=_held_out,
    ),
)
