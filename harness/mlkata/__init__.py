"""Practise machine-learning coding interviews; scikit-learn is the judge.

The public names are loaded on first use, as a worker and the pytest plugin import this package without
needing them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlkata.judging.judge import judge
    from mlkata.tracks.model import KataError, Report

__version__ = "0.1.0"
__all__ = ["KataError", "Report", "__version__", "judge"]

_HOMES = {
    "judge": "mlkata.judging.judge",
    "load_ipython_extension": "mlkata.notebook",
    "KataError": "mlkata.tracks.model",
    "Report": "mlkata.tracks.model",
}


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names, including those not loaded yet."""
    return sorted({*globals(), *__all__})
