"""Replaces numpy, json and modules of the worker by empty modules while it answers.

threat = "patches the checker"
says = { update = "fail contract", "lloyd/few-rows" = "pass or error crashed" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import sys
import types


def replaces(X, labels, centers):
    for name in ("numpy", "json", "struct", "mlkata", "mlkata.tracks.model", "mlkata.worker.wire", "os", "traceback"):
        sys.modules[name] = types.ModuleType(name)
    return None


update = replaces
