"""Prints without end.

threat = "floods and fills"
says = { update = "error output_limit" }
"""


def prints(X, labels, centers):
    while True:
        print("A" * 4096)


update = prints
