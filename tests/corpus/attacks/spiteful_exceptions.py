"""Raises exceptions that raise when they are written, end the process, or have messages without end.

threat = "exits, crashes"
says = { assign = "fail raised", update = "error crashed", lloyd = "fail raised" }
"""


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
