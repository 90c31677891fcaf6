"""Takes memory without end.

threat = "floods and fills"
says = { update = "error memory" }
"""


def takes(X, labels, centers):
    kept = []
    while True:
        kept.append(np.ones(4 << 20))


update = takes
