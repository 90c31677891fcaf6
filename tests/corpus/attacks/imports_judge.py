"""Imports scikit-learn, as one does.

threat = "reads what is expected"
says = { "*" = "error policy" }
"""

from sklearn.cluster import KMeans
