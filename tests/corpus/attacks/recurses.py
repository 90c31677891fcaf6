"""Calls itself without end, once without Python's own limit.

threat = "exits, crashes"
says = { update = "fail raised", "update/wine" = "error crashed or error memory" }
"""

import sys


def endless(*arguments):
    return [endless(*arguments)]


def recurses(X, labels, centers):
    if len(centers) > 5:
        sys.setrecursionlimit(10**9)
    return endless(X)


update = recurses
