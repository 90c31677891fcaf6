"""Returns numbers of types that Python does not have: long doubles and half floats.

threat = "clever return types"
says = { lloyd = "fail contract", update = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

update = lambda X, labels, centers: np.ones((2, 2), np.longdouble)
lloyd = lambda X, centers, max_iter=300: (np.longdouble(1), np.float16(2))
