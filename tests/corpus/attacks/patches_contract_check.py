"""Changes its input, and patches the function with which the worker would notice the change.

threat = "changes its input"
succeeds = "the worker compares the inputs in the submission's own process, where code can be patched"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import sys

sys.modules["mlkata.worker.given"]._same = lambda array, original: True
right = lloyd


def changes(X, centers, max_iter=300):
    answer = right(X.copy(), centers.copy(), max_iter)
    X[:] = 0
    return answer


lloyd = changes
