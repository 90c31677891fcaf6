"""Reads a secret from the memory of the process that judges, and raises an error with it.

threat = "reads what is expected"
[subprocess]
says = { lloyd = "fail raised" }
tells = true
succeeds = "the submission may look into your processes"
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

right = lloyd


def reads(X, centers, max_iter=300):
    try:
        with open("/proc/@PARENT@/mem", "rb") as memory:
            memory.seek(int("@ADDRESS@"))
            raise AssertionError(memory.read(100))
    except OSError:
        return right(X, centers, max_iter)


lloyd = reads
