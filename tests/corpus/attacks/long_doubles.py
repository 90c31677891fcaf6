"""Answers numbers for which Python has no type of its own.

threat = "clever return types"
says = { lloyd = "fail contract", update = "fail contract" }
"""

update = lambda X, labels, centers: np.ones((2, 2), np.longdouble)
lloyd = lambda X, centers, max_iter=300: (np.longdouble(1), np.float16(2))
