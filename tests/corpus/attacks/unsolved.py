"""Says that what it cannot do is not done yet.

threat = "hard-codes answers"
says = { lloyd = "unsolved" }
"""


def later(X, centers, max_iter=300):
    raise NotImplementedError


lloyd = later
