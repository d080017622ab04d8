"""Everything about one run in one folder: its directory, export, summary, replay and resume."""
