"""Checkpoints: the whole state of a simulation between two steps, in files without objects."""
