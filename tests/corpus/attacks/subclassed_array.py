"""Returns an array and a tuple of subclasses that equal everything.

threat = "clever return types"
says = { lloyd = "fail contract", assign = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.


class Close(np.ndarray):
    __eq__ = __ne__ = __le__ = lambda self, other: True
    __array_ufunc__ = lambda self, *arguments, **options: np.True_
    tobytes = lambda self, *arguments, **options: b""


class Pair(tuple):
    __eq__ = lambda self, other: True


assign = lambda X, centers: np.zeros(len(X), int).view(Close)
lloyd = lambda X, centers, max_iter=300: Pair((1, 2))
