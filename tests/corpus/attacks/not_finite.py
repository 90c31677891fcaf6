"""Answers NaN, which is unequal to nothing in a comparison written the wrong way round.

threat = "clever return types"
says = { lloyd = "fail contract", update = "fail contract" }
"""

update = lambda X, labels, centers: centers * np.nan
lloyd = lambda X, centers, max_iter=300: (np.zeros(len(X), int), np.full(centers.shape, np.inf))
