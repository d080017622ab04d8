"""What a person changed while a run goes on, and its record."""
