"""Prints without end.

threat = "floods and fills"
says = { update = "error output_limit" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.


def prints(X, labels, centers):
    while True:
        print("A" * 4096)


update = prints
