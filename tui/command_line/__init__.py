"""The commands of `decsim-tui`, one file each; `tui.cli` puts them together."""
