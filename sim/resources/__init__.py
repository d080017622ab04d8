"""Whether a run has what it needs: named checks, clean-up, and a watch between the steps."""
