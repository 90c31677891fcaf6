"""Runs the kit's own solution from the disk, and hands in what it returns.

threat = "reads what is expected"
says = { lloyd = "fail contract" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "it may read whatever you may"
"""

try:
    theirs = {}
    with open("@SOLUTION@") as file:
        exec(file.read(), theirs)
    lloyd = theirs["lloyd"]
except OSError:
    lloyd = lambda X, centers, max_iter=300: None
