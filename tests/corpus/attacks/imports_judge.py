"""Imports scikit-learn in the usual way.

threat = "reads what is expected"
says = { "*" = "error policy" }
"""

# Appended to the reference of k-means, which defines the names that are not defined here.
# entries.py explains the settings above, and marks such as @SECRET@.

from sklearn.cluster import KMeans
