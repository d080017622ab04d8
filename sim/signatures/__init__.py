"""What agents publish about anomalous flows, and what matches what."""
