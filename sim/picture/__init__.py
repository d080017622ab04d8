"""Makes the frozen snapshots that the screen draws."""
