"""A track with nothing in it, for the tests of the harness."""


def double(x):
    """Give twice each number.

    Parameters
    ----------
    x : float array of shape (n,)

    Returns
    -------
    y : float array of shape (n,)
    """
    raise NotImplementedError


def pair(x, k=2):
    """Give where the numbers of each row are largest, and k rows of zeros.

    Parameters
    ----------
    x : float array of shape (n, d)
    k : int, default=2

    Returns
    -------
    labels : int array of shape (n,)
    zeros : float array of shape (k, d)
    """
    raise NotImplementedError


def total(x):
    """Give the sum; an empty array raises ValueError.

    Parameters
    ----------
    x : float array of shape (n,)

    Returns
    -------
    total : float
    """
    raise NotImplementedError


def draw(n, rng):
    """Draw n uniform numbers.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    drawn : float array of shape (n,)
    """
    raise NotImplementedError


def root(x):
    """Give a whole number: how many numbers are above zero.

    Parameters
    ----------
    x : float array of shape (n,)

    Returns
    -------
    count : int
    """
    raise NotImplementedError
