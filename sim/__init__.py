"""The simulation: agents, traffic, detection, consensus and the ledger. It knows no screen."""
