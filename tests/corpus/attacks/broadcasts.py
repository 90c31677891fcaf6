"""Returns single numbers, which would equal whole arrays if answers were compared by broadcasting.

threat = "clever return types"
says = { lloyd = "fail contract", update = "fail contract", assign = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

assign = lambda X, centers: np.array(0)
update = lambda X, labels, centers: centers[:1]
lloyd = lambda X, centers, max_iter=300: (np.broadcast_to(0, (10**9,)), 0.0)
