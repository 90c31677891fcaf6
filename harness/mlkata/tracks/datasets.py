"""Real data, read from the files that scikit-learn ships, without importing scikit-learn.

Importing `sklearn.datasets` takes over a second; reading the files takes milliseconds.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mlkata.tracks.model import KataError

_TABLES = {
    "iris": ("data/iris.csv", 1),
    "wine": ("data/wine_data.csv", 1),
    "breast_cancer": ("data/breast_cancer.csv", 1),
    "digits": ("data/digits.csv.gz", 0),
}
"""The file of each table, whose last column is the class, and how many lines its header has."""
_DIABETES_FEATURES, _DIABETES_TARGET = "data/diabetes_data_raw.csv.gz", "data/diabetes_target.csv.gz"
_IMAGES = {"china": "images/china.jpg", "flower": "images/flower.jpg"}


@cache
def load(name: str) -> Any:
    """Load the features of a data set that ships with scikit-learn.

    Parameters
    ----------
    name : str
        `iris` (150, 4), `wine` (178, 13), `breast_cancer` (569, 30), `digits` (1797, 64), `diabetes`
        (442, 10; the raw measurements), or the pixels of a photograph scaled to [0, 1], `china` or
        `flower` (273280, 3).

    Returns
    -------
    float array of shape (n_samples, n_features)
        Read-only, since all callers share it; copy it before you change it.

    Raises
    ------
    KataError
        If there is no such data set.
    """
    if name in _TABLES:
        features = np.ascontiguousarray(_table(name)[:, :-1])
    elif name == "diabetes":
        features = np.loadtxt(_folder() / _DIABETES_FEATURES)
    elif name in _IMAGES:
        from PIL import Image

        with Image.open(_folder() / _IMAGES[name]) as image:
            features = np.asarray(image).reshape(-1, 3) / 255.0
    else:
        raise KataError(
            f"no data set {name!r}: expected one of {', '.join([*_TABLES, 'diabetes', *_IMAGES])}"
        )
    features.flags.writeable = False
    return features


@cache
def load_target(name: str) -> Any:
    """Return the target of a data set: an int array of classes, or a float array for `diabetes`.

    Its shape is (n_samples,). The array is read-only and shared between callers. Raise KataError if
    there is no such data set, or it has no target.
    """
    if name in _TABLES:
        target = _table(name)[:, -1].astype(int)
    elif name == "diabetes":
        target = np.loadtxt(_folder() / _DIABETES_TARGET)
    else:
        raise KataError(f"no target for {name!r}: expected one of {', '.join([*_TABLES, 'diabetes'])}")
    target.flags.writeable = False
    return target


@cache
def _table(name: str) -> Any:
    file, header_lines = _TABLES[name]
    return np.loadtxt(_folder() / file, delimiter=",", skiprows=header_lines)


def _folder() -> Path:
    """Return the folder of scikit-learn's data sets."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise KataError("scikit-learn is not installed: pip install scikit-learn")
    return Path(spec.origin).parent / "datasets"
