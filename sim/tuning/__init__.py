"""Keeps a run fast by what cannot change its result."""
