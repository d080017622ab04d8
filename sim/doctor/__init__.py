"""Whether this machine and a run directory are well, and how a damaged run is repaired."""
