"""Write numbers and small arrays as Python expressions that evaluate to exactly the same value.

`script` uses them in debug scripts. The expressions need `np`, numpy.
"""

from __future__ import annotations

import math
import textwrap
from typing import Any

import numpy as np

_MAX_ELEMENTS = 200
"""Maximum number of elements of an array; a larger one would make a script unreadable."""
_WIDTH = 100
"""Columns of a line in a script."""


def scalar(value: Any) -> str:
    """Return a Python or numpy scalar as an expression."""
    if isinstance(value, np.generic):
        return f"np.{value.dtype.name}({scalar(value.item())})"
    if isinstance(value, float) and not math.isfinite(value):
        return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def array(value: Any, *, fortran: bool) -> str:
    """Return an array as an expression with its dtype and memory order, or "" if it is too large."""
    if value.size > _MAX_ELEMENTS:
        return ""
    order = ', order="F"' if fortran else ""
    # A name such as float64 does not say that the bytes are swapped; a string such as >f8 does.
    dtype = f'dtype="{value.dtype.name if value.dtype.isnative else value.dtype.str}"'
    if value.size == 0:
        return f"np.empty({value.shape}, {dtype}{order})"
    rows = _rows(value)
    text = f"np.array({rows}, {dtype}{order})"
    if len(text) <= _WIDTH:
        return text
    if value.ndim == 1:
        inside = textwrap.fill(rows, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    else:
        inside = "[\n" + "".join(f"    {_rows(row)},\n" for row in value) + "]"
    return f"np.array(\n{textwrap.indent(inside + ',', '    ')}\n    {dtype}{order},\n)"


def _rows(value: Any) -> str:
    """Return an array's elements as nested lists or, for a 0-d array, as a number.

    A float of fewer than 64 bits is written with as few digits as give the same value in its dtype.
    """
    if value.ndim:
        return f"[{', '.join(_rows(row) for row in value)}]"
    plain = value.item()
    if isinstance(plain, float) and math.isfinite(plain) and value.dtype.itemsize < np.dtype(float).itemsize:
        short = str(value[()])  # 0.1 instead of 0.10000000149011612
        if value.dtype.type(float(short)) == value:
            return repr(float(short))
    return scalar(plain)
