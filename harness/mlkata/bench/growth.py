"""How a cost grows: claims such as `n*k*d`, slopes fitted to measurements, and their comparison.

cost.py takes the measurements.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from mlkata.tracks.model import KataError

MARGIN = 0.3
"""A claimed exponent farther outside the interval is wrong; log factors and caches change slopes by less."""
RANGE = 16
"""A slope is fitted to the sizes within this factor of the largest: small ones show fixed costs."""
FEWEST = 4
"""The fewest sizes for a fit."""
_CONFIDENCE = 0.95

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "log": lambda x: math.log(max(x, 2.0)),
    "sqrt": math.sqrt,
    "min": min,
    "max": max,
}


@dataclass(frozen=True)
class Claim:
    """A cost as a formula in sizes, such as `n*k*d` or `n*log(n) + k`."""

    text: str
    value: Callable[[Mapping[str, float]], float]
    """The formula's value for some sizes, up to a constant factor."""

    def slope(self, name: str, sizes: Sequence[int], others: Mapping[str, int]) -> float:
        """Return the claimed exponent of one size over a range, with the other sizes fixed.

        Raise KataError if the formula is not a positive number there.
        """
        try:
            values = [math.log(self.value({**others, name: size})) for size in sizes]
        except (ValueError, ArithmeticError):
            fixed = ", ".join(f"{other} = {size}" for other, size in others.items() if other != name)
            raise KataError(
                f"claim {self.text!r} is not a positive number for {name} from {sizes[0]} to {sizes[-1]}"
                f"{f' with {fixed}' if fixed else ''}: expected a positive cost"
            ) from None
        return _line([math.log(size) for size in sizes], values)[0]


def read_claims(text: str, names: Sequence[str]) -> dict[str, Claim]:
    """Read `time: n*k*d, memory: n*k`; either may be left out. Raise KataError."""
    expected = f"expected `time: …, memory: …` with {', '.join(names)}, such as `time: {'*'.join(names)}`"
    claims = {}
    for part in re.split(r",\s*(?=\w+\s*:)", text):
        what, colon, formula = (piece.strip() for piece in part.partition(":"))
        if not colon or what not in ("time", "memory"):
            raise KataError(f"claim {part.strip()!r}: {expected}")
        claims[what] = read_claim(formula, names)
    return claims


def read_claim(text: str, names: Sequence[str]) -> Claim:
    """Read one formula: sizes and numbers, + - * / ^ (or **), log, sqrt, min, max. Raise KataError.

    Usual notation is understood, too: `O(nk(d + log n))` is `n*k*(d + log(n))`.
    """
    plain = re.sub(r"^O\((.*)\)$", r"\1", text.strip()).replace("^", "**").replace("²", "**2")
    plain = re.sub(r"\blog\s+(\w+)", r"log(\1)", plain)
    plain = re.sub(r"(?<=[\w)])\s+(?=\w)", "*", plain)
    try:
        tree = ast.parse(plain, mode="eval").body
        value = partial(_evaluate, tree)
        positive = value(dict.fromkeys(names, 8.0)) > 0
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        reason = "not a formula" if isinstance(error, SyntaxError) else str(error)
        raise KataError(f"claim {text!r}: {reason}; {_expected(names)}") from error
    if not positive:
        raise KataError(f"claim {text!r}: a cost has to be positive; {_expected(names)}")
    return Claim(text.strip(), value)


def _expected(names: Sequence[str]) -> str:
    return f"expected a formula in {', '.join(names)}, such as {'*'.join(names)}"


def _evaluate(node: ast.expr, sizes: Mapping[str, float]) -> float:
    """Return a formula's value. Raise ValueError for anything that may not be in a formula."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return _product(name, sizes)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return float(_OPERATORS[type(op)](_evaluate(left, sizes), _evaluate(right, sizes)))
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as args, keywords=[]) if name in _FUNCTIONS:
            return float(_FUNCTIONS[name](*(_evaluate(argument, sizes) for argument in args)))
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]):
            return _product(name, sizes) * _evaluate(inner, sizes)
    raise ValueError(f"{ast.unparse(node)!r} is unknown")


def _product(name: str, sizes: Mapping[str, float]) -> float:
    """Return a size, or the product of sizes written side by side, as in nkd."""
    if name not in sizes and not set(name) <= set(sizes):
        raise ValueError(f"{name!r} is unknown")
    return float(sizes[name]) if name in sizes else math.prod(sizes[letter] for letter in name)


@dataclass(frozen=True)
class Slope:
    """An exponent fitted to measurements: cost ~ size ** value."""

    sizes: tuple[int, ...]
    value: float
    half_width: float
    """Half the width of the 95 % confidence interval; infinite if there are too few points."""
    reach: float = -math.inf
    """The exponent that the curve may still reach: an upper bound for the upper half's exponent, plus the
    increase from the lower half's to the upper half's."""


def fit(sizes: Sequence[int], costs: Sequence[float]) -> Slope:
    """Fit a log-log line to the largest sizes; costs of 0 were too small to measure and are ignored.

    The interval is Student's, from the residuals: it covers both noise and curvature.
    """
    positive = [(size, cost) for size, cost in zip(sizes, costs, strict=True) if cost > 0]
    largest = max((size for size, _ in positive), default=0)
    pairs = [(size, cost) for size, cost in positive if size * RANGE >= largest]
    fitted = tuple(size for size, _ in pairs)
    if len(pairs) < FEWEST:
        return Slope(fitted, math.nan, math.inf)
    x = [math.log(size) for size, _ in pairs]
    y = [math.log(cost) for _, cost in pairs]
    value, error = _line(x, y)
    middle = len(x) // 2
    lower, _ = _line(x[: middle + 1], y[: middle + 1])
    upper, error_above = _line(x[middle:], y[middle:])
    upper_bound = upper + _student(max(1, len(x) - middle - 2)) * error_above
    return Slope(fitted, value, _student(len(x) - 2) * error, reach=upper_bound + max(0.0, upper - lower))


def _line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Return the least-squares slope and its standard error."""
    from scipy.stats import linregress  # imported here since it takes long

    fitted = linregress(x, y)
    constant = min(y) == max(y)  # then scipy's error is NaN
    return float(fitted.slope), 0.0 if constant else float(fitted.stderr)


def _student(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + _CONFIDENCE) / 2))


class Finding(StrEnum):
    """What a measurement says about a claim."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNDECIDED = "not enough evidence"


def compare(slope: Slope, claimed: float) -> tuple[Finding, str]:
    """Compare a claimed exponent with a fitted one; return the finding and a short reason.

    A claim is about the largest sizes: a curve with a lower exponent that still bends up may reach the
    claimed one.
    """
    if math.isinf(slope.half_width):
        return Finding.UNDECIDED, "too few sizes could be measured"
    low, high = slope.value - slope.half_width, slope.value + slope.half_width
    if low > claimed + MARGIN:
        return Finding.DISAGREE, "it grows faster"
    if max(high, slope.reach) < claimed - MARGIN:
        return Finding.DISAGREE, "it grows slower"
    if high < claimed - MARGIN:
        return Finding.UNDECIDED, "the curve still bends up: larger sizes are needed"
    if slope.half_width > MARGIN:
        return Finding.UNDECIDED, "the measurements scatter too much"
    return Finding.AGREE, ""


def overall(findings: Sequence[Finding]) -> Finding:
    """Return the finding on a whole claim: wrong if any size is wrong, else undecided if any size is."""
    for finding in (Finding.DISAGREE, Finding.UNDECIDED):
        if finding in findings:
            return finding
    return Finding.AGREE
