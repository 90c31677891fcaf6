"""Returns arrays that are mapped files; one of the files has been emptied.

threat = "clever return types"
says = { lloyd = "fail contract", assign = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import os


def maps(X, centers):
    mapped = np.memmap("file", np.int64, "w+", shape=(len(X),))
    os.truncate("file", 0)
    return mapped


assign = maps
lloyd = lambda X, centers, max_iter=300: (np.memmap("other", np.int64, "w+", shape=(len(X),)), centers)
