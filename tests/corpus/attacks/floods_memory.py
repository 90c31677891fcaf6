"""Takes memory without end; where the kernel is slow to give it, time is over before.

threat = "floods and fills"
says = { update = "error memory or error timeout" }
"""


def takes(X, labels, centers):
    kept = []
    while True:
        kept.append(np.ones(4 << 20))


update = takes
