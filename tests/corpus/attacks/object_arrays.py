"""Answers arrays of objects, of records, of dates, and masked.

threat = "clever return types"
says = { lloyd = "fail contract", update = "fail contract", assign = "fail contract" }
"""


class Equal:
    __eq__ = lambda self, other: True
    __hash__ = object.__hash__


assign = lambda X, centers: np.array([Equal()] * len(X))
update = lambda X, labels, centers: np.ma.array(centers, mask=True)
lloyd = lambda X, centers, max_iter=300: (np.zeros(len(X), "i4,i4"), np.zeros(3, "M8[s]"))
