"""The panes of the dashboard, a file each; a pane is a function of snapshot, scroll and cursor."""
