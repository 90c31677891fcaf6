"""Returns lists of 400,000 numbers and of empty dicts, which break the contract and would be shown.

threat = "pickle, giant header"
says = { update = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import itertools

answers = itertools.cycle([[0.5] * 400_000, [{}] * 200_000])
update = lambda X, labels, centers: next(answers)
