"""The Mesa model: agents, the phases of a step, and what they remember."""
