"""Sweeps: the same experiment over many values and seeds."""
