"""The engine: decides when a step is due, takes commands in, hands snapshots out."""

from sim.errors import require_memory

require_memory()  # before the libraries that its modules import
