"""The panes of the dashboard, one file each; a pane is a function of snapshot, scroll and cursor."""
