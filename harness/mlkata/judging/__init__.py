"""Judges implementations: draws inputs, runs the submission and the oracle on them, compares the answers.

The oracle is the implementation, mostly scikit-learn, that computes the expected answers.
"""
