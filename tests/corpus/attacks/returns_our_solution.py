"""Runs the kit's own solution from the disk, and returns its answers.

threat = "reads what is expected"
says = { lloyd = "fail contract" }
[subprocess]
says = { lloyd = "pass" }
succeeds = "the submission may read whatever you may read"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

try:
    theirs = {}
    with open("@SOLUTION@") as file:
        exec(file.read(), theirs)
    lloyd = theirs["lloyd"]
except OSError:
    lloyd = lambda X, centers, max_iter=300: None
