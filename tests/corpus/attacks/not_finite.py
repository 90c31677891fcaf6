"""Returns NaN and infinity. Comparisons with NaN are false, so `difference > tolerance` would accept it.

threat = "clever return types"
says = { lloyd = "fail contract", update = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

update = lambda X, labels, centers: centers * np.nan
lloyd = lambda X, centers, max_iter=300: (np.zeros(len(X), int), np.full(centers.shape, np.inf))
