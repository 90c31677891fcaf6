"""Runs untrusted code in processes of its own."""
