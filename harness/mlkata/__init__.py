"""Practise machine-learning coding interviews; scikit-learn is the judge.

The public names are loaded on first use. Worker processes and the pytest plugin import this package without
using these names, and should not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlkata.judging.judge import judge
    from mlkata.tracks.model import KataError, Report

__version__ = "0.1.0"
__all__ = ["KataError", "Report", "__version__", "judge"]

_MODULE_OF = {
    "judge": "mlkata.judging.judge",
    "load_ipython_extension": "mlkata.notebook",  # `%load_ext mlkata` calls it
    "KataError": "mlkata.tracks.model",
    "Report": "mlkata.tracks.model",
}


def __getattr__(name: str) -> Any:
    """Import the module of a public name, and return what the name means there."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    """Return the public names, including those not loaded yet."""
    return sorted({*globals(), *__all__})
