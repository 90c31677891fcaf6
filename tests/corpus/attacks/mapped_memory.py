"""Answers arrays that live in a file, and in memory that is not there any more.

threat = "clever return types"
says = { lloyd = "fail contract", assign = "fail contract" }
"""

import os


def maps(X, centers):
    mapped = np.memmap("file", np.int64, "w+", shape=(len(X),))
    os.truncate("file", 0)
    return mapped


assign = maps
lloyd = lambda X, centers, max_iter=300: (np.memmap("other", np.int64, "w+", shape=(len(X),)), centers)
