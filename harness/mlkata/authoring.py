"""Everything that a track's cases.py may use, under one name."""

from mlkata.tracks.arguments import Dist, Result, Rng
from mlkata.tracks.compare import (
    CENTERS,
    COEFFICIENTS,
    INERTIA,
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
from mlkata.tracks.inputs import apart, clouds, real, rows_of, whole
from mlkata.tracks.law import RARE, p_value
from mlkata.tracks.model import Answer, Check, Cost, Score, Step, Steps, Values, call

__all__ = [
    "CENTERS",
    "COEFFICIENTS",
    "INERTIA",
    "RARE",
    "Answer",
    "Check",
    "Comparator",
    "Cost",
    "Dist",
    "Result",
    "Rng",
    "Score",
    "Step",
    "Steps",
    "Tolerance",
    "Values",
    "anything",
    "apart",
    "as_tuple",
    "call",
    "clouds",
    "data",
    "differences",
    "exact",
    "load",
    "load_target",
    "near",
    "outputs",
    "p_value",
    "real",
    "rows_of",
    "same_again",
    "same_partition",
    "scale",
    "single_precision",
    "whole",
]
