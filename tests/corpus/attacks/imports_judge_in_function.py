"""Imports scikit-learn inside a function, under a name built at run time.

threat = "reads what is expected"
says = { lloyd = "error policy" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

lloyd = lambda X, centers, max_iter=300: __import__("sk" + "learn.cluster")
