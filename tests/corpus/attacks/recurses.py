"""Calls itself without end; with more than five centres, it removes Python's recursion limit first.

threat = "exits, crashes"
says = { update = "fail raised", "update/wine" = "error crashed or error memory" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import sys


def endless(*arguments):
    return [endless(*arguments)]


def recurses(X, labels, centers):
    if len(centers) > 5:
        sys.setrecursionlimit(10**9)
    return endless(X)


update = recurses
