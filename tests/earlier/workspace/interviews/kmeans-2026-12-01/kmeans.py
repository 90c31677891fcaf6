from typing import NamedTuple
import numpy as np


def assign(X, centers):
    raise NotImplementedError


def update(X, labels, centers):
    raise NotImplementedError


def lloyd(X, centers, max_iter=300):
    raise NotImplementedError
