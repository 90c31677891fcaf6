"""All that a track's files import, under one name: its checks, its costs, and what is compared with it."""

from mlkata.files import cache_folder
from mlkata.tracks.arguments import Dist, Result, Rng
from mlkata.tracks.catalogue import load_implementation
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
from mlkata.tracks.rows import OURS, Crossover, Floor, Part, Row, threads

__all__ = [
    "CENTERS",
    "COEFFICIENTS",
    "INERTIA",
    "OURS",
    "RARE",
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
    "rows_of",
    "same_again",
    "same_partition",
    "scale",
    "single_precision",
    "threads",
    "whole",
]
