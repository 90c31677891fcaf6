"""Answers one number, which would equal a whole array were it compared by broadcasting.

threat = "clever return types"
says = { lloyd = "fail contract", update = "fail contract", assign = "fail contract" }
"""

assign = lambda X, centers: np.array(0)
update = lambda X, labels, centers: centers[:1]
lloyd = lambda X, centers, max_iter=300: (np.broadcast_to(0, (10**9,)), 0.0)
