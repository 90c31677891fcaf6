"""Rewrites what the worker sends, so that an exception becomes an empty answer.

threat = "patches the checker"
says = { update = "error protocol" }
"""

import sys


def broken(X, labels, centers):
    wire = sys.modules["mlkata.worker.wire"]
    frame = wire.frame
    wire.frame = lambda header, body=b"": frame({"type": "done", "values": [], "status": "pass", "score": 99}, body)
    raise ValueError


update = broken
