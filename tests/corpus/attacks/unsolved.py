"""Raises NotImplementedError, as the stub does, instead of a wrong answer.

threat = "hard-codes answers"
says = { lloyd = "unsolved" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.


def later(X, centers, max_iter=300):
    raise NotImplementedError


lloyd = later
