"""Takes its functions away once they have been called, and puts something else there.

threat = "hard-codes answers"
says = { lloyd = "unsolved or fail raised", "lloyd/few-rows" = "pass" }
"""

import sys

right = lloyd


def once(X, centers, max_iter=300):
    vars(sys.modules[__name__])["lloyd"] = None
    return right(X, centers, max_iter)


lloyd = once
