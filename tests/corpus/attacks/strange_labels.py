"""Answers labels that no row can have: negative ones, and the largest of each type.

threat = "clever return types"
says = { lloyd = "fail", assign = "fail" }
"""

assign = lambda X, centers: np.full(len(X), 2**64 - 1, np.uint64)
lloyd = lambda X, centers, max_iter=300: (np.full(len(X), -(2**63)), centers)
