"""A tiny track for the tests of the harness."""


def double(x):
    """Return twice each number.

    x : float array of shape (n,)
    -> y : float array of shape (n,)
    """
    raise NotImplementedError


def pair(x, k=2):
    """Return where the numbers of each row are largest, and k rows of zeros.

    x : float array of shape (n, d)
    k : int, default=2
    -> labels : int array of shape (n,)
    -> zeros : float array of shape (k, d)
    """
    raise NotImplementedError


def total(x):
    """Return the sum; an empty array raises ValueError.

    x : float array of shape (n,)
    -> total : float
    """
    raise NotImplementedError


def draw(n, rng):
    """Draw n uniform numbers.

    n : int
    rng : numpy.random.Generator
    -> drawn : float array of shape (n,)
    """
    raise NotImplementedError


def root(x):
    """Return a whole number: how many numbers are above zero.

    x : float array of shape (n,)
    -> count : int
    """
    raise NotImplementedError
