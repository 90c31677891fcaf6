"""How a cost grows: claims such as `n*k*d`, slopes fitted to measurements, and what one says of the other.

Nothing here measures anything: see cost.py.
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
"""A claimed exponent so far outside the interval is wrong; log factors and caches bend slopes by less."""
RANGE = 16
"""A slope is fitted to the sizes within this factor of the largest: small ones show fixed costs."""
FEWEST = 4
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
        """Give the exponent that it claims for one size over a range, the other sizes fixed.

        Raises KataError where it is no number above 0 there.
        """
        try:
            values = [math.log(self.value({**others, name: size})) for size in sizes]
        except (ValueError, ArithmeticError):
            fixed = ", ".join(f"{other} = {size}" for other, size in others.items() if other != name)
            raise KataError(
                f"claim {self.text!r} is no number above 0 for {name} from {sizes[0]} to {sizes[-1]}"
                f"{f' with {fixed}' if fixed else ''}: expected a cost that holds there"
            ) from None
        return _line([math.log(size) for size in sizes], values)[0]


def read_claims(text: str, names: Sequence[str]) -> dict[str, Claim]:
    """Read `time: n*k*d, memory: n*k`; one of the two is enough. Raises KataError."""
    expected = f"expected `time: …, memory: …` with {', '.join(names)}, such as `time: {'*'.join(names)}`"
    claims = {}
    for part in re.split(r",\s*(?=\w+\s*:)", text):
        what, colon, formula = (piece.strip() for piece in part.partition(":"))
        if not colon or what not in ("time", "memory"):
            raise KataError(f"claim {part.strip()!r}: {expected}")
        claims[what] = read_claim(formula, names)
    return claims


def read_claim(text: str, names: Sequence[str]) -> Claim:
    """Read one formula: sizes and numbers, + - * / ^ (or **), log, sqrt, min, max. Raises KataError.

    As people write it: `O(nk(d + log n))` is `n*k*(d + log(n))`.
    """
    plain = re.sub(r"^O\((.*)\)$", r"\1", text.strip()).replace("^", "**").replace("²", "**2")
    plain = re.sub(r"\blog\s+(\w+)", r"log(\1)", plain)
    plain = re.sub(r"(?<=[\w)])\s+(?=\w)", "*", plain)
    try:
        tree = ast.parse(plain, mode="eval").body
        value = partial(_evaluate, tree)
        positive = value(dict.fromkeys(names, 8.0)) > 0
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        reason = "that is no formula" if isinstance(error, SyntaxError) else str(error)
        raise KataError(f"claim {text!r}: {reason}; {_expected(names)}") from error
    if not positive:
        raise KataError(f"claim {text!r}: no cost is negative or 0; {_expected(names)}")
    return Claim(text.strip(), value)


def _expected(names: Sequence[str]) -> str:
    return f"expected a formula in {', '.join(names)}, such as {'*'.join(names)}"


def _evaluate(node: ast.expr, sizes: Mapping[str, float]) -> float:
    """Evaluate a formula; whatever is no part of one raises ValueError."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return _product(name, sizes)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return float(_OPERATORS[type(op)](_evaluate(left, sizes), _evaluate(right, sizes)))
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as args, keywords=[]) if name in _FUNCTIONS:
            return float(_FUNCTIONS[name](*(_evaluate(one, sizes) for one in args)))
        case ast.Call(func=ast.Name(id=name), args=[inside], keywords=[]):
            return _product(name, sizes) * _evaluate(inside, sizes)
    raise ValueError(f"{ast.unparse(node)!r} is unknown")


def _product(name: str, sizes: Mapping[str, float]) -> float:
    """Give a size, or the product of several that are written side by side, as in nkd."""
    if name not in sizes and not set(name) <= set(sizes):
        raise ValueError(f"{name!r} is unknown")
    return float(sizes[name]) if name in sizes else math.prod(sizes[one] for one in name)


@dataclass(frozen=True)
class Slope:
    """An exponent fitted to measurements: cost ~ size ** value."""

    sizes: tuple[int, ...]
    value: float
    half_width: float
    """Of its 95 % confidence interval; infinite where there are too few points."""
    reach: float = -math.inf
    """The exponent that the curve may yet reach: its upper half's at most, and its gain on the lower half."""


def fit(sizes: Sequence[int], costs: Sequence[float]) -> Slope:
    """Fit a log-log line to the largest sizes; costs of 0 count as no cost that could be seen.

    The interval is Student's, from the residuals: it covers noise and curvature alike.
    """
    seen = [(size, cost) for size, cost in zip(sizes, costs, strict=True) if cost > 0]
    pairs = [(size, cost) for size, cost in seen if size * RANGE >= seen[-1][0]]
    kept = tuple(size for size, _ in pairs)
    if len(pairs) < FEWEST:
        return Slope(kept, math.nan, math.inf)
    x = [math.log(size) for size, _ in pairs]
    y = [math.log(cost) for _, cost in pairs]
    value, error = _line(x, y)
    middle = len(x) // 2
    lower, _ = _line(x[: middle + 1], y[: middle + 1])
    upper, error_above = _line(x[middle:], y[middle:])
    most = upper + _student(max(1, len(x) - middle - 2)) * error_above
    return Slope(kept, value, _student(len(x) - 2) * error, reach=most + max(0.0, upper - lower))


def _line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Give the least-squares slope and its standard error."""
    from scipy.stats import linregress  # it takes long to import

    fitted = linregress(x, y)
    constant = min(y) == max(y)  # then scipy's error is NaN, as its correlation is
    return float(fitted.slope), 0.0 if constant else float(fitted.stderr)


def _student(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + _CONFIDENCE) / 2))


class Finding(StrEnum):
    """What a measurement says of a claim."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNDECIDED = "not enough evidence"


def compare(slope: Slope, claimed: float) -> tuple[Finding, str]:
    """Hold a claimed exponent against a fitted one; the second value says why, in a few words.

    A claim is an upper bound at the top of the range: a curve that lies below it may yet reach it
    where it bends up.
    """
    if math.isinf(slope.half_width):
        return Finding.UNDECIDED, "too few sizes could be measured"
    low, high = slope.value - slope.half_width, slope.value + slope.half_width
    if low > claimed + MARGIN:
        return Finding.DISAGREE, "it grows faster"
    if max(high, slope.reach) < claimed - MARGIN:
        return Finding.DISAGREE, "it grows slower"
    if high < claimed - MARGIN:
        return Finding.UNDECIDED, "it still bends up: larger sizes would tell"
    if slope.half_width > MARGIN:
        return Finding.UNDECIDED, "the measurements scatter too much"
    return Finding.AGREE, ""


def overall(findings: Sequence[Finding]) -> Finding:
    """One word on a whole claim: wrong in one size is wrong, unknown in one is unknown."""
    for finding in (Finding.DISAGREE, Finding.UNDECIDED):
        if finding in findings:
            return finding
    return Finding.AGREE
