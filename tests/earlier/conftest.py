"""Keeps pytest out of these folders: they hold files as an earlier version of the kit wrote them."""

collect_ignore = ["references", "workspace"]
