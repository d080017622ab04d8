"""A block of agents computed together: windows, models, evidence, judgements, publications."""
