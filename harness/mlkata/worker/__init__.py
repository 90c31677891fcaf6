"""Runs code that nobody should trust, in processes of its own."""
