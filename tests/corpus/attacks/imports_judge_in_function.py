"""Imports scikit-learn by a name put together, within a function.

threat = "reads what is expected"
says = { lloyd = "error policy" }
"""

lloyd = lambda X, centers, max_iter=300: __import__("sk" + "learn.cluster")
