"""Returns texts of hundreds of thousands of characters: plain ones, in arrays and as names.

threat = "pickle, giant header"
says = { update = "fail contract" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

import collections
import itertools

answers = itertools.cycle(
    [
        np.array(["x" * 10_000] * 24),
        "y" * 2_000_000,
        collections.namedtuple("N" * 1000, ["f" * 500_000])(1),
        np.array(["z" * 9000] * 25),
    ]
)
update = lambda X, labels, centers: next(answers)
