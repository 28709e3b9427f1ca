"""The trackers: one module each, with one `radsurv.report.tracker.Tracker`."""
