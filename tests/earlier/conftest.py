"""What earlier versions of the kit wrote, kept as files."""

collect_ignore = ["references", "workspace"]
