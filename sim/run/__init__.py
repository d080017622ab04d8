"""A run: steps a simulation and commits each step to its ledger; replay and rebuilding."""
