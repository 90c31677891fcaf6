"""Answer and count a candidate's calls of a case's counted callables.

A question is a raw frame: a vector q (float64) and row numbers (int64). The answer is the distances
from q to these rows (float64), or a refusal that the worker raises as a ValueError.
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
_DISTANCES = {"type": "distances"}
_CACHED, _SHORT = 4096, 1 << 13
"""How many answers the cache keeps, and the largest question in bytes that it keeps: 64 MiB at most.
The right solutions of a cohort ask much the same questions."""


class TooManyCalls(Exception):
    """The candidate calls a counted callable more often than a case allows."""


class Calls:
    """The counted callables of one case."""

    def __init__(self, case: Case) -> None:
        self._dists = case.dists
        self.counts = [0] * len(self._dists)
        self._calls = 0

    @property
    def limit(self) -> int:
        """Limit in bytes of a question: enough to name each row four times."""
        sizes = [8 * (dist.points.shape[1] + 4 * len(dist.points)) for dist in self._dists]
        return max([_LEAST_LIMIT, *sizes]) if sizes else 0

    def answer(self, header: dict[str, Any], body: bytes) -> bytes:
        """Return the frame that answers a question. Raise ProtocolError or TooManyCalls."""
        numbers = [header[key] for key in ("callback", "features", "ids")]
        if not all(type(n) is int and n >= 0 for n in numbers) or numbers[0] >= len(self._dists):
            raise ProtocolError("a question for an unknown callable")
        number, features, n_ids = numbers
        if len(body) != 8 * (features + n_ids):
            raise ProtocolError("a question and its number of bytes disagree")
        self._calls += 1
        if self._calls > limits.MAX_CALLS:
            raise TooManyCalls
        answer = _cached_answer if len(body) <= _SHORT else _answer
        counted, reply = answer(self._dists[number], features, body)
        self.counts[number] += counted
        return reply


def _answer(dist: Dist, features: int, body: bytes) -> tuple[int, bytes]:
    """Return how many distances count, and the frame. It is pure, so that answers can be cached."""
    q = np.frombuffer(body, "<f8", features)
    ids = np.frombuffer(body, "<i8", offset=8 * features)
    points = dist.points
    if features != points.shape[1]:
        return 0, _refused(f"dist(q, ids): q has {features} features, the rows have {points.shape[1]}")
    if len(ids) and ids.view("<u8").max() >= len(points):  # as unsigned, a negative number is very large
        bounds = f"{ids.min()} to {ids.max()}"
        return 0, _refused(f"dist(q, ids): expected row numbers from 0 to {len(points) - 1}, got {bounds}")
    distances = np.asarray(dist(q, ids), dtype="<f8")
    return len(ids), wire.frame(_DISTANCES, distances.tobytes())


_cached_answer = lru_cache(_CACHED)(_answer)


def _refused(message: str) -> bytes:
    return wire.frame({"type": "refused", "message": message})
