"""Is right in the first call and wrong in all later ones.

threat = "hard-codes answers"
says = { lloyd = "fail", "lloyd/few-rows" = "pass" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

calls = []
right = lloyd


def tired(X, centers, max_iter=300):
    calls.append(1)
    labels, centers = right(X, centers, max_iter)
    return labels, centers + (len(calls) > 1)


lloyd = tired
