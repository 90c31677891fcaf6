"""Defines a function twice, so that one reads the first and runs the second.

threat = "hard-codes answers"
says = { "*" = "refused" }
"""


def assign(X, centers):
    return None
