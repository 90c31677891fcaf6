"""All that a track's files (checks, costs, benchmarks, pictures) may import from the kit, in one module.

`pictures`, with which a track's picture.py draws, is imported on first use, so that checks load without it.
"""

import importlib
from types import ModuleType

from mlkata.files import cache_folder
from mlkata.tracks.arguments import Dist, Result, Rng
from mlkata.tracks.compare import (
    CANCELLATION,
    SQUARES,
    SUMMATION,
    Comparator,
    Tolerance,
    anything,
    as_tuple,
    data,
    differences,
    exact,
    near,
    outputs,
    same_again,
    same_partition,
    scale,
    single_precision,
)
from mlkata.tracks.datasets import load, load_target
from mlkata.tracks.inputs import apart, clouds, real, real_with_target, rows_of, whole
from mlkata.tracks.law import RARE, p_value
from mlkata.tracks.loading import load as load_implementation
from mlkata.tracks.model import Answer, Check, Cost, Score, Step, Steps, Values, call
from mlkata.tracks.rows import OURS, Crossover, Floor, Part, Row, threads

__all__ = [
    "CANCELLATION",
    "OURS",
    "RARE",
    "SQUARES",
    "SUMMATION",
    "Answer",
    "Check",
    "Comparator",
    "Cost",
    "Crossover",
    "Dist",
    "Floor",
    "Part",
    "Result",
    "Rng",
    "Row",
    "Score",
    "Step",
    "Steps",
    "Tolerance",
    "Values",
    "anything",
    "apart",
    "as_tuple",
    "cache_folder",
    "call",
    "clouds",
    "data",
    "differences",
    "exact",
    "load",
    "load_implementation",
    "load_target",
    "near",
    "outputs",
    "p_value",
    "real",
    "real_with_target",
    "rows_of",
    "same_again",
    "same_partition",
    "scale",
    "single_precision",
    "threads",
    "whole",
]


_FORMER_NAMES = {"CENTERS": SUMMATION, "INERTIA": SQUARES, "COEFFICIENTS": CANCELLATION}
"""Former names, which older private tracks import."""


def __getattr__(name: str) -> ModuleType | Tolerance:
    """Return `pictures`, or a tolerance by its former name. Raise AttributeError for other names."""
    if name == "pictures":
        return importlib.import_module("mlkata.report.pictures")
    if name in _FORMER_NAMES:
        return _FORMER_NAMES[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
