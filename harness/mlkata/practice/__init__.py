"""Keeps a workspace: what a person has written, passed, been shown."""
