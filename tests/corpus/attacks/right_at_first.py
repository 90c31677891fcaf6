"""Is right at the first call and wrong ever after.

threat = "hard-codes answers"
says = { lloyd = "fail", "lloyd/few-rows" = "pass" }
"""

calls = []
right = lloyd


def tired(X, centers, max_iter=300):
    calls.append(1)
    labels, centers = right(X, centers, max_iter)
    return labels, centers + (len(calls) > 1)


lloyd = tired
