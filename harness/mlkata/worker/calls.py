"""Answer a candidate's calls of `dist(q, ids)`, and count the distances that it asks for.

Some checks pass a `Dist` to the candidate's function: a callable that returns distances from a vector q to
the rows `ids` of a data set. The data stay in the kit, so each call becomes a question that the worker sends.
The body of a question is q (float64) followed by row numbers (int64). The body of the answer is the distances
from q to these rows (float64). A bad question is refused, and the worker raises the refusal as a ValueError.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from mlkata.tracks.arguments import Dist
from mlkata.tracks.model import Case
from mlkata.worker import limits, wire
from mlkata.worker.npy import ProtocolError

_LEAST_LIMIT = 1 << 20
"""Lower bound in bytes of `Calls.limit` if a case has a `Dist`, for data sets of few rows."""
_DISTANCES = {"type": "distances"}
_CACHED_ANSWERS, _MAX_CACHED_QUESTION = 4096, 1 << 13
"""How many answers are cached, and the largest question in bytes whose answer is cached.

Right solutions of the same exercise ask much the same questions. An answer is about as large as its
question, so the cache takes at most about 2 * 4096 * 8 KiB = 64 MiB.
"""


class TooManyCalls(Exception):
    """The candidate has called `dist` more than limits.MAX_CALLS times in one case."""


class Calls:
    """The `Dist` arguments of one case, i.e. of the calls that test one rule, and their counts."""

    def __init__(self, case: Case) -> None:
        self._dists = case.dists
        self.counts = [0] * len(self._dists)
        """How many distances the candidate has asked of each `Dist`."""
        self._n_questions = 0

    wall_per_question = limits.CALL_WALL_SECONDS  # as `channel.Answers` requires

    @property
    def limit(self) -> int:
        """Limit in bytes of a question: 8 bytes a number, enough to name each row four times.

        It is 0 if the case has no `Dist`.
        """
        sizes = [8 * (dist.points.shape[1] + 4 * len(dist.points)) for dist in self._dists]
        return max([_LEAST_LIMIT, *sizes]) if sizes else 0

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Return the frame (message) that answers a question. Raise ProtocolError or TooManyCalls."""
        numbers = [header[key] for key in ("callback", "features", "ids")]
        if not all(type(n) is int and n >= 0 for n in numbers) or numbers[0] >= len(self._dists):
            raise ProtocolError("a question for an unknown callable")
        index, n_features, n_ids = numbers
        if len(body) != 8 * (n_features + n_ids):
            raise ProtocolError("a question and its number of bytes disagree")
        self._n_questions += 1
        if self._n_questions > limits.MAX_CALLS:
            raise TooManyCalls
        answer = _cached_answer if len(body) <= _MAX_CACHED_QUESTION else _answer
        n_distances, reply = answer(self._dists[index], n_features, body)
        self.counts[index] += n_distances  # a cached answer counts as well
        return reply


def _answer(dist: Dist, n_features: int, body: bytes) -> tuple[int, bytes]:
    """Return the number of distances to count, and the frame of the answer.

    The result depends on the arguments only, so it can be cached.
    """
    q = np.frombuffer(body, "<f8", n_features)
    ids = np.frombuffer(body, "<i8", offset=8 * n_features)
    points = dist.points
    if n_features != points.shape[1]:
        return 0, _refused(f"dist(q, ids): q has {n_features} features, the rows have {points.shape[1]}")
    if len(ids) and ids.view("<u8").max() >= len(points):  # as unsigned, a negative number is very large
        bounds = f"{ids.min()} to {ids.max()}"
        return 0, _refused(f"dist(q, ids): expected row numbers from 0 to {len(points) - 1}, got {bounds}")
    distances = np.asarray(dist(q, ids), dtype="<f8")
    return len(ids), wire.frame(_DISTANCES, distances.tobytes())


_cached_answer = lru_cache(_CACHED_ANSWERS)(_answer)


def _refused(message: str) -> bytes:
    """Return the frame of a refusal."""
    return wire.frame({"type": "refused", "message": message})
