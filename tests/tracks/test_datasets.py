"""Real data are read from scikit-learn's files, and are the same as those of its own loaders."""

import sys

import numpy as np
import pytest
from mlkata.tracks import datasets
from mlkata.tracks.datasets import load, load_target
from mlkata.tracks.model import KataError


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_tables_are_those_of_scikit_learn(name):
    """Features and classes are equal, value for value."""
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    features, target = getattr(sklearn_datasets, f"load_{name}")(return_X_y=True)
    assert np.array_equal(load(name), features)
    assert load(name).dtype == np.float64
    assert np.array_equal(load_target(name), target)
    assert load_target(name).dtype.kind == "i"


def test_diabetes_is_that_of_scikit_learn():
    """These are the raw measurements, and the target."""
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    features, target = sklearn_datasets.load_diabetes(return_X_y=True, scaled=False)
    assert np.array_equal(load("diabetes"), features)
    assert np.array_equal(load_target("diabetes"), target)


def test_photographs_have_no_target():
    """The message lists the data sets with a target."""
    with pytest.raises(KataError, match=r"no target for 'china': expected one of iris, .*, diabetes"):
        load_target("china")


@pytest.mark.parametrize("name", ["china", "flower"])
def test_photographs_are_those_of_scikit_learn(name):
    """Each pixel is a row of three numbers in [0, 1]."""
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    expected = sklearn_datasets.load_sample_image(f"{name}.jpg").reshape(-1, 3) / 255.0
    assert np.array_equal(load(name), expected)


def test_data_are_shared_and_read_only():
    """All cases get the same array, which none of them can change."""
    assert load("iris") is load("iris")
    with pytest.raises(ValueError, match="read-only"):
        load("iris")[0, 0] = 0
    assert load("iris").flags.c_contiguous


def test_an_unknown_data_set_is_an_error():
    """The message lists the data sets."""
    with pytest.raises(KataError) as caught:
        load("mnist")
    assert str(caught.value) == (
        "no data set 'mnist': expected one of iris, wine, breast_cancer, digits, diabetes, china, flower"
    )


def test_without_scikit_learn_there_are_no_data(monkeypatch):
    """The message says how to install scikit-learn."""
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    datasets._table.cache_clear()
    with pytest.raises(KataError, match="scikit-learn is not installed: pip install scikit-learn"):
        load.__wrapped__("iris")  # `load` itself would return the cached data
