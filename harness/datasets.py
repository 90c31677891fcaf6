"""Real data, read from the files that scikit-learn ships, without importing scikit-learn.

Importing `sklearn.datasets` takes over a second; reading its files takes milliseconds.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from harness.model import KataError

_TABLES = {
    "iris": ("data/iris.csv", 1),
    "wine": ("data/wine_data.csv", 1),
    "breast_cancer": ("data/breast_cancer.csv", 1),
    "digits": ("data/digits.csv.gz", 0),
}
_IMAGES = {"china": "images/china.jpg", "flower": "images/flower.jpg"}


@cache
def load(name: str) -> Any:
    """Load the features of a data set that ships with scikit-learn.

    Parameters
    ----------
    name : str
        `iris` (150, 4), `wine` (178, 13), `breast_cancer` (569, 30), `digits` (1797, 64), or the
        pixels of a photograph scaled to [0, 1], `china` or `flower` (273280, 3).

    Returns
    -------
    float array of shape (n_samples, n_features)
        Read-only and shared between callers: copy what you change.

    Raises
    ------
    KataError
        Where there is no such data set.
    """
    if name in _TABLES:
        file, header = _TABLES[name]
        rows = np.loadtxt(_folder() / file, delimiter=",", skiprows=header)
        features = np.ascontiguousarray(rows[:, :-1])
    elif name in _IMAGES:
        from PIL import Image

        with Image.open(_folder() / _IMAGES[name]) as image:
            features = np.asarray(image).reshape(-1, 3) / 255.0
    else:
        raise KataError(f"no data set {name!r}: there is {', '.join([*_TABLES, *_IMAGES])}")
    features.flags.writeable = False
    return features


def _folder() -> Path:
    found = importlib.util.find_spec("sklearn")
    if found is None or found.origin is None:
        raise KataError("scikit-learn is not installed: pip install scikit-learn")
    return Path(found.origin).parent / "datasets"
