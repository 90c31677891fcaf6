"""Everything that a track's cases.py may use, under one name."""

from harness.arguments import Dist, Result, Rng
from harness.compare import (
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
from harness.datasets import load, load_target
from harness.inputs import apart, clouds, real, rows_of, whole
from harness.law import RARE, p_value
from harness.model import Answer, Check, Cost, Score, Step, Steps, Values, call

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
