"""A track with everything that the harness can pass to a candidate and check."""

from typing import NamedTuple

import numpy as np


class Chain(NamedTuple):
    """Nodes, each with a successor.

    value : float array of shape (n_nodes,)
    next : int array of shape (n_nodes,)
    """

    value: np.ndarray
    next: np.ndarray


# Round 1: records


def reverse(chain):
    """Return the chain from its end to its start.

    chain : Chain
    -> chain : Chain
    """
    raise NotImplementedError


def longest(chains):
    """Return the chain with the most nodes, and how many it has.

    chains : list of Chain
    -> chain : Chain
    -> size : int
    """
    raise NotImplementedError


# Round 2: what is counted


def nearest(q, dist, n):
    """Return the row nearest to q, of n rows; at most n distances.

    `dist(q, ids)` counts its distances. Code that cheats could avoid the count.

    q : float array of shape (n_features,)
    dist : callable
    n : int
    -> index : int
    """
    raise NotImplementedError


def sums(x, max_bytes):
    """Return the sums of all pairs' products, row by row, in at most max_bytes.

    x : float array of shape (n,)
    max_bytes : int
    -> sums : float array of shape (n,)
    """
    raise NotImplementedError


def smallest(x, k):
    """Return the indices of the k smallest numbers, in the order of the numbers.

    x : float array of shape (n,)
    k : int
    -> indices : int array of shape (k,)
    """
    raise NotImplementedError


def name(y, where):
    """Return the names at some places, whatever their type.

    y : array of shape (n,)
    where : bool array of shape (n,)
    -> names : array of shape (...)
    """
    raise NotImplementedError


# Round 3: open


def guess(x):
    """Guess the mean of x from few of its numbers.

    x : float array of shape (n,)
    -> mean : float
    """
    raise NotImplementedError
