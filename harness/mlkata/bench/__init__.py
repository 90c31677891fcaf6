"""Compares implementations of a contract side by side: each in a process of its own, called in turn."""
