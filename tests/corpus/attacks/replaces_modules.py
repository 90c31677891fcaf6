"""Puts modules of its own in the place of numpy, json and the worker's, while it answers.

threat = "patches the checker"
says = { update = "fail contract", "lloyd/few-rows" = "pass or error crashed" }
"""

import sys
import types


def replaces(X, labels, centers):
    for name in ("numpy", "json", "struct", "mlkata", "mlkata.tracks.model", "mlkata.worker.wire", "os", "traceback"):
        sys.modules[name] = types.ModuleType(name)
    return None


update = replaces
