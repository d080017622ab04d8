"""What is measured about a run: names, values after each step, and an endpoint for Prometheus."""
