"""How a cost grows: read claims such as `n*k*d`, fit exponents to measurements, and compare the two.

A cost that grows like `size ** e` is a straight line with slope e in a plot with logarithmic axes. So the
slope of a line fitted to the logarithms is the exponent. cost.py takes the measurements.
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
"""A claimed exponent is wrong if it lies outside the confidence interval by more than this: logarithmic
factors and caches change an exponent by less."""
RANGE = 16
"""A slope is fitted to the sizes within this factor of the largest: at small sizes, fixed costs dominate."""
FEWEST = 4
"""The fewest sizes for a fit."""
_CONFIDENCE = 0.95
"""The probability that an interval contains the true exponent."""

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "log": lambda x: math.log(max(x, 2.0)),  # positive also at a size of 1, as a cost must be
    "sqrt": math.sqrt,
    "min": min,
    "max": max,
}


@dataclass(frozen=True)
class Claim:
    """A cost as a formula in sizes, such as `n*k*d` or `n*log(n) + k`."""

    text: str
    value: Callable[[Mapping[str, float]], float]
    """`value(sizes)` is the formula's value, which is proportional to the cost."""

    def slope(self, name: str, sizes: Sequence[int], others: Mapping[str, int]) -> float:
        """Return the claimed exponent in one size: the slope over a range of it, with the other sizes fixed.

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
    """Read a text such as `time: n*k*d, memory: n*k`, of which either part may be left out.

    `names` are the sizes that may occur. Raise KataError if the text is not such a claim.
    """
    expected = f"expected `time: …, memory: …` with {', '.join(names)}, such as `time: {'*'.join(names)}`"
    claims = {}
    for part in re.split(r",\s*(?=\w+\s*:)", text):  # not at a comma within max(n, k)
        what, colon, formula = (piece.strip() for piece in part.partition(":"))
        if not colon or what not in ("time", "memory"):
            raise KataError(f"claim {part.strip()!r}: {expected}")
        claims[what] = read_claim(formula, names)
    return claims


def read_claim(text: str, names: Sequence[str]) -> Claim:
    """Read one formula of sizes and numbers with + - * / ^ (or **), log, sqrt, min and max.

    The notation of textbooks is understood, too: `O(nk(d + log n))` is `n*k*(d + log(n))`. Raise KataError if
    the text is not such a formula.
    """
    plain = re.sub(r"^O\((.*)\)$", r"\1", text.strip()).replace("^", "**").replace("²", "**2")
    plain = re.sub(r"\blog\s+(\w+)", r"log(\1)", plain)
    plain = re.sub(r"(?<=[\w)])\s+(?=\w)", "*", plain)
    try:
        tree = ast.parse(plain, mode="eval").body
        value = partial(_evaluate, tree)
        positive = value(dict.fromkeys(names, 8.0)) > 0  # at some sizes: the real ones are not known here
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
    """The exponent that the curve may still reach at larger sizes, if it bends up. With the exponents
    e1 and e2 of lines fitted to the smaller and to the larger half of the sizes, it is the upper end of e2's
    95 % confidence interval, plus max(0, e2 - e1)."""


def fit(sizes: Sequence[int], costs: Sequence[float]) -> Slope:
    """Fit a line to the logarithms of the largest sizes and their costs.

    Costs of 0 were too small to be measured, and are ignored. The confidence interval is Student's; it
    follows from the residuals, so both noise and curvature widen it.
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
    constant = min(y) == max(y)  # scipy's error is NaN then
    return float(fitted.slope), 0.0 if constant else float(fitted.stderr)


def _student(degrees_of_freedom: int) -> float:
    """Return Student's quantile: the half width of a confidence interval, in standard errors."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, (1 + _CONFIDENCE) / 2))


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
    """Return the finding on a claim in several sizes: DISAGREE if any is, else UNDECIDED if any is."""
    for finding in (Finding.DISAGREE, Finding.UNDECIDED):
        if finding in findings:
            return finding
    return Finding.AGREE
