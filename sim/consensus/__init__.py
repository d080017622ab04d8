"""How agents judge signatures, and how votes become verdicts."""
