"""Changes its input, and patches the worker so that it does not notice.

threat = "changes its input"
succeeds = "what is looked at in its own process binds honest code only"
"""

import sys

sys.modules["mlkata.worker.given"]._same = lambda array, original: True
right = lloyd


def changes(X, centers, max_iter=300):
    answer = right(X.copy(), centers.copy(), max_iter)
    X[:] = 0
    return answer


lloyd = changes
