"""Changes the array that it was given, in place.

threat = "changes its input"
says = { lloyd = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

right = lloyd


def changes(X, centers, max_iter=300):
    answer = right(X, centers, max_iter)
    X -= 1
    return answer


lloyd = changes
