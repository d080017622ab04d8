"""Traffic: where the flows come from that agents observe."""
