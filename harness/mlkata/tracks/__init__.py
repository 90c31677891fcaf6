"""Describes tracks: their contracts, rounds and checks, and how inputs are drawn."""
