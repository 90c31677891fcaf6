"""Has type hints, dataclasses, enums, protocols, pattern matching and a future import."""

from __future__ import annotations

# reference

import enum
from dataclasses import dataclass
from typing import Protocol


class Stop(enum.Enum):
    REPEATED = enum.auto()
    LIMIT = enum.auto()


class Finder(Protocol):
    def __call__(self, X: np.ndarray, centers: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Run:
    labels: np.ndarray
    centers: np.ndarray
    stop: Stop


def run(find: Finder, X: np.ndarray, centers: np.ndarray, max_iter: int = 300) -> Run:
    labels = find(X, centers)
    for _ in range(max_iter):
        centers = update(X, labels, centers)
        if np.array_equal(before := labels, labels := find(X, centers)):
            return Run(before, centers, Stop.REPEATED)
    return Run(before, centers, Stop.LIMIT)


def typed(X: np.ndarray, centers: np.ndarray, max_iter: int = 300) -> tuple[np.ndarray, np.ndarray]:
    match run(assign, X, centers, max_iter):
        case Run(labels, centers, Stop.REPEATED | Stop.LIMIT):
            return labels, centers


lloyd = typed
