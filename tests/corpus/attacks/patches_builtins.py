"""Replaces isinstance, type, len and all of Python's, then answers nonsense.

threat = "patches the checker"
says = { update = "error crashed or error protocol or fail raised or fail contract" }
"""

import builtins


def nonsense(X, labels, centers):
    builtins.isinstance = lambda *arguments: True
    builtins.len = lambda *arguments: 3
    builtins.all = lambda *arguments: True
    return 1


update = nonsense
