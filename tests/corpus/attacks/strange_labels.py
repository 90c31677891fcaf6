"""Returns labels that no row can have: negative numbers, and the largest unsigned one.

threat = "clever return types"
says = { lloyd = "fail", assign = "fail" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

assign = lambda X, centers: np.full(len(X), 2**64 - 1, np.uint64)
lloyd = lambda X, centers, max_iter=300: (np.full(len(X), -(2**63)), centers)
