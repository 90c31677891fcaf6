"""Raises exceptions that raise when they are printed, that end the process, or that have endless texts.

threat = "exits, crashes"
says = { assign = "fail raised", update = "error crashed", lloyd = "fail raised" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.


class Raises(Exception):
    __str__ = __repr__ = lambda self: 1 / 0


class Leaves(Exception):
    def __str__(self):
        raise SystemExit(0)


def raises(X, centers):
    raise Raises


def leaves(X, labels, centers):
    raise Leaves


def endless(X, centers, max_iter=300):
    raise type("E" * 1_000_000, (ValueError,), {})("m" * 10_000_000)


assign, update, lloyd = raises, leaves, endless
