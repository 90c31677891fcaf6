"""Returns arrays of objects, of records and of dates, and a masked array.

threat = "clever return types"
says = { lloyd = "fail contract", update = "fail contract", assign = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.


class Equal:
    __eq__ = lambda self, other: True
    __hash__ = object.__hash__


assign = lambda X, centers: np.array([Equal()] * len(X))
update = lambda X, labels, centers: np.ma.array(centers, mask=True)
lloyd = lambda X, centers, max_iter=300: (np.zeros(len(X), "i4,i4"), np.zeros(3, "M8[s]"))
