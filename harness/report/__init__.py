"""Shows a report: one renderer per format, all from the same `harness.model.Report`."""
