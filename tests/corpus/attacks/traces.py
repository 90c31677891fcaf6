"""Traces the worker: sees every call and every local variable of its, and meddles with them.

threat = "reads what is expected"
"""

import sys
import threading


def trace(frame, event, argument):
    if "expected" in frame.f_locals or "oracle" in frame.f_locals:
        raise AssertionError(frame.f_locals)
    return trace


threading.settrace(trace)
threading.setprofile(trace)
sys.settrace(trace)
frame = sys._getframe()
while frame is not None:
    frame.f_trace = trace
    frame = frame.f_back
