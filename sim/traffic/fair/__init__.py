"""Synthetic traffic that is a fair test: as hard, heavy-tailed and repetitive as recorded flows."""
