"""Leaves a thread behind that goes on changing what it was given.

threat = "changes its input"
"""

import threading
import time

kept = []


def spoil():
    while True:
        for array in kept:
            array += 1
        time.sleep(0.001)


right = lloyd


def keeps(X, centers, max_iter=300):
    answer = right(X, centers, max_iter)
    kept[:] = [X.copy(), centers.copy()]
    return answer


threading.Thread(target=spoil, daemon=True).start()
lloyd = keeps
