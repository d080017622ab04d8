"""The engine: decides when a step is due, takes commands in, hands snapshots out."""
