"""The start screen: the runs that are kept, and what a new one can show."""
