"""Calls its leading arguments by names of its own, and has more of them, with defaults."""

nearest = assign


def renamed(points, means, metric="euclidean", *more, verbose=False, **options):
    return nearest(points, means)


assign = renamed
