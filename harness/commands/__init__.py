"""Commands of `kata` that have a file of their own."""
