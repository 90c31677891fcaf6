"""The check of round 9, an open round: a stream of groups that drift, come and go. It only gets a score."""

import numpy as np
from mlkata.authoring import Answer, Check, Result, Score, Steps, call

from .judges import is_density, is_grid

LEARN = "learn from the next batch of a stream whose groups of rows drift, come and go"
MAX_BYTES = 256 * 1024
BATCHES, ROWS = 20, 40
PAGE = 4096


def _batches(rng):
    """Yield batches of drifting groups; one vanishes after a third of the time, another appears at half."""
    places = rng.uniform(-12, 12, (5, 2))
    walks = rng.normal(size=(5, 2)) * 0.15
    shapes = rng.normal(size=(5, 2, 2)) * 0.3 + np.eye(2)
    gone, new = BATCHES // 3, BATCHES // 2
    for t in range(BATCHES):
        present = [j for j in range(5) if not (j == 0 and t > gone) and not (j == 4 and t < new)]
        labels = rng.choice(present, ROWS)
        noise = np.einsum("ni,nij->nj", rng.normal(size=(ROWS, 2)), shapes[labels])
        yield np.clip(places[labels] + t * walks[labels] + noise, -20, 20)


def _stream(rng):
    """Return updates and scores in turn, each batch scored before it is learnt, then scores of the grid."""
    first, *later = _batches(rng)
    steps = [call("stream_update", state=None, X_batch=first)]
    last = 0
    for batch in later:
        steps.append(call("stream_score", state=Result(last), X=batch))
        steps.append(call("stream_update", state=Result(last), X_batch=batch))
        last = len(steps) - 1
    side = np.arange(-30.0, 31.0)
    for row in np.array_split(side, 12):
        points = np.array([[x, y] for x in row for y in side])
        steps.append(call("stream_score", state=Result(last), X=points))
    return steps


def _held_out(steps: Steps, answer: Answer) -> Score:
    """Score the mean log-density of batches not yet learnt; the cost is the pages of the largest update."""
    scored = [step for step in steps if step.function == "stream_score"]
    values = [scores for step, scores in zip(scored, answer.values) if not is_grid(step.arguments["X"])]
    peaks = [peak for index, peak in answer.peaks.items() if steps[index].function == "stream_update"]
    return Score(float(np.mean(np.concatenate(values))), float(-(-max(peaks) // PAGE)))


def _scores() -> tuple[int, ...]:
    steps = _stream(np.random.default_rng(0))
    return tuple(index for index, step in enumerate(steps) if step.function == "stream_score")


CHECKS = (
    Check(
        "gmm.9/stream_update/drifting",
        LEARN,
        _stream,
        is_density,
        fetch=_scores(),
        expects=False,
        max_bytes=MAX_BYTES,
        score=_held_out,
    ),
)
