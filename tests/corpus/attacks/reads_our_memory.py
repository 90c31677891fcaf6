"""Reads the memory of the process that judges, where it keeps a secret, and says what it has read.

threat = "reads what is expected"
[subprocess]
says = { lloyd = "fail raised" }
tells = true
succeeds = "it may look into your processes"
"""

right = lloyd


def reads(X, centers, max_iter=300):
    try:
        with open("/proc/@PARENT@/mem", "rb") as memory:
            memory.seek(int("@ADDRESS@"))
            raise AssertionError(memory.read(100))
    except OSError:
        return right(X, centers, max_iter)


lloyd = reads
