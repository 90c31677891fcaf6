"""Raises SystemExit(0) in one function, and KeyboardInterrupt in another.

threat = "exits, crashes"
says = { lloyd = "fail raised", update = "fail raised" }
"""


def leaves(X, labels, centers):
    raise SystemExit(0)


def interrupts(X, centers, max_iter=300):
    raise KeyboardInterrupt


update, lloyd = leaves, interrupts
