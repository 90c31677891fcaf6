"""Shows a report: one renderer per format, all from the same `mlkata.tracks.model.Report`."""
