"""Keeps the arrays that it was given, and changes them in the next call.

threat = "changes its input"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

right, kept = lloyd, []


def keeps(X, centers, max_iter=300):
    for array in kept:
        array += 1
    answer = right(X, centers, max_iter)
    kept[:] = [X, centers]
    return answer


lloyd = keeps
