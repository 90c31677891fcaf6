"""mlkata: practise machine-learning coding interviews against scikit-learn."""

__version__ = "0.1.0"
