"""Says all that its environment and its command line hold.

threat = "reads what is expected"
says = { lloyd = "fail raised" }
"""

import os
import sys


def tells(X, centers, max_iter=300):
    raise ValueError(f"{dict(os.environ)} {sys.orig_argv} {sys.path}")


lloyd = tells
