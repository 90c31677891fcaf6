"""Sorts the rows that it was given, in place.

threat = "changes its input"
says = { lloyd = "fail contract" }
"""

right = lloyd


def changes(X, centers, max_iter=300):
    answer = right(X, centers, max_iter)
    X -= 1
    return answer


lloyd = changes
