"""Everything that a track's cases.py may use, under one name."""

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
    same_partition,
    scale,
    single_precision,
)
from harness.datasets import load
from harness.law import RARE, p_value
from harness.model import Check, Result, Rng, Step, Steps, Values, call

__all__ = [
    "CENTERS",
    "COEFFICIENTS",
    "INERTIA",
    "RARE",
    "Check",
    "Comparator",
    "Result",
    "Rng",
    "Step",
    "Steps",
    "Tolerance",
    "Values",
    "anything",
    "as_tuple",
    "call",
    "data",
    "differences",
    "exact",
    "load",
    "near",
    "outputs",
    "p_value",
    "same_partition",
    "scale",
    "single_precision",
]
